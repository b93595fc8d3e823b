import { Command, Option } from 'commander';
import type { ControllerFlags } from './controller.ts';
import type { Settings } from '../../runtime/settings.ts';
import { annotation, duration, names, policyRoles, seconds, service } from '../flag-values.ts';
import { excludedNamespacesOption } from '../excluded-namespaces-option.ts';
import { timeoutOption } from '../timeout-option.ts';
import { healthPortOption } from '../health-port-option.ts';

/** The command that runs the controllers. */
export function createControllerCommand(settings: () => Settings): Command {
  return new Command('controller')
    .summary('reconcile certificates, webhook configuration and policy status')
    .description(
      'Reconciles the webhook’s certificates, the webhook configuration and the status of each TokenPolicy, until SIGTERM. Several can run: leader election picks the one that works.',
    )
    .addOption(
      new Option('--service <name[:port]>', 'Service of the webhook in $POD_NAMESPACE')
        .argParser(service)
        .default({ name: 'token-injector-webhook', port: 443 }, 'token-injector-webhook:443'),
    )
    .addOption(timeoutOption())
    .addOption(excludedNamespacesOption())
    .addOption(
      new Option(
        '--configuration-annotation <key=value>',
        'annotation of the MutatingWebhookConfiguration; can be repeated',
      )
        .argParser(annotation)
        .default({}, 'none'),
    )
    .option(
      '--owner <clusterroles>',
      'owners of what the controller writes, which is deleted when all of them are',
      names,
      [],
    )
    .addOption(
      new Option(
        '--missing-token-policies <pairs>',
        'POLICY=CLUSTERROLE,...: policies whose pods it may have denied (enforce.missingToken: Deny), and the owner of what it writes for each',
      )
        .argParser(policyRoles)
        .default(new Map(), 'none'),
    )
    .addOption(
      new Option('--certificates <source>', 'who makes the webhook’s certificate')
        .choices(['self', 'cert-manager', 'file'])
        .default('self'),
    )
    .option(
      '--ca-file <pem>',
      'with --certificates file: CA certificates that verify the webhook’s certificate',
    )
    .option('--ca-secret <name>', 'Secret of the CA', 'token-injector-ca')
    .option('--tls-secret <name>', 'Secret of the webhook’s certificate', 'token-injector-tls')
    .option(
      '--issued-secret <name>',
      'with --certificates cert-manager: the Secret that cert-manager writes',
      'token-injector-issued',
    )
    .addOption(
      new Option('--ca-duration <duration>', 'how long a CA is valid')
        .argParser(duration)
        .default(duration('365d'), '365d'),
    )
    .addOption(
      new Option('--cert-duration <duration>', 'how long a certificate is valid')
        .argParser(duration)
        .default(duration('90d'), '90d'),
    )
    .option('--lease <name>', 'Lease for leader election', 'token-injector-controller')
    .option(
      '--secret-names <names>',
      'with --controllers secrets: Secrets that it may read in every namespace',
      names,
      [],
    )
    .addOption(
      new Option(
        '--controllers <names>',
        'which controllers run: names, * for all that are on by default, -NAME for all but that one, such as *,-crd; off by default: secrets, which says whether Secrets are there',
      )
        .argParser((value) => value.split(','))
        .default(['*'], '*'),
    )
    .option(
      '--without-secrets-controller',
      'no other program says whether Secrets are there, so that the status of policies says that it is not known',
    )
    .option('--probe-seconds <number>', 'how often to probe the webhook', seconds, 60)
    .addOption(healthPortOption(8081))
    .addHelpText(
      'after',
      `
Examples:
  token-injector controller --owner token-injector
  token-injector controller --controllers secrets --secret-names aikido-api-secret --lease token-injector-secrets
  token-injector controller --certificates cert-manager --issued-secret token-injector-issued`,
    )
    .action(async (flags: ControllerFlags) => {
      const { controller } = await import('./controller.ts');
      await controller(flags, settings());
    });
}
