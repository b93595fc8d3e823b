import { CommanderError } from 'commander';

/** Tells people what went wrong; gives back the exit code: 2 for what they can mend. */
export function reportFailure(error: unknown): number {
  // commander has already said what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // Errors that we throw on purpose say all that there is to say; others are faults of ours and show where.
  const expected =
    error instanceof Error &&
    ['UsageError', 'BadPolicies', 'BadCertificate', 'BadSetting', 'KubeError'].includes(error.name);
  const message = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`token-injector: ${message}\n`);
  return expected ? 2 : 70;
}
