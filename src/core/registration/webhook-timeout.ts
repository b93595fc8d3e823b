/** Seconds that the API server waits for the webhook, unless set otherwise. */
export const defaultTimeoutSeconds = 1;
/** The most that can be set. */
export const maxTimeoutSeconds = 5;

// The API server gives up a request after 34 seconds, which the webhooks of others have to share, and asks a second time
// when one of those changes the pod after us.
const secondsPerPod = 10;

/** How many policies may select one pod, so that the API server creates it also while no answer comes. */
export function maxPoliciesPerPod(timeoutSeconds: number): number {
  return Math.floor(secondsPerPod / timeoutSeconds);
}
