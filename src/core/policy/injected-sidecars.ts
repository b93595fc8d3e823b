/**
 * Containers that others add to pods, by the names that their injectors give them: no policy means them unless it
 * names them. Names that people give containers of their own as well, such as `envoy`, are not here.
 */
export const injectedSidecars: readonly string[] = [
  // Service meshes: Istio, Linkerd, Kuma, Consul, Dapr.
  'istio-init',
  'istio-proxy',
  'istio-validation',
  'linkerd-debug',
  'linkerd-init',
  'linkerd-network-validator',
  'linkerd-proxy',
  'kuma-init',
  'kuma-sidecar',
  'consul-connect-inject-init',
  'consul-dataplane',
  'daprd',
  // Secrets and identities: Vault, Bank-Vaults, Azure Workload Identity.
  'vault-agent',
  'vault-agent-init',
  'copy-vault-env',
  'azwi-proxy',
  'azwi-proxy-init',
  // Instrumentation: OpenTelemetry, Datadog, New Relic.
  'opentelemetry-auto-instrumentation-*',
  'datadog-agent-injected',
  'datadog-init-apm-inject',
  'datadog-lib-*-init',
  'newrelic-instrumentation-*',
  // Storage: Cloud Storage FUSE on GKE.
  'gke-gcsfuse-sidecar',
];
