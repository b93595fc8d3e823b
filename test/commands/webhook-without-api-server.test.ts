import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../cluster/free-port.ts';
import { formatKubeconfig } from '../cluster/kubeconfig.ts';
import { openProcessGroup } from '../cluster/process-group.ts';
import { program } from './program.ts';
import { soon } from './running-webhook.ts';

it('a webhook whose API server is away says what it waits for, and ends well when told', async () => {
  const group = openProcessGroup();
  onTestFinished(() => group.close());
  const kubeconfig = join(group.folder, 'kubeconfig');
  const token = 'AIK_CANARY_token';
  const server = `https://127.0.0.1:${await freePort()}`;
  writeFileSync(kubeconfig, formatKubeconfig({ server, token }));
  const healthPort = await freePort();
  const sources = ['--policies-from-cluster', '--tls-secret', 'tls'];
  const address = ['--host', '127.0.0.1', '--port=0', `--health-port=${healthPort}`];
  const running = await group.start(
    'webhook',
    process.execPath,
    [program, 'webhook', ...sources, ...address, '--drain-seconds=3600'],
    { env: { KUBECONFIG: kubeconfig, POD_NAMESPACE: 'injector' } },
  );
  const page = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  const said = await soon('both to be waited for', async () => {
    const text = await page('/readyz');
    expect(text).toMatch(/waiting for Secret injector\/tls: .*ECONNREFUSED/);
    expect(text).toMatch(/waiting for the API server: .*ECONNREFUSED/);
    return text;
  });
  expect(said).toMatch(/^503 \[-\]serving failed: starting\n/);
  expect(await page('/livez')).toBe('200 ok\n');
  expect(await page('/metrics')).toMatch(/^token_injector_policies_watch_connected 0$/m);
  // Nobody is served, so that there is nothing to drain.
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toBe('exit code 0');
  const log = readFileSync(running.log, 'utf8');
  expect(log).toContain('"msg":"webhook ended"');
  expect(log).not.toContain(token);
});
