import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { schemaRevision } from '../../../src/core/policy/schema-revision.ts';

const chart = path.join(import.meta.dirname, '../../../chart');

/**
 * Makes a chart that could have come before ours: its definition is a revision older and has neither
 * `spec.match.systemNamespaces` nor the rule about it, its value `verbosity` is our `logLevel`.
 */
export function makeOlderChart(folder: string): string {
  cpSync(chart, folder, { recursive: true });
  const edit = (file: string, ...edits: readonly (readonly [RegExp, string])[]) => {
    let text = readFileSync(path.join(folder, file), 'utf8');
    for (const [pattern, replacement] of edits) {
      // One that changes nothing would leave our own chart.
      if (!pattern.test(text)) throw new Error(`${file} has no ${pattern.source}`);
      text = text.replace(pattern, replacement);
    }
    writeFileSync(path.join(folder, file), text);
  };
  edit(
    'Chart.yaml',
    [/^version: .*$/m, 'version: 0.0.9'],
    [/^appVersion: .*$/m, 'appVersion: 0.0.9'],
  );
  edit('values.yaml', [/^logLevel:/m, 'verbosity:'], updateOfDefinition);
  edit('values.schema.json', [/"logLevel": \{/, '"verbosity": {']);
  edit('templates/_required-values.tpl', [/"logLevel"/, '"verbosity"']);
  edit('templates/_pods.tpl', [/\.Values\.logLevel/, '.Values.verbosity']);
  edit(
    'crds/tokenpolicies.token-injector.dev.yaml',
    [/(schema-revision: )"\d+"/, `$1"${schemaRevision - 1}"`],
    [/^( +)systemNamespaces:\n(?:\1 .*\n)+/m, ''],
    [/^ +- rule: self\.match\.systemNamespaces .*\n +message: .*\n/m, ''],
  );
  return folder;
}

// Its controller would bring its own definition, the older one, which is there already. But it is ours that runs.
const updateOfDefinition = [/^(crds:\n(?: +#.*\n)+ +update: )true$/m, '$1false'] as const;
