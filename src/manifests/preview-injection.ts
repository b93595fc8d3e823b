import { decideInjection } from '../core/injection/decide-injection.ts';
import type { Decision } from '../core/injection/decision.ts';
import type { Operation } from '../core/injection/operation.ts';
import type { StringMap } from '../core/policy/label-selector.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { applyOperations } from './apply-operations.ts';
import type { DocumentProblem } from './document-problem.ts';
import { readDocuments } from './documents.ts';
import { editText } from './edit-text.ts';
import { type PodTemplate, findPodTemplates } from './pod-templates.ts';

/** Where the manifests are bound for, as far as they do not say it themselves. */
export interface Destination {
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Labels of every namespace; where absent, every namespace counts as selected. */
  readonly namespaceLabels?: StringMap;
  readonly ownNamespace: string;
}

/** What would become of a text of manifests. */
export interface TextPreview {
  /** The text with every change in it, else as it was, to the letter. */
  readonly after: string;
  readonly pods: readonly PodPreview[];
  readonly problems: readonly DocumentProblem[];
}

/** What would become of one pod or of the pods of one workload. */
export interface PodPreview {
  readonly line: number;
  readonly template: PodTemplate;
  readonly namespace: string;
  /** In the order in which the API server asks the policies; each sees what those before did. */
  readonly decisions: readonly { readonly policy: Policy; readonly decision: Decision }[];
}

/** Decides on every pod of a text, as the webhook would, and writes the changes into the text. */
export function previewText(text: string, set: PolicySet, destination: Destination): TextPreview {
  const { documents, problems } = readDocuments(text);
  const pods: PodPreview[] = [];
  let after = text;
  // From the end, so that what stands before keeps its place.
  for (const document of documents.toReversed()) {
    const operations: Operation[] = [];
    const inDocument = findPodTemplates(document.object).map((template) => {
      const preview = previewPod(template, set, destination);
      operations.push(...preview.operations);
      return {
        line: document.line,
        template,
        namespace: preview.namespace,
        decisions: preview.decisions,
      };
    });
    pods.unshift(...inDocument);
    if (operations.length > 0) after = editText(after, document, operations);
  }
  return { after, pods, problems };
}

function previewPod(template: PodTemplate, set: PolicySet, destination: Destination) {
  const namespace = template.namespace ?? destination.namespace;
  const { namespaceLabels, ownNamespace } = destination;
  const facts = {
    namespace,
    ownNamespace,
    set,
    ...(namespaceLabels
      ? { namespaceLabels: { ...namespaceLabels, 'kubernetes.io/metadata.name': namespace } }
      : {}),
  };
  let pod: unknown = template.pod;
  const operations: Operation[] = [];
  const decisions = set.policies.map((policy) => {
    const decision = decideInjection(policy, pod, facts);
    if (decision.changed) {
      pod = applyOperations(pod, decision.operations);
      operations.push(
        ...decision.operations.map((operation) => ({
          ...operation,
          path: template.pointer + operation.path,
        })),
      );
    }
    return { policy, decision };
  });
  return { namespace, operations, decisions };
}
