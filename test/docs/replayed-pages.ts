/**
 * The pages whose commands the node suite replays, in the order of a reader who installs, uses and uninstalls.
 * One installation serves them all, so each page starts with what those before it have left.
 */
export const replayedPages = [
  'README.md',
  'docs/install.md',
  'docs/first-policy.md',
  'docs/secrets.md',
  'docs/delivery.md',
  'docs/preview.md',
  'docs/annotations.md',
  'docs/policy-status.md',
  'docs/explain.md',
  'docs/pods-that-missed-their-token.md',
  'docs/troubleshooting.md',
  'docs/rbac.md',
  'docs/network-policy.md',
  'docs/gitops.md',
  'docs/certificates.md',
  'docs/upgrade-and-uninstall.md',
] as const;

/** A page whose commands are replayed. */
export type ReplayedPage = (typeof replayedPages)[number];

/** The pages whose commands the suite with the operators of Secrets replays, in this order. */
export const sourcePages = [
  'docs/sources/existing-secret.md',
  'docs/sources/external-secrets-operator.md',
  'docs/sources/sealed-secrets.md',
  'docs/sources/pipeline.md',
  'docs/security-practices.md',
] as const;

/** A page about where a token comes from and where it goes. */
export type SourcePage = (typeof sourcePages)[number];
