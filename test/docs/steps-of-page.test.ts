import { describe, expect, it } from 'vitest';
import { pages, read } from './documentation.ts';
import { replayedPages, sourcePages } from './replayed-pages.ts';
import { shows, stepsOf } from './steps-of-page.ts';

describe('steps of a page', () => {
  it('are its shell blocks, with the output right below them', () => {
    const page = `# Page

Do it:

\`\`\`sh
kubectl get pods
\`\`\`

\`\`\`text
no pods
\`\`\`

## Later

- In a list:

  \`\`\`sh
  cat <<END
    indented
  END
  \`\`\`

It prints nothing, and this is something else:

\`\`\`text
something else
\`\`\`
`;
    expect(stepsOf(page)).toEqual([
      { kind: 'run', heading: 'Page', script: 'kubectl get pods\n', output: 'no pods\n' },
      { kind: 'run', heading: 'Later', script: 'cat <<END\n  indented\nEND\n' },
    ]);
  });

  it('are the files that a reader is told to save', () => {
    const page = `# Page

Save this as \`policies/one.yaml\`; it is short:

\`\`\`yaml
a: 1
\`\`\`

This is only shown:

\`\`\`yaml
b: 2
\`\`\`
`;
    expect(stepsOf(page)).toEqual([
      { kind: 'save', heading: 'Page', file: 'policies/one.yaml', text: 'a: 1\n' },
    ]);
  });

  it('are not replayed where a comment says why', () => {
    const page = `# Page

Do it:

<!-- not replayed: needs a registry -->
\`\`\`sh
docker push image
\`\`\`

\`\`\`text
pushed
\`\`\`
`;
    expect(stepsOf(page)).toEqual([
      { kind: 'skip', heading: 'Page', script: 'docker push image\n', why: 'needs a registry' },
    ]);
  });
});

describe('an output', () => {
  it.each([
    ['NAME   AGE\nagent  3m12s\n', 'NAME AGE\nagent 41s'],
    ['pod "agent-7d5956c88-7jmmn" is\nforbidden', 'pod "agent-6b9d4f7c5d-x2k8q" is forbidden'],
    ['renewed 2026-11-24T10:04:09.584123Z by me', 'renewed 2026-03-01T08:00:00Z'],
  ])('shows what a page does, but for what differs each time', (output, shown) => {
    expect(shows(output, shown)).toBe(true);
  });

  it.each([
    ['NAME READY\nagent False', 'NAME READY\nagent True'],
    ['agent 3', 'agent 4'],
    ['Deployment aikido/aikido-agent', 'Deployment aikido/aikido-other'],
    ['', 'something'],
  ])('does not show what it does not hold', (output, shown) => {
    expect(shows(output, shown)).toBe(false);
  });
});

describe('commands of the pages', () => {
  const replayed: readonly string[] = [...replayedPages, ...sourcePages];
  const steps = replayed.flatMap((page) => stepsOf(read(page)).map((step) => ({ page, ...step })));

  it('are replayed, all but these', () => {
    const skipped = steps.flatMap((step) =>
      step.kind === 'skip' ? `${step.page}: ${step.why}` : [],
    );
    expect(skipped).toEqual([
      'README.md: runs until Ctrl-C',
      'README.md: needs kind',
      "README.md: needs Aikido's chart",
      'docs/install.md: needs a registry',
      'docs/install.md: needs kind',
      'docs/install.md: needs a node for each pod of the webhook',
      'docs/secrets.md: needs External Secrets Operator',
      'docs/secrets.md: needs kubeseal',
      'docs/delivery.md: needs a copy that another writer changed',
      'docs/explain.md: the end of a name of a pod is another one each time',
      'docs/explain.md: what it finds depends on the cluster',
      'docs/troubleshooting.md: POD is to be filled in, and the last one runs until Ctrl-C',
      'docs/troubleshooting.md: needs the connection of the other terminal',
      'docs/certificates.md: needs cert-manager',
      'docs/upgrade-and-uninstall.md: REVISION is to be filled in',
      "docs/sources/existing-secret.md: needs Aikido's chart",
      'docs/security-practices.md: needs the audit log of your API server',
    ]);
    const comments = replayed.flatMap((page) => read(page).match(/<!-- not replayed/g) ?? []);
    expect(skipped).toHaveLength(comments.length);
  });

  it('are on the pages that are replayed, and on these', () => {
    const others = pages.filter(
      (page) => stepsOf(read(page)).length > 0 && !replayed.includes(page),
    );
    // Of a webhook without the chart there is no room beside the installation; an audit finds what others left.
    expect(others).toEqual([
      'certs/README.md',
      'docs/audit.md',
      'docs/many-clusters.md',
      'docs/run-on-a-cluster.md',
    ]);
  });
});
