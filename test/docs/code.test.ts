import { injectAnnotation } from '../../src/core/identity.ts';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { injectedSidecars } from '../../src/core/policy/injected-sidecars.ts';
import { isForbiddenEnvName } from '../../src/core/policy/forbidden-env.ts';
import { conditionReasons } from '../../src/core/status/condition-reasons.ts';
import { mismatch } from '../../src/core/policy/match.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { reasons } from '../../src/admission/reasons.ts';
import { createAdmissionMetrics } from '../../src/server/admission-metrics.ts';
import { ClusterPolicies } from '../../src/server/cluster-policies.ts';
import { createConnectionMetrics } from '../../src/server/connection-metrics.ts';
import { createControllerMetrics } from '../../src/server/controller-metrics.ts';
import { ServedCertificate } from '../../src/server/served-certificate.ts';
import { FilePolicies } from '../../src/server/file-policies.ts';
import { readCases, readPolicy } from '../case-folder.ts';
import {
  codeIn,
  filesBelow,
  pages,
  proseOf,
  read,
  root,
  section,
  tablesOf,
} from './documentation.ts';

const source = filesBelow('src', '.ts').map(read).join('\n');

describe('commands', () => {
  const helpOf = (...args: string[]): string =>
    execFileSync(process.execPath, ['src/main.ts', ...args, '--help'], { cwd: root }).toString();
  const names = [...helpOf().matchAll(/^ {2}([a-z-]+) (?:\[|<|  )/gm)].map(([, name = '']) => name);
  const flags = new Map(
    names
      .filter((name) => name !== 'help')
      .map((name) => [name, new Set(helpOf(name).match(/(?<=[\s,])--?[a-z][-a-z]*/g))]),
  );

  /** Command lines: what stands after `token-injector` in shell blocks and in code within text. */
  function commandLines(page: string): string[] {
    const blocks = [...read(page).matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)];
    const shell = blocks.map(([, , text = '']) => text.replaceAll('\\\n', ' ')).join('\n');
    const code = codeIn(proseOf(page)).map((text) => text.replace(/^token-injector /, 'npx $&'));
    const started = `${shell}\n${code.join('\n')}`.replaceAll(
      'npm start --',
      'npx token-injector demo',
    );
    const lines = started.match(/(?<=npx token-injector )[a-z].*/g) ?? [];
    // A warning begins with the name of a policy and a colon.
    return lines
      .filter((line) => !/^[-a-z0-9]+: /.test(line))
      .map((line) => line.split(/[|>#&]/)[0]!.trim());
  }

  it('are known to the test', () => {
    expect([...flags.keys()]).toEqual([
      'webhook',
      'webhook-configuration',
      'controller',
      'validate',
      'init',
      'preview',
      'explain',
      'audit',
      'completion',
      'demo',
    ]);
    expect(commandLines('docs/preview.md').length).toBeGreaterThan(5);
  });

  it.each(pages)('of %s have the flags that it gives them', (page) => {
    const unknown = commandLines(page).filter((line) => {
      const [command = '', ...rest] = line.split(/\s+/);
      const given = rest
        .filter((word) => /^--?[a-z]/.test(word))
        .map((word) => word.split('=')[0]!);
      return !given.every((flag) => flags.get(command)?.has(flag)) || !flags.has(command);
    });
    expect(unknown).toEqual([]);
  });

  it.each(pages)('have the flags that %s names in its text', (page) => {
    const named = codeIn(proseOf(page)).flatMap((code) => /^--[a-z][-a-z]*/.exec(code)?.[0] ?? []);
    const isKnown = (flag: string) => [...flags.values()].some((known) => known.has(flag));
    expect(named.filter((flag) => !isKnown(flag))).toEqual([]);
  });

  it('are given known flags by the Deployment', () => {
    const blocks =
      read('docs/run-on-a-cluster.md').match(/(?<=^```yaml\n)[\s\S]*?(?=^```$)/gm) ?? [];
    const objects = blocks.flatMap((block) =>
      parseAllDocuments(block).map((document) => document.toJS() as unknown),
    );
    const deployment = objects.find(
      (object) => (object as { kind: string }).kind === 'Deployment',
    ) as {
      spec: { template: { spec: { containers: { args: string[] }[] } } };
    };
    const [command = '', ...args] = deployment.spec.template.spec.containers[0]!.args;
    expect(
      args.map((arg) => arg.split('=')[0]!).filter((flag) => !flags.get(command)!.has(flag)),
    ).toEqual([]);
  });
});

describe('docs/operate.md', () => {
  const log = { info: () => {}, warn: () => {}, error: () => {} };

  it('lists every metric with its type and labels, and no other', () => {
    const fromFiles = new Registry();
    const fromCluster = new Registry();
    createAdmissionMetrics(fromFiles);
    createControllerMetrics(fromFiles, 'lease');
    createConnectionMetrics(fromFiles, log, () => 0);
    new ServedCertificate('a Secret', log, () => new Date(0)).register(fromFiles);
    new FilePolicies(policySet([]), log).register(fromFiles);
    new ClusterPolicies({
      readAll: () => Promise.resolve(new Map()),
      watch: () => ({ synced: true, connected: true, problem: undefined }),
      log,
      now: () => 0,
      delay: () => Promise.resolve(),
    }).register(fromCluster);
    const metrics = [fromFiles, fromCluster].flatMap((registry) => registry.getMetricsAsArray());
    const declared = metrics.map((metric) => {
      const { name, type, labelNames } = metric as unknown as {
        name: string;
        type: string;
        labelNames: string[];
      };
      return `\`${name}\` ${type} ${labelNames.map((label) => `\`${label}\``).join(', ')}`;
    });
    const rows = tablesOf(section('docs/operate.md', '## Metrics')).flatMap((table) =>
      table.slice(1),
    );
    const listed = rows.map(([name, type, labels]) => `${name} ${type} ${labels}`);
    expect(listed.toSorted()).toEqual([...new Set(declared)].toSorted());
  });

  it('lists every message of the log with its level, and no other', () => {
    const written = [
      ...source.matchAll(/\.?#?log\.(info|warn|error)\([\s\S]*?'([a-z][^'\n]+)',?\s*\)/g),
    ].map(([, level, message]) => `${message} ${level}`);
    const [[, ...rows]] = tablesOf(section('docs/operate.md', '## Log')) as [string[][]];
    expect(rows.map(([message, level]) => `${message!.slice(1, -1)} ${level}`).toSorted()).toEqual(
      [...new Set(written)].toSorted(),
    );
  });
});

it.each(pages)('metrics that %s names exist', (page) => {
  const named = read(page).match(/\btoken_injector_[a-z_]+\b/g) ?? [];
  expect(named.filter((name) => !source.includes(`'${name}'`))).toEqual([]);
});

it.each(pages)('reasons that %s names exist', (page) => {
  const text = read(page);
  const families = new Set(Object.keys(reasons).map((code) => code.split('-')[0]));
  // A command, and the Secret that pages make: they look like a reason and are none.
  const others = ['webhook-configuration', 'webhook-tls'];
  const named = [
    ...[...text.matchAll(/"?reason"?(?:: |:|=~?|\}? == )"([^"]+)"/g)].flatMap(([, codes = '']) =>
      codes.split('|'),
    ),
    ...tablesOf(text).flatMap(([head = [], ...rows]) =>
      rows.flatMap((row) => codeIn(row[head.indexOf('Reason')] ?? '')),
    ),
    ...codeIn(proseOf(page)).filter(
      (code) =>
        /^[a-z]+(-[a-z]+)+$/.test(code) &&
        families.has(code.split('-')[0]) &&
        !others.includes(code),
    ),
  ];
  const ofConditions = new Set<string>(Object.values(conditionReasons).flatMap(Object.keys));
  const isKnown = (code: string) => Object.hasOwn(reasons, code) || ofConditions.has(code);
  expect(named.filter((code) => !isKnown(code))).toEqual([]);
});

it('docs/policy-status.md says of every reason of a condition what to do', () => {
  const listed = Object.keys(conditionReasons).flatMap((condition) => {
    const [[, ...rows]] = tablesOf(section('docs/policy-status.md', `## ${condition}`)) as [
      string[][],
    ];
    return rows.map(([reason = '', status]) => `${condition} ${codeIn(reason)[0]} ${status}`);
  });
  const known = Object.entries(conditionReasons).flatMap(([condition, ofCondition]) =>
    Object.entries(ofCondition).map(([reason, { status }]) => `${condition} ${reason} ${status}`),
  );
  expect(listed.toSorted()).toEqual(known.toSorted());
});

it('docs/annotations.md quotes warnings to the letter', () => {
  const goldens = readCases()
    .map(({ folder }) => readFileSync(join(folder, 'expected.yaml'), 'utf8'))
    .join('\n');
  const quoted =
    read('docs/annotations.md').match(/(?<=`|Warning: )token-injector [-a-z]+: [^`\n]+/g) ?? [];
  expect(quoted.length).toBeGreaterThan(5);
  expect(quoted.filter((text) => !goldens.includes(text))).toEqual([]);
});

it('docs/operate.md quotes error messages to the letter', () => {
  const fastify = read('node_modules/fastify/lib/errors.js');
  const messages = tablesOf(section('docs/operate.md', '## HTTP errors')).flatMap(([, ...rows]) =>
    rows.map(([, message = '']) => message.slice(1, -1)),
  );
  const known = `${source.replaceAll('${maxUidLength}', '128')}\n${fastify}`;
  expect(messages.length).toBeGreaterThan(5);
  expect(messages.filter((message) => !known.includes(message))).toEqual([]);
});

it('docs/policy-fields.md tells the truth about annotations', () => {
  const [[head, ...rows]] = tablesOf(
    section('docs/policy-fields.md', '## Let pods ask or opt out'),
  ) as [[string[], ...string[][]]];
  const values: (string | undefined)[] = [undefined, 'true', 'false', 'other, agent', 'other'];
  expect(head).toHaveLength(values.length + 1);
  const answer = (mode: string, value: string | undefined) => {
    const policy = readPolicy({
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name: 'agent' },
      spec: {
        match: { annotation: mode },
        secret: { name: 'agent' },
        inject: { env: [{ name: 'TOKEN', key: 'token' }] },
      },
    });
    const annotations = value === undefined ? {} : { [injectAnnotation]: value };
    const reason = mismatch(
      policy,
      { labels: {}, annotations, serviceAccountName: 'default' },
      { namespace: 'agents' },
    );
    return reason === undefined ? 'yes' : 'no';
  };
  const modes = rows.map(([mode = '']) => codeIn(mode)[0]!);
  expect(modes.toSorted()).toEqual(['Ignored', 'Optional', 'Required']);
  const truth = modes.map((mode) => values.map((value) => answer(mode, value)));
  expect(rows.map((row) => row.slice(1))).toEqual(truth);
  // The first column is for bad values too.
  expect(rows.map((row) => row[1])).toEqual(modes.map((mode) => answer(mode, 'True')));
});

it('docs/policy-fields.md lists the sidecars that are left out', () => {
  const [rows = []] = tablesOf(section('docs/policy-fields.md', '## Select containers'));
  expect(rows.flatMap(([, names = '']) => codeIn(names)).toSorted()).toEqual(
    injectedSidecars.toSorted(),
  );
});

it('docs/security.md names variables that are refused, and some that are not', () => {
  const [refused = '', allowed = ''] = section(
    'docs/security.md',
    '## Refused variable names',
  ).split('Allowed are');
  expect(codeIn(refused).length).toBeGreaterThan(15);
  expect(
    codeIn(refused).filter((name) => !isForbiddenEnvName(name) && !isForbiddenEnvName(`${name}X`)),
  ).toEqual([]);
  expect(codeIn(allowed)).not.toEqual([]);
  expect(codeIn(allowed).filter(isForbiddenEnvName)).toEqual([]);
});
