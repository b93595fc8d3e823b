/** That many TokenPolicies, as a cluster with that many agents has them; the first is the one of `agentReview`. */
export function agentPolicies(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const name = index === 0 ? 'aikido' : `agent-${index}`;
    const label = index === 0 ? 'aikido-security' : name;
    const variable = index === 0 ? 'AIKIDO_API_TOKEN' : `AGENT_${index}_TOKEN`;
    return {
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name },
      spec: {
        match: { podSelector: { matchLabels: { [label]: 'kubernetes-agent' } } },
        secret: { name: `${name}-api-secret` },
        inject: { env: [{ name: variable, key: 'token' }] },
      },
    };
  });
}
