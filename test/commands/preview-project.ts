import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { run } from './program.ts';
import { podOf } from './running-webhook.ts';

export const podText = (name: string, policy = 'one') =>
  JSON.stringify({ ...podOf(policy), metadata: { ...podOf(policy).metadata, name } });

/** A folder with the policies `one` and `two` and some manifests, and the command on it. */
export function project(manifests: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder({
    'policies.yaml': `${policyText('one')}\n---\n${policyText('two')}`,
  });
  for (const [file, text] of Object.entries(manifests)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  }
  return {
    preview: (args: string, stdin = '') =>
      run(['preview', '--policies', 'policies.yaml', ...args.split(' ')], { cwd, stdin }),
  };
}

export interface Previewed {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly pointer: string;
  readonly decisions: readonly { policy: string; reason: string; sentence: string }[];
}
export const previewed = (stdout: string) => JSON.parse(stdout) as Previewed[];
