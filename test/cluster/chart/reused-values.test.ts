import path from 'node:path';
import { expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { mayBeNull } from '../../../tools/chart/value-forms.ts';
import { chartValues } from '../../../tools/chart/values.ts';
import { describeCluster } from '../suite.ts';
import { chart, renderChart, renderWithDefaults } from './render.ts';

const defaults = readFileSync(path.join(chart, 'values.yaml'), 'utf8');
const values = chartValues(path.join(chart, '..'));
const groups = values.flatMap(({ path: at }) => {
  const keys = at.split('.');
  return keys.slice(1).map((_, index) => keys.slice(0, index + 1).join('.'));
});
const given = 'config: {existingSecret: {name: aikido-api-secret}}';

/** The chart's values as they were before one was there. */
function without(at: string): string {
  const document = parseDocument(defaults);
  document.deleteIn(at.split('.'));
  return document.toString();
}

/** What the chart renders then: the same as ever, something else, or what is wrong. */
async function outcomeWithout(at: string): Promise<string> {
  const same = await renderChart(given);
  return renderWithDefaults(without(at), given).then(
    (text) => (text === same ? 'the same' : text),
    (error: Error) => error.message,
  );
}

// What `helm upgrade --reuse-values` has of the values of a release by an older chart.
describeCluster('values of a chart that did not have', () => {
  it.each(values.filter(({ path: at }) => !mayBeNull(at)))(
    '$path: nothing is lost, or the way out is named',
    async ({ path: at }) => {
      const outcome = await outcomeWithout(at);
      const wayOut = new RegExp(`these values are missing: ${at}\\n.*--reset-then-reuse-values`);
      expect(outcome).toMatch(outcome === 'the same' ? /^the same$/ : wayOut);
    },
  );

  it.each([...new Set(groups)])('%s at all: the same', async (at) => {
    const outcome = await outcomeWithout(at);
    if (outcome === 'the same') return;
    expect(outcome).toMatch(/values are missing: [^\n]*\n.*--reset-then-reuse-values/);
    expect(outcome).toContain(at);
  });

  // Helm takes null for absent; but no chart without the security contexts had the values that came with them.
  it('security contexts: they are not left out in silence', async () => {
    const document = parseDocument(without('podSecurityContext'));
    document.deleteIn(['webhook', 'pdb']);
    await expect(renderWithDefaults(document.toString(), given)).rejects.toThrow(
      'these values are missing: webhook.pdb, webhook.pdb.create\n',
    );
  });

  it('the guard: it is not left out in silence', async () => {
    await expect(renderWithDefaults(without('controller.guard'), given)).rejects.toThrow(
      'these values are missing: controller.guard\n',
    );
  });

  it('but a part of a value may be taken out with null', async () => {
    await expect(renderChart('webhook: {resources: {limits: null}}')).resolves.toContain(
      'Deployment',
    );
  });
});
