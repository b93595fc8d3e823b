import { Command } from 'commander';
import type { PreviewFlags } from './preview.ts';
import type { Settings } from '../../runtime/settings.ts';
import { excludedNamespacesOption } from '../excluded-namespaces-option.ts';
import { namespace, words } from '../flag-values.ts';
import { outputOption } from '../output-option.ts';
import { policiesOption } from '../policies-option.ts';

/** The command that shows what would become of manifests. */
export function createPreviewCommand(settings: () => Settings): Command {
  return new Command('preview')
    .summary('show what the webhook would do to manifests')
    .description(
      'Shows what the webhook would do to the pods of manifests, and why. Needs no cluster.',
    )
    .argument('<file...>', 'manifests: files, folders, or - for standard input')
    .addOption(policiesOption().makeOptionMandatory())
    .addOption(outputOption('text', 'json', 'manifests'))
    .option(
      '-n, --namespace <name>',
      'namespace of objects that name none (default: default)',
      namespace,
    )
    .option(
      '--namespace-labels <labels>',
      'labels of the namespaces, such as team=a,env=prod; without them, a namespace counts as selected unless its name or a Namespace among the manifests says otherwise',
    )
    .addOption(excludedNamespacesOption())
    .option(
      '--fail-on <reasons>',
      'exit with code 1 where a policy has one of these outcomes: reasons, or none-selected where it selects no pod',
      words,
      [],
    )
    .option('--allow-empty', 'exit with code 0 where there is no pod or workload')
    .addHelpText(
      'after',
      `
Examples:
  token-injector preview --policies policies/ deployment.yaml
  helm template agent ./chart | token-injector preview --policies policies/ -
  token-injector preview --policies base/ --policies team/ --fail-on kept,none-selected manifests/
  token-injector preview --policies policies/ -o json manifests/ | jq '.[].decisions'`,
    )
    .action(async (files: string[], flags: PreviewFlags) => {
      const { preview } = await import('./preview.ts');
      process.exitCode = await preview(files, flags, settings());
    });
}
