import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';

/** The standard output of a process that logs some lines and ends. */
function logOf(...args: string[]): string {
  const program = join(import.meta.dirname, 'write-log.ts');
  const { stdout, error } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  return stdout;
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('each line is a JSON object with the name of its level, a time, its fields and a message', () => {
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(linesOf(logOf('info', '1', 'end'))).toEqual([
    { level: 'info', time, number: 0, msg: 'counted' },
    { level: 'warn', time, problem: 'a\nline', msg: 'warned' },
    { level: 'error', time, msg: 'failed' },
  ]);
});

it.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
])('at level %s nothing less is logged', (level, logged) => {
  expect(linesOf(logOf(level, '1', 'end')).map((line) => line['level'])).toEqual(logged);
});

it('at level silent nothing is logged', () => {
  expect(logOf('silent', '1', 'end')).toBe('');
});

it.each(['end', 'exit', 'throw'])('no line is lost when the process ends by: %s', (ending) => {
  const lines = linesOf(logOf('info', '5000', ending));
  expect(lines.map(({ number, msg }) => number ?? msg)).toEqual([
    ...Array.from({ length: 5000 }, (_, number) => number),
    'warned',
    'failed',
  ]);
});

it('on a terminal each line is one line for people', () => {
  const lines = logOf('info', '1', 'end', 'pretty').trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^\[[\d:.]+\] /, ''))).toEqual([
    'INFO: counted {"number":0}',
    'WARN: warned {"problem":"a\\nline"}',
    'ERROR: failed',
  ]);
});
