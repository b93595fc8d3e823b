import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createControllerObserver } from '../../src/commands/controller/controller-observer.ts';
import { createControllerMetrics } from '../../src/server/controller-metrics.ts';

function observerWithLog() {
  const lines: unknown[][] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push([level, message, fields]);
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  return {
    lines,
    observer: createControllerObserver(log, createControllerMetrics(new Registry(), 'lease')),
  };
}

it.each([
  [
    'selectorsNarrowed',
    'controller: somebody else adds requirements to selectors',
    'controller: nobody else adds requirements to selectors',
  ],
  [
    'unusedMissingTokenPolicies',
    'controller: may deny pods of policies that deny none',
    'controller: each policy that may deny pods does',
  ],
] as const)('%s is logged once when it begins, changes and ends', (what, begins, ends) => {
  const { lines, observer } = observerWithLog();
  for (const names of [[], ['a'], ['a'], ['a', 'b'], [], []]) observer[what](names);
  expect(lines).toEqual([
    ['warn', begins, { policies: ['a'], all: 1 }],
    ['warn', begins, { policies: ['a', 'b'], all: 2 }],
    ['info', ends, {}],
  ]);
});
