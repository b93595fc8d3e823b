import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { type Api, type KubeObject, accepted } from '../api.ts';
import { freePort } from '../free-port.ts';
import { formatKubeconfig, readKubeconfig } from '../kubeconfig.ts';
import { type Program, openProcessGroup } from '../process-group.ts';

const program = path.join(import.meta.dirname, '../../../src/main.ts');

/** What the Deployments of a rendering run, as processes with the arguments and the accounts of these. */
export interface ReleaseProcesses {
  start(
    component: 'controller' | 'secrets-controller' | 'webhook',
    objects: readonly KubeObject[],
    more: readonly string[],
  ): Promise<Program>;
  /** What all of them have logged so far. */
  log(): string;
  close(): Promise<void>;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { containers: { args: string[] }[] } } };
}

/** Opens a release that runs nothing yet; its objects are in the cluster already. */
export function openReleaseProcesses(
  api: Api,
  kubeconfig: string,
  namespace: string,
  fullname = 'token-injector',
): ReleaseProcesses {
  const group = openProcessGroup();
  const logs: string[] = [];
  let count = 0;
  return {
    async start(component, objects, more) {
      const name = `${fullname}-${component}`;
      const { spec } = objects.find(
        ({ kind, metadata }) => kind === 'Deployment' && metadata.name === name,
      ) as Deployment;
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
      const { status } = await accepted(
        api.createUnder<{ status: { token: string } }>(account, 'token', {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {},
        }),
      );
      const { certificate: _certificate, key: _key, ...server } = readKubeconfig(kubeconfig);
      const file = path.join(group.folder, `${component}.kubeconfig`);
      writeFileSync(file, formatKubeconfig({ ...server, token: status.token }), { mode: 0o600 });
      const [container] = spec.template.spec.containers;
      const args = [...container!.args, ...more, '--health-port', String(await freePort())];
      const identity = `${component}-${count++}`;
      const env = { KUBECONFIG: file, POD_NAMESPACE: namespace, POD_NAME: identity };
      const running = await group.start(identity, process.execPath, [program, ...args], { env });
      logs.push(running.log);
      return running;
    },
    log: () => logs.map((file) => readFileSync(file, 'utf8')).join('\n'),
    close: () => group.close(),
  };
}
