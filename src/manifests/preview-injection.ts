import {
  type JudgedPolicies,
  type Judgement,
  judgePolicies,
} from '../core/explanation/judge-policy.ts';
import type { PolicyObject } from '../core/explanation/policy-object.ts';
import { type Subject, describeSubject } from '../core/explanation/subject.ts';
import type { Operation } from '../core/injection/operation.ts';
import { type Json, isObject } from '../core/json.ts';
import type { StringMap } from '../core/policy/label-selector.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { type DocumentChange, unifiedDiff } from './diff.ts';
import { applyOperations } from './edit/apply-operations.ts';
import { type EditableDocument, editDocument } from './edit/edit-document.ts';
import { maskLiterals } from './edit/mask-literals.ts';
import type { DocumentProblem } from './read/document-problem.ts';
import { readDocuments } from './read/documents.ts';
import { type ListedObject, listedObjects } from './read/listed-objects.ts';
import { type PodTemplate, podTemplate } from './read/pod-templates.ts';

/** Where the manifests are bound for, as far as they do not say it themselves. */
export interface Destination {
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Labels of every namespace; where absent, a namespace that its name does not settle counts as selected. */
  readonly namespaceLabels?: StringMap;
  /** Labels of namespaces by their names, beside those of every one. */
  readonly namespaces?: ReadonlyMap<string, StringMap>;
  readonly ownNamespace: string;
}

/** What would become of a text of manifests. */
export interface TextPreview {
  /** The text with every change in it; documents without one as they were, to the letter. */
  readonly after: () => string;
  /** The change as `git diff` shows it, with no literal of a token in it; empty where nothing changes. */
  readonly diff: (file: string) => string;
  readonly pods: readonly PodPreview[];
  /** The objects that are no pods and make none. */
  readonly skipped: readonly SkippedObject[];
  readonly problems: readonly DocumentProblem[];
}

/** An object that is no pod and makes none. */
interface SkippedObject {
  readonly line: number;
  readonly object: unknown;
}

/** What would become of one pod or of the pods of one workload. */
export interface PodPreview {
  readonly line: number;
  readonly template: PodTemplate;
  readonly namespace: string;
  readonly subject: Subject;
  /** In the order in which the API server asks the policies; each sees what those before did. */
  readonly decisions: readonly Judgement[];
}

/** Decides on every pod of a text, as the webhook would, and prints the documents that change anew. */
export function previewText(text: string, set: PolicySet, destination: Destination): TextPreview {
  const { documents, problems } = readDocuments(text);
  const pods: PodPreview[] = [];
  const skipped: SkippedObject[] = [];
  const policies = policiesOf(set);
  const changed: ChangedDocument[] = [];
  for (const { object, line, start, end } of documents) {
    const operations: Operation[] = [];
    for (const listed of listedObjects(object)) {
      const template = podTemplate(listed);
      if (!template) {
        skipped.push({ line, object: listed.object });
        continue;
      }
      const preview = previewPod(listed, template, policies, destination);
      operations.push(...operationsOf(preview));
      pods.push({ line, ...preview });
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

function previewPod(
  { object }: ListedObject,
  template: PodTemplate,
  policies: JudgedPolicies,
  { ownNamespace, ...destination }: Destination,
): Omit<PodPreview, 'line'> {
  const namespace = template.namespace ?? destination.namespace;
  const metadata = { ...readMetadata(object), name: template.name, namespace };
  const subject = describeSubject({ ...(object as Json), metadata }, template.pod);
  const labels = destination.namespaces?.get(namespace);
  const facts = {
    ownNamespace,
    ...(labels || destination.namespaceLabels
      ? { namespaceLabels: { ...destination.namespaceLabels, ...labels } }
      : {}),
    apply: applyOperations,
  };
  return { template, namespace, subject, decisions: judgePolicies(policies, subject, facts) };
}

function readMetadata(object: unknown): Json {
  return isObject(object) && isObject(object.metadata) ? object.metadata : {};
}

function operationsOf({ template, decisions }: Omit<PodPreview, 'line'>): Operation[] {
  return decisions.flatMap(({ decision }) =>
    decision.changed
      ? decision.operations.map((operation) => ({
          ...operation,
          path: template.pointer + operation.path,
        }))
      : [],
  );
}

/** Policies of files: nothing is known of them but what they say. */
function policiesOf(set: PolicySet): JudgedPolicies {
  const objects = set.policies.map((policy): [string, PolicyObject] => [
    policy.name,
    { name: policy.name, parsed: { ok: true, policy, unknownFields: [] }, problems: [] },
  ]);
  return { set, objects: new Map(objects) };
}
