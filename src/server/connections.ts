import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionMetrics } from './connection-metrics.ts';
import { OldestGivesWay } from './oldest-gives-way.ts';

/** Bounds how many connections a server has; not by maxConnections, which refuses new ones. */
export function boundConnections(
  server: Server,
  most: number,
  closed: ConnectionMetrics['closed'],
): void {
  const connections = new OldestGivesWay(most);
  server.on('connection', (socket: Socket) => {
    const caller = callerOf(socket);
    const hold = connections.hold(caller, () => {
      closed('too-many', caller);
      socket.destroy();
    });
    socket.once('close', () => connections.release(hold));
    connections.set(hold, 1);
  });
}

/**
 * Has a server close a connection with a request that did not wait for the answer to the one before. No client of ours
 * does that, and hundreds of requests fit into each read of a connection: bounded as it is, it would stand for them all.
 */
export function oneAtATime(
  listener: RequestListener,
  closed: ConnectionMetrics['closed'],
): RequestListener {
  const early = new WeakSet<Socket>();
  const close = (socket: Socket) => {
    if (socket.destroyed) return;
    closed('pipelined', callerOf(socket));
    socket.destroy();
  };
  return (request, response) => {
    // It gets its socket once the answer before it is sent.
    if (response.socket) {
      listener(request, response);
      return;
    }
    const { socket } = request;
    // At once, since Node goes on reading requests from what has come.
    if (early.has(socket)) {
      close(socket);
      return;
    }
    early.add(socket);
    // Of a TLS connection, Node learns only after its turn of reading that an answer is sent, and the caller may have
    // it by then: who asked too early still has no socket afterwards.
    setImmediate(() => {
      early.delete(socket);
      if (response.socket) listener(request, response);
      else close(socket);
    });
  };
}

/** The address by which OldestGivesWay distinguishes callers; empty for one that has disconnected. */
export function callerOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
