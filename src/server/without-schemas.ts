import type { FastifyServerOptions } from 'fastify';

/** Spares Fastify the compilers of schemas, a good part of its start and memory: no route of ours has a schema. */
export const withoutSchemas: Pick<FastifyServerOptions, 'schemaController'> = {
  schemaController: { compilersFactory: { buildValidator: refuse, buildSerializer: refuse } },
};

function refuse(): never {
  throw new Error('routes have no schemas here: the bundle leaves their compilers out');
}
