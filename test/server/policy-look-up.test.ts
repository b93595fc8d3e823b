import { expect, it } from 'vitest';
import { parsePolicy, type PoliciesByName } from '../../src/core/policy/parse-policy.ts';
import { PolicyLookUp } from '../../src/server/policy-look-up.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { manualClock, settle } from './manual-clock.ts';

const policiesNamed = (...names: string[]): PoliciesByName =>
  new Map(names.map((name) => [name, parsePolicy(JSON.parse(policyText(name)))]));

/** A look-up whose reads a test answers, one after the other. */
function lookUpUnderTest() {
  const clock = manualClock();
  const reads: {
    readonly at: number;
    readonly answer: (policies: PoliciesByName) => Promise<void>;
    readonly fail: (error: Error) => Promise<void>;
  }[] = [];
  const brought: string[][] = [];
  const asked: string[] = [];
  const lookUp = new PolicyLookUp({
    ...clock,
    readAll: () => {
      const { promise, resolve, reject } = Promise.withResolvers<PoliciesByName>();
      const then =
        <T>(settleRead: (value: T) => void) =>
        (value: T) => {
          settleRead(value);
          return settle();
        };
      reads.push({ at: clock.now(), answer: then(resolve), fail: then(reject) });
      return promise;
    },
    onRead: (policies, names) => {
      brought.push([...policies.keys()]);
      asked.splice(0, asked.length, ...names);
    },
  });
  /** What became of each question so far. */
  const outcomes: string[] = [];
  const ask = (...names: string[]) => askUntil(new AbortController().signal, ...names);
  const askUntil = (signal: AbortSignal, ...names: string[]) => {
    for (const name of names) {
      lookUp.ask(name, signal).then(
        () => outcomes.push(`${name} read`),
        (error: Error) => outcomes.push(`${name}: ${error.message}`),
      );
    }
    return settle();
  };
  return { clock, reads, brought, asked, outcomes, ask, askUntil };
}

it('100 questions about many policies share one read, which is brought before they go on', async () => {
  const { reads, brought, outcomes, ask } = lookUpUnderTest();
  const names = Array.from({ length: 100 }, (_, index) => `agent-${index % 7}`);
  await ask(...names);
  expect(reads).toHaveLength(1);
  expect(outcomes).toEqual([]);
  await reads[0]!.answer(policiesNamed('agent-1', 'agent-2'));
  expect(brought).toEqual([['agent-1', 'agent-2']]);
  expect(outcomes).toHaveLength(100);
  expect(reads).toHaveLength(1);
});

it('reads are at least 0.4 s apart, whatever the names', async () => {
  const { clock, reads, outcomes, ask } = lookUpUnderTest();
  for (let tenth = 0; tenth < 50; tenth++) {
    await ask(...Array.from({ length: 20 }, (_, index) => `invented-${tenth}-${index}`));
    await reads.at(-1)!.answer(policiesNamed());
    await clock.pass(100);
    await reads.at(-1)!.answer(policiesNamed());
  }
  expect(reads.map(({ at }) => at)).toEqual(Array.from({ length: 13 }, (_, index) => index * 400));
  await clock.pass(400);
  await reads.at(-1)!.answer(policiesNamed());
  expect(outcomes).toHaveLength(1000);
});

it('who comes while a read is under way takes what it brings, or waits for the next one', async () => {
  const { clock, reads, asked, outcomes, ask } = lookUpUnderTest();
  await ask('old');
  // Perhaps created after the API server took its picture.
  await ask('new', 'also-old');
  await reads[0]!.answer(policiesNamed('old', 'also-old'));
  expect(outcomes).toEqual(['old read', 'also-old read']);
  expect(asked).toEqual(['old', 'new', 'also-old']);
  await clock.pass(399);
  expect(reads).toHaveLength(1);
  await clock.pass(1);
  await reads[1]!.answer(policiesNamed('old', 'also-old', 'new'));
  expect(outcomes.at(-1)).toBe('new read');
});

it('a name that was read in vain is not asked again for three seconds', async () => {
  const { clock, reads, outcomes, ask } = lookUpUnderTest();
  await ask('absent');
  await reads[0]!.answer(policiesNamed());
  await clock.pass(2_999);
  await ask('absent');
  expect(outcomes).toEqual(['absent read', 'absent read']);
  expect(reads).toHaveLength(1);
  await clock.pass(1);
  await ask('absent');
  expect(reads).toHaveLength(2);
});

it('of names that were read in vain, the last 1,000 are remembered', async () => {
  const { clock, reads, ask } = lookUpUnderTest();
  await ask(...Array.from({ length: 1_001 }, (_, index) => `invented-${index}`));
  await reads[0]!.answer(policiesNamed());
  await clock.pass(1_000);
  await ask('invented-1', 'invented-1000');
  expect(reads).toHaveLength(1);
  await ask('invented-0');
  expect(reads).toHaveLength(2);
});

it('a read that fails fails all that waited, and the next question is a new read', async () => {
  const { clock, reads, outcomes, ask } = lookUpUnderTest();
  await ask('one', 'two');
  await reads[0]!.fail(new Error('forbidden'));
  expect(outcomes).toEqual(['one: forbidden', 'two: forbidden']);
  await ask('one');
  await clock.pass(400);
  await reads[1]!.answer(policiesNamed('one'));
  expect(outcomes.at(-1)).toBe('one read');
});

it('a read that takes too long fails within 0.8 s of any question, before the API server gives up', async () => {
  const { clock, reads, outcomes, ask } = lookUpUnderTest();
  await ask('first');
  await ask('just-after');
  await clock.pass(400);
  expect(outcomes).toEqual(['first: the API server did not answer within 400 ms']);
  await clock.pass(400);
  expect(outcomes).toHaveLength(2);
  expect(reads).toHaveLength(2);
  // An answer that comes after all is of no use to anybody, and does no harm.
  await reads[0]!.answer(policiesNamed('first'));
  expect(clock.waiting()).toBe(0);
});

it('who no longer waits is answered at once, and what is read serves the next one', async () => {
  const { reads, asked, outcomes, ask, askUntil } = lookUpUnderTest();
  const gone = new AbortController();
  await askUntil(gone.signal, 'of-this-read');
  await askUntil(gone.signal, 'of-the-next-read');
  await ask('patient');
  gone.abort(new Error('gave up'));
  await askUntil(gone.signal, 'of-no-read');
  const gaveUp = ['of-this-read', 'of-the-next-read', 'of-no-read'];
  expect(outcomes).toEqual(gaveUp.map((name) => `${name}: gave up`));
  await reads[0]!.answer(policiesNamed('patient'));
  expect(outcomes.slice(3)).toEqual(['patient read']);
  expect(asked).toEqual(['of-this-read', 'of-the-next-read', 'patient']);
});
