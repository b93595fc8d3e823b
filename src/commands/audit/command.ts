import { Command } from 'commander';
import type { Settings } from '../../runtime/settings.ts';
import { allNamespacesOption, clusterOptions } from '../cluster-options.ts';
import { outputOption } from '../output-option.ts';
import type { AuditFlags } from './audit.ts';

/** The command that finds the agent pods of a cluster that go without what a policy wants. */
export function createAuditCommand(settings: () => Settings): Command {
  const command = new Command('audit')
    .summary('find agent pods that do not hold their token')
    .description(
      'Lists the live agent pods, by workload, that lack what a policy wants, keep an entry of their own, or have one of another policy. Exits with code 1 where there are any, 0 where there are none, 2 where it could not tell.',
    )
    .addOption(allNamespacesOption('pods of all namespaces'))
    .option('-l, --selector <query>', 'pods with these labels, as for kubectl get')
    .addOption(outputOption('text', 'json'));
  for (const option of clusterOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  token-injector audit -A
  token-injector audit -n shop -l app=datadog
  token-injector audit -A --context production-7 -o json | jq '.findings'`,
    )
    .action(async (flags: AuditFlags) => {
      const { audit } = await import('./audit.ts');
      process.exitCode = await audit(flags, settings());
    });
}
