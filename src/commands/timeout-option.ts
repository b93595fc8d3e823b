import { InvalidArgumentError, Option } from 'commander';
import { defaultTimeoutSeconds, maxTimeoutSeconds } from '../core/registration/webhook-timeout.ts';

/** The flag of how long the API server waits for the webhook: whole seconds, which is all that the API server knows. */
export function timeoutOption(): Option {
  return new Option('--timeout-seconds <number>', 'how long the API server waits for the webhook')
    .argParser(timeoutSeconds)
    .default(defaultTimeoutSeconds);
}

function timeoutSeconds(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > maxTimeoutSeconds)
    throw new InvalidArgumentError(`Want whole seconds: 1 to ${maxTimeoutSeconds}.`);
  return number;
}
