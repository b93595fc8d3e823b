/** How the API server calls a kind in its paths. */
export interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

const namespaced = (plural: string): Resource => ({ plural, namespaced: true });
const clusterWide = (plural: string): Resource => ({ plural, namespaced: false });

/** The kinds that need no look at the API server's own list, by apiVersion and kind. */
export const knownKinds: Readonly<Record<string, Resource>> = {
  'v1/ConfigMap': namespaced('configmaps'),
  'v1/Event': namespaced('events'),
  'v1/Namespace': clusterWide('namespaces'),
  'v1/Node': clusterWide('nodes'),
  'v1/Pod': namespaced('pods'),
  'v1/ReplicationController': namespaced('replicationcontrollers'),
  'v1/Secret': namespaced('secrets'),
  'v1/Service': namespaced('services'),
  'v1/ServiceAccount': namespaced('serviceaccounts'),
  'apps/v1/DaemonSet': namespaced('daemonsets'),
  'apps/v1/Deployment': namespaced('deployments'),
  'apps/v1/ReplicaSet': namespaced('replicasets'),
  'apps/v1/StatefulSet': namespaced('statefulsets'),
  'batch/v1/CronJob': namespaced('cronjobs'),
  'batch/v1/Job': namespaced('jobs'),
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': clusterWide(
    'mutatingwebhookconfigurations',
  ),
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': clusterWide(
    'validatingwebhookconfigurations',
  ),
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': clusterWide(
    'validatingadmissionpolicies',
  ),
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': clusterWide(
    'validatingadmissionpolicybindings',
  ),
  'apiextensions.k8s.io/v1/CustomResourceDefinition': clusterWide('customresourcedefinitions'),
  'rbac.authorization.k8s.io/v1/ClusterRole': clusterWide('clusterroles'),
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': clusterWide('clusterrolebindings'),
  'rbac.authorization.k8s.io/v1/Role': namespaced('roles'),
  'rbac.authorization.k8s.io/v1/RoleBinding': namespaced('rolebindings'),
};
