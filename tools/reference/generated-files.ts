import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explanationReasons } from '../../src/core/explanation/reasons.ts';
import { injectionReasons } from '../../src/core/injection/reasons.ts';
import { matchReasons } from '../../src/core/policy/reasons.ts';
import { tokenPolicySchema } from '../../src/core/policy/schema.ts';
import { reasons } from '../../src/admission/reasons.ts';
import { agentsTemplate } from '../chart/agents.ts';
import { guardFactsTemplate } from '../chart/guard-facts.ts';
import { policyNameTemplate } from '../chart/policy-name.ts';
import { requiredValuesTemplate } from '../chart/required-values.ts';
import { valuesSchema } from '../chart/values-schema.ts';
import { chartValues } from '../chart/values.ts';
import { cataloguePage } from '../agents/catalogue-page.ts';
import { agentFiles, readCatalogue } from '../agents/catalogue.ts';
import { chartValuesPage } from './chart-values-page.ts';
import { commandLinePage } from './command-line-page.ts';
import { definitionFile } from './definition-file.ts';
import { readHelp } from './help.ts';
import { reasonsPage } from './reasons-page.ts';
import { tokenPolicyPage } from './token-policy-page.ts';

/** What every generated file must say, by its path: the pages of docs/reference/ and what the chart has from the code. */
export async function generatedFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const values = chartValues(root);
  return new Map([
    ['chart/crds/tokenpolicies.token-injector.dev.yaml', definitionFile()],
    ['chart/templates/_agents.tpl', agentsTemplate(readCatalogue(root))],
    ['chart/templates/_policy-name.tpl', policyNameTemplate()],
    ['chart/templates/_required-values.tpl', requiredValuesTemplate(values)],
    ['chart/templates/controller/_guard-facts.tpl', guardFactsTemplate()],
    ['examples/agents/README.md', cataloguePage(root)],
    ['src/catalogue/agent-files.json', agentFiles(root)],
    ['chart/values.schema.json', valuesSchema(values)],
    ['docs/reference/chart-values.md', chartValuesPage(values)],
    ['docs/reference/cli.md', commandLinePage(await readHelp(root))],
    [
      'docs/reference/reasons.md',
      reasonsPage(reasons, { matchReasons, injectionReasons, explanationReasons }),
    ],
    ['docs/reference/token-policy.md', tokenPolicyPage(tokenPolicySchema)],
  ]);
}

/** The paths of the files that are missing below a folder or say something else. */
export async function outdatedFiles(
  root: string,
  files: ReadonlyMap<string, string>,
): Promise<string[]> {
  const outdated: string[] = [];
  for (const [path, text] of files) {
    if ((await readIfThere(join(root, path))) !== text) outdated.push(path);
  }
  return outdated;
}

/** Writes the files below a folder. */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
