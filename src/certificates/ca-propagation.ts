/**
 * How long, in milliseconds, every API server of a cluster gets to go by a change of the webhook configuration, from
 * when one of them has told us of it. Nothing says when the others do; it takes them milliseconds, see decision 0020.
 */
export const propagationMs = 5_000;
