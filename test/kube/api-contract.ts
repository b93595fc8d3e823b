/* oxlint-disable vitest/no-conditional-tests, vitest/valid-title --
   this file makes tests for others, whose files the rules are about */
import { beforeAll, expect, it } from 'vitest';

import type { KubeApi, KubeObject, Selection } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { testApplyContract } from './apply-contract.ts';
import { configMapIn, type ContractSubject, failure, labelled } from './contract-subject.ts';
import { startWatch } from './read-watch.ts';

const { configMaps, secrets } = resources;

/** Defines the tests that every KubeApi passes. */
export function testApiContract(open: () => Promise<ContractSubject>): void {
  let subject: ContractSubject;
  let api: KubeApi;
  let namespace: string;
  beforeAll(async () => {
    subject = await open();
    ({ api, namespace } = subject);
  });

  const configMap = (name: string, more?: Partial<KubeObject>) =>
    configMapIn(namespace, name, more);

  it('get returns nothing for an object that does not exist', async () => {
    expect(await api.get(configMaps, 'absent', namespace)).toBeUndefined();
    expect(await api.get(configMaps, 'absent', 'no-such-namespace')).toBeUndefined();
    await expect(api.get(configMaps, 'without-namespace')).rejects.toThrow(
      'a ConfigMap is in a namespace, and none is given',
    );
  });

  it('create fails with 409 when the object exists', async () => {
    const created = await api.create(configMaps, configMap('created'));
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } });
    for (const field of ['uid', 'resourceVersion', 'creationTimestamp'] as const)
      expect(created.metadata[field]).toMatch(/./);
    expect(await api.get(configMaps, 'created', namespace)).toEqual(created);
    const error = await failure(api.create(configMaps, configMap('created')));
    expect(error).toMatchObject({ status: 409, reason: 'AlreadyExists' });
    expect(error.message).toMatch(
      `cannot create ConfigMap ${namespace}/created: 409 AlreadyExists: `,
    );
  });

  it('a dry run returns the object and stores nothing', async () => {
    const answer = await api.create(configMaps, configMap('dry'), { dryRun: true });
    expect(answer).toMatchObject({ metadata: { name: 'dry' }, data: { a: '1' } });
    expect(await api.get(configMaps, 'dry', namespace)).toBeUndefined();
  });

  it('no error quotes the content of a Secret', async () => {
    const secret = { metadata: { name: 'told', namespace }, stringData: { token: 'hunter2' } };
    await api.create(secrets, secret);
    const error = await failure(api.create(secrets, secret));
    expect(error.message).toBe(`cannot create Secret ${namespace}/told: 409 AlreadyExists`);
  });

  it('list returns every object that the selectors match', async () => {
    const names = ['list-1', 'list-2', 'list-3', 'list-4', 'list-5'];
    for (const name of names)
      await api.create(configMaps, configMap(name, labelled({ list: name.slice(-1) })));
    const listed = async (selection: Selection): Promise<string[]> =>
      (await api.list(configMaps, selection)).items.map(({ metadata }) => metadata.name);
    expect(await listed({ namespace, labelSelector: 'list' })).toEqual(names);
    expect(await listed({ labelSelector: 'list' })).toEqual(names);
    expect(await listed({ namespace, labelSelector: 'list in (1,3),list!=1' })).toEqual(['list-3']);
    expect(await listed({ namespace, labelSelector: '!list,list=1' })).toEqual([]);
    expect(await listed({ namespace, fieldSelector: 'metadata.name=list-2' })).toEqual(['list-2']);
    expect(await listed({ namespace: 'no-such-namespace' })).toEqual([]);

    const { resourceVersion, items } = await api.list(configMaps, {
      namespace,
      labelSelector: 'list',
    });
    expect(resourceVersion).toMatch(/^\d+$/);
    expect(items[4]).toEqual(await api.get(configMaps, 'list-5', namespace));
  });

  it('list returns the projection of each object', async () => {
    const { items } = await api.list(
      configMaps,
      { namespace, labelSelector: 'list' },
      ({ metadata: { name } }) => ({ metadata: { name } }),
    );
    expect(items).toHaveLength(5);
    expect(items[0]).toEqual({ metadata: { name: 'list-1' } });
  });

  it('list can return metadata alone', async () => {
    const selection = { namespace, labelSelector: 'list=1', metadataOnly: true };
    const [item] = (await api.list(configMaps, selection)).items;
    expect(item).toMatchObject({
      apiVersion: 'meta.k8s.io/v1',
      kind: 'PartialObjectMetadata',
      metadata: { name: 'list-1', labels: { list: '1' } },
    });
    expect(item).not.toHaveProperty('data');
  });

  it('replace fails with 409 for another resourceVersion', async () => {
    const first = await api.create(configMaps, configMap('replaced'));
    const second = await api.replace(configMaps, { ...first, data: { b: '2' } });
    expect(second['data']).toEqual({ b: '2' });
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    expect(second.metadata.uid).toBe(first.metadata.uid);
    const error = await failure(api.replace(configMaps, first));
    expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
    const gone = { ...first, metadata: { ...first.metadata, name: 'never-there' } };
    // Older versions of Kubernetes, such as 1.32, call it a conflict, since the version that is named is not there.
    expect([404, 409]).toContain((await failure(api.replace(configMaps, gone))).status);
  });

  it('neither the type of a Secret nor the data of an immutable one can change', async () => {
    const { immutable, typed } = {
      immutable: {
        metadata: { name: 'immutable', namespace },
        immutable: true,
        data: { a: 'MQ==' },
      },
      typed: { metadata: { name: 'typed', namespace }, type: 'Opaque', data: { a: 'MQ==' } },
    };
    const applied = await api.apply(secrets, immutable);
    const again = { ...immutable, metadata: { ...immutable.metadata, labels: { x: 'y' } } };
    expect((await api.apply(secrets, again)).metadata.uid).toBe(applied.metadata.uid);
    await api.apply(secrets, typed);
    for (const change of [
      { ...again, data: { a: 'Mg==' } },
      { ...again, data: { ...again.data, b: 'Mg==' } },
      { ...typed, type: 'example.com/other' },
    ])
      expect(await failure(api.apply(secrets, change))).toMatchObject({ status: 422 });
  });

  testApplyContract(() => subject);

  it('delete succeeds also where the object does not exist', async () => {
    await api.create(configMaps, configMap('deleted'));
    await api.delete(configMaps, 'deleted', namespace);
    expect(await api.get(configMaps, 'deleted', namespace)).toBeUndefined();
    await api.delete(configMaps, 'deleted', namespace);
    const { metadata } = await api.create(configMaps, configMap('deleted'));
    const late = api.delete(configMaps, 'deleted', namespace, { uid: 'another' });
    expect(await failure(late)).toMatchObject({ status: 409, reason: 'Conflict' });
    const { uid = '', resourceVersion = '' } = metadata;
    const before = api.delete(configMaps, 'deleted', namespace, { uid, resourceVersion: '1' });
    expect(await failure(before)).toMatchObject({ status: 409, reason: 'Conflict' });
    await api.delete(configMaps, 'deleted', namespace, { uid, resourceVersion });
    await api.delete(configMaps, 'deleted', namespace, { uid, resourceVersion });
    expect(await api.get(configMaps, 'deleted', namespace)).toBeUndefined();
  });

  it('watch streams the changes after a resourceVersion, after an event for its start', async () => {
    const selection = { namespace, labelSelector: 'watched' };
    await api.create(configMaps, configMap('watched-before', labelled({ watched: 'x' })));
    const { resourceVersion } = await api.list(configMaps, selection);
    const missed = await api.create(configMaps, configMap('watched', labelled({ watched: 'x' })));
    const watch = startWatch(api, configMaps, selection, resourceVersion);
    expect(await watch.next()).toEqual({ type: 'BOOKMARK', resourceVersion });
    expect(await watch.nextChange()).toEqual({ type: 'ADDED', object: missed });
    await api.create(configMaps, configMap('not-watched'));
    const modified = await api.replace(configMaps, { ...missed, data: {} });
    expect(await watch.nextChange()).toEqual({ type: 'MODIFIED', object: modified });
    await api.delete(configMaps, 'watched', namespace);
    const deleted = await watch.nextChange();
    expect(deleted).toMatchObject({
      type: 'DELETED',
      object: { metadata: { name: 'watched', uid: missed.metadata.uid } },
    });
    if (deleted?.type !== 'DELETED') throw new Error('no deletion');
    const version = (object: KubeObject): number => Number(object.metadata.resourceVersion);
    expect(version(deleted.object)).toBeGreaterThan(version(modified));
    watch.stop();
    expect(await watch.nextChange()).toBeUndefined();
  });

  it('watch sends a deletion for an object that its selectors no longer match', async () => {
    const selection = { namespace, labelSelector: 'leaves=no', metadataOnly: true };
    const object = await api.create(configMaps, configMap('leaves', labelled({ leaves: 'no' })));
    const { resourceVersion = '' } = object.metadata;
    const watch = startWatch(api, configMaps, selection, resourceVersion);
    await watch.next();
    const metadata = { ...object.metadata, labels: { leaves: 'yes' } };
    const changed = await api.replace(configMaps, { ...object, metadata });
    const event = await watch.nextChange();
    expect(event).toMatchObject({
      type: 'DELETED',
      object: {
        kind: 'PartialObjectMetadata',
        metadata: { name: 'leaves', resourceVersion: changed.metadata.resourceVersion },
      },
    });
    expect(event).not.toHaveProperty('object.data');
    watch.stop();
    expect(await watch.nextChange()).toBeUndefined();
  });

  it('a watch aborted before its start sends no request', async () => {
    const watch = api.watch(configMaps, { namespace }, '1', AbortSignal.abort());
    for await (const event of watch) expect.unreachable(`an event: ${event.type}`);
  });

  it('watch sends bookmarks', async () => {
    const selection = { namespace, labelSelector: 'bookmarked' };
    const { resourceVersion } = await api.list(configMaps, selection);
    const watching = subject.shortWatches ?? api;
    const watch = startWatch(watching, configMaps, selection, resourceVersion);
    await watch.next();
    // A server may have no newer version to tell of as long as nothing of the kind changes.
    await api.create(configMaps, configMap('not-bookmarked'));
    subject.hurryBookmark?.();
    const bookmark = await watch.next();
    if (bookmark?.type !== 'BOOKMARK') throw new Error('no bookmark');
    expect(Number(bookmark.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    watch.stop();
  });

  it('watch fails with 410 from a version that is too old', async () => {
    const { resource, version } = await subject.tooOld();
    const watch = startWatch(api, resource, {}, version);
    const events = async (): Promise<void> => {
      while ((await watch.next()) !== undefined);
    };
    const error = await failure(events());
    expect(error.status).toBe(410);
    expect(error.reason).toMatch(/^(Expired|Gone)$/);
    expect(error.message).toContain(`cannot watch ${resource.plural}: 410 `);
  });
}
