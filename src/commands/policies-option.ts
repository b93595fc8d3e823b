import { Option } from 'commander';

/** The flag that names the policies in files. */
export function policiesOption(): Option {
  return new Option(
    '--policies <path>',
    'TokenPolicy file, or folder of *.yaml, *.yml and *.json files',
  );
}
