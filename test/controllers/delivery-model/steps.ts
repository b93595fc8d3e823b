import fc from 'fast-check';

const policyNames = ['p1', 'p2', 'p3'] as const;
export const secretNames = ['s1', 's2'] as const;
const homeNames = ['h1', 's1'] as const;
export const namespaceNames = ['n1', 'n2', 'n3', 'home'] as const;

/** What somebody other than the controller does. */
export type WorldStep =
  | {
      readonly do: 'home';
      readonly name: (typeof homeNames)[number];
      readonly state: 'gone' | 'other-bytes' | 'key-missing' | 'immutable' | number;
    }
  | {
      readonly do: 'namespace';
      readonly namespace: 'n1' | 'n2' | 'n3';
      readonly state: 'gone' | 'terminating' | 'a' | 'b';
    }
  | {
      readonly do: 'policy';
      readonly name: (typeof policyNames)[number];
      readonly secret: (typeof secretNames)[number];
      readonly home: (typeof homeNames)[number];
      readonly state:
        | 'gone'
        | 'invalid'
        | 'delivers-nothing'
        | 'by-name'
        | 'by-label'
        | 'everywhere';
      readonly templated: boolean;
    }
  | ({ readonly do: 'other-secret'; readonly state: 'there' | 'operated' | 'gone' } & Place)
  | ({ readonly do: 'meddle'; readonly how: Meddling } & Place)
  | { readonly do: 'collect-garbage' };

interface Place {
  readonly namespace: 'n1' | 'n2' | 'n3';
  readonly name: (typeof secretNames)[number];
}

/** What others do to a copy. */
export type Meddling = (typeof meddlings)[number];
const meddlings = [
  'edit',
  'take-by-force',
  'add-key',
  'drop-key',
  'drop-our-label',
  'drop-labels',
  'drop-owners',
  'relabel',
  'freeze',
  'ask-for-resync',
  'delete',
] as const;

/** What happens around one request of the controller. */
export interface AroundRequest {
  /** Done just before it. */
  readonly world: WorldStep | undefined;
  /** Done just before it to the Secret that it is about. */
  readonly meddling: Meddling | undefined;
  readonly fate: 'answered' | 'refused' | 'answer-lost' | 'crash-before' | 'crash-after';
}

/** One step of the model. */
export type Step =
  | { readonly do: 'world'; readonly step: WorldStep }
  /** What is watched of a kind catches up. */
  | { readonly do: 'observe'; readonly kind: 'policies' | 'namespaces' | 'secrets' }
  /** Keys that wait are reconciled, both at the same time. */
  | {
      readonly do: 'reconcile';
      readonly which: readonly number[];
      readonly around: readonly AroundRequest[];
    }
  | { readonly do: 'restart' }
  /** All catches up and nothing fails any more, until nothing is left to do. */
  | { readonly do: 'rest' };

const place = {
  namespace: fc.constantFrom('n1', 'n2', 'n3'),
  name: fc.constantFrom(...secretNames),
} as const;

const meddling = fc.oneof(fc.constantFrom(...meddlings), {
  weight: 1,
  arbitrary: fc.constantFrom('edit', 'ask-for-resync'),
});

function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const worldStep: fc.Arbitrary<WorldStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('home'),
      name: fc.constantFrom(...homeNames),
      state: fc.oneof(
        { weight: 5, arbitrary: fc.nat({ max: 5 }) },
        {
          weight: 2,
          arbitrary: fc.constantFrom('gone', 'other-bytes', 'key-missing', 'immutable'),
        },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('namespace'),
      namespace: place.namespace,
      state: fc.constantFrom('a', 'a', 'b', 'gone', 'terminating'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('policy'),
      name: fc.constantFrom(...policyNames),
      secret: place.name,
      home: fc.constantFrom(...homeNames),
      state: fc.constantFrom(
        'by-name',
        'by-label',
        'everywhere',
        'everywhere',
        'gone',
        'invalid',
        'delivers-nothing',
      ),
      templated: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('other-secret'),
      state: fc.constantFrom('there', 'operated', 'gone'),
      ...place,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('meddle'),
      how: meddling,
      ...place,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('collect-garbage') }) },
);

const aroundRequest: fc.Arbitrary<AroundRequest> = fc.record({
  world: sometimes(worldStep),
  meddling: sometimes(meddling),
  fate: fc.oneof(
    { weight: 5, arbitrary: fc.constant('answered') },
    {
      weight: 3,
      arbitrary: fc.constantFrom('refused', 'answer-lost', 'crash-before', 'crash-after'),
    },
  ),
});

/** One step, most of them of the controller. */
export const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('world'), step: worldStep }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('observe'),
      kind: fc.constantFrom('policies', 'namespaces', 'secrets', 'secrets'),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('reconcile'),
      which: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 2 }),
      around: fc.array(aroundRequest, { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rest') }) },
);
