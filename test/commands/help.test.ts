import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { run } from './program.ts';

it.each([
  'webhook',
  'webhook-configuration',
  'controller',
  'validate',
  'preview',
  'explain',
  'audit',
])('%s --help has examples that run the command itself, and ends well', async (command) => {
  const { code, stdout, stderr } = await run([command, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, examples = ''] = stdout.split('\nExamples:\n');
  const lines = examples.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => !line.includes(`token-injector ${command} `))).toEqual([]);
});

it('--help lists every command, with what it is for', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  const commands =
    'webhook webhook-configuration controller validate preview explain audit completion demo'.split(
      ' ',
    );
  for (const command of commands)
    expect(stdout).toMatch(new RegExp(`^ +${command} .*  [a-z]`, 'm'));
});

it('--version is that of the package', async () => {
  const { default: packageJson } = await import('../../package.json', { with: { type: 'json' } });
  expect(await run(['--version'])).toEqual({
    code: 0,
    stdout: `${packageJson.version}\n`,
    stderr: '',
  });
});

it('says so when Node.js is too old, before anything fails in other words', () => {
  const older =
    'Object.defineProperty(process,"versions",{value:{...process.versions,node:"24.4.1"}})';
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const args = ['--import', `data:text/javascript,${older}`, main, 'explain', 'pod/a'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    2,
    'token-injector: needs Node.js 24.5 or newer, this is 24.4.1\n',
  ]);
});

it.each([
  [['previw'], "unknown command 'previw'\n(Did you mean preview?)"],
  [['webook'], '(Did you mean webhook?)'],
  [['demo', '--onc'], '(Did you mean --once?)'],
  [['preview', '--policies', 'a', '--outptu', 'json', 'b'], '(Did you mean --output?)'],
])('%j is refused with exit code 2 and a suggestion', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

it('without a command it shows its help, on standard error, with exit code 2', async () => {
  const { code, stdout, stderr } = await run([]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('Usage: token-injector [options] [command]');
});
