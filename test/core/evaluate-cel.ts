import { Environment } from '@marcbachmann/cel-js';

const environment = new Environment({ unlistedVariablesAreDyn: true });
const parsed = new Map<string, ReturnType<Environment['parse']>>();

/** What a CEL expression gives; throws where it has a fault, as an expression does that no API server could evaluate. */
export function evaluateCel(expression: string, variables: Readonly<Record<string, unknown>>) {
  const known = parsed.get(expression) ?? environment.parse(expression);
  parsed.set(expression, known);
  return known(variables) as unknown;
}
