import { definitionName } from '../../core/identity.ts';
import type { Finding } from '../../core/explanation/findings.ts';
import type { Settings } from '../../runtime/settings.ts';
import { alignColumns } from '../align-columns.ts';
import { askCluster } from '../ask-cluster.ts';
import type { ClusterFlags } from '../cluster-options.ts';
import { jsonText } from '../json-text.ts';
import { printable } from '../printable.ts';
import { type Audit, auditCluster } from './audit-cluster.ts';

/** Flags of `token-injector audit`. */
export interface AuditFlags extends ClusterFlags {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly output: 'text' | 'json';
}

/** Prints the agent pods that do not hold their token; returns the exit code: 1 where there are any. */
export async function audit(flags: AuditFlags, settings: Settings): Promise<number> {
  const { allNamespaces, selector } = flags;
  const rights = allNamespaces
    ? `list ${definitionName}, pods and namespaces`
    : `list ${definitionName}, to list pods in the namespace and to get it`;
  const found = await askCluster(flags, settings, rights, ({ api, namespace }) =>
    auditCluster(
      api,
      {
        ...(!allNamespaces && { namespace }),
        ...(selector !== undefined && { labelSelector: selector }),
      },
      settings.namespace,
    ),
  );
  if (flags.output === 'json') process.stdout.write(jsonText(found));
  else {
    process.stdout.write(auditTable(found));
    process.stderr.write(summary(found));
  }
  return found.findings.length > 0 || found.invalid.length > 0 ? 1 : 0;
}

function auditTable({ findings }: Audit): string {
  if (findings.length === 0) return '';
  const header = ['NAMESPACE', 'WORKLOAD', 'POLICY', 'CONTAINER', 'OUTCOME', 'DETAIL'];
  const lines = alignColumns([header, ...findings.map(cells)]);
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function cells({ namespace, workload, policy, container, outcome, ...finding }: Finding): string[] {
  const { pods, subject, sentence } = finding;
  const number = pods === 1 ? '1 pod' : `${pods} pods`;
  return [
    namespace,
    `${workload.kind.toLowerCase()}/${workload.name}`,
    policy,
    container ?? '-',
    outcome,
    [number, subject, sentence].filter((part) => part !== undefined).join(': '),
  ];
}

function summary({ policies, invalid }: Audit): string {
  const lines = policies.map(
    ({ policy, selected, holding, kept, missed }) =>
      `${policy}: ${selected} agent ${selected === 1 ? 'pod' : 'pods'}, ${holding} holding, ${kept} kept, ${missed} missed\n`,
  );
  return [...lines, ...invalid.map((name) => `${name}: the policy is invalid\n`)].join('');
}
