import { once } from 'node:events';
import { type TLSSocket, connect } from 'node:tls';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';

/** Where load goes to and what it is made of. */
export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly path: string;
  readonly body: string;
}

/** Sends as much as the connections carry for a while; returns answers per second. */
export async function throughput(
  target: Target,
  connections: number,
  seconds: number,
): Promise<number> {
  const open = await Promise.all(
    Array.from({ length: connections }, () => Connection.open(target)),
  );
  let answered = 0;
  let going = true;
  const began = performance.now();
  const running = open.map(async (connection) => {
    while (going) {
      await connection.ask();
      answered++;
    }
  });
  await delay(seconds * 1_000);
  going = false;
  const rate = answered / ((performance.now() - began) / 1_000);
  await Promise.all(running);
  for (const connection of open) connection.close();
  return rate;
}

/** Sends at a steady rate whatever the answers do; returns the latencies in milliseconds, sorted. */
export async function latencies(
  target: Target,
  connections: number,
  perSecond: number,
  seconds: number,
): Promise<number[]> {
  const idle = await Promise.all(
    Array.from({ length: connections }, () => Connection.open(target)),
  );
  const all = [...idle];
  const measured: number[] = [];
  const pending: Promise<void>[] = [];
  const began = performance.now();
  for (let count = 0; count < perSecond * seconds; count++) {
    const due = began + (count * 1_000) / perSecond;
    // Timers are too coarse; this core has nothing else to do.
    while (performance.now() < due) await immediate();
    const connection = idle.pop() ?? (await Connection.open(target));
    // From when it was due, so that waiting for a connection counts.
    pending.push(
      connection.ask().then(() => {
        measured.push(performance.now() - due);
        idle.push(connection);
      }),
    );
  }
  await Promise.all(pending);
  for (const connection of all) connection.close();
  return measured.toSorted((a, b) => a - b);
}

/** A connection that asks the same again and again; raw, so that the client costs less than any server. */
class Connection {
  readonly #socket: TLSSocket;
  readonly #request: Buffer;
  #answered: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #text = '';

  private constructor(socket: TLSSocket, { path, body }: Target) {
    this.#socket = socket;
    const head = `POST ${path}?timeout=5s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    this.#request = Buffer.from(head + body);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')));
  }

  static async open(target: Target): Promise<Connection> {
    const socket = connect({
      host: '127.0.0.1',
      servername: 'localhost',
      port: target.port,
      ca: target.ca,
    });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new Connection(socket, target);
  }

  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const head = this.#text.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#text)![1]);
    if (this.#text.length < head + 4 + length) return;
    if (!this.#text.startsWith('HTTP/1.1 200') || !this.#text.includes('"patch":"')) {
      this.#failed!(new Error(`not a patch: ${this.#text.slice(0, 200)}`));
      return;
    }
    this.#text = '';
    this.#answered!();
  }
}
