import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openCheckout, type ReplayPage } from './replay-page.ts';

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n\n`;

// Needs no cluster: what stands for kubectl and helm prints what it was told to do.
describe('replaying a page', () => {
  let folder = '';
  let open: (patienceMs: number) => ReplayPage;
  const replay: ReplayPage = (...page) => open(60_000)(...page);
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'token-injector-page-'));
    open = (patienceMs) =>
      openCheckout({
        folder,
        kubeconfig: '/the/kubeconfig',
        kubectl: '/bin/echo',
        helm: '/bin/echo',
        values: { 'image.tag': "it's" },
        variables: { WORD: 'token' },
        patienceMs,
      });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('runs its commands with the files, programs and variables of a reader', () =>
    replay(
      [
        'Save this as `one/two.yaml`:\n',
        block('yaml', 'a: 1'),
        block('sh', 'cat one/two.yaml\necho "$WORD" $KUBECONFIG\nls'),
        block('text', 'a: 1\ntoken /the/kubeconfig\nchart examples one'),
        block('sh', 'npm ci && npm run build\nnpx token-injector preview --help'),
        block('text', 'Usage: token-injector preview'),
      ].join('\n'),
    ));

  it('has the chart get values, and waits as long as it takes', () =>
    replay(
      [
        block('sh', 'helm upgrade a ./chart --set image.tag=1\nhelm install a examples/b'),
        block(
          'text',
          "upgrade a ./chart --set image.tag=1 --set=image.tag=it's\ninstall a examples/b",
        ),
        block('sh', 'kubectl wait pod/a --timeout=9s\nkubectl get pods --timeout=9s'),
        block('text', 'wait pod/a --timeout=60s\nget pods --timeout=9s'),
      ].join(''),
    ));

  it.each([
    ['a command fails', block('sh', 'false\ntrue'), 'exit code 1 of\nfalse'],
    ['a command of a pipe fails', block('sh', 'false | cat'), 'exit code 1'],
    ['a variable is not there', block('sh', 'echo "$NOT_THERE"'), 'unbound variable'],
    ['the program fails', block('sh', 'npx token-injector preview --polices p'), '--polices'],
    ['npx has no such program', block('sh', 'npx other'), 'exit code 1'],
  ])('fails where %s', async (_case, page, message) => {
    await expect(replay(page)).rejects.toThrow(message);
  });

  it.each([
    ['a command does not end', block('sh', 'sleep 300 | cat'), 'exit code'],
    [
      'the output is another one',
      block('sh', 'echo READY False') + block('text', 'READY True'),
      'it printed\nREADY False\n\ninstead of\nREADY True',
    ],
  ])('fails in the end where %s', async (_case, page, message) => {
    await expect(open(2_000)(page)).rejects.toThrow(message);
  });

  it('waits for the output that a page shows', () =>
    replay(block('sh', 'echo x >> times; wc -l < times') + block('text', '2')));

  it('has a fixture come right before its section', async () => {
    const page = `## One\n\n${block('sh', 'test ! -e met')}## Two\n\n${block('sh', 'test -e met')}`;
    const meet = () => replay(block('sh', 'touch met'));
    await replay(page, { Two: meet });
    await expect(replay(`# Page\n`, { Two: meet })).rejects.toThrow(
      'no step is in the section Two',
    );
  });
});
