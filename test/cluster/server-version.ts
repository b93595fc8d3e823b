import { accepted, type Api } from './api.ts';

/** The minor version of the API server: 37 of Kubernetes 1.37. */
export async function minorVersion(api: Api): Promise<number> {
  const { minor } = (await accepted(api.request('GET', '/version'))) as { readonly minor: string };
  // A provider may add to it, as in `33+`.
  return Number.parseInt(minor, 10);
}
