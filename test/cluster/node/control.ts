import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { json, text } from 'node:stream/consumers';

import type { Node } from './start-node.ts';

/** What tests may do to the node that their run has started in another process. */
export type NodeControl = Pick<Node, 'kill' | 'restart' | 'loadImages'>;

interface Call {
  readonly method: keyof NodeControl;
  readonly args: readonly unknown[];
}

/** Lets other processes control a node, by a socket. */
export async function serveControl(node: NodeControl, socket: string): Promise<() => void> {
  const server = createServer((incoming, answer) => {
    void (async () => {
      try {
        const call = await json(incoming);
        await perform(node, call as Call);
        answer.end();
      } catch (error) {
        answer.statusCode = 500;
        answer.end(error instanceof Error ? error.message : String(error));
      }
    })();
  }).listen(socket);
  await once(server, 'listening');
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

/** The control of a node that another process serves. */
export function connectControl(socket: string): NodeControl {
  const ask =
    (method: Call['method']) =>
    async (...args: readonly unknown[]) => {
      const outgoing = request({ socketPath: socket, method: 'POST', agent: false });
      outgoing.end(JSON.stringify({ method, args } satisfies Call));
      const [answer] = await once(outgoing, 'response');
      const message = await text(answer);
      if (answer.statusCode !== 200) throw new Error(message);
    };
  return { kill: ask('kill'), restart: ask('restart'), loadImages: ask('loadImages') };
}

function perform(node: NodeControl, { method, args }: Call): Promise<void> {
  const action: (...given: never[]) => Promise<void> = node[method];
  return action(...(args as never[]));
}
