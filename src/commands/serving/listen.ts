import type { AddressInfo, Server } from 'node:net';
import { UsageError } from '../usage-error.ts';

interface Listener {
  readonly server: Server;
  listen(options: { host: string; port: number }): Promise<string>;
}

/** Has a server listen, 0 meaning any free port, and gives back the port; throws UsageError where it cannot. */
export async function listen(app: Listener, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The default address, on a machine without IPv6.
    if (code === 'EAFNOSUPPORT' && host === '::') return listen(app, '0.0.0.0', port);
    const wayOut =
      code === 'EADDRINUSE' || code === 'EACCES'
        ? 'choose others with --port and --health-port'
        : 'choose another address with --host';
    throw new UsageError(`cannot listen on port ${port} of ${host}: ${code}; ${wayOut}`);
  }
  return (app.server.address() as AddressInfo).port;
}
