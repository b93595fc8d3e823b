import { setTimeout as delay } from 'node:timers/promises';
import { readServingCertificate } from '../../certificates/serving-certificate.ts';
import { readPolicyFiles } from '../../policies/policy-files.ts';
import { listManifestFiles } from '../../runtime/manifest-files.ts';
import { fingerprintFiles, watchFiles } from '../../runtime/watch-files.ts';
import { ServedCertificate } from '../../server/served-certificate.ts';
import { FilePolicies } from '../../server/file-policies.ts';
import { readNamedFile } from '../read-named-file.ts';
import type { Source } from './serve-admission.ts';

/** How long to wait between two looks at the files, in milliseconds. */
interface Polling {
  readonly intervalMs: number;
}

/** Policies of files and folders. */
export function policiesOfFiles(named: readonly string[], polling: Polling): Source<FilePolicies> {
  const read = async () => (await readPolicyFiles(named)).set;
  const paths = policyPaths(named);
  return async ({ log, ended }) => {
    const since = await fingerprintFiles(await paths());
    const policies = new FilePolicies(await read(), log);
    const onChange = () => policies.reload(read);
    void watchFiles({ paths, since, onChange, wait: waiter(polling, ended) });
    return policies;
  };
}

/** What to look at to see policies change: a folder itself too, since a file that comes or goes changes it. */
export function policyPaths(named: readonly string[]): () => Promise<readonly string[]> {
  return async () => {
    const files = named.map((path) => listManifestFiles(path).catch(() => []));
    return [...named, ...(await Promise.all(files)).flat()];
  };
}

/** A certificate and its key in PEM files. */
export function certificateOfFiles(
  certFile: string,
  keyFile: string,
  polling: Polling,
): Source<ServedCertificate> {
  const read = async () => ({
    cert: await readNamedFile(certFile),
    key: await readNamedFile(keyFile),
  });
  const paths = async () => [certFile, keyFile];
  return async ({ log, ended }) => {
    const since = await fingerprintFiles(await paths());
    const { cert, key } = await read();
    const certificate = new ServedCertificate(
      readServingCertificate(cert, key),
      log,
      () => new Date(),
    );
    const onChange = () => certificate.reload(read);
    void watchFiles({ paths, since, onChange, wait: waiter(polling, ended) });
    return certificate;
  };
}

function waiter({ intervalMs }: Polling, signal: AbortSignal): () => Promise<void> {
  return () => delay(intervalMs, undefined, { signal, ref: false });
}
