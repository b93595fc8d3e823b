/** What came of measuring two things in turn. */
export interface Alternated {
  /** Medians. */
  readonly first: number;
  readonly second: number;
  /** The median of the ratios of the second to the first. */
  readonly ratio: number;
}

/** Measures two things in turn, so that what else the machine does hits both. */
export async function alternate(
  first: () => Promise<number>,
  second: () => Promise<number>,
  times: number,
): Promise<Alternated> {
  const firsts: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < times; round++) {
    firsts.push(await first());
    others.push(await second());
  }
  return {
    first: median(firsts),
    second: median(others),
    ratio: median(others.map((value, index) => value / firsts[index]!)),
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that this part, 0 to 1, of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
