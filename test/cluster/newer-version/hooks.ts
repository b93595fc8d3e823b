import { registerHooks } from 'node:module';

const replacements = new Map(
  ['schema.ts', 'schema-revision.ts'].map((file) => [
    new URL(`../../../src/core/policy/${file}`, import.meta.url).href,
    new URL(file, import.meta.url).href,
  ]),
);

// The program that is started with this is one of a later version: its definition of TokenPolicy is that of this folder.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const url = replacements.get(found.url);
    return url === undefined || context.parentURL === url ? found : { ...found, url };
  },
});
