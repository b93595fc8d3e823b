import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../api.ts';
import { findBinary } from '../binaries.ts';
import { temporaryFolder } from '../../runtime/temporary-folder.ts';
import { clientProgram } from '../client-program.ts';

/** The folder of the chart. */
export const chart = path.join(import.meta.dirname, '../../../chart');
const caseFolder = path.join(import.meta.dirname, '../../chart/cases');

/** A set of values that the chart is rendered with. */
export interface ChartCase {
  readonly name: string;
  readonly folder: string;
  /** YAML. */
  readonly values: string;
}

/** Helm refused; the message is what a user reads. */
class NotRendered extends Error {
  override readonly name = 'NotRendered';
}

/** Every folder of test/chart/cases. */
export function chartCases(): ChartCase[] {
  return readdirSync(caseFolder).map((name) => {
    const folder = path.join(caseFolder, name);
    return { name, folder, values: readFileSync(path.join(folder, 'values.yaml'), 'utf8') };
  });
}

/** What `helm template` prints, with the case's values; throws NotRendered. */
export async function renderChart(values: string, namespace = 'token-injector'): Promise<string> {
  return runHelm(['template', 'token-injector', chart, '-n', namespace, '-f', '-'], values);
}

/** The same where the chart's own values are others, as with `helm upgrade --reuse-values`; throws NotRendered. */
export async function renderWithDefaults(defaults: string, values: string): Promise<string> {
  const folder = temporaryFolder();
  cpSync(chart, folder, { recursive: true });
  writeFileSync(path.join(folder, 'values.yaml'), defaults);
  return runHelm(['template', 'token-injector', folder, '-n', 'token-injector', '-f', '-'], values);
}

/** The objects of a rendering. */
export function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

/** Runs Helm without a cluster; throws NotRendered. */
export async function runHelm(args: readonly string[], input = ''): Promise<string> {
  const helm = clientProgram(await findBinary('helm'), {});
  const { code, stdout, stderr } = await helm(args, { input });
  if (code !== 0) throw new NotRendered(stderr);
  return stdout;
}
