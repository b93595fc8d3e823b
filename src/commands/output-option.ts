import { Option } from 'commander';

/** The flag of the format in which a command prints; the first format is the default. */
export function outputOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'format').choices(formats).default(formats[0]);
}
