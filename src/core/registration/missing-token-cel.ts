import { dnsLabelListPattern } from '../kubernetes-names.ts';
import { containersAnnotation, injectAnnotation } from '../identity.ts';
import { maxAnnotationLength } from '../policy/annotations.ts';
import { selectsContainerCel } from '../policy/containers.ts';
import type { Policy, WantedEnv } from '../policy/compile-policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { celList, celString } from '../cel.ts';
import { type Variable, holdsFiles, volumeVariables } from './files-cel.ts';

/**
 * `decideInjection` in CEL: the variable `missing` lists the containers that it would still change. Both are given
 * the same pods by a test and must agree, so a change of one is a change of the other.
 */
export function missingTokenVariables(policy: Policy, set: PolicySet): Variable[] {
  const { annotation } = policy.spec.match;
  const variables: Variable[] = [
    { name: 'windows', expression: "has(object.spec.os) && object.spec.os.name == 'windows'" },
    { name: 'inject', expression: annotationText(policy, injectAnnotation) },
    {
      name: 'asked',
      expression: `${isReadable('variables.inject')} ? (${asks('variables.inject', policy.name)}) : ${annotation !== 'Required'}`,
    },
    { name: 'containers', expression: annotationText(policy, containersAnnotation) },
    {
      name: 'listed',
      expression: `${isReadable('variables.containers')} ? ${namesIn('variables.containers')} : []`,
    },
    {
      name: 'all',
      expression:
        'object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])',
    },
    {
      name: 'selectorsNarrowed',
      expression: 'variables.all.exists(c, c.name in variables.listed)',
    },
    { name: 'selected', expression: `variables.all.filter(c, ${isSelected(policy)})` },
  ];
  if (policy.files.length > 0) variables.push(...volumeVariables(policy.files));
  const holds = [
    ...(policy.env.length > 0 ? [holdsEnv(policy.env, set)] : []),
    ...(policy.files.length > 0 ? [holdsFiles(policy.files)] : []),
  ];
  variables.push({
    name: 'missing',
    expression: `variables.asked ? variables.selected.filter(c, !(${holds.join(' && ')})) : []`,
  });
  return variables;
}

/** The annotation's text, empty where it is absent or has no say. */
function annotationText({ spec }: Policy, annotation: string): string {
  if (spec.match.annotation === 'Ignored') return "''";
  const key = celString(annotation);
  return `has(object.metadata.annotations) && ${key} in object.metadata.annotations ? object.metadata.annotations[${key}] : ''`;
}

function isReadable(text: string): string {
  return `${text}.size() <= ${maxAnnotationLength} && ${text}.matches(${celString(dnsLabelListPattern)})`;
}

function namesIn(text: string): string {
  return `${text}.split(',').map(n, n.trim())`;
}

function asks(text: string, policyName: string): string {
  return `${namesIn(text)} == ['true'] || ${celString(policyName)} in ${namesIn(text)}`;
}

function isSelected({ spec }: Policy): string {
  return `${selectsContainerCel('c.name', spec.match.containers)} && (!variables.selectorsNarrowed || c.name in variables.listed)`;
}

/**
 * Looks at the whole list of a container once, and for each variable only at the entries with a wanted name: a large pod
 * would else cost more than the API server allows an expression.
 */
function holdsEnv(env: readonly WantedEnv[], set: PolicySet): string {
  const name = '(variables.windows ? e.name.lowerAscii() : e.name)';
  const names = (windows: boolean) =>
    celList(env.map((wanted) => (windows ? wanted.lowerName : wanted.name)));
  const ours = `c.env.filter(e, ${name} in (variables.windows ? ${names(true)} : ${names(false)}))`;
  const held = env.map((wanted) => {
    const hasName = `${name} == (variables.windows ? ${celString(wanted.lowerName)} : ${celString(wanted.name)})`;
    return `own.exists(e, ${hasName}) && own.all(e, ${hasName} ? ${isKept(wanted, set)} : true)`;
  });
  // A list of one is how CEL names an intermediate result.
  return `has(c.env) && [${ours}].all(own, ${held.join(' && ')})`;
}

/** Whether an entry that has the name stays as it is. */
function isKept(wanted: WantedEnv, { references }: PolicySet): string {
  if (wanted.whenPresent === 'Keep') return 'true';
  if (wanted.whenPresent === 'ReplaceLiteral')
    return '(has(e.valueFrom) && !has(e.valueFrom.fieldRef) && !has(e.valueFrom.resourceFieldRef))';
  const prefix = `${wanted.lowerName}=`;
  const known = [...references].filter((reference) => reference.startsWith(prefix));
  const ref = 'e.valueFrom.secretKeyRef';
  const optional = `(has(${ref}.optional) && ${ref}.optional ? 'true' : 'false')`;
  return `(has(e.valueFrom) && has(${ref}) && ${celString(prefix)} + ${ref}.name + '/' + ${ref}.key + '/' + ${optional} in ${celList(known)})`;
}
