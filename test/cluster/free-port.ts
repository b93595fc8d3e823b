import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below those that systems give to connections which programs make: of these any may be taken a moment later. And below
// those of Services of type NodePort.
const [first, end] = [15_000, 30_000];
const given = new Set<number>();

/** A port that nobody listens on, another one each time: who asked before may not listen yet. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(first, end);
    if (given.has(port)) continue;
    const server = createServer();
    try {
      await once(server.listen(port, host), 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    given.add(port);
    return port;
  }
}
