import { describe, expect, it } from 'vitest';
import { podOf } from './running-webhook.ts';
import { podText, project } from './preview-project.ts';

describe('what a policy wants and does not give', () => {
  const kept = JSON.stringify({
    ...podOf('one'),
    spec: {
      containers: [
        { name: 'first', image: 'a' },
        {
          name: 'second',
          image: 'a',
          env: [
            { name: 'ONE_TOKEN', valueFrom: { secretKeyRef: { name: 'chart', key: 'api-key' } } },
          ],
        },
      ],
    },
  });

  it('is told on standard error, and fails where --fail-on names the outcome', async () => {
    const { preview } = project({ 'pod.yaml': kept });
    const { code, stderr } = await preview('pod.yaml');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'pod.yaml:1: Pod default/agent: one: second ONE_TOKEN -> chart/api-key: env-kept-reference: The variable was there as a reference, which the policy keeps.\n',
    );
    const codes = async (failOn: string) => (await preview(`--fail-on ${failOn} pod.yaml`)).code;
    expect(await codes('kept')).toBe(1);
    expect(await codes('conflict,env-kept-reference')).toBe(1);
    expect(await codes('conflict,none-selected')).toBe(0);
  });

  it('is told where no policy selects any pod, which --fail-on calls none-selected', async () => {
    const { preview } = project({ 'pod.yaml': podText('a', 'x'), 'chosen.yaml': podText('b') });
    const { code, stderr } = await preview('pod.yaml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'no policy selects the pod\n' });
    expect((await preview('--fail-on none-selected pod.yaml')).code).toBe(1);
    expect((await preview('--fail-on none-selected pod.yaml chosen.yaml')).code).toBe(0);
  });
});
