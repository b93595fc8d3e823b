/**
 * Logs through `createLog` as a process of its own and ends.
 *
 * Usage: node write-log.ts LEVEL LINES exit|end|throw [pretty]
 */
import process from 'node:process';
import { createLog } from '../../src/runtime/log.ts';

const [level = '', lines = '', ending = '', form = ''] = process.argv.slice(2);
const log = await createLog({ level, pretty: form === 'pretty', colour: false });
log.debug({ number: -1 }, 'debugged');
for (let number = 0; number < Number(lines); number++) log.info({ number }, 'counted');
log.warn({ problem: 'a\nline' }, 'warned');
log.error({}, 'failed');
if (ending === 'exit') process.exit(3);
if (ending === 'throw') throw new Error('nobody catches this');
