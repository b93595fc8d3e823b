import { documentationUrl } from '../documentation-url.ts';
import { ourLabelSelector } from '../identity.ts';
import type { Item } from './annotation-advice.ts';
import type { PolicyExplanation } from './explanation.ts';
import type { Obstacle } from './obstacle.ts';

const ourPods = `kubectl get pods -A -l ${ourLabelSelector}`;

/** Where no pod is changed at all. */
export const adviceToInstall: Item = {
  text: 'An administrator has to install token-injector with Helm, or to see why its controller does not register it',
  command: ourPods,
};

/** What has to be done before any new pod gets the token. */
export function adviseOnObstacle(
  { policy, conditions }: PolicyExplanation,
  obstacle: Obstacle | undefined,
): Item[] {
  // That is said once, for all policies.
  if (obstacle === 'not-installed') return [];
  const items: Item[] = [];
  if (obstacle === 'policy-not-ready')
    items.push({
      text: 'An administrator has to get the policy into force; its status says what is wrong',
      command: `kubectl describe tokenpolicy ${policy}`,
    });
  if (obstacle === 'policy-not-registered')
    items.push({
      text: 'An administrator has to see why the controller does not register the policy',
      command: ourPods,
    });
  if (conditions.some(({ type }) => type === 'Reachable'))
    items.push({
      text: `An administrator has to get the webhook going: ${documentationUrl('troubleshooting', 'the-api-server-cannot-call-the-webhook')}`,
      command: ourPods,
    });
  return items;
}
