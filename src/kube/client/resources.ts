import { tokenPolicyApiVersion, tokenPolicyKind, tokenPolicyPlural } from '../../core/identity.ts';

/** A kind of object and where the API serves it. */
export interface Resource {
  /** Such as `v1` or `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Objects in one answer to a list at most, where each may be large. */
  readonly pageSize?: number;
}

const cluster = { namespaced: false } as const;
const namespaced = { namespaced: true } as const;
const registration = 'admissionregistration.k8s.io/v1';

/** The kinds that we read or write. */
export const resources = {
  tokenPolicies: {
    apiVersion: tokenPolicyApiVersion,
    kind: tokenPolicyKind,
    plural: tokenPolicyPlural,
    ...cluster,
  },
  customResourceDefinitions: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    ...cluster,
  },
  mutatingWebhookConfigurations: {
    apiVersion: registration,
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    ...cluster,
  },
  validatingAdmissionPolicies: {
    apiVersion: registration,
    kind: 'ValidatingAdmissionPolicy',
    plural: 'validatingadmissionpolicies',
    ...cluster,
  },
  validatingAdmissionPolicyBindings: {
    apiVersion: registration,
    kind: 'ValidatingAdmissionPolicyBinding',
    plural: 'validatingadmissionpolicybindings',
    ...cluster,
  },
  clusterRoles: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    plural: 'clusterroles',
    ...cluster,
  },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', ...cluster },
  secrets: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', ...namespaced, pageSize: 25 },
  configMaps: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', ...namespaced },
  pods: { apiVersion: 'v1', kind: 'Pod', plural: 'pods', ...namespaced },
  events: { apiVersion: 'v1', kind: 'Event', plural: 'events', ...namespaced },
  replicationControllers: {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    ...namespaced,
  },
  deployments: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', ...namespaced },
  replicaSets: { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets', ...namespaced },
  statefulSets: {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    ...namespaced,
  },
  daemonSets: { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets', ...namespaced },
  jobs: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', ...namespaced },
  cronJobs: { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', ...namespaced },
  rollouts: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    plural: 'rollouts',
    ...namespaced,
  },
  externalSecrets: {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    plural: 'externalsecrets',
    ...namespaced,
  },
  sealedSecrets: {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    plural: 'sealedsecrets',
    ...namespaced,
  },
  leases: {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    plural: 'leases',
    ...namespaced,
  },
} as const satisfies Record<string, Resource>;
