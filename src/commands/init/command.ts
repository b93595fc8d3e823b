import { Command } from 'commander';
import type { Settings } from '../../runtime/settings.ts';
import type { InitFlags } from './init.ts';

/** The command that writes a first policy. */
export function createInitCommand(settings: () => Settings): Command {
  return new Command('init')
    .summary('print a policy for an agent, or for manifests')
    .description(
      'Prints a TokenPolicy: that of the catalogue for an agent, or a proposal for the pods of manifests. Needs no cluster.',
    )
    .argument('[agent]', 'an agent of the catalogue')
    .option('--list', 'list the agents of the catalogue')
    .option(
      '--from <path>',
      'propose policies for manifests: a file, a folder, or - for standard input',
    )
    .option('--name <name>', 'name of the policy')
    .option('--secret <name>', 'name of the Secret')
    .option('--key <key>', 'key of the token in the Secret')
    .option('-n, --namespace <name>', 'the only namespace whose pods get the token')
    .addHelpText(
      'after',
      `
Examples:
  token-injector init --list
  token-injector init datadog --namespace datadog > policies/datadog.yaml
  helm template agent ./chart | token-injector init --from - > policies/agent.yaml`,
    )
    .action(async (agent: string | undefined, flags: InitFlags) => {
      const { init } = await import('./init.ts');
      process.exitCode = await init(agent, flags, settings());
    });
}
