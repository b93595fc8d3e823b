import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../runtime/temporary-folder.ts';
import { program, root, run } from './program.ts';

/** What the program offers, word by word, and whether it is the name of a file. */
async function candidates(...words: string[]): Promise<readonly string[] | 'files'> {
  const { code, stdout, stderr } = await run(['__complete', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  const directive = lines.pop();
  if (directive === ':0') return 'files';
  expect(directive).toBe(':4');
  return lines.map((line) => line.split('\t')[0]!);
}

describe('the program offers', () => {
  it.each<[string[], string[] | 'files']>([
    [['prev'], ['preview']],
    [['web'], ['webhook', 'webhook-configuration']],
    [['--ver'], ['--version']],
    [['help', 'exp'], ['explain']],
    [
      ['explain', 'rep'],
      ['replicaset', 'replicationcontroller'],
    ],
    [['explain', 'pod', ''], []],
    [['explain', '-n', ''], []],
    [['explain', '-n', 'shop', 'cron'], ['cronjob']],
    [['explain', '--out'], ['--output']],
    [
      ['explain', '--output', ''],
      ['text', 'json'],
    ],
    [['explain', '--output=j'], ['--output=json']],
    [['explain', '-o', '=', 'j'], ['json']],
    [
      ['explain', '-o', '='],
      ['text', 'json'],
    ],
    [['preview', ''], 'files'],
    [['preview', 'one.yaml', ''], 'files'],
    [['preview', '-o', 'json', ''], 'files'],
    [['webhook', '--policies', ''], 'files'],
    [['webhook', '--policies=po'], 'files'],
    [['webhook', '--tls-self-signed', '--tls-cert'], ['--tls-cert-file']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['unknown', ''], []],
  ])('for %j: %j', async (words, expected) => {
    expect(await candidates(...words)).toEqual(expected);
  });

  it('every command and every flag that help lists', async () => {
    const listed = (text: string, pattern: RegExp) =>
      [...text.matchAll(pattern)].map(([, name = '']) => name);
    const { stdout } = await run(['--help']);
    const commands = listed(stdout.split('\nCommands:\n')[1]!, /^ {2}([a-z-]+)/gm);
    expect(await candidates('')).toEqual(commands);
    for (const command of ['webhook', 'preview', 'explain']) {
      const help = await run([command, '--help']);
      const flags = listed(help.stdout, /^ {2}(?:-\w, )?(--[a-z-]+)/gm);
      expect(await candidates(command, '--')).toEqual(flags);
    }
  });
});

it('a shell that is not known is refused with the list of those that are', async () => {
  const { code, stderr } = await run(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});

/** A folder in front of the PATH in which the program has the given name. */
function installAs(name: string): Record<string, string> {
  const bin = join(temporaryFolder(), 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(join(bin, name), 0o755);
  return { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` };
}

describe('the script of', () => {
  it('bash completes words and files, twice sourced too', () => {
    const script = `
      set -u
      source <(token-injector completion bash)
      source <(token-injector completion bash)
      complete -p token-injector
      try() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _token_injector
        echo "\${COMPREPLY[*]-}"
      }
      try token-injector expl
      try token-injector explain -o = js
      try token-injector webhook --policies pack
      try token-injector explain '$(touch evaluated)' ''
      try token-injector nothing ''`;
    const env = installAs('token-injector');
    const stdout = execFileSync('bash', ['--norc', '-c', script], { cwd: root, env }).toString();
    expect(stdout.split('\n')).toEqual([
      'complete -F _token_injector token-injector',
      'explain',
      'json',
      expect.stringMatching(
        /^(package-lock\.json package\.json|package\.json package-lock\.json)$/,
      ),
      '',
      '',
      '',
    ]);
    expect(spawnSync('ls', ['evaluated'], { cwd: root }).status).not.toBe(0);
  });

  // An interactive shell whose Tab key is pressed; what is typed is echoed, so only what is more shows anything.
  const zsh = `
    zmodload zsh/zpty
    zpty shell 'TERM=dumb zsh -f -i'
    zpty -w shell 'autoload -Uz compinit; compinit -D; source <(token-injector completion zsh); echo rea""dy'
    zpty -r -m shell seen '*ready*'
    try() {
      zpty -w -n shell "$1"$'\\t'
      zpty -r -m shell seen "*$2*" && echo $2
      zpty -w -n shell $'\\C-u'
    }
    try 'token-injector expl' explain
    try 'token-injector explain -o js' '-o json'
    try 'token-injector webhook --policies package-l' package-lock.json
    zpty -d shell`;
  const fish = `
    token-injector completion fish | source
    complete -C 'token-injector expl' | cut -f1
    complete -C 'token-injector explain -o js' | cut -f1
    complete -C 'token-injector webhook --policies package-l' | cut -f1`;
  const shells = [
    ['zsh', ['-f', '-c', zsh], ['explain', '-o json', 'package-lock.json']],
    ['fish', ['-c', fish], ['explain', 'json', 'package-lock.json']],
  ] as const;
  for (const [shell, args, completed] of shells) {
    const { error } = spawnSync(shell, ['--version']);
    it.skipIf(error)(`${shell} completes words and files`, () => {
      const env = installAs('token-injector');
      const stdout = execFileSync(shell, args, { cwd: root, env, timeout: 50_000 }).toString();
      expect(stdout.trimEnd().split('\n')).toEqual(completed);
    });
  }
});

it('under the name that kubectl asks by, it completes', () => {
  const name = 'kubectl_complete-token_injector';
  const link = join(temporaryFolder(), name);
  symlinkSync(program, link);
  const args = [link, 'explain', 'deploy'];
  const stdout = execFileSync(process.execPath, args, { cwd: root }).toString();
  expect(stdout).toBe('deployment\t\n:4\n');
});
