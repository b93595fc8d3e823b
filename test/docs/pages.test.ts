import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { documentationUrl } from '../../src/core/documentation-url.ts';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { previewText } from '../../src/manifests/preview-injection.ts';
import { readPolicy } from '../case-folder.ts';
import { blocksOf, filesBelow, pages, proseOf, read, root } from './documentation.ts';

// Written by a generator, which has a test of its own.
const generated = new Set(
  ['chart-values', 'cli', 'reasons', 'token-policy'].map((name) => `docs/reference/${name}.md`),
);

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#+ (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function linksOf(page: string): { target: string; path: string; anchor: string }[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { target, path: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

describe.each(pages)('%s', (page) => {
  it('links to what exists', () => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      if (!existsSync(join(root, path))) return !generated.has(path);
      return anchor !== '' && !generated.has(path) && !anchorsOf(path).has(anchor);
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it('holds only YAML that can be read, and policies that can be used', () => {
    const problems = blocksOf(page, 'yaml').flatMap((block) =>
      parseAllDocuments(block)
        .flatMap((document) =>
          document.errors.length > 0
            ? document.errors.map(String)
            : policyProblems(document.toJS()),
        )
        .map((problem) => `${problem} in:\n${block}`),
    );
    expect(problems).toEqual([]);
  });

  it('holds only JSON that can be read', () => {
    for (const block of blocksOf(page, 'json')) expect(() => JSON.parse(block)).not.toThrow();
  });
});

/** What is wrong with a policy, or with a part of one: a document that has nothing but a spec. */
function policyProblems(object: unknown): string[] {
  const { kind, spec, ...others } = object as { kind?: unknown; spec?: object };
  const isPart = kind === undefined && spec !== undefined && Object.keys(others).length === 0;
  if (kind !== 'TokenPolicy' && !isPart) return [];
  const rest = {
    match: { podSelector: { matchLabels: { app: 'agent' } } },
    secret: { name: 'agent' },
    inject: { env: [{ name: 'TOKEN', key: 'token' }] },
  };
  const head = { apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy' };
  const parsed = parsePolicy(
    isPart ? { ...head, metadata: { name: 'agent' }, spec: { ...rest, ...spec } } : object,
  );
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('README.md', () => {
  const policyIn = (yaml: string) => parseAllDocuments(yaml)[0]!.toJS() as unknown;
  const [zen, agent] = ['aikido-zen', 'aikido'].map((name) =>
    policyIn(read(`examples/agents/${name}.yaml`)),
  );

  it('shows the policies of the catalogue', () => {
    expect(blocksOf('README.md', 'yaml').map(policyIn)).toEqual([zen, agent]);
  });

  it('shows what the first one does to the example application', () => {
    const file = 'examples/application.yaml';
    const destination = { namespace: 'default', ownNamespace: 'token-injector' };
    const { diff } = previewText(read(file), policySet([readPolicy(zen)]), destination);
    expect(blocksOf('README.md', 'diff')).toEqual([diff(file)]);
  });

  it('leads to every page', () => {
    const linked = new Set(linksOf('README.md').map(({ path }) => path));
    const wanted = pages.filter((page) => /^(docs|docs\/reference|certs)\/[^/]+\.md$/.test(page));
    expect(wanted.filter((page) => !linked.has(page))).toEqual([]);
    expect([...generated].filter((page) => !linked.has(page))).toEqual([]);
  });
});

describe('a message that names a page', () => {
  const notes = read('chart/templates/NOTES.txt');
  const named = [
    ...filesBelow('src', '.ts').flatMap((file) =>
      [...read(file).matchAll(/documentationUrl\(\s*'([^']+)'(?:,\s*'([^']+)')?/g)].map(
        ([, page = '', anchor]) => ({ page, anchor }),
      ),
    ),
    ...[...notes.matchAll(/\.Chart\.Home }}\/blob\/main\/docs\/([a-z-]+)\.md(?:#([a-z-]+))?/g)].map(
      ([, page = '', anchor]) => ({ page, anchor }),
    ),
  ];

  it('is found', () => {
    expect(named.length).toBeGreaterThanOrEqual(6);
  });

  it.each(named)('names one that exists: $page $anchor', ({ page, anchor }) => {
    expect(pages).toContain(`docs/${page}.md`);
    if (anchor !== undefined) expect([...anchorsOf(`docs/${page}.md`)]).toContain(anchor);
  });

  it('gives an address, since its reader has no checkout', () => {
    const bare = [
      ...filesBelow('src', '.ts').map((file) => [file, read(file)]),
      ['NOTES.txt', notes],
    ]
      // Comments may name a page of the repository.
      .map(([file, text = '']) => [file, text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')])
      .filter(([, text = '']) => /(?<!blob\/main\/)\bdocs\//.test(text))
      .map(([file]) => file);
    expect(bare).toEqual([]);
  });

  it('gives the address that package.json and the chart call home', () => {
    const { homepage } = JSON.parse(read('package.json')) as { homepage: string };
    expect(documentationUrl('explain')).toBe(`${homepage}/blob/main/docs/explain.md`);
    expect(read('chart/Chart.yaml')).toContain(`home: ${homepage}\n`);
  });
});
