import { describe, expect, it } from 'vitest';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { run } from './program.ts';

const wrong = `apiVersion: token-injector.dev/v1alpha1
kind: TokenPolicy
metadata: {name: two}
spec:
  inject: {env: [{name: PATH, key: token}]}
  secret: {}
---
${policyText('three')}
---
kind: [
`;

/** Runs the command on files. */
function files(texts: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder(texts);
  return (args: string, stdin = '') => run(['validate', ...args.split(' ')], { cwd, stdin });
}

describe('validate', () => {
  it('names the policies that are valid, of files, folders and standard input', async () => {
    const other = 'apiVersion: apps/v1\nkind: Deployment';
    const validate = files({ 'one.yaml': `${policyText('one')}\n---\n${other}` });
    expect(await validate('. -', policyText('two'))).toEqual({
      code: 0,
      stdout: 'valid: one, two\n',
      stderr: '1 document skipped among the policies: Deployment\n',
    });
  });

  it('lists what is wrong by file and line, with exit code 1', async () => {
    const validate = files({ 'a.yaml': wrong, 'b.yaml': policyText('one') });
    const { code, stdout, stderr } = await validate('a.yaml b.yaml');
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'valid: three, one\n' });
    expect(stderr.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'a.yaml:5',
      'a.yaml:6',
      'a.yaml:10',
      '',
    ]);
  });

  it('warns of a namespace that limits nothing, which kustomize writes into every policy', async () => {
    const text = policyText('one').replace('"metadata":{', '"metadata":{"namespace":"shop",');
    const validate = files({ 'a.yaml': text });
    expect(await validate('a.yaml')).toEqual({
      code: 0,
      stdout: 'valid: one\n',
      stderr:
        'warning: a.yaml:1: metadata.namespace: has no effect, a TokenPolicy is cluster-scoped: to limit the policy to that namespace set match.namespaces: [shop]\n',
    });
  });

  it('calls a policy valid once, whose name is there twice', async () => {
    const validate = files({ 'a.yaml': `${policyText('one')}\n---\n${policyText('one')}` });
    expect(await validate('a.yaml')).toMatchObject({ code: 1, stdout: 'valid: one\n' });
  });

  it('gives programs the same, once', async () => {
    const validate = files({ 'a.yaml': wrong, 'pod.yaml': 'apiVersion: v1\nkind: Pod\n' });
    const { code, stdout, stderr } = await validate('a.yaml pod.yaml -o json');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      policies: ['three'],
      skipped: ['Pod'],
      empty: ['pod.yaml'],
      problems: [
        { file: 'a.yaml', line: 5, field: 'spec.inject.env[0].name', message: expect.any(String) },
        { file: 'a.yaml', line: 6, field: 'spec.secret.name' },
        { file: 'a.yaml', line: 10 },
      ],
    });
  });

  it('has exit code 2 where there is nothing to validate or to read, unless --allow-empty expects it', async () => {
    const validate = files({ 'a.yaml': '# soon\n', 'b.yaml': policyText('one') });
    const stderr = 'a.yaml: no TokenPolicy found; want YAML or JSON files that hold some\n';
    expect(await validate('b.yaml a.yaml')).toMatchObject({ code: 2, stderr });
    expect(await validate('--allow-empty a.yaml')).toMatchObject({ code: 0, stderr });
    const kustomization = files({ 'kustomization.yaml': 'resources: [a.yaml]\n' });
    expect((await kustomization('kustomization.yaml')).stderr).toContain(
      'kustomization.yaml: no TokenPolicy found; a kustomization is not built: read the output of kubectl kustomize FOLDER\n',
    );
    expect(await validate('absent')).toMatchObject({
      code: 2,
      stderr: 'absent: no such file or folder\n',
    });
  });
});
