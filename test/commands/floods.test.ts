import { readFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import process from 'node:process';
import { connect as connectTls } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../cluster/eventually.ts';
import { freePort } from '../cluster/free-port.ts';
import { openProcessGroup } from '../cluster/process-group.ts';
import { json, startServer, stream, writeKubeconfig } from '../kube/local-server.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { program } from './program.ts';
import { operationsOf, soon, startWebhook } from './running-webhook.ts';

const mebibyte = 1024 * 1024;
/** The most memory that a process ever had. */
const peakOf = (pid: number) =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;

/** Opens connections one after the other; gives the number of those that are open. */
async function flood(count: number, open: () => Socket): Promise<() => number> {
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  for (let index = 0; index < count; index++) {
    const socket = open().on('error', () => undefined);
    socket.resume();
    sockets.push(socket);
    await new Promise((resolve) => socket.once('ready', resolve).once('close', resolve));
  }
  return () => sockets.filter(({ closed }) => !closed).length;
}
const halfHead = `GET /metrics HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(4_000)}`;
const halfHeads = (port: number, count: number) =>
  flood(count, () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(halfHead);
    return socket;
  });

it.runIf(process.platform === 'linux')(
  '30,000 pipelined questions about invented policies take little memory, and no review beside them is missed',
  async () => {
    const server = await startServer();
    const policies = json({
      kind: 'TokenPolicyList',
      metadata: { resourceVersion: '5' },
      items: [JSON.parse(policyText('one'))],
    });
    // What is looked up later is not answered.
    server.next(policies);
    server.otherwise((response, request) => {
      if (request.query['watch'] !== undefined) stream([])(response, request);
    });
    const webhook = await startWebhook({
      policies: ['--policies-from-cluster'],
      // As main.ts has it where it is started as a program.
      env: { KUBECONFIG: server.kubeconfig, NODE_OPTIONS: '--max-semi-space-size=8' },
    });
    onTestFinished(() => webhook.close());
    const reviews = async (until: Promise<unknown>) => {
      let over = false;
      void until.finally(() => (over = true));
      for (let count = 0; count < 50 || !over; count++)
        expect(operationsOf(await webhook.ask())).toHaveLength(1);
    };
    await reviews(Promise.resolve());
    const before = peakOf(webhook.pid);

    let invented = 0;
    const questions = () =>
      Array.from({ length: 1_500 }, () => {
        const head = 'host: x\r\ncontent-type: application/json\r\ncontent-length: 2';
        return `POST /mutate/invented-${invented++} HTTP/1.1\r\n${head}\r\n\r\n{}`;
      }).join('');
    const flooded = flood(20, () => {
      const { port } = webhook;
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
      socket.write(questions());
      return socket;
    });
    await reviews(flooded);
    const open = await flooded;
    await soon('their connections to be closed', () => expect(open()).toBe(0));
    expect(peakOf(webhook.pid) - before).toBeLessThan(100 * mebibyte);
  },
);

it('half-sent heads at the health port of the webhook are closed, and no probe beside them is missed', async () => {
  const webhook = await startWebhook();
  onTestFinished(() => webhook.close());
  await probesPass(webhook.healthPort);
  expect(operationsOf(await webhook.ask())).toHaveLength(1);
});

it('and so are they at that of the controller', async () => {
  const group = openProcessGroup();
  onTestFinished(() => group.close());
  const server = `http://127.0.0.1:${await freePort()}`;
  const port = await freePort();
  const flags = ['--service', 'webhook', `--health-port=${port}`];
  await group.start('controller', process.execPath, [program, 'controller', ...flags], {
    env: { KUBECONFIG: writeKubeconfig({ cluster: { server } }) },
  });
  await soon('it to listen', () => fetch(`http://127.0.0.1:${port}/livez`));
  await probesPass(port);
});

async function probesPass(port: number): Promise<void> {
  const probe = async () =>
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  const batches: (() => number)[] = [];
  for (let batch = 0; batch < 10; batch++) {
    batches.push(await halfHeads(port, 100));
    await probe();
  }
  const open = () => batches.reduce((sum, count) => sum + count(), 0);
  const most = () => expect(open()).toBeLessThanOrEqual(64);
  // Node itself would end them after a minute.
  await eventually('most of them to be closed', most, { timeoutMs: 30_000, intervalMs: 50 });
  await probe();
}
