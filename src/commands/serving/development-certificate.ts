import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSignedBy } from '../../certificates/certificate.ts';
import { isUsable } from '../../certificates/serving-certificate.ts';
import { UsageError } from '../usage-error.ts';

/** The PEM files of a certificate for localhost and of the CA that signed it. */
export interface DevelopmentFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Where `prepareDevelopmentCertificate` keeps its files, below the working directory. */
export const developmentFolder = join('certs', 'dev');

/** Makes a certificate for localhost, or takes the one of an earlier run that is still good for a day. */
export async function prepareDevelopmentCertificate(): Promise<DevelopmentFiles> {
  const file = (name: string) => join(developmentFolder, name);
  const files = { ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') };
  if (await areUsable(files)) return files;
  const { issueDevelopmentCertificate } = await import('../../certificates/development.ts');
  const issued = await issueDevelopmentCertificate(['localhost', '127.0.0.1', '::1'], new Date());
  try {
    await mkdir(developmentFolder, { recursive: true });
    await writeFile(files.key, issued.key, { mode: 0o600 });
    await writeFile(files.cert, issued.cert);
    await writeFile(files.ca, issued.ca);
  } catch (error) {
    throw new UsageError(
      `cannot keep a certificate in ${developmentFolder}: ${(error as NodeJS.ErrnoException).code}; run it in a folder that can be written`,
    );
  }
  return files;
}

async function areUsable(files: DevelopmentFiles): Promise<boolean> {
  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);
  try {
    const certificate = await readFile(files.cert, 'utf8');
    const key = await readFile(files.key, 'utf8');
    const isSigned = isSignedBy(certificate, await readFile(files.ca, 'utf8'));
    return isSigned && isUsable({ certificate, key }, tomorrow);
  } catch {
    return false;
  }
}
