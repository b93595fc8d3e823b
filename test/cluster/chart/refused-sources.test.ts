import { describe, expect, it } from 'vitest';
import { systemNamespaces } from '../../../src/core/policy/match.ts';
import { describeCluster } from '../suite.ts';
import { renderChart } from './render.ts';

describeCluster('values of where the token comes from that cannot be', () => {
  const sources =
    'config.existingSecret.name, config.externalSecret, config.sealedSecret or config.apiToken';

  describe.each([
    [
      'config: {existingSecret: {name: a}, apiToken: b}',
      'config.existingSecret.name, config.apiToken are set, but the token comes from one place: leave all but one out',
    ],
    [
      'config: {externalSecret: {data: [{secretKey: token}]}, sealedSecret: {encryptedData: {token: a}}}',
      'config.externalSecret, config.sealedSecret are set, but the token comes from one place',
    ],
    [
      'config: {agent: datadog, apiToken: b}',
      '- config.apiToken is set without the namespaces of the agent, which the Secret is delivered to: name them in config.namespaces, or set config.everyNamespace to true',
    ],
    [
      'config: {existingSecret: {name: a}, match: {namespaceSelector: {matchLabels: {a: b}}}}',
      '- config.existingSecret.name is set without the namespaces of the agent',
    ],
    [
      'config: {apiToken: b, namespaces: [a], everyNamespace: true}',
      'config.namespaces and config.everyNamespace are both set: leave one of them out',
    ],
    [
      'config: {apiToken: b, namespaces: [a], match: {namespaces: [a]}}',
      'config.namespaces and config.match.namespaces are both set: leave config.match.namespaces out',
    ],
    [
      'config: {apiToken: b, namespaces: [token-injector]}',
      'config.namespaces has "token-injector", the namespace of the release, whose pods get no token',
    ],
    [
      'config: {apiToken: b, namespaces: [a]}\nexcludedNamespaces: [a]',
      'config.namespaces has "a", which is in excludedNamespaces too',
    ],
    [
      'config: {namespaces: [a]}',
      `config.namespaces is set, but nothing that is delivered there: set ${sources}, or leave it out`,
    ],
    [
      'config: {apiToken: ""}',
      'config.apiToken is empty: the variable that it comes from is not set',
    ],
    ['config: {apiToken: "  \\n"}', 'config.apiToken is empty'],
    [
      'config: {apiToken: $AIKIDO_API_TOKEN}',
      'config.apiToken is $AIKIDO_API_TOKEN, which nobody replaced by the token',
    ],
    [
      'config: {apiToken: "${{ secrets.TOKEN }}"}',
      'config.apiToken is ${{ secrets.TOKEN }}, which',
    ],
    [
      'config: {agent: snyk, apiToken: b, namespaces: [a]}',
      "config.apiToken is one token, but the agent's policy names several keys: make the Secret yourself",
    ],
    [
      'config: {externalSecret: {secretStoreRef: {name: a}}}',
      'config.externalSecret has neither data nor dataFrom: name at least one secretKey',
    ],
    [
      'config: {externalSecret: {data: [{secretKey: apiToken}]}}',
      'config.externalSecret.data has apiToken, but not token, in which the policy looks for the token: rename the key, or set config.existingSecret.key',
    ],
    [
      'config: {externalSecret: {data: [{secretKey: apiToken}]}}',
      'or set config.existingSecret.key=apiToken, which is the key of the token whatever makes the Secret',
    ],
    [
      'config: {externalSecret: {data: [{secretKey: token}], target: {template: {data: {config.yaml: a}}}}}',
      'config.externalSecret.target.template.data has config.yaml, but not token, in which the policy looks for the token: rename the key, or set config.existingSecret.key=config.yaml',
    ],
    [
      'config: {externalSecret: {data: [{secretKey: a}], target: {template: {mergePolicy: Merge, data: {b: c}}}}}',
      'config.externalSecret.target.template.data has a, b, but not token',
    ],
    [
      'config: {externalSecret: {dataFrom: [{extract: {key: a}}], target: {template: {data: {b: c}}}}}',
      'config.externalSecret.target.template.data has b, but not token',
    ],
    [
      'config: {externalSecret: {data: [{secretKey: token}]}}',
      'config.externalSecret has no secretStoreRef, so the operator does not know where the token is',
    ],
    [
      'config: {apiToken: b, existingSecret: {key: config.yaml}}',
      'config.apiToken is the token alone, but config.existingSecret.key is config.yaml, the file that the agent reads: leave config.existingSecret.key out',
    ],
    ...systemNamespaces.map((name): [string, string] => [
      `config: {apiToken: b, namespaces: [${name}]}`,
      `config.namespaces has "${name}", a system namespace, whose pods get no token: set config.match.systemNamespaces to true, or leave it out`,
    ]),
    ['config: {sealedSecret: {template: {}}}', 'config.sealedSecret has no encryptedData'],
    [
      'config: {sealedSecret: {encryptedData: {apiToken: a}}}',
      'config.sealedSecret.encryptedData has apiToken, but not token',
    ],
    [
      'config: {sealedSecret: {encryptedData: {token: a}, template: {metadata: {namespace: aikido}}}}',
      'config.sealedSecret was sealed for the namespace "aikido", and can only be opened there, but the release is in "token-injector"',
    ],
  ])('%s', (values, message) => {
    it('end in an error that says how to mend them', async () => {
      await expect(renderChart(values)).rejects.toThrow(message);
    });
  });

  const store = 'secretStoreRef: {name: a}';
  it.each([
    `config: {externalSecret: {${store}, data: [{secretKey: a}], target: {template: {data: {token: b}}}}}`,
    `config: {externalSecret: {${store}, data: [{secretKey: token}], target: {template: {type: Opaque}}}}`,
    `config: {externalSecret: {${store}, data: [{secretKey: token}], target: {template: {mergePolicy: Merge, data: {b: c}}}}}`,
    `config: {externalSecret: {${store}, data: [{secretKey: a}], target: {template: {templateFrom: [{literal: b}]}}}}`,
    `config: {externalSecret: {${store}, dataFrom: [{extract: {key: a}}]}}`,
    'config: {externalSecret: {dataFrom: [{sourceRef: {generatorRef: {kind: Password, name: a}}}]}}',
    'config: {existingSecret: {key: config.yaml}, externalSecret: {secretStoreRef: {name: a}, data: [{secretKey: t}], target: {template: {data: {config.yaml: a}}}}}',
    'config: {apiToken: b, namespaces: [kube-system], match: {systemNamespaces: true}}',
  ])('but these can be: %s', async (values) => {
    expect(await renderChart(values)).toContain('kind: TokenPolicy');
  });

  it('prints nothing of a token', async () => {
    const token = 'canary-0123456789';
    for (const [form, message] of [
      [`"${token} ${token}"`, 'config.apiToken has white space within it'],
      [`${token}, existingSecret: {name: a}`, 'the token comes from one place'],
      [`[${token}]`, "at '/config/apiToken': got array"],
    ] as const) {
      const error: unknown = await renderChart(`config: {apiToken: ${form}}`).catch(
        (reason: unknown) => reason,
      );
      expect(String(error)).toContain(message);
      expect(String(error)).not.toContain(token);
    }
  });
});
