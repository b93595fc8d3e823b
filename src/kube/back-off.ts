/** Waits that grow; milliseconds. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** How long to wait after so many failures in a row (1 and up): twice as long each time, and at random 50 to 100 %. */
export function backOffMs(failures: number, { firstMs, maxMs }: BackOff, random: () => number) {
  const full = Math.min(firstMs * 2 ** (failures - 1), maxMs);
  return full * (0.5 + random() / 2);
}
