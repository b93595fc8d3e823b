/** Names of controllers that do not exist, or no controller at all. */
export class UnknownControllers extends Error {
  override readonly name = 'UnknownControllers';
}

/**
 * Reads `--controllers` as kube-controller-manager does: names, `*` for all that are on by default, and `-name` to leave
 * one out, which needs a `*`. Throws UnknownControllers.
 */
export function chooseControllers(
  wanted: readonly string[],
  known: readonly string[],
  offByDefault: readonly string[] = [],
): ReadonlySet<string> {
  const unknown = wanted.filter((name) => name !== '*' && !known.includes(name.replace(/^-/, '')));
  if (unknown.length > 0)
    throw new UnknownControllers(
      `no controller is called ${unknown.join(', ')}: there are ${known.join(', ')}`,
    );
  const isOn = (name: string) =>
    wanted.includes(name) || (wanted.includes('*') && !offByDefault.includes(name));
  const chosen = new Set(known.filter((name) => isOn(name) && !wanted.includes(`-${name}`)));
  if (chosen.size === 0)
    throw new UnknownControllers(`no controller is left: name some of ${known.join(', ')}, or *`);
  return chosen;
}
