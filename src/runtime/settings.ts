/** What the environment says; nothing else reads it. */
export interface Settings {
  /** The namespace that token-injector runs in. */
  readonly namespace: string;
  readonly logLevel: string;
  /** Whether people asked for no colours, see no-color.org. */
  readonly noColor: boolean;
}

/** Reads the environment. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    namespace: env.POD_NAMESPACE || 'token-injector',
    logLevel: env.LOG_LEVEL || 'info',
    noColor: Boolean(env.NO_COLOR),
  };
}
