import { type Logger, destination, pino, stdTimeFunctions } from 'pino';

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
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // A system call for each line would be a good part of what a request costs.
    destination({ fd: 1, sync: false, minLength: 8_192, periodicFlush: 200 }),
  );
}
