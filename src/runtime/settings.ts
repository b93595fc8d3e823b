import { delimiter } from 'node:path';

/** What the environment says; nothing else reads it. */
export interface Settings {
  /** The namespace that token-injector runs in. */
  readonly namespace: string;
  /** The pod that token-injector runs in, where it runs in one. */
  readonly podName: string | undefined;
  readonly logLevel: string;
  /** Whether people asked for no colours, see no-color.org. */
  readonly noColor: boolean;
  /** The files that KUBECONFIG lists. */
  readonly kubeconfig: readonly string[];
  /** How to reach servers, as client-go reads it: the lower-case name of a variable wins. */
  readonly proxies: {
    readonly httpsProxy: string | undefined;
    readonly httpProxy: string | undefined;
    readonly noProxy: string | undefined;
  };
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

function readLevel(level: string): string {
  if (!levels.includes(level))
    throw new BadSetting(`LOG_LEVEL must be one of ${levels.join(', ')}`);
  return level;
}

/** A variable of the environment is not of the form that it must be. */
class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

/** Reads the environment; throws BadSetting. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    namespace: env.POD_NAMESPACE || 'token-injector',
    podName: env.POD_NAME || undefined,
    logLevel: readLevel(env.LOG_LEVEL || 'info'),
    noColor: Boolean(env.NO_COLOR),
    kubeconfig: (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== ''),
    proxies: {
      httpsProxy: env.https_proxy || env.HTTPS_PROXY,
      httpProxy: env.http_proxy || env.HTTP_PROXY,
      noProxy: env.no_proxy || env.NO_PROXY,
    },
  };
}
