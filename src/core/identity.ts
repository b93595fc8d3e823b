const name = 'token-injector';
/** The program's name. */
export const productName = name;
/** The name under which the API server records what we write, in the managedFields of objects. */
export const fieldManager = name;
/** The same for what the secrets controller says in the status of policies. */
export const secretsFieldManager = `${name}-secrets`;
/** The same for the Secrets that we deliver, so that nothing else that we write is mixed up with them. */
export const deliveryFieldManager = `${name}-delivery`;
/** Name of the MutatingWebhookConfiguration. */
export const configurationName = name;

/** The API group of TokenPolicy, and the domain of our annotations and labels. */
export const group = 'token-injector.dev';
/** The version of TokenPolicy. */
export const version = 'v1alpha1';
/** The kind of a policy, with its plural. */
export const tokenPolicyKind = 'TokenPolicy';
/** The plural of the kind, as in paths of the API. */
export const tokenPolicyPlural = 'tokenpolicies';
/** `apiVersion` of a TokenPolicy. */
export const tokenPolicyApiVersion = `${group}/${version}` as const;
/** Name of the CustomResourceDefinition of TokenPolicy. */
export const definitionName = `${tokenPolicyPlural}.${group}` as const;

/** Name of the policy in paths and entries that stands for the probe. */
export const probeName = 'probe';
/** Names that no policy may have: the probe's, and the words that an annotation may hold instead of names. */
export const reservedPolicyNames: readonly string[] = [probeName, 'true', 'false'];

/** Annotation with which a pod asks for policies or opts out. */
export const injectAnnotation = `${group}/inject`;
/** Annotation with which a pod limits the containers that get the token. */
export const containersAnnotation = `${group}/containers`;
/** Set to "true" on an object of ours, has us leave it as it is. */
export const pausedAnnotation = `${group}/paused`;
/** Set to "true" on a Secret that was delivered, has us take it back from another writer. */
export const resyncAnnotation = `${group}/resync`;
/** Annotation of the CustomResourceDefinition that carries the revision of the schema in it, a whole number. */
export const revisionAnnotation = `${group}/schema-revision`;

/** The label of the ConfigMaps that the probe sends through the API server. */
export const probeLabel = `${group}/probe`;
/** The label that says which program an object belongs to. */
export const nameLabel = 'app.kubernetes.io/name';
/** The label that says which program writes an object. */
export const managedByLabel = 'app.kubernetes.io/managed-by';
/** The labels of everything that is ours, also of what is registered by hand. */
export const ourLabels = { [nameLabel]: productName } as const;
/** The labels of what the controller writes. */
export const ownedLabels = { ...ourLabels, [managedByLabel]: productName } as const;
/** On a Secret that was delivered, the namespace and the name of what it is a copy of. */
export const sourceAnnotation = `${group}/source`;
/** The label of a Secret that was delivered, with the name of the policy that it was delivered for. */
export const deliveryLabel = `${group}/policy`;
/** Selects by `ourLabels`. */
export const ourLabelSelector = `${nameLabel}=${productName}`;

/** Name of a policy's entry in the MutatingWebhookConfiguration. */
export function entryName(policyName: string): string {
  return `${policyName}.${group}`;
}

/** Path of the webhook to which requests about a policy are sent. */
export function mutatePath(policyName: string): string {
  return `/mutate/${policyName}`;
}

/** Name of a policy's ValidatingAdmissionPolicy and of its binding. */
export function validatingAdmissionPolicyName(policyName: string): string {
  return `${name}-${policyName}`;
}

/**
 * Name of the volume of a policy's folder, counted from 1. The number stands in front: a policy's name may end in one, and
 * the longest leaves no room for it behind.
 */
export function volumeName(policyName: string, folder: number): string {
  return folder === 1 ? `${name}-${policyName}` : `${volumePrefix}-${folder}-${policyName}`;
}

/** How the names of all volumes of policies begin. */
export const volumePrefix = 'token-inject';
