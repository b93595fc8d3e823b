import { Option } from 'commander';
import { port } from './flag-values.ts';

/** The flag of where a process tells its health and metrics. */
export function healthPortOption(number: number): Option {
  return new Option('--health-port <number>', 'plain HTTP port of /livez, /readyz and /metrics')
    .argParser(port)
    .default(number);
}
