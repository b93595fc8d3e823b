import process from 'node:process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countCopies, createHarness, type Harness } from './delivery-model/harness.ts';
import { faults } from './delivery-model/oracle.ts';
import { arbitraryStep, type Step } from './delivery-model/steps.ts';
import { createWorld, type World } from './delivery-model/world.ts';

// Some 10,000 steps by default; 20000 runs take an hour.
const numRuns = Number(process.env['TOKEN_INJECTOR_MODEL_RUNS'] ?? 200);
const seed = process.env['TOKEN_INJECTOR_MODEL_SEED'];

async function carryOut(step: Step, world: World, harness: Harness): Promise<void> {
  switch (step.do) {
    case 'world':
      world.carryOut(step.step);
      return;
    case 'observe':
      harness.observe(step.kind);
      return;
    case 'reconcile':
      await harness.reconcile(step.which, step.around);
      return;
    case 'restart':
      harness.restart();
      return;
    case 'rest':
      await harness.rest();
      expect(faults(world.api, harness.deliveries())).toEqual([]);
      return;
    default:
      step satisfies never;
  }
}

it('holds the laws of delivery through anything that happens to cluster and process', async () => {
  let copies = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryStep, { maxLength: 100, size: 'max' }), async (steps) => {
      const world = createWorld();
      const harness = createHarness(world);
      for (const [index, step] of [...steps, { do: 'rest' } as const].entries())
        try {
          await carryOut(step, world, harness);
          copies = Math.max(copies, countCopies(world));
        } catch (error) {
          throw new Error(`step ${index + 1} of ${steps.length}, ${step.do}`, { cause: error });
        }
    }),
    { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
  expect(copies).toBeGreaterThan(2);
}, 600_000);
