/**
 * Runs the suites against a control plane and then those against a whole node, each with the cluster that it needs.
 *
 * Usage: node test/cluster/run.ts [ARGUMENTS OF VITEST]. Parts of file names among them choose the files, and a cluster
 * that none of these needs is not started.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.join(import.meta.dirname, '../..');
const vitest = path.join(root, 'node_modules/.bin/vitest');
const args = process.argv.slice(2);
const filters = args.filter((argument) => !argument.startsWith('-'));
const nodeFolder = 'test/cluster/node/';

const files = globSync('test/cluster/**/*.test.ts', { cwd: root }).filter(
  (file) =>
    filters.length === 0 || filters.some((filter) => path.join(root, file).includes(filter)),
);
const parts = [
  {
    config: 'vitest.cluster.config.ts',
    wanted: files.some((file) => !file.startsWith(nodeFolder)),
  },
  { config: 'vitest.node.config.ts', wanted: files.some((file) => file.startsWith(nodeFolder)) },
].filter(({ wanted }) => wanted);
if (parts.length === 0) {
  process.stderr.write(`no test file of a cluster has ${filters.join(' or ')} in its name\n`);
  process.exitCode = 1;
}
// Cold, each takes minutes, and a suite that waits for one would run out of time. What fails here is told by the suites.
if (filters.length === 0) run('test/cluster/binaries.ts');
for (const { config } of parts) {
  const status = run(vitest, 'run', '--config', config, ...args);
  // The second part is of use even when the first has failed.
  if (status !== 0) process.exitCode = status ?? 1;
}

function run(...command: readonly string[]): number | null {
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status;
}
