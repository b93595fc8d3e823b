import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { previewText } from '../src/manifests/preview-injection.ts';
import { readPolicyFiles } from '../src/policies/policy-files.ts';
import { alternate } from './alternate.ts';
import { progress } from './progress.ts';
import type { Figure } from './report.ts';

const examples = join(import.meta.dirname, '../examples');
const destination = { namespace: 'default', ownNamespace: 'token-injector' };
const short = 2_500;
const times = 4;

/** Whether previewing one stream of documents takes time in proportion to their number. */
export async function measurePreview(): Promise<Figure[]> {
  const { set } = await readPolicyFiles([join(examples, 'agents/aikido.yaml')]);
  const agent = readFileSync(join(examples, 'agent.yaml'), 'utf8');
  const time = async (documents: number) => {
    const text = Array.from({ length: documents }, () => agent).join('---\n');
    const begin = performance.now();
    previewText(text, set, destination).diff('agents.yaml');
    return Promise.resolve(performance.now() - begin);
  };
  progress(`preview of ${short} and of ${short * times} documents`);
  const { second, ratio } = await alternate(
    () => time(short),
    () => time(short * times),
    3,
  );
  return [
    { name: `preview of a stream of ${short * times} documents`, value: second / 1_000, unit: 's' },
    {
      name: `preview of ${short * times} documents, ratio to ${times} times ${short}`,
      value: ratio / times,
      unit: '',
      target: { atMost: 1.25 },
    },
  ];
}
