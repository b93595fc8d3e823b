import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { policyPaths } from '../../src/commands/serving/file-sources.ts';
import { fingerprintFiles, watchFiles } from '../../src/runtime/watch-files.ts';
import { mountVolume } from './mounted-volume.ts';
import { policyText, temporaryFolder } from './temporary-folder.ts';

/** A watch that looks when it is told to. */
interface Watched {
  /** Lets it look once; tells how many changes it has reported by then. */
  readonly look: () => Promise<number>;
  /** Tells it to end, and waits until it has. */
  readonly end: () => Promise<void>;
}

async function watch(
  paths: () => Promise<readonly string[]>,
  onChange: () => Promise<boolean> = async () => true,
): Promise<Watched> {
  let changes = 0;
  let asked = Promise.withResolvers<void>();
  let waiting = Promise.withResolvers<void>();
  const ended = watchFiles({
    paths,
    since: await fingerprintFiles(await paths()),
    onChange: () => {
      changes++;
      return onChange();
    },
    wait: () => {
      waiting.resolve();
      return asked.promise;
    },
  });
  const end = async () => {
    await waiting.promise;
    asked.reject(new Error('the watch is to end'));
    await ended;
  };
  onTestFinished(end);
  return {
    end,
    async look() {
      await waiting.promise;
      const { resolve } = asked;
      asked = Promise.withResolvers();
      waiting = Promise.withResolvers();
      resolve();
      await waiting.promise;
      return changes;
    },
  };
}

it('a file that stays the same is no change', async () => {
  const file = join(temporaryFolder({ 'a.yaml': 'one' }), 'a.yaml');
  const { look } = await watch(async () => [file]);
  expect([await look(), await look(), await look()]).toEqual([0, 0, 0]);
});

it('a change, a removal and a reappearance are each reported once', async () => {
  const file = join(temporaryFolder({ 'a.yaml': 'one' }), 'a.yaml');
  const { look } = await watch(async () => [file]);
  writeFileSync(file, 'another');
  expect([await look(), await look()]).toEqual([1, 1]);
  rmSync(file);
  expect([await look(), await look()]).toEqual([2, 2]);
  writeFileSync(file, 'another');
  expect([await look(), await look()]).toEqual([3, 3]);
});

it('a file of the same size and time that took its place is a change', async () => {
  const folder = temporaryFolder({ 'a.yaml': 'one', 'b.yaml': 'two' });
  const [file, successor] = [join(folder, 'a.yaml'), join(folder, 'b.yaml')];
  for (const path of [file, successor]) utimesSync(path, 1_000, 1_000);
  const { look } = await watch(async () => [file]);
  renameSync(successor, file);
  expect(await look()).toBe(1);
});

it('what changed before the watch began, but after the files were read, is reported', async () => {
  const file = join(temporaryFolder({ 'a.yaml': 'one' }), 'a.yaml');
  let changed = false;
  const { look } = await watch(
    async () => [file],
    async () => {
      // While the first change is being read.
      if (!changed) writeFileSync(file, 'a third text');
      changed = true;
      return true;
    },
  );
  writeFileSync(file, 'another');
  expect([await look(), await look(), await look()]).toEqual([1, 2, 2]);
});

it('what could not be used is reported at every look until it can', async () => {
  const file = join(temporaryFolder({ 'a.yaml': 'one' }), 'a.yaml');
  let usable = false;
  const { look } = await watch(
    async () => [file],
    async () => usable,
  );
  writeFileSync(file, 'another');
  expect([await look(), await look()]).toEqual([1, 2]);
  usable = true;
  expect([await look(), await look()]).toEqual([3, 3]);
});

it('a file that goes and comes back just as it was is reported, though it could not be used meanwhile', async () => {
  const folder = temporaryFolder({ 'a.yaml': 'one' });
  const [file, aside] = [join(folder, 'a.yaml'), join(folder, 'aside')];
  const { look } = await watch(
    async () => [file],
    async () => existsSync(file),
  );
  renameSync(file, aside);
  expect(await look()).toBe(1);
  renameSync(aside, file);
  expect([await look(), await look()]).toEqual([2, 2]);
});

it('files of a policy folder that come, go and change are reported', async () => {
  const folder = temporaryFolder({ 'a.yaml': policyText('one') });
  const { look } = await watch(policyPaths([folder]));
  writeFileSync(join(folder, 'b.yaml'), policyText('two'));
  expect([await look(), await look()]).toEqual([1, 1]);
  writeFileSync(join(folder, 'b.yaml'), policyText('three'));
  expect([await look(), await look()]).toEqual([2, 2]);
  rmSync(join(folder, 'b.yaml'));
  expect([await look(), await look()]).toEqual([3, 3]);
});

it('a policy folder that goes and comes back is reported', async () => {
  const folder = join(temporaryFolder(), 'policies');
  mkdirSync(folder);
  const { look } = await watch(policyPaths([folder]));
  rmSync(folder, { recursive: true });
  expect([await look(), await look()]).toEqual([1, 1]);
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.yaml'), policyText('one'));
  expect([await look(), await look()]).toEqual([2, 2]);
});

it('the swap of a mounted Secret is reported, once, whether files keep their names or not', async () => {
  const secret = mountVolume(temporaryFolder(), { 'tls.crt': 'one', 'tls.key': 'one' });
  const files = ['tls.crt', 'tls.key'].map((name) => join(secret.folder, name));
  const { look } = await watch(async () => files);
  secret.publish({ 'tls.crt': 'two', 'tls.key': 'two' });
  expect([await look(), await look()]).toEqual([1, 1]);
  secret.publish({ 'tls.crt': 'two' });
  expect([await look(), await look()]).toEqual([2, 2]);
  secret.publish({ 'tls.crt': 'two', 'tls.key': 'two' });
  expect([await look(), await look()]).toEqual([3, 3]);
});

it('the swap of a mounted ConfigMap of policies is reported', async () => {
  const configMap = mountVolume(temporaryFolder(), { 'a.yaml': policyText('one') });
  const { look } = await watch(policyPaths([configMap.folder]));
  configMap.publish({ 'a.yaml': policyText('two') });
  expect([await look(), await look()]).toEqual([1, 1]);
  configMap.publish({ 'a.yaml': policyText('two'), 'b.yaml': policyText('three') });
  expect([await look(), await look()]).toEqual([2, 2]);
});

it('the watch ends when aborted, and reads no more', async () => {
  let looks = 0;
  const { look, end } = await watch(async () => {
    looks++;
    return [];
  });
  await look();
  await end();
  expect(looks).toBe(2);
});
