import type { Server } from 'node:https';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import {
  type AdmissionRequest,
  nameOrEmpty,
  readReview,
  writeReview,
} from '../admission/review.ts';
import { admit, toAnswer } from '../admission/admit.ts';
import type { Decision } from '../core/injection/decision.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import type { AdmissionMetrics } from './admission-metrics.ts';
import { type Certificate, tlsFloor } from './certificate.ts';
import type { Log } from './log.ts';
import { withoutSchemas } from './without-schemas.ts';

/** What the admission server is made of. */
export interface ServerParts {
  readonly certificate: Certificate;
  /** The policies in force at this moment. */
  readonly policies: () => PolicySet;
  readonly ownNamespace: string;
  readonly metrics: AdmissionMetrics;
  readonly log: Log;
  /** Whether every answer asks the caller to close its connection. */
  readonly draining: () => boolean;
}

// An API request may have 3 MiB, and a review carries the object and its predecessor.
const bodyLimit = 8 * 1024 * 1024;
// The API server keeps idle connections for 90 s; the side that closes first must be its.
const keepAliveTimeout = 120_000;

/** Builds the HTTPS server that answers AdmissionReviews at /mutate/<policy>. */
export function admissionServer(parts: ServerParts): FastifyInstance<Server> {
  const { cert, key } = parts.certificate;
  const app = fastify({
    https: {
      cert,
      key,
      ...tlsFloor,
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
    },
    logger: false,
    ...withoutSchemas,
    bodyLimit,
    keepAliveTimeout,
    requestTimeout: 15_000,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    // Fastify's own answers would quote the path and go uncounted; the hook does not run before them.
    frameworkErrors: (_error, request, reply) => {
      askToLeave(parts, reply);
      void fail(parts, new BadRequest('the path is not valid'), request, reply);
    },
    // The API server appends ?timeout=5s, which means nothing to us.
    routerOptions: { querystringParser: () => noQuery },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      // The parser's own message quotes the body, which may hold a token.
      done(new BadRequest('the body is not valid JSON'));
    }
  });
  app.addHook('onRequest', (_request, reply, done) => {
    parts.metrics.requestStarted();
    // Comes whether the answer was sent or the caller went away.
    reply.raw.once('close', () => parts.metrics.requestEnded(reply.elapsedTime / 1000));
    askToLeave(parts, reply);
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => fail(parts, error, request, reply));
  app.setNotFoundHandler((request, reply) => fail(parts, new NotFound(), request, reply));
  app.post('/mutate/:policy', (request: MutateRequest, reply) => mutate(parts, request, reply));
  return app;
}

type MutateRequest = FastifyRequest<{ Params: { policy: string } }>;
const noQuery = {};

class BadRequest extends Error {
  readonly statusCode = 400;
}
class NotFound extends Error {
  readonly statusCode = 404;
  override readonly message = 'not found: reviews are answered at POST /mutate/<policy>';
}

function mutate(
  parts: ServerParts,
  { body, params }: MutateRequest,
  reply: FastifyReply,
): FastifyReply {
  const review = readReview(body);
  if (!review.ok) throw new BadRequest(review.problem);
  const { request } = review;
  const set = parts.policies();
  const decision = admit(request, params.policy, set, parts.ownNamespace);
  parts.metrics.decided(set.byName.has(params.policy) ? params.policy : '', decision);
  parts.log.info(decisionFields(params.policy, request, decision), 'decision');
  return reply.type('application/json').send(writeReview(request.uid, toAnswer(decision)));
}

// What a caller can write as it likes is only logged in the form that Kubernetes gives it.
const uidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function decisionFields(policy: string, request: AdmissionRequest, decision: Decision): object {
  return {
    policy: nameOrEmpty(policy),
    reason: decision.reason,
    namespace: request.namespace,
    pod: request.name,
    uid: uidForm.test(request.uid) ? request.uid : '',
    operations: decision.changed ? decision.operations.length : 0,
    warnings: decision.warnings.length,
    dryRun: request.dryRun,
  };
}

/** While draining, has the caller's next request go elsewhere. */
function askToLeave({ draining }: ServerParts, reply: FastifyReply): void {
  if (draining()) reply.header('connection', 'close');
}

// Text, since the API server passes on only that to the user. Never a denial: a fault is for failurePolicy to judge.
function fail(
  parts: ServerParts,
  error: Partial<FastifyError>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const code = error.statusCode ?? 500;
  parts.metrics.failed(code);
  if (code < 500) {
    parts.log.warn({ code, remote: request.ip, problem: error.message }, 'request refused');
    return reply.code(code).type('text/plain').send(`token-injector: ${error.message}\n`);
  }
  // Not its message: that may quote what it was thrown over.
  parts.log.error(
    { error: error.name, stack: error.stack?.split('\n    at ').slice(1) },
    'request failed',
  );
  return reply.code(500).type('text/plain').send('token-injector: internal error, see its log\n');
}
