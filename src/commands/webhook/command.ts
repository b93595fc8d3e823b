import { Command } from 'commander';
import type { WebhookFlags } from './webhook.ts';
import type { Settings } from '../../runtime/settings.ts';
import { port, seconds } from '../flag-values.ts';
import { policiesOption } from '../policies-option.ts';
import { healthPortOption } from '../health-port-option.ts';

/** The command that serves the admission webhook. */
export function createWebhookCommand(settings: () => Settings): Command {
  return new Command('webhook')
    .summary('serve the admission webhook')
    .description('Serves the admission webhook over HTTPS. On SIGTERM it drains and exits.')
    .addOption(policiesOption())
    .option('--policies-from-cluster', 'or watch the TokenPolicies of the cluster')
    .option('--tls-cert-file <pem>', 'certificate, reloaded when it changes')
    .option('--tls-key-file <pem>', 'key of the certificate')
    .option('--tls-secret <name>', 'or a Secret of type kubernetes.io/tls in $POD_NAMESPACE')
    .option(
      '--tls-self-signed',
      'or make a certificate for localhost in certs/dev, for a local run',
    )
    .option('--host <address>', 'address to listen on', '::')
    .option('--port <number>', 'HTTPS port for the API server', port, 8443)
    .addOption(healthPortOption(8080))
    .option('--drain-seconds <number>', 'how long to keep serving after SIGTERM', seconds, 10)
    .addHelpText(
      'after',
      `
Examples:
  token-injector webhook --policies policies/ --tls-cert-file tls.crt --tls-key-file tls.key
  token-injector webhook --policies-from-cluster --tls-secret token-injector-tls
  token-injector webhook --policies examples/agents --tls-self-signed --host 127.0.0.1`,
    )
    .action(async (flags: WebhookFlags) => {
      const { webhook } = await import('./webhook.ts');
      await webhook(flags, settings());
    });
}
