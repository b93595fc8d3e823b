import { type PolicyProblem, problemText } from '../policies/policy-files.ts';

/** Says on standard error what has no effect in files of policies. */
export function tellWarnings(warnings: readonly PolicyProblem[]): void {
  for (const warning of warnings) process.stderr.write(`warning: ${problemText(warning)}\n`);
}
