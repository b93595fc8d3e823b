import { logTail, type ProcessGroup } from '../process-group.ts';

/** Runs a program of a group to its end, which must be a good one; `what` names its log. */
export async function run(
  group: ProcessGroup,
  what: string,
  [file = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const program = await group.start(what, file, args, { env });
  const how = await program.ended;
  if (how !== 'exit code 0') throw new Error(`${what} ended (${how})\n${logTail(program)}`);
}
