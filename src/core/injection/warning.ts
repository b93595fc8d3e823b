import type { DecisionReason } from './reasons.ts';
import type { Warning } from './decision.ts';

// The API server cuts everything once all warnings of a request exceed 4,096 characters.
const maxWarnings = 10;
const maxCharacters = 120;

/** Adds a warning for the person who creates the pod. */
export function warn(
  warnings: Warning[],
  policy: string,
  reason: DecisionReason,
  text: string,
): void {
  const message = shorten(`token-injector ${policy}: ${text}`);
  if (warnings.length >= maxWarnings || warnings.some((other) => other.message === message)) return;
  warnings.push({ reason, message });
}

function shorten(text: string): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 3)}...`;
}
