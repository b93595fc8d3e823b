import { Command } from 'commander';
import type { WebhookConfigurationFlags } from './webhook-configuration.ts';
import type { Settings } from '../../runtime/settings.ts';
import { namespace } from '../flag-values.ts';
import { outputOption } from '../output-option.ts';
import { policiesOption } from '../policies-option.ts';
import { excludedNamespacesOption } from '../excluded-namespaces-option.ts';
import { timeoutOption } from '../timeout-option.ts';

/** The command that prints the registration of the webhook. */
export function createWebhookConfigurationCommand(settings: () => Settings): Command {
  return new Command('webhook-configuration')
    .summary('print the objects that register the webhook with an API server')
    .description(
      'Prints the MutatingWebhookConfiguration for a set of policies and, for those with enforce.missingToken: Deny, the ValidatingAdmissionPolicy and its binding.',
    )
    .addOption(policiesOption().makeOptionMandatory())
    .option('--url <url>', 'address of the webhook: https://HOST:PORT')
    .option('--service <namespace/name[:port]>', 'or the Service of the webhook')
    .option('--ca-file <pem>', 'CA certificates that verify the webhook’s certificate')
    .option(
      '--namespace <name>',
      'namespace of token-injector, which is always excluded (default: that of --service, else $POD_NAMESPACE or token-injector)',
      namespace,
    )
    .addOption(timeoutOption())
    .addOption(excludedNamespacesOption())
    .addOption(outputOption('yaml', 'json'))
    .addHelpText(
      'after',
      `
Examples:
  token-injector webhook-configuration --policies policies/ --service token-injector/webhook --ca-file ca.crt | kubectl apply --server-side -f -
  token-injector webhook-configuration --policies policies/ --url https://127.0.0.1:8443 --ca-file certs/dev/ca.crt`,
    )
    .action(async (flags: WebhookConfigurationFlags) => {
      const { webhookConfiguration } = await import('./webhook-configuration.ts');
      process.stdout.write(await webhookConfiguration(flags, settings()));
    });
}
