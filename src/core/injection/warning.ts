import type { DecisionReason } from './reasons.ts';
import type { Warning } from './decision.ts';

// The API server cuts everything once all warnings of a request exceed 4,096 characters.
const maxWarnings = 10;
const maxCharacters = 120;

/** Adds a warning for the person who creates the pod, in the first of the texts that is short enough. */
export function warn(
  warnings: Warning[],
  policy: string,
  reason: DecisionReason,
  texts: readonly [string, ...string[]],
): void {
  const messages = texts.map((text) => `token-injector ${policy}: ${text}`);
  const message = messages.find(isShort) ?? shorten(messages.at(-1)!);
  if (warnings.length >= maxWarnings || warnings.some((other) => other.message === message)) return;
  warnings.push({ reason, message });
}

function isShort(text: string): boolean {
  return text.length <= maxCharacters;
}

function shorten(text: string): string {
  return `${text.slice(0, maxCharacters - 3)}...`;
}
