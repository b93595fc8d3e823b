import { PassThrough } from 'node:stream';
import { setImmediate as settle } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OldestGivesWay } from '../../src/server/oldest-gives-way.ts';
import { GaveWay, type HeldBody, readBody } from '../../src/server/read-body.ts';

const mebibyte = 1024 * 1024;

describe('a body', () => {
  const under = (declared: number, bound = 64 * mebibyte) => {
    const memory = new OldestGivesWay(bound);
    const from = new PassThrough();
    const outcomes: (Error | HeldBody)[] = [];
    readBody(from, { memory, caller: 'a', declared, limit: 8 * mebibyte }, (error, body) => {
      outcomes.push(error ?? body!);
    });
    const write = async (piece: string) => {
      from.write(piece);
      await settle();
    };
    const whole = async () => {
      from.end();
      await settle();
      return outcomes[0] as HeldBody;
    };
    return { memory, from, outcomes, write, whole };
  };

  it.each([['declared'], ['not declared']])('is put together, its length %s', async (how) => {
    const text = 'ä'.repeat(100_000);
    const bytes = Buffer.from(text);
    const { memory, from, whole } = under(how === 'declared' ? bytes.length : NaN);
    // Cut within letters too.
    for (let at = 0; at < bytes.length; at += 16_383) {
      from.write(bytes.subarray(at, at + 16_383));
      await settle();
    }
    const body = await whole();
    expect(memory.total).toBeGreaterThanOrEqual(bytes.length);
    expect(body.take().toString()).toBe(text);
    expect(memory.total).toBe(0);
  });

  it('holds what has come, not what is declared, and no more where it comes byte by byte', async () => {
    const { memory, write } = under(8 * mebibyte);
    expect(memory.total).toBe(0);
    for (let count = 0; count < 1_000; count++) await write(' ');
    expect(memory.total).toBe(64 * 1024);
    await write(' '.repeat(mebibyte));
    expect(memory.total).toBeLessThan(2.1 * mebibyte);
  });

  it('gives way while it comes, with an error that nobody should come back for', async () => {
    const { memory, outcomes, write, from } = under(1_000, 500);
    await write('a'.repeat(100));
    memory.set(
      memory.hold('a', () => undefined),
      450,
    );
    expect(outcomes).toEqual([expect.any(GaveWay)]);
    expect(outcomes[0]).toMatchObject({ statusCode: 503 });
    expect(memory.total).toBe(450);
    await write('a');
    expect([outcomes.length, from.listenerCount('data')]).toEqual([1, 0]);
  });

  it('gives way while it waits to be used', async () => {
    const { memory, write, whole } = under(100, 500);
    await write('a'.repeat(100));
    const body = await whole();
    memory.set(
      memory.hold('a', () => undefined),
      450,
    );
    expect(memory.total).toBe(450);
    expect(() => body.take()).toThrow(GaveWay);
  });

  it('holds nothing once its sender is gone, or it is too large', async () => {
    const gone = under(1_000);
    await gone.write('a');
    gone.from.destroy(new Error('aborted'));
    await settle();
    expect(gone.outcomes).toMatchObject([{ message: 'aborted', statusCode: 400 }]);
    expect(gone.memory.total).toBe(0);
    const large = under(NaN);
    for (let count = 0; count < 9; count++) await large.write(' '.repeat(mebibyte));
    expect(large.outcomes).toMatchObject([{ statusCode: 413 }]);
    expect(large.memory.total).toBe(0);
  });

  it('of brackets and nothing else is not parsed', async () => {
    const { memory, from, outcomes, whole } = under(NaN);
    from.write('[{'.repeat(600_000));
    await whole();
    expect(outcomes).toMatchObject([{ statusCode: 413 }]);
    expect(memory.total).toBe(0);
  });
});
