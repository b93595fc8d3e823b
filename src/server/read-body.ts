import type { Readable } from 'node:stream';
import type { Hold, OldestGivesWay } from './oldest-gives-way.ts';

/** A body of more bytes than any review has. */
class BodyTooLarge extends Error {
  readonly statusCode = 413;
  override readonly message = 'Request body is too large';
}

/** A body that gave way to those of others before it was used; failurePolicy decides, so nothing asks to try again. */
export class GaveWay extends Error {
  readonly statusCode = 503;
  override readonly message = 'too many large or slow requests at once';
}

/** The caller disconnected. */
export class Aborted extends Error {
  readonly statusCode = 400;
  override readonly message = 'aborted';
}

/** A body that is read, and counts as held until it is taken. */
export interface HeldBody {
  /** The bytes, once, for the caller to keep; throws GaveWay where others needed the memory meanwhile. */
  take(): Buffer;
  /** Lets go of it, where it was not taken; for when its caller is gone. */
  release(): void;
}

/** What a body may be. */
interface BodyReading {
  readonly memory: OldestGivesWay;
  /** Who sends it, for `memory`. */
  readonly caller: string;
  /** As its head says; NaN where it does not. */
  readonly declared: number;
  readonly limit: number;
}

const noBytes = Buffer.alloc(0);

type Done = (error: Error | null, body?: HeldBody) => void;

// More than nearly every review has, and little enough that each of a thousand slow senders may have it.
const firstBytes = 64 * 1024;

/**
 * Reads a body, and counts the memory that it takes. It is kept in one piece that grows with what has come: a list of
 * what came would take hundreds of bytes for each byte that is sent alone, and a length is declared at no cost.
 */
export function readBody(
  from: Readable,
  { memory, caller, declared, limit }: BodyReading,
  done: Done,
): void {
  if (declared > limit) {
    done(new BodyTooLarge());
    return;
  }
  let hold: Hold | undefined;
  let bytes: Buffer | undefined;
  let size = 0;
  let isWhole = false;
  let gaveWay = false;

  const release = () => {
    bytes = undefined;
    if (hold) memory.release(hold);
  };
  const stop = () => void from.off('data', onData).off('end', onEnd).off('error', onError);
  const fail = (error: Error) => {
    stop();
    release();
    done(error);
  };
  const giveWay = () => {
    gaveWay = true;
    if (isWhole) release();
    else fail(new GaveWay());
  };
  const onData = (piece: Buffer) => {
    hold ??= memory.hold(caller, giveWay);
    const before = size;
    size += piece.length;
    if (size > limit) {
      fail(new BodyTooLarge());
      return;
    }
    if (size === declared && before === 0) {
      bytes = piece;
    } else {
      if (bytes === undefined || size > bytes.length) {
        const room = Math.max(firstBytes, size, before * 2);
        const larger = Buffer.allocUnsafeSlow(Math.min(room, declared || limit, limit));
        bytes?.copy(larger, 0, 0, before);
        bytes = larger;
      }
      bytes.set(piece, before);
    }
    // Last, since this body itself may have to give way.
    memory.set(hold, bytes.length);
  };
  const onEnd = () => {
    stop();
    if (bytes && size > maxBrackets && nestsTooMuch(bytes.subarray(0, size))) {
      fail(new BodyTooLarge());
      return;
    }
    isWhole = true;
    done(null, {
      take() {
        if (size > 0 && bytes === undefined) throw gaveWay ? new GaveWay() : new Aborted();
        const whole = bytes?.subarray(0, size) ?? noBytes;
        release();
        return whole;
      },
      release,
    });
  };
  const onError = (error: Error) => fail(Object.assign(error, { statusCode: 400 }));
  from.on('data', onData).on('end', onEnd).on('error', onError);
}

// JSON that is brackets and nothing else takes 50 times its size once it is parsed.
const maxBrackets = 1_000_000;
const openArray = 0x5b;
const openObject = 0x7b;

function nestsTooMuch(bytes: Buffer): boolean {
  let brackets = 0;
  for (const byte of bytes) if (byte === openArray || byte === openObject) brackets++;
  return brackets > maxBrackets;
}
