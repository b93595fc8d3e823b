import { expect, describe, it } from 'vitest';
import { OldestGivesWay } from '../../src/server/oldest-gives-way.ts';

describe('what all hold together', () => {
  it('stays within its bound: the oldest gives way, and no more than must', () => {
    const memory = new OldestGivesWay(100);
    const gone: string[] = [];
    const hold = (name: string, bytes: number) => {
      const held = memory.hold('a', () => gone.push(name));
      memory.set(held, bytes);
      return held;
    };
    const first = hold('first', 40);
    hold('second', 40);
    hold('third', 20);
    expect([memory.total, ...gone]).toEqual([100]);
    hold('fourth', 1);
    expect([memory.total, ...gone]).toEqual([61, 'first']);
    memory.set(first, 90);
    memory.release(first);
    expect([memory.total, ...gone]).toEqual([61, 'first']);
    hold('fifth', 100);
    expect([memory.total, ...gone]).toEqual([100, 'first', 'second', 'third', 'fourth']);
  });

  it('stays within its bound at the expense of the caller who holds most', () => {
    const memory = new OldestGivesWay(100);
    const gone: string[] = [];
    const hold = (caller: string, name: string, bytes: number) =>
      memory.set(
        memory.hold(caller, () => gone.push(name)),
        bytes,
      );
    hold('honest', 'first', 20);
    hold('honest', 'second', 20);
    for (let count = 0; count < 100; count++) hold('flood', `flood-${count}`, 5);
    expect([memory.total, gone.length]).toEqual([100, 88]);
    expect(gone.filter((name) => !name.startsWith('flood'))).toEqual([]);
    // Nobody is safe with more than the others.
    hold('honest', 'third', 30);
    expect(gone.slice(88)).toEqual(['first', 'flood-88', 'flood-89']);
  });

  it('is counted no more once it is released', () => {
    const memory = new OldestGivesWay(100);
    const held = memory.hold('a', () => expect.unreachable());
    memory.set(held, 80);
    memory.set(held, 30);
    expect(memory.total).toBe(30);
    memory.release(held);
    memory.release(held);
    expect(memory.total).toBe(0);
    memory.set(
      memory.hold('a', () => undefined),
      100,
    );
  });
});
