#!/usr/bin/env -S node --max-semi-space-size=8
// The flag keeps 40 MiB of young garbage from piling up under load, at no cost in speed: see bench/.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { DemoFlags } from './commands/demo.ts';
import type { PreviewFlags } from './commands/preview.ts';
import type { WebhookConfigurationFlags } from './commands/webhook-configuration.ts';
import type { WebhookFlags } from './commands/webhook.ts';
import { type Settings, readSettings } from './runtime/settings.ts';
import packageJson from '../package.json' with { type: 'json' };

const program = new Command('token-injector')
  .description(
    'Gives agent pods references to the Secret that holds their token, so that no manifest in Git has to.',
  )
  .version(packageJson.version)
  .exitOverride()
  .showHelpAfterError('(see --help)')
  .showSuggestionAfterError();

const policies = () =>
  new Option(
    '--policies <path>',
    'TokenPolicy file, or folder of *.yaml, *.yml and *.json files',
  ).makeOptionMandatory();

program
  .command('webhook')
  .summary('serve the admission webhook')
  .description(
    'Serves the admission webhook over HTTPS until SIGTERM, which it answers by draining.',
  )
  .addOption(policies())
  .option('--tls-cert-file <pem>', 'certificate, reloaded when it changes')
  .option('--tls-key-file <pem>', 'key of the certificate')
  .option('--tls-self-signed', 'make a certificate for localhost in certs/dev, for a local run')
  .option('--host <address>', 'address to listen on', '::')
  .option('--port <number>', 'HTTPS port for the API server', port, 8443)
  .option('--health-port <number>', 'plain HTTP port of /livez, /readyz and /metrics', port, 8080)
  .option('--drain-seconds <number>', 'how long to go on serving after SIGTERM', seconds, 10)
  .addHelpText(
    'after',
    `
Examples:
  token-injector webhook --policies policies/ --tls-cert-file tls.crt --tls-key-file tls.key
  token-injector webhook --policies examples/policies --tls-self-signed --host 127.0.0.1`,
  )
  .action(async (flags: WebhookFlags) => {
    const { webhook } = await import('./commands/webhook.ts');
    await webhook(flags, settings());
  });

program
  .command('webhook-configuration')
  .summary('print what registers the webhook with an API server')
  .description(
    'Prints the MutatingWebhookConfiguration for a set of policies and, for those with missed.atAdmission: Refuse, the ValidatingAdmissionPolicy and its binding.',
  )
  .addOption(policies())
  .option('--url <url>', 'where the API server reaches the webhook: https://HOST:PORT')
  .option('--service <namespace/name[:port]>', 'or the Service that it reaches it by')
  .option('--ca-file <pem>', 'certificates that sign the webhook’s own')
  .option(
    '--namespace <name>',
    'our own namespace, always left out (default: that of --service, else $POD_NAMESPACE or token-injector)',
  )
  .addOption(
    new Option('-o, --output <format>', 'format').choices(['yaml', 'json']).default('yaml'),
  )
  .addHelpText(
    'after',
    `
Examples:
  token-injector webhook-configuration --policies policies/ --service token-injector/webhook --ca-file ca.crt | kubectl apply --server-side -f -
  token-injector webhook-configuration --policies policies/ --url https://127.0.0.1:8443 --ca-file certs/dev/ca.crt`,
  )
  .action(async (flags: WebhookConfigurationFlags) => {
    const { webhookConfiguration } = await import('./commands/webhook-configuration.ts');
    process.stdout.write(await webhookConfiguration(flags, settings()));
  });

program
  .command('preview')
  .summary('show what the webhook would do to manifests')
  .description(
    'Shows what the webhook would do to the pods of manifests, and why. Needs no cluster.',
  )
  .argument('<file...>', 'manifests: files, folders, or - for standard input')
  .addOption(policies())
  .addOption(
    new Option('-o, --output <format>', 'format').choices(['diff', 'yaml', 'json']).default('diff'),
  )
  .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
  .option(
    '--namespace-labels <labels>',
    'labels of the namespaces, such as team=a,env=prod; unknown ones count as selected',
  )
  .addHelpText(
    'after',
    `
Examples:
  token-injector preview --policies policies/ deployment.yaml
  helm template agent ./chart | token-injector preview --policies policies/ -
  token-injector preview --policies policies/ -o json manifests/ | jq '.[].decisions'`,
  )
  .action(async (files: string[], flags: PreviewFlags) => {
    const { preview } = await import('./commands/preview.ts');
    process.exitCode = await preview(files, flags, settings());
  });

program
  .command('demo')
  .summary('show all of it on this machine, without a cluster')
  .description(
    'Starts the webhook with the example policy, sends it the example agent as an API server would, and shows the change.',
  )
  .option('--once', 'end after the demonstration')
  .option('--port <number>', 'HTTPS port', port, 8443)
  .option('--health-port <number>', 'plain HTTP port of /livez, /readyz and /metrics', port, 8080)
  .action(async (flags: DemoFlags) => {
    const { demo } = await import('./commands/demo.ts');
    await demo(flags, settings());
  });

// A reader that has seen enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Tells people what went wrong; gives back the exit code: 2 for what they can mend. */
function report(error: unknown): number {
  // commander has already said what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // Errors that we throw on purpose say all that there is to say; others are faults of ours and show where.
  const expected =
    error instanceof Error &&
    ['UsageError', 'BadPolicies', 'BadCertificate', 'BadSetting'].includes(error.name);
  const message = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`token-injector: ${message}\n`);
  return expected ? 2 : 70;
}

function settings(): Settings {
  return readSettings(process.env);
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new InvalidArgumentError('Want a port: 0 (any free one) to 65535.');
  return number;
}

function seconds(value: string): number {
  const number = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || number > 3_600)
    throw new InvalidArgumentError('Want seconds: 0 to 3600.');
  return number;
}
