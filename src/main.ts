#!/usr/bin/env -S node --max-semi-space-size=8
// The flag keeps 40 MiB of young garbage from piling up under load, at no cost in speed: see bench/.
import { Argument, Command, Option } from 'commander';
import type { ControllerFlags } from './commands/controller.ts';
import { completeWords, wordsToComplete } from './commands/complete-words.ts';
import { completion, shells } from './commands/completion.ts';
import type { DemoFlags } from './commands/demo.ts';
import {
  duration,
  names,
  policyRoles,
  port,
  seconds,
  service,
  timeoutSeconds,
} from './commands/flag-values.ts';
import type { ExplainFlags } from './commands/explain.ts';
import type { PreviewFlags } from './commands/preview.ts';
import { definitionName } from './core/identity.ts';
import { defaultTimeoutSeconds } from './core/registration/webhook-timeout.ts';
import { reportFailure } from './commands/report-failure.ts';
import type { WebhookConfigurationFlags } from './commands/webhook-configuration.ts';
import type { WebhookFlags } from './commands/webhook.ts';
import { type Settings, readSettings } from './runtime/settings.ts';
import packageJson from '../package.json' with { type: 'json' };

const program = new Command('token-injector')
  .description(
    'Gives agent pods references to the Secret with their token, so that manifests in Git do not need it.',
  )
  .version(packageJson.version)
  .exitOverride()
  .showHelpAfterError('(see --help)')
  .showSuggestionAfterError();

// Older ones fail anywhere and in any words.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `token-injector: needs Node.js 24 or newer, this is ${process.versions.node}\n`,
  );
  process.exit(2);
}

const policiesMeaning = 'TokenPolicy file, or folder of *.yaml, *.yml and *.json files';
const timeout = () =>
  new Option('--timeout-seconds <number>', 'how long the API server waits for the webhook')
    .argParser(timeoutSeconds)
    .default(defaultTimeoutSeconds);
const policies = () => new Option('--policies <path>', policiesMeaning).makeOptionMandatory();

program
  .command('webhook')
  .summary('serve the admission webhook')
  .description('Serves the admission webhook over HTTPS. On SIGTERM it drains and exits.')
  .option('--policies <path>', policiesMeaning)
  .option('--policies-from-cluster', 'or watch the TokenPolicies of the cluster')
  .option('--tls-cert-file <pem>', 'certificate, reloaded when it changes')
  .option('--tls-key-file <pem>', 'key of the certificate')
  .option('--tls-secret <name>', 'or a Secret of type kubernetes.io/tls in $POD_NAMESPACE')
  .option('--tls-self-signed', 'or make a certificate for localhost in certs/dev, for a local run')
  .option('--host <address>', 'address to listen on', '::')
  .option('--port <number>', 'HTTPS port for the API server', port, 8443)
  .option('--health-port <number>', 'plain HTTP port of /livez, /readyz and /metrics', port, 8080)
  .option('--drain-seconds <number>', 'how long to keep serving after SIGTERM', seconds, 10)
  .addHelpText(
    'after',
    `
Examples:
  token-injector webhook --policies policies/ --tls-cert-file tls.crt --tls-key-file tls.key
  token-injector webhook --policies-from-cluster --tls-secret token-injector-tls
  token-injector webhook --policies examples/policies --tls-self-signed --host 127.0.0.1`,
  )
  .action(async (flags: WebhookFlags) => {
    const { webhook } = await import('./commands/webhook.ts');
    await webhook(flags, settings());
  });

program
  .command('webhook-configuration')
  .summary('print the objects that register the webhook with an API server')
  .description(
    'Prints the MutatingWebhookConfiguration for a set of policies and, for those with enforce.missingToken: Deny, the ValidatingAdmissionPolicy and its binding.',
  )
  .addOption(policies())
  .option('--url <url>', 'address of the webhook: https://HOST:PORT')
  .option('--service <namespace/name[:port]>', 'or the Service of the webhook')
  .option('--ca-file <pem>', 'CA certificates that verify the webhook’s certificate')
  .option(
    '--namespace <name>',
    'namespace of token-injector, which is always excluded (default: that of --service, else $POD_NAMESPACE or token-injector)',
  )
  .addOption(timeout())
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
  .command('controller')
  .summary('reconcile certificates, webhook configuration and policy status')
  .description(
    'Reconciles the webhook’s certificates, the webhook configuration and the status of each TokenPolicy, until SIGTERM. Several can run: leader election picks the one that works.',
  )
  .addOption(
    new Option('--service <name[:port]>', 'Service of the webhook in $POD_NAMESPACE')
      .argParser(service)
      .default({ name: 'token-injector-webhook', port: 443 }, 'token-injector-webhook:443'),
  )
  .addOption(timeout())
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
    'Secrets that the controller may read in every namespace',
    names,
    [],
  )
  .addOption(
    new Option(
      '--controllers <names>',
      'which controllers run: names, * for all, -NAME for all but that one, such as *,-crd',
    )
      .argParser((value) => value.split(','))
      .default(['*'], '*'),
  )
  .option('--probe-seconds <number>', 'how often to probe the webhook', seconds, 60)
  .option('--health-port <number>', 'plain HTTP port of /livez, /readyz and /metrics', port, 8081)
  .addHelpText(
    'after',
    `
Examples:
  token-injector controller --owner token-injector --secret-names aikido-api-secret
  token-injector controller --certificates cert-manager --issued-secret token-injector-issued`,
  )
  .action(async (flags: ControllerFlags) => {
    const { controller } = await import('./commands/controller.ts');
    await controller(flags, settings());
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
    'labels of the namespaces, such as team=a,env=prod; without them, every namespace counts as selected',
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
  .command('explain')
  .summary('explain which policies apply to a pod or workload')
  .description(
    `Explains which policies apply to a pod, or to the next pods of a workload, why others do not, and what to do. Needs the rights to get the object and to list ${definitionName}; without further rights it says what it does not know.`,
  )
  .argument('<object...>', 'KIND/NAME or KIND NAME: a pod or workload')
  .option('-n, --namespace <name>', "namespace (default: that of the kubeconfig's context)")
  .addOption(
    new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'),
  )
  .addHelpText(
    'after',
    `
Examples:
  token-injector explain pod/shop-5d8f7c9b4-x2k8q -n shop
  token-injector explain deployment shop -n shop -o json
  kubectl token-injector explain deploy/shop -n shop`,
  )
  .action(async (words: string[], flags: ExplainFlags) => {
    const { explain } = await import('./commands/explain.ts');
    await explain(words, flags, settings());
  });

program
  .command('completion')
  .summary('print the completion script of a shell')
  .description('Prints the script with which a shell completes commands, flags and their values.')
  .addArgument(new Argument('<shell>', 'shell').choices(shells))
  .addHelpText(
    'after',
    `
Examples:
  source <(token-injector completion bash)    # in ~/.bashrc
  source <(token-injector completion zsh)     # in ~/.zshrc, after compinit
  token-injector completion fish > ~/.config/fish/completions/token-injector.fish

For kubectl token-injector, kubectl finds kubectl_complete-token_injector on the PATH.`,
  )
  .action((shell: (typeof shells)[number]) => {
    process.stdout.write(completion(shell));
  });

program
  .command('demo')
  .summary('run a demonstration on this machine, without a cluster')
  .description(
    'Starts the webhook with the example policy, sends it the example agent as an API server would, and shows the change.',
  )
  .option('--once', 'exit after the demonstration')
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
const words = wordsToComplete(process.argv);
try {
  if (words) process.stdout.write(completeWords(program, words));
  else await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}

function settings(): Settings {
  // oxlint-disable-next-line no-restricted-properties -- the only place that reads the environment
  return readSettings(process.env);
}
