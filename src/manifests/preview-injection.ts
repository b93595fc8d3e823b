import { decideInjection } from '../core/injection/decide-injection.ts';
import type { Decision } from '../core/injection/decision.ts';
import type { Operation } from '../core/injection/operation.ts';
import type { StringMap } from '../core/policy/label-selector.ts';
import type { Policy } from '../core/policy/compile-policy.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { type DocumentChange, unifiedDiff } from './diff.ts';
import { applyOperations } from './edit/apply-operations.ts';
import { type EditableDocument, editDocument } from './edit/edit-document.ts';
import { maskLiterals } from './edit/mask-literals.ts';
import type { DocumentProblem } from './read/document-problem.ts';
import { readDocuments } from './read/documents.ts';
import { kindText, listedObjects } from './read/listed-objects.ts';
import { type PodTemplate, podTemplate } from './read/pod-templates.ts';

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
  /** The text with every change in it; documents without one as they were, to the letter. */
  readonly after: () => string;
  /** The change as `git diff` shows it, with no literal of a token in it; empty where nothing changes. */
  readonly diff: (file: string) => string;
  readonly pods: readonly PodPreview[];
  /** The kinds of the objects that are no pods and make none. */
  readonly skipped: readonly string[];
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

/** Decides on every pod of a text, as the webhook would, and prints the documents that change anew. */
export function previewText(text: string, set: PolicySet, destination: Destination): TextPreview {
  const { documents, problems } = readDocuments(text);
  const pods: PodPreview[] = [];
  const skipped: string[] = [];
  const changed: ChangedDocument[] = [];
  for (const { object, line, start, end } of documents) {
    const operations: Operation[] = [];
    for (const listed of listedObjects(object)) {
      const template = podTemplate(listed);
      if (!template) {
        skipped.push(kindText(listed.object));
        continue;
      }
      const preview = previewPod(template, set, destination);
      operations.push(...preview.operations);
      pods.push({ line, template, namespace: preview.namespace, decisions: preview.decisions });
    }
    if (operations.length === 0) continue;
    changed.push({ document: { text: text.slice(start, end), object }, start, end, operations });
  }
  return {
    after: () => withChanges(text, changed),
    diff: (file) => unifiedDiff(file, changes(text, changed, set)),
    pods,
    skipped,
    problems,
  };
}

interface ChangedDocument {
  readonly document: EditableDocument;
  /** Offsets of the document in the text. */
  readonly start: number;
  readonly end: number;
  readonly operations: readonly Operation[];
}

function withChanges(text: string, changed: readonly ChangedDocument[]): string {
  let done = 0;
  const parts = changed.map(({ document, start, end, operations }) => {
    const unchanged = text.slice(done, start);
    done = end;
    return unchanged + editDocument(document, operations);
  });
  return parts.join('') + text.slice(done);
}

/** Both sides of each changed document, printed alike, so that they differ in the change only. */
function* changes(
  text: string,
  changed: readonly ChangedDocument[],
  set: PolicySet,
): Generator<DocumentChange> {
  let line = 1;
  let at = 0;
  for (const { document, start, operations } of changed) {
    line += countLineBreaks(text.slice(at, start));
    at = start;
    const injected = applyOperations(document.object, operations);
    yield {
      line,
      before: editDocument(document, maskLiterals(document.object, set)),
      after: editDocument(document, [...operations, ...maskLiterals(injected, set)]),
    };
  }
}

function countLineBreaks(text: string): number {
  return text.split('\n').length - 1;
}

function previewPod(template: PodTemplate, set: PolicySet, destination: Destination) {
  const namespace = template.namespace ?? destination.namespace;
  const { namespaceLabels, ownNamespace } = destination;
  const context = {
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
    const decision = decideInjection(policy, pod, context);
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
