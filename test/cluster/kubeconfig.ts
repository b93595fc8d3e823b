import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

/** Where an API server is and what to show it; certificates and keys are PEM. */
export interface Connection {
  readonly server: string;
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  /** The name that the server's certificate must carry, if not the one in `server`. */
  readonly serverName?: string | undefined;
  readonly insecure?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

interface Entry {
  readonly name: string;
  readonly value: Fields;
  readonly folder: string;
}

/** The text of a kubeconfig with one context and all credentials inside. */
export function formatKubeconfig(connection: Connection): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: connection.server,
          'certificate-authority-data': base64(connection.authority),
        },
      },
    ],
    users: [
      {
        name: 'test',
        user: {
          'client-certificate-data': base64(connection.certificate),
          'client-key-data': base64(connection.key),
          token: connection.token,
        },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Reads the current context from what the variable KUBECONFIG may hold: one file or a list of them. */
export function readKubeconfig(files: string): Connection {
  const present = files.split(path.delimiter).filter((file) => file !== '');
  const configs = present.map((file) => ({
    fields: asFields(parse(readFileSync(file, 'utf8'))),
    folder: path.dirname(path.resolve(file)),
  }));
  const find = (section: string, inner: string, name: unknown): Entry => {
    for (const { fields, folder } of configs) {
      const list = Array.isArray(fields[section]) ? fields[section] : [];
      const found = list.map(asFields).find((item) => item['name'] === name);
      if (found) return { name: String(name), value: asFields(found[inner]), folder };
    }
    throw new Error(`kubeconfig ${files}: nothing named "${String(name)}" in ${section}`);
  };
  const current = configs.map(({ fields }) => fields['current-context']).find(Boolean);
  if (current === undefined) throw new Error(`kubeconfig ${files}: no current-context`);
  const context = find('contexts', 'context', current);
  const cluster = find('clusters', 'cluster', context.value['cluster']);
  const user = find('users', 'user', context.value['user']);
  for (const method of ['exec', 'auth-provider', 'username']) {
    if (method in user.value) {
      throw new Error(
        `kubeconfig ${files}: user "${user.name}" signs in by ${method}; the tests know only client certificates and tokens`,
      );
    }
  }
  return {
    server: text(cluster.value['server']) ?? '',
    insecure: cluster.value['insecure-skip-tls-verify'] === true,
    authority: pem(cluster, 'certificate-authority'),
    serverName: text(cluster.value['tls-server-name']),
    certificate: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
    token: text(user.value['token']) ?? fileOf(user, 'tokenFile')?.trim(),
  };
}

function base64(content?: string): string | undefined {
  return content && Buffer.from(content).toString('base64');
}

function pem(entry: Entry, key: string): string | undefined {
  const data = text(entry.value[`${key}-data`]);
  return data === undefined ? fileOf(entry, key) : Buffer.from(data, 'base64').toString();
}

function fileOf(entry: Entry, key: string): string | undefined {
  const file = text(entry.value[key]);
  return file === undefined ? undefined : readFileSync(path.resolve(entry.folder, file), 'utf8');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
