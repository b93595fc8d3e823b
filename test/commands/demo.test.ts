import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { openProcessGroup } from '../cluster/process-group.ts';
import { temporaryFolder } from '../runtime/temporary-folder.ts';
import { program, run } from './program.ts';
import { operationsOf, soon } from './running-webhook.ts';

const demo = ['demo', '--port', '0', '--health-port', '0'];

it('--once shows what the example application gets, and ends', async () => {
  const cwd = temporaryFolder();
  const { code, stdout } = await run([...demo, '--once'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('--- a/pod.yaml\n+++ b/pod.yaml\n');
  expect(stdout.match(/^\+ +- name: AIKIDO_TOKEN$/gm)).toHaveLength(1);
  expect(stdout).toContain('webhook ended');
  expect(statSync(join(cwd, 'certs/dev/tls.key')).mode & 0o777).toBe(0o600);

  const certificate = () => readFileSync(join(cwd, 'certs/dev/tls.crt'), 'utf8');
  const first = certificate();
  expect((await run([...demo, '--once'], { cwd })).code).toBe(0);
  expect(certificate()).toBe(first);
});

it('a port in use is told, with exit code 2', async () => {
  const group = openProcessGroup();
  onTestFinished(() => group.close());
  const { log } = await group.start('demo', process.execPath, [program, ...demo]);
  const { port } = await soon('the demo to listen', () => portsIn(readFileSync(log, 'utf8')));
  const second = await run(['demo', '--once', '--port', String(port), '--health-port', '0'], {
    cwd: temporaryFolder(),
  });
  expect(second.code).toBe(2);
  expect(second.stderr).toContain(`cannot listen on port ${port} of 127.0.0.1: EADDRINUSE`);
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;

it.runIf(hasCurl)('the curl lines that it prints work as they are, until Ctrl-C', async () => {
  const group = openProcessGroup();
  onTestFinished(() => group.close());
  const running = await group.start('demo', process.execPath, [program, ...demo]);
  const lines = await soon('the demo to print what to try', () => {
    const text = readFileSync(running.log, 'utf8');
    expect(text).toContain('End with Ctrl-C.');
    return text.split('\n').filter((line) => line.startsWith('  curl '));
  });
  expect(lines).toHaveLength(2);
  const [answer, metrics] = lines.map((line) =>
    execFileSync('bash', ['-c', line], {
      cwd: group.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    }),
  ) as [string, string];
  expect(operationsOf({ status: 200, headers: {}, text: answer })).toHaveLength(1);
  expect(metrics).toMatch(/^token_injector_policies 1$/m);
  process.kill(running.pid, 'SIGINT');
  expect(await running.ended).toBe('exit code 0');
});

function portsIn(text: string): { port: number } {
  const found = /webhook ready (\{.*\})/.exec(text);
  if (!found) throw new Error(text);
  return JSON.parse(found[1]!) as { port: number };
}
