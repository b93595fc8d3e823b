import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../cluster/free-port.ts';
import { formatKubeconfig } from '../cluster/kubeconfig.ts';
import { openProcessGroup } from '../cluster/process-group.ts';
import { program } from './program.ts';
import { soon } from './running-webhook.ts';

const token = 'AIK_CANARY_token';

/** Starts a command whose API server is away. */
async function start(command: string, flags: readonly string[]) {
  const group = openProcessGroup();
  onTestFinished(() => group.close());
  const kubeconfig = join(group.folder, 'kubeconfig');
  const server = `https://127.0.0.1:${await freePort()}`;
  writeFileSync(kubeconfig, formatKubeconfig({ server, token }));
  const healthPort = await freePort();
  const running = await group.start(
    command,
    process.execPath,
    [program, command, ...flags, `--health-port=${healthPort}`],
    { env: { KUBECONFIG: kubeconfig, POD_NAMESPACE: 'injector' } },
  );
  return {
    page: async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
      return `${answer.status} ${await answer.text()}`;
    },
    /** Ends it, which it does well; gives back its log. */
    end: async () => {
      process.kill(running.pid, 'SIGTERM');
      expect(await running.ended).toBe('exit code 0');
      const log = readFileSync(running.log, 'utf8');
      expect(log).not.toContain(token);
      return log;
    },
  };
}

it('a webhook whose API server is away says what it waits for, and ends well when told', async () => {
  const sources = ['--policies-from-cluster', '--tls-secret', 'tls'];
  const address = ['--host', '127.0.0.1', '--port=0'];
  // Nobody is served, so that there is nothing to drain.
  const { page, end } = await start('webhook', [...sources, ...address, '--drain-seconds=3600']);
  const said = await soon('both to be waited for', async () => {
    const text = await page('/readyz');
    expect(text).toMatch(/waiting for Secret injector\/tls: .*ECONNREFUSED/);
    expect(text).toMatch(/waiting for the API server: .*ECONNREFUSED/);
    return text;
  });
  expect(said).toMatch(/^503 \[-\]serving failed: starting\n/);
  expect(await page('/livez')).toBe('200 ok\n');
  expect(await page('/metrics')).toMatch(/^token_injector_policies_watch_connected 0$/m);
  expect(await end()).toContain('"msg":"webhook ended"');
});

it('a controller whose API server is away is not ready and says why, and ends well when told', async () => {
  const { page, end } = await start('controller', ['--service=webhook:443', '--owner=ours']);
  await soon('the cluster to be waited for', async () =>
    expect(await page('/readyz')).toMatch(/^503 \[-\]cluster failed: not read yet: .*ECONNREFUSED/),
  );
  expect(await page('/livez')).toBe('200 ok\n');
  const log = await end();
  expect(log).toMatch(/cannot get Lease .*ECONNREFUSED.*"msg":"controller: lease"/);
  expect(log).toContain('"msg":"controller ended"');
});
