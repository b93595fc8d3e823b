/** The part of OpenAPI v3 that structural CRD schemas allow and that TokenPolicy needs. */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'boolean' | 'integer';
  /** For the API server and readers; the parser looks at the type only. */
  readonly format?: 'int32' | 'int64' | 'date-time';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** For maps: the schema of every value. */
  readonly additionalProperties?: Schema;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** What the pattern wants, in words: goes into the error instead of the pattern. */
  readonly patternMeaning?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Fields of an item that tell it from the others, so that each may have a writer of its own. */
  readonly listMapKeys?: readonly string[];
  readonly default?: unknown;
}

type Defaulted<P> = { [K in keyof P]: P[K] extends { default: unknown } ? K : never }[keyof P];
type RequiredKeys<S, P> = S extends { required: readonly (infer R)[] } ? R & keyof P : never;

/** The TypeScript type of a value that was checked against a schema and got its defaults. */
export type FromSchema<S> = S extends { enum: readonly (infer E)[] }
  ? E
  : S extends { type: 'string' }
    ? string
    : S extends { type: 'boolean' }
      ? boolean
      : S extends { type: 'integer' }
        ? number
        : S extends { type: 'array'; items: infer I }
          ? readonly FromSchema<I>[]
          : S extends { type: 'object'; properties: infer P }
            ? {
                readonly [K in Defaulted<P> | RequiredKeys<S, P>]: FromSchema<P[K]>;
              } & {
                readonly [K in Exclude<keyof P, Defaulted<P> | RequiredKeys<S, P>>]?: FromSchema<
                  P[K]
                >;
              }
            : S extends { additionalProperties: infer V }
              ? Readonly<Record<string, FromSchema<V>>>
              : never;
