import { Option } from 'commander';

/** The flag that names the policies in files; given several times, all are used. */
export function policiesOption(): Option {
  return new Option(
    '--policies <path>',
    'TokenPolicies: a file, a folder, or - for standard input; may be repeated',
  ).argParser((path: string, before: readonly string[] | undefined) => [...(before ?? []), path]);
}
