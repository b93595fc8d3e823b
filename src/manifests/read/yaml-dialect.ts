import type {
  DocumentOptions,
  ParseOptions,
  Scalar,
  ScalarTag,
  SchemaOptions,
  TagId,
  Tags,
} from 'yaml';

const switchTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|on)/i.test(text),
};

const numberTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'GO',
  identify: (value) => typeof value === 'number',
  test: /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|(?=[^_]*_)[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?)$/,
  resolve: readNumber,
};

/**
 * How Kubernetes reads YAML: kubectl, Helm, Argo CD and Flux share a Go parser that knows `yes` and `on` as booleans,
 * `0644` as octal and timestamps as text, which is neither YAML 1.2 nor all of 1.1. Compared with sigs.k8s.io/yaml 1.6.
 */
export const kubernetesYaml = {
  schema: 'core',
  customTags: (tags: Tags) => [switchTag, numberTag, ...tags].map(keepSpelling),
  merge: true,
  // Known tags would become Date, Uint8Array, Map and Set, which are no plain JSON.
  resolveKnownTags: false,
  // Pretty errors quote the text around them, and a manifest may hold a token.
  prettyErrors: false,
  logLevel: 'error',
  keepSourceTokens: true,
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

function readNumber(text: string): number {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const magnitude = /^0[0-7]+$/.test(digits) ? Number(`0o${digits}`) : Number(digits);
  return text.startsWith('-') ? -magnitude : magnitude;
}

// A document that has to be written anew keeps 0644, 1_000 and digits beyond JavaScript's precision as they were.
function keepSpelling(tag: TagId | Tags[number]): Tags[number] {
  if (typeof tag !== 'object' || Array.isArray(tag) || tag.collection || tag.test === undefined) {
    return tag;
  }
  const { stringify } = tag;
  return {
    ...tag,
    stringify: (item: Scalar, ...rest) =>
      item.source ?? stringify?.(item, ...rest) ?? String(item.value),
  };
}
