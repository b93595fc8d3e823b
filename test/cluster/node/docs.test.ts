import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, inject, it } from 'vitest';

import { read } from '../../docs/documentation.ts';
import { replayedPages } from '../../docs/replayed-pages.ts';
import { programOnPath } from '../binaries.ts';
import { releaseReady } from './installed-release.ts';
import type { ProvidedNode } from './open-cluster.ts';
import { pageFixtures } from './page-fixtures.ts';
import { pageValues } from './page-values.ts';
import { openCheckout, type ReplayPage } from './replay-page.ts';
import { describeNode } from './suite.ts';

const pageTimeoutMs = 900_000;

describeNode('the commands of the documentation', (cluster) => {
  const { api, images, kubeconfig } = cluster;
  const values = {
    ...pageValues(images.project),
    // So that the end of an outage shows soon.
    'controller.probeSeconds': '2',
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'token-injector-docs-'));
  const checkout = path.join(folder, 'checkout');
  const { fixtures, nothingLeft, remove } = pageFixtures(cluster, { checkout, values });
  let replayPage: ReplayPage;
  let failed: string | undefined;
  beforeAll(() => {
    const missing = ['jq', 'openssl'].filter((program) => programOnPath(program) === undefined);
    if (missing.length > 0) throw new Error(`apt-get install ${missing.join(' ')}`);
    const { kubectl, helm } = inject('node') as ProvidedNode;
    const token = 'the token of the pages';
    const names = ['AIKIDO_TOKEN', 'AIKIDO_API_TOKEN', 'ACME_API_KEY'];
    const variables = Object.fromEntries(names.map((name) => [name, token]));
    replayPage = openCheckout({ folder, kubeconfig, kubectl, helm, values, variables });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await remove();
  }, pageTimeoutMs);

  it.for(replayedPages)(
    'of %s do what it says',
    { timeout: pageTimeoutMs },
    async (page, { skip }) => {
      skip(failed !== undefined, `${failed} failed, and this page starts with what it leaves`);
      failed = page;
      await replayPage(read(page), fixtures[page]);
      // A page leaves the installation well, and the last one leaves none.
      await (page === replayedPages.at(-1) ? nothingLeft() : releaseReady(api));
      failed = undefined;
    },
  );
});
