import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

import { expect, it, onTestFinished } from 'vitest';

import { eventually } from './eventually.ts';
import { openProcessGroup, whileRunning } from './process-group.ts';

const waits = ['-e', 'setTimeout(() => {}, 600_000)'];

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('ends its programs and removes its folder when it is closed', async () => {
  const group = openProcessGroup();
  const first = await group.start('first', process.execPath, waits);
  const second = await group.start('second', process.execPath, waits);
  await first.stop();
  expect(await first.ended).toBe('signal SIGTERM');
  expect(isRunning(second.pid)).toBe(true);
  await group.close();
  expect(await second.ended).toMatch('SIGTERM');
  expect(isRunning(second.pid)).toBe(false);
  expect(existsSync(group.folder)).toBe(false);
});

it('says how a program failed', async () => {
  const group = openProcessGroup();
  onTestFinished(() => group.close());
  await expect(group.start('missing', '/no/such/program', [])).rejects.toThrow('ENOENT');
  const script = 'console.error("no luck"); process.exit(3)';
  const program = await group.start('failing', process.execPath, ['-e', script]);
  const never = () => new Promise<never>(() => undefined);
  await expect(whileRunning([program], never)).rejects.toThrow(/exit code 3.*\n.*\nno luck/);
});

it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'leaves nothing behind when its process ends by %s',
  async (signal) => {
    const script = `
      import { openProcessGroup } from ${JSON.stringify(path.join(import.meta.dirname, 'process-group.ts'))};
      const group = openProcessGroup();
      const { pid } = await group.start('program', process.execPath, ${JSON.stringify(waits)});
      process.stdout.write(JSON.stringify({ pid, folder: group.folder }));
      process.kill(process.pid, ${JSON.stringify(signal)});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const left: { readonly pid: number; readonly folder: string } = JSON.parse(
      await text(child.stdout),
    );
    await eventually('the end of all', () => {
      expect(isRunning(left.pid)).toBe(false);
      expect(existsSync(left.folder)).toBe(false);
    });
  },
);
