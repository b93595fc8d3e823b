/** What one request or connection holds; only for OldestGivesWay to read. */
export interface Hold {
  amount: number;
  readonly giveWay: () => void;
}

/**
 * Bounds what all callers together hold, bytes or connections. Beyond the bound the newcomer is not refused, since then
 * a few callers who send slowly or never read would keep everybody else out: the oldest gives way. An honest request is
 * over within milliseconds, and is the oldest only where others bring the whole bound within that time.
 */
export class OldestGivesWay {
  #total = 0;
  /** The oldest first. */
  readonly #holds = new Set<Hold>();
  readonly #bound: number;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get total(): number {
    return this.#total;
  }

  /** Begins to hold nothing yet; `giveWay` must let go of all at once, and is called at most once. */
  hold(giveWay: () => void): Hold {
    const hold = { amount: 0, giveWay };
    this.#holds.add(hold);
    return hold;
  }

  /** Says how much a hold has now; it may itself have to give way for that. */
  set(hold: Hold, amount: number): void {
    if (!this.#holds.has(hold)) return;
    this.#total += amount - hold.amount;
    hold.amount = amount;
    for (const oldest of this.#holds) {
      if (this.#total <= this.#bound) return;
      this.release(oldest);
      oldest.giveWay();
    }
  }

  /** Ends a hold; nothing where it ended already. */
  release(hold: Hold): void {
    if (this.#holds.delete(hold)) this.#total -= hold.amount;
  }
}
