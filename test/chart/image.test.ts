import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
/** What a context has of the files that the Dockerfile copies. */
const allowed = readFileSync(path.join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));
const copied = dockerfile
  .split('\n')
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
  .flatMap((line) => line.split(' ').slice(1, -1));

describe('the Dockerfile', () => {
  it('copies what the context has, and the context has nothing else', () => {
    expect(copied.length).toBeGreaterThan(5);
    expect([...new Set(copied)].toSorted()).toEqual(allowed.toSorted());
  });

  it('puts no node_modules, source or key on the base', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    const lines = last.split('\n').filter((line) => /^(COPY|ADD|RUN) /.test(line));
    expect(lines).toEqual([
      'COPY package.json LICENSE /app/',
      'COPY --from=bundle /build/dist /app',
    ]);
  });

  it('starts the program as it is started elsewhere, without a shell and not as root', () => {
    const [shebang] = readFileSync(path.join(root, 'src/main.ts'), 'utf8').split('\n', 1);
    const [, flags] = /node (.+)$/.exec(shebang!)!;
    const entry = ['node', ...flags!.split(' '), '/app/token-injector.js'];
    expect(dockerfile).toContain(`ENTRYPOINT ${JSON.stringify(entry).replaceAll(',', ', ')}`);
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
  });
});
