import {
  deliveryFieldManager,
  deliveryLabel,
  ownedLabels,
  resyncAnnotation,
  tokenPolicyKind,
} from '../../core/identity.ts';
import { type Json, isObject } from '../../core/json.ts';
import type { Target } from '../../core/delivery/target.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';

/** A Secret as it is kept: names and digests, and never a value. */
export interface ObservedSecret extends KubeObject {
  readonly target: Target;
}

/** What is kept of a Secret; `digest` makes of a value what tells it from others, and not what it is. */
export function createSecretProjection(
  digest: (value: string) => string,
): (secret: KubeObject) => ObservedSecret {
  return ({ metadata, type, immutable, data }) => {
    const { name, namespace = '', labels = {}, ownerReferences = [] } = metadata;
    const values = Object.entries(isObject(data) ? data : {});
    const policy = labels[deliveryLabel];
    const ours = appliedFields(metadata);
    return {
      metadata: identityMetadata(metadata),
      target: {
        name,
        namespace,
        policy,
        isLabelled: Object.entries(ownedLabels).every(([key, value]) => labels[key] === value),
        ownerUids: ownerReferences.map(({ uid }) => uid),
        manager: managerOf(metadata),
        isOperated: operatorOf(metadata) !== undefined,
        type: typeof type === 'string' ? type : 'Opaque',
        isImmutable: immutable === true,
        isTerminating: metadata.deletionTimestamp !== undefined,
        keys: values.map(([key]) => key),
        digests: new Map(
          policy === undefined ? [] : values.map(([key, value]) => [key, digest(String(value))]),
        ),
        ownKeys: Object.keys(below(ours, 'data')).map((field) => field.slice(2)),
        isResyncing: isResyncing(metadata, ours),
      },
    };
  };
}

// Once we have begun, the annotation is ours.
function isResyncing({ annotations = {} }: ObjectMeta, ours: Json): boolean {
  const owned = below(below(ours, 'metadata'), 'annotations');
  return annotations[resyncAnnotation] === 'true' || Object.hasOwn(owned, `f:${resyncAnnotation}`);
}

// Whoever writes a Secret chooses these words: none of them can be a sentence.
const legible = /^[-.:/_a-zA-Z0-9]{1,100}$/;

/** Who but us manages a Secret, in words: its owner, or else who wrote data of it last. */
function managerOf(metadata: ObjectMeta): string {
  const others = (metadata.managedFields ?? []).filter(
    ({ manager, fieldsV1 }) => manager !== deliveryFieldManager && isObject(fieldsV1?.['f:data']),
  );
  return operatorOf(metadata) ?? ownerOf(metadata) ?? legibly(others.at(-1)?.manager);
}

function ownerOf({ ownerReferences = [] }: ObjectMeta): string | undefined {
  const owner = ownerReferences.find(({ kind }) => kind !== tokenPolicyKind);
  return owner && nameOf(owner);
}

function nameOf({ kind, name }: OwnerReference): string {
  return `${legibly(kind)} ${legibly(name)}`;
}

function legibly(word = ''): string {
  return legible.test(word) ? word : 'unknown';
}

const operatorKinds = ['ExternalSecret', 'SealedSecret'];
// External Secrets Operator sets it also where it does not own the Secret.
const operatorLabel = 'reconcile.external-secrets.io/managed';

/** The operator's object that a Secret comes from. */
function operatorOf({ ownerReferences = [], labels = {} }: ObjectMeta): string | undefined {
  const owner = ownerReferences.find(({ kind }) => operatorKinds.includes(kind));
  if (owner) return nameOf(owner);
  return labels[operatorLabel] === 'true' ? 'External Secrets Operator' : undefined;
}

/** The fields that are ours. */
function appliedFields({ managedFields = [] }: ObjectMeta): Json {
  const entry = managedFields.find(
    ({ manager, operation }) => operation === 'Apply' && manager === deliveryFieldManager,
  );
  return entry?.fieldsV1 ?? {};
}

function below(fields: Json, field: string): Json {
  const found = fields[`f:${field}`];
  return isObject(found)
    ? Object.fromEntries(Object.entries(found).filter(([key]) => key.startsWith('f:')))
    : {};
}
