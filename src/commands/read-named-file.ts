import { readFile } from 'node:fs/promises';
import { unreadable } from '../runtime/unreadable.ts';
import { UsageError } from './usage-error.ts';

/** The text of a file that a flag names; throws UsageError where it cannot be read. */
export async function readNamedFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(unreadable(path, error));
  }
}
