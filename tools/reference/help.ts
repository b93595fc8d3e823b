import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** What a program says of itself and of each of its commands. */
export interface Help {
  readonly program: string;
  readonly commands: readonly { readonly name: string; readonly text: string }[];
}

/** Asks the program for its help; 80 columns wide, because it does not write to a terminal. */
export async function readHelp(root: string): Promise<Help> {
  const program = await helpOf(root);
  const commands = commandNames(program).map(async (name) => ({
    name,
    text: await helpOf(root, name),
  }));
  return { program, commands: await Promise.all(commands) };
}

/** The commands that the help of a program lists, in its order, without `help` itself. */
export function commandNames(programHelp: string): string[] {
  const [, list = ''] = programHelp.split('\nCommands:\n');
  const names = [...list.matchAll(/^ {2}([a-z][-a-z]*)/gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}

async function helpOf(root: string, ...command: string[]): Promise<string> {
  const args = [join(root, 'src/main.ts'), ...command, '--help'];
  // An empty environment: no variable of this machine may colour or change the text.
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  return stdout;
}
