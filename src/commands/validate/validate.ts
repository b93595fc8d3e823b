import { noPolicies, problemText, readPolicies } from '../../policies/policy-files.ts';
import { jsonText } from '../json-text.ts';
import { tellSkipped } from '../skipped-documents.ts';
import { tellWarnings } from '../policy-warnings.ts';

/** Flags of `token-injector validate`. */
export interface ValidateFlags {
  readonly output: 'text' | 'json';
  readonly allowEmpty?: boolean;
}

/** Validates policies in files; returns the exit code: 1 where one is wrong, 2 where a path has none or cannot be read. */
export async function validate(
  paths: readonly string[],
  { output, allowEmpty = false }: ValidateFlags,
): Promise<number> {
  const { policies, problems, warnings, skipped, empty } = await readPolicies(paths);
  const names = policies.map(({ name }) => name);
  if (output === 'json')
    process.stdout.write(jsonText({ policies: names, problems, warnings, skipped, empty }));
  else {
    if (names.length > 0) process.stdout.write(`valid: ${names.join(', ')}\n`);
    const lines = [...problems.map(problemText), ...empty.map(noPolicies)];
    for (const line of lines) process.stderr.write(`${line}\n`);
    tellWarnings(warnings);
    tellSkipped(skipped, 'among the policies');
  }
  const isUnread = problems.some(({ line }) => line === undefined);
  if (isUnread || (empty.length > 0 && !allowEmpty)) return 2;
  return problems.length > 0 ? 1 : 0;
}
