import type { RegisteredConfiguration } from './registered-configuration.ts';
import type { Controller } from '../manager/controller.ts';

/** Has a controller do nothing while another release has the registration: a cluster has room for one. */
export function unlessOtherRelease(
  controller: Controller,
  configuration: RegisteredConfiguration,
  onOtherRelease: (clusterRole: string | undefined) => void,
): Controller {
  return {
    ...controller,
    watches: [...controller.watches, configuration],
    whenReady: Promise.all([controller.whenReady, configuration.whenSynced]),
    async reconcile(key) {
      const other = configuration.otherRelease();
      onOtherRelease(other);
      return other === undefined ? controller.reconcile(key) : undefined;
    },
  };
}
