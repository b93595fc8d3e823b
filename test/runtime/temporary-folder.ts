import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is there until the test that asks for it ends, with the given files in it. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'token-injector-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** A TokenPolicy of the given name as JSON, which is YAML too, on one line. */
export function policyText(name: string, secret = `${name}-secret`): string {
  return JSON.stringify({
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name },
    spec: {
      match: { podSelector: { matchLabels: { agent: name } } },
      secret: { name: secret },
      inject: { env: [{ name: `${name.toUpperCase()}_TOKEN`, key: 'token' }] },
    },
  });
}
