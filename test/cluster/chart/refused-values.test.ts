import { describe, expect, it } from 'vitest';
import { describeCluster } from '../suite.ts';
import { renderChart } from './render.ts';

describeCluster(
  'values that contradict each other end in an error that says how to mend them',
  () => {
    const secret = 'config: {existingSecret: {name: a}}';
    it.each([
      [
        'config: {existingSecret: {name: a}, agent: datdog}',
        'config.agent is "datdog", for which the catalogue has no policy (did you mean datadog? it has aikido, aikido-broker, ',
      ],
      [
        'config: {existingSecret: {name: a}, agent: datdog}',
        'wiz): set config.match and config.inject for it\n',
      ],
      [
        'config: {existingSecret: {name: a}, agent: own, match: {annotation: Required}}',
        'wiz): set config.inject for it\n',
      ],
      [
        'config: {existingSecret: {name: a}, agent: own, inject: {env: [{name: A, key: a}]}}',
        'wiz): set config.match for it\n',
      ],
      [
        'config: {existingSecret: {name: a}, inject: {env: []}}',
        'config.inject has neither a variable nor a file: give it at least one entry in env or files',
      ],
      [
        'policies: {My_Policy: {secret: {name: a}, inject: {env: [{name: A, key: a}]}}}',
        'policies has the name "My_Policy": a name must be a DNS label: lower-case letters, digits and "-", at most 48 characters',
      ],
      [
        'policies: {probe: {secret: {name: a}, inject: {env: [{name: A, key: a}]}}}',
        'policies has the name "probe": a name must not be probe, true, false: these are reserved',
      ],
      [
        'policies: {a: {secret: {name: a}, inject: {}}}',
        'policies.a.inject has neither a variable nor a file',
      ],
      [
        'policies: {a: {secret: {name: a, source: {namespace: b}}, inject: {env: [{name: A, key: a}]}}}',
        'policies.a.secret.source has a namespace, but nothing says where the Secret is delivered to: name the namespaces in policies.a.match.namespaces, or set policies.a.secret.everyNamespace to true',
      ],
      [
        'policies: {a: {match: {namespaces: [c]}, secret: {name: a, source: {namespace: b}, template: {t: x}}, inject: {files: [{mountPath: /a, items: [{key: k, path: p}]}]}}}',
        'policies.a.inject has the key "k", which policies.a.secret.template does not make: add it there, or use one of its keys',
      ],
      [
        'config: {existingSecret: {name: a, key: k}, inject: {env: [{name: A, key: a}]}}',
        'config.existingSecret.key and config.inject are both set',
      ],
      [
        'config: {existingSecret: {name: a, key: k}, agent: snyk}',
        'config.existingSecret.key is set, but the policy of the agent snyk names several keys (serviceAccountApiToken, integrationId): leave it out and give the Secret these keys, or name yours in config.inject',
      ],
      [
        'config: {existingSecret: {key: k}}',
        '- config.existingSecret.key is set without a Secret of the token, so that no TokenPolicy would be made: set config.existingSecret.name, config.externalSecret, config.sealedSecret or config.apiToken, or leave it out',
      ],
      [
        'config: {match: {annotation: Required}, inject: {env: [{name: A, key: a}]}}',
        'config.match, config.inject are set without a Secret of the token, so that no TokenPolicy would be made',
      ],
      [
        'config: {agent: datadog}',
        '- config.agent is set without a Secret of the token, so that no TokenPolicy would be made: set config.existingSecret.name, config.externalSecret, config.sealedSecret or config.apiToken, or leave it out and name the agent in config.agents',
      ],
      [
        'config: {enforce: {missingToken: Deny}}',
        '- config.enforce.missingToken is set without a Secret of the token, so that no TokenPolicy would be made',
      ],
      [
        'config: {existingSecret: {name: a, key: config.yaml}, match: {systemNamespaces: true, podSelector: {}}, enforce: {missingToken: Deny}}',
        'config.enforce.missingToken is Deny, but config.match requires no label: set one in config.match.podSelector',
      ],
      [
        'config: {existingSecret: {name: a, key: config.yaml}, match: {namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}, podSelector: {}}, enforce: {missingToken: Deny}}',
        'config.enforce.missingToken is Deny, but config.match requires no label: set one in config.match.podSelector',
      ],
      [
        'policies: {a: {secret: {name: a}, inject: {env: [{name: A, key: a}]}, enforce: {missingToken: Deny}}}',
        'policies.a.enforce.missingToken is Deny, but policies.a.match requires no label: set one in policies.a.match.podSelector',
      ],
      [
        'config: {agents: [datdog]}',
        'config.agents has "datdog", for which the catalogue has no policy (did you mean datadog? it has aikido, aikido-broker, ',
      ],
      [
        'config: {agents: [aikid0, sysdigg, nothing-like-it]}',
        /"aikid0".*did you mean aikido\?(.|\n)+"sysdigg".*did you mean sysdig\?(.|\n)+"nothing-like-it", for which the catalogue has no policy \(it has aikido, .*\): for another agent, write its policy in policies/,
      ],
      [
        'config: {agents: [dynatrace]}',
        'these values have to change:\n  - config.agents has "dynatrace", which needs no policy, so leave it out: its operator reads',
      ],
      [
        'config: {agents: [aikido], match: {namespaces: [aikido]}}',
        'config.match is set without a Secret of the token, so that the policies of config.agents would stay as they are in the catalogue: set config.existingSecret.name, config.externalSecret, config.sealedSecret or config.apiToken, or leave it out and write the policy of the agent in policies, in place of config.agents',
      ],
      [
        'config: {agents: [datadog, snyk, datadog]}',
        '- config.agents has "datadog" more than once: leave all but one out\n',
      ],
      [
        'config: {existingSecret: {name: a}, agents: [datadog, snyk]}',
        'config.existingSecret.name is set, but config.agents has several agents (datadog, snyk), each with a Secret of its own: leave it out, or move the agent that it is for from config.agents to config.agent',
      ],
      [
        'config: {existingSecret: {name: a}, agent: aikido, agents: [aikido]}',
        'more than one of config.agent, config.agents and policies has the name "aikido": leave all but one out',
      ],
      [
        'config: {existingSecret: {name: a}}\npolicies: {aikido: {secret: {name: a}, inject: {env: [{name: A, key: a}]}}}',
        'more than one of config.agent, config.agents and policies has the name "aikido"',
      ],
      [
        'config: {agents: [snyk]}\npolicies: {snyk: {secret: {name: a}, inject: {env: [{name: A, key: a}]}}}',
        'more than one of config.agent, config.agents and policies has the name "snyk"',
      ],
      [
        'certificates: {source: file}',
        'certificates.source is file without certificates.file.secretName: set the name of your Secret',
      ],
      [
        'certificates: {source: file, file: {secretName: a}}',
        'certificates.source is file without certificates.file.caBundle: set the PEM certificates of the CA',
      ],
      [
        'certificates: {file: {secretName: a}}',
        'certificates.file is set, but certificates.source is self: set certificates.source to file',
      ],
      [
        'certificates: {certManager: {issuerRef: {name: a}}}',
        'certificates.certManager.issuerRef is set, but certificates.source is self',
      ],
      [
        'certificates: {source: cert-manager, certManager: {issuerRef: {kind: Issuer}}}',
        'certificates.certManager.issuerRef has no name: set the name of the issuer',
      ],
      [
        'certificates: {self: {caDuration: 47h, certDuration: 2d}}',
        'certificates.self.certDuration is longer than half of certificates.self.caDuration',
      ],
      [
        'webhook: {hostNetwork: {enabled: true, port: 9000, healthPort: 9000}}',
        'webhook.hostNetwork.port and webhook.hostNetwork.healthPort are the same',
      ],
      [
        'webhook: {hostNetwork: {enabled: true, port: 10250}}',
        "webhook.hostNetwork uses port 10250, which is the kubelet's on every node: set another one",
      ],
      [
        'webhook: {hostNetwork: {enabled: true}}\nnetworkPolicy: {enabled: true}',
        'webhook.hostNetwork.enabled and networkPolicy.enabled are both true',
      ],
      [
        'webhook: {port: 8080}',
        'webhook.port is 8080, which health checks and metrics use: set another one',
      ],
      [
        'networkPolicy: {metricsFrom: [{podSelector: {}}]}',
        'networkPolicy.enabled is false: set it to true, or leave them out',
      ],
      [
        'extraEnv: [{name: LOG_LEVEL, value: debug}]',
        'extraEnv sets LOG_LEVEL, which the chart sets itself: leave it out, set logLevel instead',
      ],
      [
        'extraEnv: [{name: POD_NAMESPACE, value: other}]',
        'extraEnv sets POD_NAMESPACE, which the chart sets itself: leave it out, it is always the namespace of the release',
      ],
      [
        'webhook: {serviceAccount: {create: false}}',
        'webhook.serviceAccount.create is false without webhook.serviceAccount.name: set the name of your ServiceAccount',
      ],
      [
        'controller: {serviceAccount: {create: false, name: default}}',
        'controller.serviceAccount.name is default, the account of every pod of the namespace that names none',
      ],
      [
        'webhook: {serviceAccount: {name: token-injector-controller}}',
        'controller.serviceAccount.name is token-injector-controller, the account of another component',
      ],
      [
        'controller: {pdb: {minAvailable: 1, maxUnavailable: 50%}}',
        'controller.pdb.minAvailable and controller.pdb.maxUnavailable are both set',
      ],
      [
        'webhook: {mutatingWebhookConfigurationAnnotations: {token-injector.dev/paused: "true"}}',
        'webhook.mutatingWebhookConfigurationAnnotations sets token-injector.dev/paused',
      ],
      ['dnsPolicy: None', 'dnsPolicy is None without dnsConfig.nameservers'],
      [
        'commonLabels: {app.kubernetes.io/name: a}',
        'commonLabels sets app.kubernetes.io/name, which the chart sets itself: leave it out',
      ],
      [
        'webhook: {podLabels: {app.kubernetes.io/component: a}}',
        'webhook.podLabels sets app.kubernetes.io/component, which the chart sets itself',
      ],
    ])('%s', async (values, message) => {
      await expect(renderChart(values)).rejects.toThrow(message);
    });

    it.each([
      'podSelector: {matchLabels: {app: agent}}',
      'podSelector: {matchExpressions: [{key: app, operator: Exists}]}',
      'namespaceSelector: {matchLabels: {team: a}}',
      'namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}',
      'annotation: Required',
      'namespaces: [agents]',
    ])('but Deny may be set with a match that leaves pods out: %s', async (match) => {
      const others = 'inject: {env: [{name: A, key: a}]}, enforce: {missingToken: Deny}';
      const values = `config: {existingSecret: {name: a}, match: {${match}}, ${others}}`;
      expect(await renderChart(values)).toContain('missingToken: Deny');
    });

    it('but a policy may take from another Secret what the template of its own does not make', async () => {
      const values =
        'policies: {a: {match: {namespaces: [c]}, secret: {name: a, source: {namespace: b}, template: {t: x}}, inject: {env: [{name: A, key: t}, {name: B, key: k, secretName: o}]}}}';
      expect(await renderChart(values)).toContain('kind: TokenPolicy');
    });

    it('names all of them at once', async () => {
      const values = `${secret}\ncertificates: {source: file}\nwebhook: {port: 8080}`;
      await expect(renderChart(values)).rejects.toThrow(
        /certificates\.file\.secretName(.|\n)+certificates\.file\.caBundle(.|\n)+webhook\.port/,
      );
    });
  },
);

describeCluster('values that the schema refuses', () => {
  describe.each([
    ['replicas: 1', "additional properties 'replicas' not allowed"],
    ['config: {apiToken: 1}', "at '/config/apiToken': got number, want null or string"],
    [
      'config: {externalSecret: {storeRef: {}}}',
      "at '/config/externalSecret': additional properties 'storeRef' not allowed",
    ],
    ['config: {namespaces: [A]}', "at '/config/namespaces/0': 'A' does not match pattern"],
    [
      'config: {match: {podSelecter: {}}}',
      "at '/config/match': additional properties 'podSelecter' not allowed",
    ],
    ['config: {agent: probe/1}', "at '/config/agent'"],
    ['webhook: {replicas: 0}', "at '/webhook/replicas': minimum: got 0, want 1"],
    ['webhook: {port: "10250"}', "at '/webhook/port': got string, want integer"],
    ['certificates: {source: none}', "at '/certificates/source': value must be one of"],
    ['certificates: {file: {caBundle: secret}}', "at '/certificates/file/caBundle'"],
    ['logLevel: loud', "at '/logLevel': value must be one of"],
    ['image: {digest: latest}', "at '/image/digest'"],
    ['config: {agent: probe}', "at '/config/agent': 'not' failed"],
    ['config: {existingSecret: {key: y}}', "/key': got boolean, want string"],
    ['policies: {a: {}}', "at '/policies/a': missing properties 'secret', 'inject'"],
    [
      'policies: {a: {secret: {name: a}, inject: {env: [{name: 1A, key: a}]}}}',
      "at '/policies/a/inject/env/0/name': '1A' does not match pattern",
    ],
    [
      'policies: {a: {secret: {name: a}, inject: {env: [{name: A, key: a, valueFrom: b}]}}}',
      "at '/policies/a/inject/env/0': additional properties 'valueFrom' not allowed",
    ],
    [
      'enforcement: {missingToken: {policies: [probe]}}',
      "at '/enforcement/missingToken/policies/0': 'not' failed",
    ],
    ['webhook: {pdb: {minAvailable: half}}', "at '/webhook/pdb/minAvailable'"],
    ['dnsPolicy: Host', "at '/dnsPolicy': value must be one of"],
    ['commonLabels: {a: 1}', "at '/commonLabels/a': got number, want string"],
    ['extraEnv: [{value: a}]', "at '/extraEnv/0': missing property 'name'"],
    ['extraEnv: [{name: A}]', "at '/extraEnv/0': 'oneOf' failed"],
    ['extraEnv: [{name: A, value: 1}]', "at '/extraEnv/0/value': got number, want string"],
    [
      'extraEnv: [{name: A, valeu: a}]',
      "at '/extraEnv/0': additional properties 'valeu' not allowed",
    ],
  ])('%s', (values, message) => {
    it('are named with their path', async () => {
      await expect(renderChart(values)).rejects.toThrow(message);
    });
  });

  it('are not those that Helm adds for a chart that depends on this one', async () => {
    await expect(renderChart('global: {region: north}')).resolves.toContain('kind: Deployment');
  });
});
