import { type Logger, destination, pino } from 'pino';

/** How a process logs. */
export interface LogOptions {
  readonly level: string;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  readonly colour: boolean;
}

/** Opens the log on standard output: JSON lines with named fields, or lines for people on a terminal. */
export async function createLog({ level, pretty, colour: colorize }: LogOptions): Promise<Logger> {
  if (pretty) {
    // As a stream: pino's worker transports do not survive bundling.
    const { default: prettyStream } = await import('pino-pretty');
    return pino({ level, base: null }, prettyStream({ colorize, singleLine: true, sync: true }));
  }
  // In batches, since a system call for each line would be a good part of what a request costs; synchronous as all
  // of Node's standard output, since handing each batch to another thread costs even more.
  const output = destination({ fd: 1, sync: true, minLength: 8_192, periodicFlush: 200 });
  // pino writes the last batch of an asynchronous destination only.
  process.once('exit', () => output.flushSync());
  return pino(
    { level, base: null, timestamp, formatters: { level: (label) => ({ level: label }) } },
    output,
  );
}

// A date is written once a millisecond, not once a line.
let lastTime = 0;
let lastText = '';
function timestamp(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastText;
}
