import { Command } from 'commander';
import type { ExplainFlags } from './explain.ts';
import { definitionName } from '../../core/identity.ts';
import { allNamespacesOption, clusterOptions } from '../cluster-options.ts';
import { outputOption } from '../output-option.ts';
import type { Settings } from '../../runtime/settings.ts';

/** The command that explains which policies apply to an object of a cluster. */
export function createExplainCommand(settings: () => Settings): Command {
  const command = new Command('explain')
    .summary('explain which policies apply to a pod or workload')
    .description(
      `Explains which policies apply to a pod, or to the next pods of a workload, why others do not, and what to do. Needs the rights to get the object and to list ${definitionName}; without further rights it says what it does not know.`,
    )
    .argument('[object...]', 'KIND/NAME or KIND NAME: a pod or workload; with -l or -A, KIND')
    .addOption(allNamespacesOption('all objects of the kind (default: pods) in all namespaces'))
    .option('-l, --selector <query>', 'the objects with these labels, as for kubectl get')
    .addOption(outputOption('text', 'json'))
    .addHelpText(
      'after',
      `
Examples:
  token-injector explain pod/shop-5d8f7c9b4-x2k8q -n shop
  token-injector explain deployment shop -n shop -o json
  token-injector explain deployments -l app.kubernetes.io/part-of=shop -A
  kubectl token-injector explain deploy/shop -n shop`,
    )
    .action(async (words: string[], flags: ExplainFlags) => {
      const { explain } = await import('./explain.ts');
      await explain(words, flags, settings());
    });
  for (const option of clusterOptions()) command.addOption(option);
  return command;
}
