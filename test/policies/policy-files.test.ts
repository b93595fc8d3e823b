import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPolicyFiles } from '../../src/policies/policy-files.ts';
import { listManifestFiles } from '../../src/runtime/manifest-files.ts';
import { mountVolume } from '../runtime/mounted-volume.ts';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';

const namesAt = async (path: string) =>
  (await readPolicyFiles([path])).set.policies.map(({ name }) => name);

/** What is wrong with the policies there, line by line, with paths relative to the folder. */
async function problemsOf(folder: string, path = folder): Promise<string[]> {
  try {
    await readPolicyFiles([path]);
    return [];
  } catch (error) {
    const { name, message } = error as Error;
    // By which the program tells it from faults.
    expect(name).toBe('BadPolicies');
    return message.replaceAll(`${folder}/`, '').split('\n');
  }
}

describe('policies are read from', () => {
  it('a file, of any name', async () => {
    const folder = temporaryFolder({ 'policies.txt': policyText('aikido') });
    expect(await namesAt(join(folder, 'policies.txt'))).toEqual(['aikido']);
  });

  it('the .yaml, .yml and .json files of a folder, and no others', async () => {
    const folder = temporaryFolder({
      'a.yaml': policyText('one'),
      'b.yml': policyText('two'),
      'c.json': JSON.stringify(JSON.parse(policyText('three')), undefined, 2),
      'd.yaml.bak': policyText('backup'),
      '.hidden.yaml': policyText('hidden'),
      'readme.md': '# not a policy',
    });
    expect(await namesAt(folder)).toEqual(['one', 'three', 'two']);
    const shown = (await listManifestFiles(folder)).map((file) => file.slice(folder.length + 1));
    expect(shown).toEqual(['a.yaml', 'b.yml', 'c.json']);
  });

  it('several documents of one file, empty ones passed over', async () => {
    const text = ['# policies', policyText('one'), '', policyText('two'), ''].join('\n---\n');
    expect(await namesAt(join(temporaryFolder({ 'all.yaml': text }), 'all.yaml'))).toEqual([
      'one',
      'two',
    ]);
  });

  it('a List, with the line of an item that is wrong', async () => {
    const items = ['one', 'two'].map((name) => JSON.parse(policyText(name)) as object);
    const list = (more: object[]) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...items, ...more] }, undefined, 1);
    const folder = temporaryFolder({ 'a.json': list([]), 'b.json': list([items[0]!]) });
    expect(await namesAt(join(folder, 'a.json'))).toEqual(['one', 'two']);
    const [problem] = await problemsOf(folder, join(folder, 'b.json'));
    expect(problem).toMatch(
      /^b\.json:\d{2}: metadata\.name: "one" is there already, at b\.json:5$/,
    );
  });

  it('a mounted ConfigMap, each once, and after its links were swapped', async () => {
    const mounted = mountVolume(temporaryFolder(), {
      'aikido.yaml': policyText('aikido'),
      'other.yaml': policyText('other'),
    });
    expect(await namesAt(mounted.folder)).toEqual(['aikido', 'other']);
    mounted.publish({ 'aikido.yaml': policyText('renamed') });
    expect(await namesAt(mounted.folder)).toEqual(['renamed']);
  });
});

describe('reports policies that cannot be used', () => {
  it('with file and line where the YAML is broken', async () => {
    const folder = temporaryFolder({
      'a.yaml': `${policyText('one')}\n---\nkind: TokenPolicy\nmetadata: {name: "two\n`,
      'b.yaml': policyText('three'),
    });
    const [problem, ...others] = await problemsOf(folder);
    expect(problem).toMatch(/^a\.yaml:[345]: \S/);
    expect(others).toEqual([]);
  });

  it('with file, line and field where a field is unknown, and all of them at once', async () => {
    const broken = (name: string) => policyText(name).replace('"match"', '"matches":{},"match"');
    const folder = temporaryFolder({
      'a.yaml': `# one\n---\n\n${broken('one')}\n---\n${broken('two')}\n`,
      'b.json': broken('three'),
    });
    const problems = await problemsOf(folder);
    expect(problems.map((line) => line.split(': ').slice(0, 2))).toEqual([
      ['a.yaml:4', 'spec.matches'],
      ['a.yaml:6', 'spec.matches'],
      ['b.json:1', 'spec.matches'],
    ]);
  });

  it('where a name is there twice, with both places', async () => {
    const folder = temporaryFolder({
      'a.yaml': policyText('one'),
      'b.yaml': `\n${policyText('two')}\n---\n${policyText('one')}`,
    });
    expect(await problemsOf(folder)).toEqual([
      'b.yaml:4: metadata.name: "one" is there already, at a.yaml:1',
    ]);
  });

  it('where an object is no TokenPolicy', async () => {
    const folder = temporaryFolder({ 'a.yaml': 'kind: Pod\n', 'b.yaml': 'just text\n' });
    const problems = await problemsOf(folder);
    expect(problems).not.toEqual([]);
    expect(problems.filter((line) => !/^[ab]\.yaml:1: /.test(line))).toEqual([]);
    expect(problems.some((line) => line.startsWith('b.yaml'))).toBe(true);
  });

  it.each([
    ['a folder that is empty', {}],
    ['a folder without policy files', { 'readme.md': '' }],
    ['files that hold nothing', { 'a.yaml': '', 'b.yaml': '---\n# soon\n---\n' }],
  ])('where there is none: %s', async (_, files) => {
    const folder = temporaryFolder(files);
    expect(await problemsOf(folder)).toEqual([
      `${folder}: no TokenPolicy found; want YAML or JSON files that hold some`,
    ]);
  });

  it('where nothing is at the path', async () => {
    const folder = temporaryFolder();
    expect(await problemsOf(folder, join(folder, 'absent'))).toEqual([
      'absent: no such file or folder',
    ]);
  });

  it('where an entry of the folder cannot be read, and nothing else is taken for it', async () => {
    const folder = temporaryFolder({ 'a.yaml': policyText('one') });
    symlinkSync('gone', join(folder, 'b.yaml'));
    mkdirSync(join(folder, 'c.yaml'));
    expect(await problemsOf(folder)).toContain('b.yaml: no such file or folder');
  });

  it('without quoting what a manifest that was taken for a policy may hold', async () => {
    const folder = temporaryFolder({
      'a.yaml': 'kind: Secret\nstringData: {token: AIK_CANARY}\n',
      'b.yaml': 'env: [{name: TOKEN, value: "AIK_CANARY}]\n',
    });
    const problems = await problemsOf(folder);
    expect(problems.length).toBeGreaterThan(1);
    expect(problems.join('\n')).not.toContain('AIK_CANARY');
  });
});
