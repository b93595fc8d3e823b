/** What one request or connection holds; only for OldestGivesWay to read. */
export interface Hold {
  amount: number;
  readonly giveWay: () => void;
  readonly share: Share;
}

/** What one caller holds. */
interface Share {
  readonly caller: string;
  total: number;
  /** The oldest first. */
  readonly holds: Set<Hold>;
}

/**
 * Bounds what all callers together hold, bytes or connections. Beyond the bound the newcomer is not refused, since then
 * a few callers who send slowly or never read would keep everybody else out: the caller who holds most gives way with
 * its oldest. So a flood from one address is at its own expense, and where addresses tell nothing it is at that of the
 * oldest of all: an honest request is over within milliseconds.
 */
export class OldestGivesWay {
  #total = 0;
  /** By the caller's address. */
  readonly #shares = new Map<string, Share>();
  readonly #bound: number;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get total(): number {
    return this.#total;
  }

  /** Begins to hold nothing yet; `giveWay` must let go of all at once, and is called at most once. */
  hold(caller: string, giveWay: () => void): Hold {
    let share = this.#shares.get(caller);
    if (!share) {
      share = { caller, total: 0, holds: new Set() };
      this.#shares.set(caller, share);
    }
    const hold = { amount: 0, giveWay, share };
    share.holds.add(hold);
    return hold;
  }

  /** Says how much a hold has now; it may itself have to give way for that. */
  set(hold: Hold, amount: number): void {
    if (!hold.share.holds.has(hold)) return;
    this.#change(hold, amount);
    while (this.#total > this.#bound) {
      const oldest = this.#oldestOfLargest();
      this.release(oldest);
      oldest.giveWay();
    }
  }

  /** Ends a hold; nothing where it ended already. */
  release(hold: Hold): void {
    const { caller, holds } = hold.share;
    if (!holds.delete(hold)) return;
    this.#change(hold, 0);
    if (holds.size === 0) this.#shares.delete(caller);
  }

  #change(hold: Hold, amount: number): void {
    const more = amount - hold.amount;
    hold.amount = amount;
    hold.share.total += more;
    this.#total += more;
  }

  #oldestOfLargest(): Hold {
    let largest: Share | undefined;
    for (const share of this.#shares.values())
      if (!largest || share.total > largest.total) largest = share;
    const [oldest] = largest!.holds;
    return oldest!;
  }
}
