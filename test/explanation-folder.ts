import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../src/kube/client/api.ts';

/** One situation, shown by a folder of `test/explanations`: cluster.yaml and case.yaml go in, expected.txt comes out. */
export interface Situation {
  readonly name: string;
  readonly folder: string;
  readonly title: string;
  /** As `explain` is asked for it, such as `deployment/shop`. */
  readonly object: string;
  readonly namespace: string;
  /** The kinds that the caller may not read. */
  readonly mayNotRead: readonly string[];
  readonly cluster: readonly KubeObject[];
}

/** Reads every situation. */
export function readSituations(): Situation[] {
  const root = join(import.meta.dirname, 'explanations');
  return readdirSync(root)
    .toSorted()
    .map((name) => {
      const folder = join(root, name);
      const text = (file: string) => readFileSync(join(folder, file), 'utf8');
      const described = parse(text('case.yaml')) as Pick<Situation, 'title' | 'object'> &
        Partial<Situation>;
      const documents = parseAllDocuments(text('cluster.yaml'));
      return {
        namespace: 'shop',
        mayNotRead: ['MutatingWebhookConfiguration'],
        ...described,
        name,
        folder,
        cluster: documents.map((document) => document.toJS() as KubeObject),
      };
    });
}
