import { type Logger, destination, pino } from 'pino';

/** How a process logs. */
export interface LogOptions {
  readonly level: string;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  readonly colour: boolean;
}

/** Opens the log on standard output: JSON lines with named fields, or lines for people on a terminal. */
export async function openLog({ level, pretty, colour: colorize }: LogOptions): Promise<Logger> {
  if (pretty) {
    // As a stream: pino's worker transports do not survive bundling.
    const { default: prettyStream } = await import('pino-pretty');
    return pino({ level, base: null }, prettyStream({ colorize, singleLine: true, sync: true }));
  }
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ fd: 1, sync: false }),
  );
}
