import { managedFields } from './managed-fields.ts';

/** A review as the API server sends it for an agent's pod, about 9 KB with one container. */
export function agentReview(containers = 1): string {
  const agent = (index: number) => ({
    name: index === 0 ? 'agent' : `agent-${index}`,
    image: 'registry.example/security/kubernetes-agent:1.42.0',
    imagePullPolicy: 'IfNotPresent',
    args: ['--config', '/etc/agent/agent.yaml', '--log-level', 'info'],
    env: Array.from({ length: 16 }, (_, variable) =>
      variable % 4 === 3
        ? {
            name: `FROM_POD_${variable}`,
            valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
          }
        : { name: `AGENT_SETTING_${variable}`, value: `value-of-setting-${variable}` },
    ),
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: {
      limits: { cpu: '500m', memory: '512Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    livenessProbe: probe('/livez'),
    readinessProbe: probe('/readyz'),
    volumeMounts: [
      { name: 'config', mountPath: '/etc/agent' },
      {
        name: 'kube-api-access',
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      },
    ],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  });
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: 'aikido-agent-6d5f8c7b9-',
      namespace: 'aikido',
      creationTimestamp: null,
      labels: labels('app.kubernetes.io', 'aikido-agent'),
      annotations: Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [
          `example.com/annotation-${index}`,
          'x'.repeat(60),
        ]),
      ),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'aikido-agent-6d5f8c7b9',
          uid: '0a4f7e7c-6a1c-4e6e-8f14-0a9f3c5b2d11',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: 'agent-config', defaultMode: 420 } },
        {
          name: 'kube-api-access',
          projected: {
            sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
            defaultMode: 420,
          },
        },
      ],
      containers: Array.from({ length: containers }, (_, index) => agent(index)),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'aikido-agent',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      schedulerName: 'default-scheduler',
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  };
  const { creationTimestamp: _, ...written } = pod.metadata;
  const owned = managedFields({ metadata: written, spec: pod.spec });
  const object = { ...pod, metadata: { ...pod.metadata, managedFields: [owned] } };
  const pods = { group: '', version: 'v1', resource: 'pods' };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind,
      resource: pods,
      requestKind: kind,
      requestResource: pods,
      namespace: 'aikido',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '9d3f3d1e-0d0b-4b7f-9f3a-5b8f5e0d2c4a',
        groups: [
          'system:serviceaccounts',
          'system:serviceaccounts:kube-system',
          'system:authenticated',
        ],
      },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  });
}

function probe(path: string): object {
  return {
    httpGet: { path, port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  };
}

function labels(prefix: string, name: string): object {
  return {
    [`${prefix}/name`]: name,
    [`${prefix}/instance`]: name,
    [`${prefix}/managed-by`]: 'Helm',
    'pod-template-hash': '6d5f8c7b9',
    'aikido-security': 'kubernetes-agent',
  };
}
