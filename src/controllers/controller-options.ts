import type { WebhookAddress } from '../core/registration/mutating-webhook.ts';
import type { ConditionState } from '../core/status/conditions.ts';
import type { SecretReport } from '../core/status/secret-status.ts';
import type { KubeApi } from '../kube/client/api.ts';
import type { CertificateSource } from './certificates/certificate-source.ts';
import type { CertificateState } from './certificates/certificate-state.ts';
import type { AgentPods } from './cluster/agent-pods.ts';
import type { Clock } from './manager/clock.ts';

/** What a controller works with. */
export interface ControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** The namespace of token-injector itself. */
  readonly namespace: string;
  readonly address: WebhookAddress;
  /** How long the API server waits for the webhook. */
  readonly timeoutSeconds: number;
  /** Namespaces in which no policy selects a pod. */
  readonly excludedNamespaces: readonly string[];
  /** Annotations of the MutatingWebhookConfiguration. */
  readonly configurationAnnotations: Readonly<Record<string, string>>;
  /** ClusterRoles that own what the controller writes. */
  readonly owners: readonly string[];
  /** The policies whose pods it may have denied, each with the ClusterRole that gives the right to that and owns what it writes for it. */
  readonly missingTokenPolicies: ReadonlyMap<string, string>;
  /** Name of the Lease, which the same ClusterRoles own. */
  readonly lease: string;
  readonly certificates: CertificateSource;
  /** The names of the controllers that run. */
  readonly controllers: ReadonlySet<string>;
  /** Whether another program says in the status of policies what is said of Secrets. */
  readonly hasSecretsController: boolean;
  /** Names of Secrets that may be read in every namespace. */
  readonly secretNames: readonly string[];
  /** Makes of a value what tells it from others and is not to be turned back. */
  readonly digest: (value: string) => string;
  readonly probe: { readonly name: string; readonly periodMs: number };
  readonly observer: ControllerObserver;
}

/** Receives what the controllers find. */
export interface ControllerObserver {
  /** A controller or watch that failed, by its name; undefined when it works again. */
  problem(part: string, error: unknown): void;
  certificates(state: CertificateState): void;
  reachable(state: ConditionState): void;
  policies(ready: number, all: number): void;
  /** The policies that meet on one pod with more others than should. */
  overlaps(policies: readonly string[]): void;
  /** What became of the agent pods of each policy; none where they may not be read. */
  agentPods(tallies: AgentPods['tallies']): void;
  /** What each policy says of its Secrets. */
  secrets(reports: ReadonlyMap<string, SecretReport>): void;
  /** What became of a Secret that is delivered, each time that one was written, deleted or could not be. */
  delivery(outcome: 'written' | 'deleted' | 'failed'): void;
  /** The policies to whose selectors somebody else adds requirements again and again. */
  selectorsNarrowed(policies: readonly string[]): void;
  /** Names for which the controller may have pods denied, but no policy of that name asks for it. */
  unusedMissingTokenPolicies(names: readonly string[]): void;
  definitionUpdated(): void;
  /** An object of ours that was deleted. */
  deleted(object: {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  }): void;
  /** The ClusterRole of another release that has the registration, if one has. */
  otherRelease(clusterRole: string | undefined): void;
  /** Everything has been read that the controllers need. */
  synced(): void;
}
