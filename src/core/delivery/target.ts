/** A Secret in a namespace that gets one, as it is watched: what judging it needs, and no value. */
export interface Target {
  readonly name: string;
  readonly namespace: string;
  /** The policy that it was delivered for; undefined where it lacks our label and so is not ours. */
  readonly policy: string | undefined;
  /** Whether its other labels are those of what we deliver. */
  readonly isLabelled: boolean;
  /** UIDs of the objects that own it. */
  readonly ownerUids: readonly string[];
  /** Who else manages it, in words. */
  readonly manager: string;
  /** Whether an operator of Secrets made it and keeps it. */
  readonly isOperated: boolean;
  readonly type: string;
  readonly isImmutable: boolean;
  readonly isTerminating: boolean;
  readonly keys: readonly string[];
  /** Of each key of one that is ours, a digest of its value. */
  readonly digests: ReadonlyMap<string, string>;
  /** The keys whose values we wrote last. */
  readonly ownKeys: readonly string[];
  /** Whether somebody asks for it to be taken back from another writer, and that is not finished. */
  readonly isResyncing: boolean;
}

/** The copy of a Secret that a policy wants in a namespace. */
export interface WantedCopy {
  readonly name: string;
  readonly policy: string;
  readonly policyUid: string;
  /** Namespace and name of what it is a copy of. */
  readonly source: string;
  /** A digest of the value of each key. */
  readonly digests: ReadonlyMap<string, string>;
  /** The keys without which pods do not start. */
  readonly requiredKeys: readonly string[];
}
