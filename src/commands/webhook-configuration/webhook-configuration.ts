import { isDnsLabel, isServiceName } from '../../core/kubernetes-names.ts';
import { stringify } from 'yaml';
import { readBundle } from '../../certificates/certificate.ts';
import {
  type Registration,
  type WebhookAddress,
  mutatingWebhookConfiguration,
} from '../../core/registration/mutating-webhook.ts';
import { excessText, planRegistration } from '../../core/registration/registration-plan.ts';
import { validatingAdmissionPolicy } from '../../core/registration/validating-admission-policy.ts';
import { readPolicyFiles } from '../../policies/policy-files.ts';
import type { Settings } from '../../runtime/settings.ts';
import { readNamedFile } from '../read-named-file.ts';
import { tellWarnings } from '../policy-warnings.ts';
import { tellSkipped } from '../skipped-documents.ts';
import { UsageError } from '../usage-error.ts';
import { jsonText } from '../json-text.ts';

/** Flags of `token-injector webhook-configuration`. */
export interface WebhookConfigurationFlags {
  readonly policies: readonly string[];
  readonly url?: string;
  readonly service?: string;
  readonly caFile?: string;
  readonly namespace?: string;
  readonly timeoutSeconds: number;
  readonly excludedNamespaces: readonly string[];
  readonly output: 'yaml' | 'json';
}

/** Prints what makes an API server send agent pods to the webhook, and deny those that would start without a token that a policy requires. */
export async function webhookConfiguration(
  flags: WebhookConfigurationFlags,
  settings: Settings,
): Promise<string> {
  const address = parseAddress(flags);
  const { set, warnings, skipped } = await readPolicyFiles(
    flags.policies,
    flags.excludedNamespaces,
  );
  tellWarnings(warnings);
  tellSkipped(skipped, 'among the policies');
  const ownNamespace =
    flags.namespace ?? ('service' in address ? address.service.namespace : settings.namespace);
  const registration: Registration = {
    address,
    ownNamespace,
    timeoutSeconds: flags.timeoutSeconds,
    ...(flags.caFile !== undefined && { cas: await readCas(flags.caFile) }),
  };
  const named = set.policies.map((policy) => ({ name: policy.name, policy }));
  const [first] = planRegistration(named, [], registration).tooMany;
  if (first) throw new UsageError(`no entry for policy ${first[0]}: ${excessText(first[1])}`);
  const objects = [
    mutatingWebhookConfiguration(set, registration),
    ...set.policies.flatMap((policy) => validatingAdmissionPolicy(policy, set, ownNamespace)),
  ];
  if (flags.output === 'json') {
    return jsonText({ apiVersion: 'v1', kind: 'List', items: objects });
  }
  return objects
    .map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`)
    .join('');
}

function parseAddress({ url, service }: WebhookConfigurationFlags): WebhookAddress {
  if ((url === undefined) === (service === undefined))
    throw new UsageError('set one of --url and --service');
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https:\/\/[^/?#@]+\/?$/.test(url)) {
      throw new UsageError('--url wants https://HOST:PORT without a path');
    }
    return { url };
  }
  const match = /^(?<namespace>[^/]+)\/(?<name>[^:]+)(?::(?<port>\d{1,5}))?$/.exec(service!);
  if (!match || !isDnsLabel(match.groups!['namespace']!) || !isServiceName(match.groups!['name']!))
    throw new UsageError('--service wants NAMESPACE/NAME or NAMESPACE/NAME:PORT');
  const { namespace, name, port } = match.groups as {
    namespace: string;
    name: string;
    port?: string;
  };
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    throw new UsageError('--service wants a PORT from 1 to 65535');
  return { service: { namespace, name, ...(port === undefined ? {} : { port: Number(port) }) } };
}

async function readCas(file: string): Promise<readonly string[]> {
  // Nothing else of the file: a key may stand in it too, and many may read what this makes.
  const cas = readBundle(await readNamedFile(file));
  if (!cas)
    throw new UsageError(`--ca-file: ${file} holds no PEM certificate, or one that cannot be read`);
  return cas;
}
