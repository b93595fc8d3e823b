import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { root } from '../../docs/documentation.ts';
import { shows, stepsOf } from '../../docs/steps-of-page.ts';
import { clientProgram } from '../client-program.ts';
import { eventually } from '../eventually.ts';

/** What the machine of a reader has. */
interface Reader {
  /** Where the reader's files come to lie, which is made. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** The program. */
  readonly kubectl: string;
  /** The program. */
  readonly helm: string;
  /** The program, where a page uses it. */
  readonly kubeseal?: string;
  /** Values that our chart gets beside those of the page. */
  readonly values: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** How long any command may take, and its output may be wrong. */
  readonly patienceMs?: number;
}

/** What a page does not have its reader do, by the heading of the section whose first step it comes before. */
export type SectionFixtures = Readonly<Record<string, () => unknown>>;

/**
 * Does what a page of Markdown says, and fails where a command fails or does not print what the page shows; commands that show
 * their output are repeated until they do.
 */
export type ReplayPage = (markdown: string, fixtures?: SectionFixtures) => Promise<void>;

/** Makes a checkout for a reader of the pages, with the programs that they use on the PATH. */
export function openCheckout(reader: Reader): ReplayPage {
  const { patienceMs = 240_000 } = reader;
  const checkout = path.join(reader.folder, 'checkout');
  for (const name of ['chart', 'examples'])
    cpSync(path.join(root, name), path.join(checkout, name), { recursive: true });
  const bin = path.join(reader.folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, lines] of Object.entries(programs({ ...reader, patienceMs })))
    writeFileSync(path.join(bin, name), ['#!/bin/bash', ...lines, ''].join('\n'), { mode: 0o755 });
  const bash = clientProgram('timeout', {
    ...reader.variables,
    HOME: reader.folder,
    KUBECONFIG: reader.kubeconfig,
    // A user's own aliases and defaults would change what a test sees.
    KUBERC: 'off',
    PATH: `${bin}:${process.env['PATH']}`,
  });
  const run = async (script: string): Promise<string> => {
    const lines = ['exec 2>&1', `cd ${quoted(checkout)}`, script].join('\n');
    // Timeout ends all that the script has started, and not the shell alone.
    const args = ['--signal=KILL', String(patienceMs / 1000), 'bash', '-euo', 'pipefail', '-c'];
    const { code, stdout } = await bash([...args, lines], { timeoutMs: patienceMs + 10_000 });
    if (code !== 0) throw new Error(`exit code ${code} of\n${script}\nwhich printed\n${stdout}`);
    return stdout;
  };
  return async (markdown, fixtures = {}) => {
    const pending = new Map(Object.entries(fixtures));
    for (const step of stepsOf(markdown)) {
      await pending.get(step.heading)?.();
      pending.delete(step.heading);
      if (step.kind === 'save') {
        const file = path.join(checkout, step.file);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, step.text);
      } else if (step.kind === 'run') {
        const { script, output = '' } = step;
        const print = async () => {
          const printed = await run(script);
          if (!shows(printed, output))
            throw new Error(`it printed\n${printed}\ninstead of\n${output}`);
        };
        const patience = { timeoutMs: output === '' ? 0 : patienceMs };
        await eventually(`the output of\n${script}`, print, patience);
      }
    }
    if (pending.size > 0)
      throw new Error(`no step is in the section ${[...pending.keys()].join()}`);
  };
}

/** Scripts of bash that stand in for the programs of a reader. */
function programs({
  kubectl,
  helm,
  kubeseal,
  values,
  patienceMs,
}: Reader & { readonly patienceMs: number }): Readonly<Record<string, readonly string[]>> {
  const given = Object.entries(values).map(([name, value]) => quoted(`--set=${name}=${value}`));
  const program = [process.execPath, path.join(root, 'src/main.ts')].map(quoted).join(' ');
  return {
    // The pages say how long to wait on a machine of usual speed.
    kubectl: [
      `[ "$1" = wait ] && set -- "\${@/#--timeout=*/--timeout=${patienceMs / 1000}s}"`,
      `exec ${quoted(kubectl)} "$@"`,
    ],
    // The image of the pages is in no registry; the cluster has it under another name.
    helm: [
      `case "$*" in *' ./chart '*) set -- "$@" ${given.join(' ')} ;; esac`,
      `exec ${quoted(helm)} "$@"`,
    ],
    ...(kubeseal !== undefined && { kubeseal: [`exec ${quoted(kubeseal)} "$@"`] }),
    'token-injector': [`exec ${program} "$@"`],
    'kubectl-token_injector': [`exec ${program} "$@"`],
    npx: [
      '[ "$1" = --no-install ] && shift',
      '[ "$1" = token-injector ] || exit 1',
      'shift',
      `exec ${program} "$@"`,
    ],
    // What it would install and build is there: the program that runs this.
    npm: [
      'case "$*" in',
      `  'exec -- node dist/token-injector.js '*) shift 4; exec ${program} "$@" ;;`,
      "  ci | 'run build' | 'install --global .') ;;",
      '  *) exit 1 ;;',
      'esac',
    ],
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
