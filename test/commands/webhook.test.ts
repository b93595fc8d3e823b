import { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as base } from 'vitest';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { type RunningWebhook, operationsOf, soon, startWebhook } from './running-webhook.ts';
import { shownCertificate } from '../certificates/shown-certificate.ts';

const it = base.extend<{ start: (...flags: string[]) => Promise<RunningWebhook> }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
  start: async ({}, use) => {
    const started: RunningWebhook[] = [];
    await use(async (...flags) => {
      const webhook = await startWebhook({ flags });
      started.push(webhook);
      return webhook;
    });
    for (const webhook of started) await webhook.close();
  },
});

/** Waits until a page says something. */
const says = ({ page }: RunningWebhook, path: string, text: string | RegExp) =>
  soon(`${path} to say ${text}`, async () => {
    const answer = await page(path);
    expect(answer.text).toMatch(text);
    return answer;
  });

/** Waits until the log has lines with the given messages, in that order, beside decisions. */
const logs = (webhook: RunningWebhook, ...messages: string[]) =>
  soon(`the log to say ${messages.join(', ')}`, () => {
    const lines = webhook.logged().filter(({ msg }) => msg !== 'decision');
    expect(lines.map(({ msg }) => msg)).toEqual(messages);
    return lines;
  });

const ready = 'webhook ready';

describe.concurrent('policies', () => {
  const kept = 'policies not loaded, the old ones stay';
  const loaded = 'policies loaded';

  it('that are edited are in force after a while; broken or removed, the old ones stay', async ({
    start,
  }) => {
    const webhook = await start();
    expect(JSON.stringify(operationsOf(await webhook.ask()))).toContain('one-secret');

    webhook.write('policies.yaml', policyText('one', 'another-secret'));
    await logs(webhook, ready, loaded);
    const answer = JSON.stringify(operationsOf(await webhook.ask()));
    expect(answer).toContain('another-secret');

    webhook.write('policies.yaml', `${policyText('one')}\n---\nspec: [\n`);
    const broken = await says(webhook, '/readyz', /\[\+\]policies ok: not reloaded/);
    expect(broken.status).toBe(200);
    expect(broken.text).toMatch(/policies\.yaml:\d+: /);
    const [, , failed] = await logs(webhook, ready, loaded, kept);
    expect(failed).toMatchObject({ level: 'error', policies: 1 });
    expect(JSON.stringify(operationsOf(await webhook.ask()))).toBe(answer);

    rmSync(join(webhook.folder, 'policies.yaml'));
    await says(webhook, '/readyz', /not reloaded.*policies\.yaml: no such file or folder/);
    await says(webhook, '/metrics', /^token_injector_policies_last_reload_successful 0$/m);
    expect(JSON.stringify(operationsOf(await webhook.ask()))).toBe(answer);

    webhook.write('policies.yaml', policyText('one', 'third-secret'));
    await logs(webhook, ready, loaded, kept, kept, loaded);
    expect((await webhook.page('/readyz')).text).toContain('[+]policies ok\n');
    expect(JSON.stringify(operationsOf(await webhook.ask()))).toContain('third-secret');
  });
});

describe.concurrent('the certificate', () => {
  it('that is replaced by garbage goes on serving; a good one is shown after a while', async ({
    start,
  }) => {
    const webhook = await start();
    const first = await shownCertificate(webhook.port);
    webhook.write('tls.crt', 'garbage');
    const { status } = await says(webhook, '/readyz', /\[\+\]certificate ok: not reloaded/);
    expect(status).toBe(200);
    await logs(webhook, ready, 'certificate not loaded, the old one stays');
    expect(await shownCertificate(webhook.port)).toBe(first);
    expect(operationsOf(await webhook.ask())).toHaveLength(1);

    const { cert, key } = await issueDevelopmentCertificate(['localhost'], new Date());
    webhook.write('tls.crt', cert);
    webhook.write('tls.key', key);
    await says(webhook, '/readyz', '[+]certificate ok\n');
    expect(await shownCertificate(webhook.port)).toBe(new X509Certificate(cert).fingerprint256);
    expect(operationsOf(await webhook.ask())).toHaveLength(1);
  });
});

describe.concurrent('signals', () => {
  it('SIGTERM: it is unready at once, answers and asks to close connections; a second one ends it', async ({
    start,
  }) => {
    const webhook = await start('--drain-seconds', '3600');
    expect((await webhook.page('/readyz')).status).toBe(200);
    expect((await webhook.ask()).headers['connection']).toBe('keep-alive');
    webhook.signal('SIGTERM');
    const { status, text } = await says(webhook, '/readyz', 'readyz check failed');
    expect(status).toBe(503);
    expect(text).toContain('[-]serving failed: draining');
    expect((await webhook.page('/livez')).status).toBe(200);
    const answer = await webhook.ask();
    expect(operationsOf(answer)).toHaveLength(1);
    expect(answer.headers['connection']).toBe('close');
    webhook.signal('SIGTERM');
    expect(await webhook.ended).toBe('exit code 143');
    await logs(webhook, ready, 'draining');
  });

  it('SIGTERM: every request is answered until nobody listens any more, then it ends well', async ({
    start,
  }) => {
    const webhook = await start('--drain-seconds', '1');
    const answered = Promise.withResolvers<void>();
    const asking = (async () => {
      for (;;) {
        expect(operationsOf(await webhook.ask())).toHaveLength(1);
        answered.resolve();
      }
    })();
    await Promise.race([answered.promise, asking]);
    webhook.signal('SIGTERM');
    await expect(asking).rejects.toMatchObject({
      code: expect.stringMatching(/^(ECONNREFUSED|ECONNRESET|EPIPE)$/) as string,
    });
    expect(await webhook.ended).toBe('exit code 0');
    await logs(webhook, ready, 'draining', 'webhook ended');
  });

  it('SIGINT ends it well without a drain', async ({ start }) => {
    const webhook = await start('--drain-seconds', '3600');
    webhook.signal('SIGINT');
    expect(await webhook.ended).toBe('exit code 0');
    await logs(webhook, ready, 'draining', 'webhook ended');
  });
});
