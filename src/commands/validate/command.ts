import { Command } from 'commander';
import { outputOption } from '../output-option.ts';
import type { ValidateFlags } from './validate.ts';

/** The command that checks policies in files. */
export function createValidateCommand(): Command {
  return new Command('validate')
    .summary('validate TokenPolicies in files')
    .description(
      'Validates TokenPolicies as the webhook and the API server do, and prints every problem with its line. Needs no cluster.',
    )
    .argument('<file...>', 'TokenPolicies: files, folders, or - for standard input')
    .addOption(outputOption('text', 'json'))
    .option('--allow-empty', 'exit with code 0 where there is no TokenPolicy')
    .addHelpText(
      'after',
      `
Examples:
  token-injector validate policies/
  kubectl kustomize policies/ | token-injector validate -
  token-injector validate policies/ -o json | jq '.problems'`,
    )
    .action(async (files: string[], flags: ValidateFlags) => {
      const { validate } = await import('./validate.ts');
      process.exitCode = await validate(files, flags);
    });
}
