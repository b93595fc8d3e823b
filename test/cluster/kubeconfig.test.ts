import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { formatKubeconfig, readKubeconfig } from './kubeconfig.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'token-injector-kubeconfig-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const clusters = `
clusters:
- name: there
  cluster: {server: "https://there.test:6443", certificate-authority: ca.pem, tls-server-name: inner.test}
contexts:
- name: there
  context: {cluster: there, user: me}
current-context: there
`;

it('reads what it writes', () => {
  const connection = {
    server: 'https://127.0.0.1:1',
    authority: 'A',
    certificate: 'C',
    key: 'K',
  };
  const file = write('own', formatKubeconfig(connection));
  expect(readKubeconfig(file)).toEqual({ ...connection, insecure: false });
});

it('reads a list of files and the files that they name', () => {
  write('ca.pem', 'authority');
  write('token', 'secret\n');
  const cluster = write('clusters', clusters);
  const users = write('users', 'users: [{name: me, user: {tokenFile: token}}]');
  expect(readKubeconfig([cluster, users].join(path.delimiter))).toEqual({
    server: 'https://there.test:6443',
    serverName: 'inner.test',
    authority: 'authority',
    token: 'secret',
    insecure: false,
  });
});

it.each([
  ['users: [{name: me, user: {exec: {command: sign-in}}}]', /"me" signs in by exec/],
  ['users: []', /nothing named "me" in users/],
])('refuses %s', (users, reason) => {
  const file = write('refused', clusters + users);
  expect(() => readKubeconfig(file)).toThrow(reason);
});
