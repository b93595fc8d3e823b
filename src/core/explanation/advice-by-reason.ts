import { documentationUrl } from '../documentation-url.ts';
import { containersAnnotation, injectAnnotation, ourLabelSelector } from '../identity.ts';
import type { Outcome } from '../injection/decision.ts';
import { readPod } from '../injection/pod.ts';
import { wayOut } from '../injection/way-out.ts';
import { didYouMean } from '../policy/did-you-mean.ts';
import { type StringMap, selectorKeys } from '../policy/label-selector.ts';
import type { PodCount } from './count-pods.ts';
import type { Advice, PolicyExplanation } from './explanation.ts';
import type { Judgement } from './judge-policy.ts';
import type { ExplainedReason } from './reasons.ts';
import { renewal } from './renewal.ts';
import type { SecretState } from './secret-state.ts';
import type { Subject } from './subject.ts';

/** Something to do for one policy. */
export type Item = Omit<Advice, 'policies'>;

/** A policy and a pod for which something may have to be done. */
export interface Matter extends PolicyExplanation {
  readonly subject: Subject;
  /** Absent where the policy cannot be used. */
  readonly judgement: Judgement | undefined;
  /** Absent where the pods of a workload are not known. */
  readonly count: PodCount | undefined;
  /** What the reason is of, where it is not of the whole pod. */
  readonly outcome?: Outcome;
  /** The Secret that the reason is of. */
  readonly secret?: SecretState;
}

type Told = Item | Item['text'] | typeof nothing;
type AdviceOnReason = Told | ((matter: Matter) => Told);

const nothing = undefined;
const ourPods = `kubectl get pods -A -l ${ourLabelSelector}`;

/** What to do about each reason that an explanation can give. */
export const adviceByReason = {
  'already-injected': renewPods,
  'annotation-containers-bad': nothing,
  'annotation-containers-nobody': nothing,
  'annotation-container-unknown': nothing,
  'annotation-false': ({ subject }) =>
    `To get the token, take ${injectAnnotation}: "false" off ${bearer(subject)}`,
  'annotation-inject-bad': nothing,
  'annotation-missing': askForToken,
  'annotation-other-policies': ({ policy, subject }) =>
    `To get the token, add "${policy}" to the annotation ${injectAnnotation} of ${bearer(subject)}`,
  'annotation-policy-unknown': nothing,
  conflict: replaceKept,
  'container-malformed': nothing,
  'container-not-named': nothing,
  'container-not-selected': nothing,
  'env-added': nothing,
  'env-kept-literal': replaceKept,
  'env-kept-reference': replaceKept,
  'env-present': nothing,
  'env-replaced-field': nothing,
  'env-replaced-literal':
    'Take the written-out value out of the manifest; a token does not belong there',
  'env-replaced-reference': nothing,
  'ephemeral-containers-not-selected': nothing,
  'excluded-namespace':
    'To serve this namespace, an administrator has to take it out of the chart value excludedNamespaces',
  'file-added': nothing,
  'file-path-nested': nothing,
  'file-path-occupied': replaceKept,
  'file-present': nothing,
  'file-replaced': nothing,
  'file-volume-occupied': replaceKept,
  injected: renewPods,
  kept: nothing,
  'mirror-pod': nothing,
  'namespace-labels-unknown': nothing,
  'namespace-not-selected': correctNamespace,
  'no-container-selected': correctContainers,
  'no-new-container': nothing,
  'not-installed': {
    text: 'An administrator has to install token-injector with Helm, or to see why its controller does not register it',
    command: ourPods,
  },
  'own-namespace':
    'Run it in another namespace; the one of token-injector itself is always left out',
  'pod-before-policy': renewPods,
  'pod-before-ready': renewPods,
  'pod-malformed': nothing,
  'pod-missed': renewPods,
  'pod-not-selected': moveLabels,
  'pod-too-large': nothing,
  'policy-invalid': ({ policy }) => ({
    text: 'An administrator has to correct the policy',
    command: `kubectl edit tokenpolicy ${policy}`,
  }),
  'policy-newer': 'Ask a token-injector of the version that runs in the cluster',
  'policy-not-ready': ({ policy }) => ({
    text: 'An administrator has to get the policy into force; its status says what is wrong',
    command: `kubectl describe tokenpolicy ${policy}`,
  }),
  'policy-not-registered': {
    text: 'An administrator has to see why the controller does not register the policy',
    command: ourPods,
  },
  'secret-key-missing': provideSecret,
  'secret-missing': provideSecret,
  'secret-unknown': nothing,
  'service-account-not-selected':
    'An administrator has to add the ServiceAccount to match.serviceAccountNames of the policy, or the pod has to run as one of these',
  'system-namespace':
    'To serve this namespace, an administrator has to set match.systemNamespaces: true in the policy',
  'webhook-not-reached': {
    text: `An administrator has to get the webhook going: ${documentationUrl('troubleshooting', 'the-api-server-cannot-call-the-webhook')}`,
    command: ourPods,
  },
} as const satisfies Record<ExplainedReason, AdviceOnReason>;

/** What to do about a reason; nothing where it is as it should be, or another reason tells what to do. */
export function adviseOnReason(reason: ExplainedReason, matter: Matter): Item[] {
  const advice: AdviceOnReason = adviceByReason[reason];
  const told = typeof advice === 'function' ? advice(matter) : advice;
  if (told === nothing) return [];
  return [typeof told === 'string' ? { text: told } : told];
}

function askForToken({ policy, notes, subject }: Matter): string {
  if (!subject.isPod && Object.hasOwn(subject.annotations, injectAnnotation))
    return putOnTemplate(`annotation ${injectAnnotation}`, subject);
  const { annotations = {}, labels = {} } = readPod(subject.pod) ?? {};
  if (Object.hasOwn(labels, injectAnnotation) && !Object.hasOwn(annotations, injectAnnotation))
    return `${injectAnnotation} is among the labels of ${bearer(subject)}: to get the token, move it to the annotations`;
  const misspelt = misspeltAnnotation(annotations, labels);
  if (misspelt !== undefined)
    return `To get the token, write ${injectAnnotation} in place of ${JSON.stringify(misspelt)} on ${bearer(subject)}, as an annotation`;
  const verb = notes.includes('annotation-inject-bad') ? 'correct the annotation to' : 'set';
  return `To get the token, ${verb} ${injectAnnotation}: "${policy}" on ${bearer(subject)}`;
}

/** A key of the pod that was most likely meant for the annotation: misspelt, or a label. */
function misspeltAnnotation(annotations: StringMap, labels: StringMap): string | undefined {
  if (Object.hasOwn(annotations, injectAnnotation)) return undefined;
  const known = [injectAnnotation, containersAnnotation];
  const keys = [...Object.keys(annotations), ...Object.keys(labels)];
  return keys.find((key) => didYouMean(key, known) === injectAnnotation);
}

function correctContainers({ outcomes, notes, subject }: Matter): string | undefined {
  return notes.includes('annotation-container-unknown') ||
    outcomes.some(({ reason }) => reason === 'container-not-named')
    ? `To get the token, correct the names in the annotation ${containersAnnotation} of ${bearer(subject)}`
    : undefined;
}

/** Where a policy that selects the pod itself names a namespace much like that of the pod. */
function correctNamespace({ judgement, subject: { namespace, pod } }: Matter): string | undefined {
  if (!judgement?.policy.selectsPod(readPod(pod)?.labels ?? {})) return undefined;
  const guess = didYouMean(namespace, judgement.policy.spec.match.namespaces);
  return guess === undefined || guess === namespace
    ? undefined
    : `If the policy means the namespace ${namespace}, write that in match.namespaces in place of ${guess}`;
}

/** Where a workload carries the labels itself that its pods should have. */
function moveLabels({ judgement, subject }: Matter): string | undefined {
  const { isPod, labels } = subject;
  if (isPod || !judgement?.policy.selectsPod(labels)) return undefined;
  const keys = selectorKeys(judgement.policy.spec.match.podSelector);
  return keys.some((key) => Object.hasOwn(labels, key))
    ? putOnTemplate('labels', subject)
    : undefined;
}

function putOnTemplate(what: string, { kind }: Subject): string {
  return `The ${kind} has the ${what}, its pod template has not; only the template counts, so put them there`;
}

function bearer({ isPod }: Subject): string {
  return isPod ? 'the pod, or the pod template of its workload' : 'the pod template';
}

function replaceKept({ judgement, outcome }: Matter): string | undefined {
  return judgement && outcome && wayOut(judgement.policy, outcome);
}

function provideSecret({ secret, subject: { namespace } }: Matter): Item | undefined {
  if (!secret) return undefined;
  const { name, state, missingKeys, blocks } = secret;
  const keys = missingKeys.length > 0 ? missingKeys : ['KEY'];
  const files = keys.map((key) => `--from-file=${key}=FILE`).join(' ');
  const create = `kubectl -n ${namespace} create secret generic ${name} ${files}`;
  const where = `the Secret ${name} in namespace ${namespace}`;
  const missing = missingKeys.length > 0 ? `the key ${keys.join(', ')}` : 'the missing key';
  const what = state === 'secret-missing' ? `Provide ${where}` : `Add ${missing} to ${where}`;
  const effect = blocks
    ? 'a pod that waits for it then starts by itself'
    : 'new containers then have the variable';
  return {
    text: `${what}, by whatever makes your Secrets; ${effect}`,
    command:
      state === 'secret-missing'
        ? create
        : `${create} --dry-run=client -o yaml | kubectl apply --server-side -f -`,
  };
}

function renewPods({ verdict, createdAt = '', count, subject }: Matter): Item | undefined {
  const how = renewal(subject);
  if (verdict === 'lacks') return how;
  if (subject.isPod) return undefined;
  if (count) {
    if (count.lacks === 0) return undefined;
    const lacking =
      count.lacks === 1 ? '1 of its pods has no token' : `${count.lacks} of its pods have no token`;
    return { ...how, text: `${lacking}. ${how.text}` };
  }
  // Pods cannot be older than their workload.
  const isYounger = (subject.createdAt ?? '') >= createdAt;
  if (verdict === 'holds' || subject.kind === 'CronJob' || isYounger) return undefined;
  return {
    ...how,
    text: `Whether its pods have the token is not known: you lack the right to list pods -n ${subject.namespace}. If they were created before ${createdAt}, when the policy came, they have none. In that case: ${how.text}`,
  };
}
