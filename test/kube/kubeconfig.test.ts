import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentNamespace, loadKubeconfig } from '../../src/kube/client/kubeconfig.ts';
import { temporaryFolder } from '../runtime/temporary-folder.ts';

const cluster = (name: string, server: string, fields = {}) => ({
  name,
  cluster: { server, ...fields },
});
const context = (name: string, fields: object) => ({ name, context: fields });

/** Writes kubeconfigs; gives back their paths. */
function files(...configs: readonly object[]): string[] {
  const names = configs.map((_, index) => `${index}.yaml`);
  const texts = configs.map((config, index) => [names[index]!, JSON.stringify(config)] as const);
  const folder = temporaryFolder(Object.fromEntries(texts));
  return names.map((name) => join(folder, name));
}

const first = {
  clusters: [cluster('same', 'https://first', { 'certificate-authority': 'ca.pem' })],
  users: [{ name: 'one', user: { token: 'a' } }],
  contexts: [context('one', { cluster: 'same', user: 'one' })],
};
const second = {
  clusters: [cluster('same', 'https://second'), cluster('other', 'https://other')],
  users: [
    { name: 'one', user: { token: 'b' } },
    { name: 'two', user: { token: 'c' } },
  ],
  contexts: [
    context('one', { cluster: 'other', user: 'two' }),
    context('two', { cluster: 'other', user: 'two', namespace: 'shop' }),
  ],
  'current-context': 'one',
};
const third = { 'current-context': 'two' };

describe('several files', () => {
  it('are merged as kubectl does: of two entries with one name the first counts', () => {
    const kubeconfig = files(first, second, third);
    const config = loadKubeconfig({ kubeconfig });
    expect(config.getCurrentContext()).toBe('one');
    expect(config.getCurrentCluster()).toMatchObject({
      server: 'https://first',
      caFile: join(kubeconfig[0]!, '..', 'ca.pem'),
    });
    expect(config.getCurrentUser()?.token).toBe('a');
    expect(config.clusters.map(({ name }) => name).toSorted()).toEqual(['other', 'same']);
  });

  it('may be missing, but not all of them', () => {
    const [present = ''] = files(second);
    const config = loadKubeconfig({ kubeconfig: ['/absent/a', present] });
    expect(config.getCurrentCluster()?.server).toBe('https://other');
    expect(() => loadKubeconfig({ kubeconfig: ['/absent/a', '/absent/b'] })).toThrow(
      'there is no file /absent/a or /absent/b',
    );
    expect(() => loadKubeconfig({ kubeconfig: '/absent/a' })).toThrow('ENOENT');
  });
});

describe('what is chosen', () => {
  const kubeconfig = files.bind(undefined, second);
  it('is another context, with its namespace', () => {
    const choice = { kubeconfig: kubeconfig(), context: 'two' };
    expect(loadKubeconfig(choice).getCurrentContext()).toBe('two');
    expect(currentNamespace(choice)).toBe('shop');
    expect(currentNamespace({ kubeconfig: kubeconfig() })).toBeUndefined();
  });

  it('is another cluster or user than that of the context', () => {
    const config = loadKubeconfig({ kubeconfig: kubeconfig(), cluster: 'same', user: 'one' });
    expect(config.getCurrentCluster()?.server).toBe('https://second');
    expect(config.getCurrentUser()?.token).toBe('b');
  });

  it('is another server, CA and token than those of cluster and user', () => {
    const [file = ''] = files({
      ...first,
      'current-context': 'one',
      users: [{ name: 'one', user: { exec: { command: 'login' }, 'client-key-data': 'a2V5' } }],
    });
    const chosen = { server: 'https://third', certificateAuthority: '/other.pem', token: 'x' };
    const config = loadKubeconfig({ kubeconfig: file, ...chosen, as: 'ci' });
    expect(config.getCurrentCluster()).toEqual({
      name: 'same',
      server: 'https://third',
      caFile: '/other.pem',
      skipTLSVerify: false,
    });
    expect(config.getCurrentUser()).toEqual({ name: 'one', token: 'x', impersonateUser: 'ci' });
    const insecure = loadKubeconfig({ kubeconfig: file, insecureSkipTlsVerify: true });
    expect(insecure.getCurrentCluster()).toMatchObject({
      server: 'https://first',
      skipTLSVerify: true,
    });
    expect(insecure.getCurrentCluster()?.caFile).toBeUndefined();
  });

  it('is a server without any kubeconfig', () => {
    const [file = ''] = files({});
    const config = loadKubeconfig({ kubeconfig: file, server: 'https://third', token: 'x' });
    expect(config.getCurrentCluster()?.server).toBe('https://third');
    expect(config.getCurrentUser()?.token).toBe('x');
    expect(loadKubeconfig({ kubeconfig: file }).getCurrentCluster()).toBeNull();
  });

  it.each(['https://me:AIK_CANARY@host', 'host:6443', 'AIK_CANARY'])(
    'is no server like %s, which is not repeated',
    (server) => {
      const load = () => loadKubeconfig({ kubeconfig: kubeconfig(), server });
      expect(load).toThrow('--server wants an address such as https://host:6443, without a user');
      expect(load).not.toThrow('CANARY');
    },
  );

  it.each([
    [{ context: 'three' }, 'it has no context "three"'],
    [{ cluster: 'three' }, 'it has no cluster "three"'],
    [{ user: 'three' }, 'it has no user "three"'],
  ])('must be there: %j', (choice, message) => {
    expect(() => loadKubeconfig({ kubeconfig: kubeconfig(), ...choice })).toThrow(message);
  });
});
