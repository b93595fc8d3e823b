import { mutatePath, probeName } from '../core/identity.ts';
import { type Server, createServer } from 'node:https';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { type HandledReview, handleProbe, handleReview } from '../admission/handler.ts';
import type { ServingCertificate } from '../certificates/serving-certificate.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import type { AdmissionMetrics } from './admission-metrics.ts';
import type { ConnectionMetrics } from './connection-metrics.ts';
import { boundConnections, callerOf, oneAtATime } from './connections.ts';
import type { Log } from './log.ts';
import { OldestGivesWay } from './oldest-gives-way.ts';
import { type PoliciesInForce, PolicyUnavailable } from './policies-in-force.ts';
import { GaveWay, type HeldBody, readBody } from './read-body.ts';
import { tlsFloor } from './served-certificate.ts';
import { whileWaiting } from './while-waiting.ts';
import { withoutSchemas } from './without-schemas.ts';

/** What the admission server is made of. */
export interface ServerParts {
  readonly certificate: ServingCertificate;
  readonly policies: PoliciesInForce;
  readonly ownNamespace: string;
  readonly metrics: AdmissionMetrics;
  readonly connections: ConnectionMetrics;
  readonly log: Log;
  /** Whether every answer asks the caller to close its connection. */
  readonly draining: () => boolean;
}

/** The same, and what is counted over all requests. */
interface RunningParts extends ServerParts {
  readonly memory: OldestGivesWay;
}

// An API request may have 3 MiB, and a review carries the object and its predecessor.
const bodyLimit = 8 * 1024 * 1024;
// What all bodies that are not decided yet, and all large answers that are not sent yet, may take together: eight of
// the largest, and with all else far less than the 512 MiB that the chart gives.
const maxHeld = 64 * 1024 * 1024;
const largeAnswer = 64 * 1024;
// An API server has one for each request in flight, some hundreds at most. Each takes 60 KiB before anything is sent, and
// up to 200 KiB while a greeting of the largest kind that TLS allows is under way.
const maxConnections = 1_000;
// The API server keeps idle connections for 90 s; the side that closes first must be its.
const keepAliveTimeout = 120_000;

/** Builds the HTTPS server that answers AdmissionReviews at /mutate/<policy>. */
export function createAdmissionServer(given: ServerParts): FastifyInstance<Server> {
  const memory = new OldestGivesWay(maxHeld);
  const parts = { ...given, memory };
  const { cert, key } = parts.certificate;
  const { closed } = parts.connections;
  const https = {
    cert,
    key,
    ...tlsFloor,
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    keepAliveTimeout,
    connectionsCheckingInterval: 1_000,
  };
  const app = fastify<Server>({
    serverFactory: (listener) => createServer(https, oneAtATime(listener, closed)),
    logger: false,
    ...withoutSchemas,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    // Fastify's own answers would quote the path and go uncounted; the hook does not run before them.
    frameworkErrors: (_error, request, reply) => {
      askToLeave(parts, reply);
      void fail(parts, new BadPath(), request, reply);
    },
    // The API server appends ?timeout=5s, which means nothing to us.
    routerOptions: { querystringParser: () => noQuery },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', ({ headers }, payload, done) => {
    const declared = Number(headers['content-length']);
    const caller = callerOf(payload.socket);
    readBody(payload, { memory, caller, declared, limit: bodyLimit }, done);
  });
  app.addHook('onRequest', (request, reply, done) => {
    parts.metrics.requestStarted();
    // Comes whether the answer was sent or the caller disconnected.
    reply.raw.once('close', () => {
      parts.metrics.requestEnded(reply.elapsedTime / 1000);
      (request.body as HeldBody | undefined)?.release();
    });
    askToLeave(parts, reply);
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => fail(parts, error, request, reply));
  app.setNotFoundHandler((request, reply) => fail(parts, new NotFound(), request, reply));
  app.post('/mutate/:policy', (request: MutateRequest, reply) => mutate(parts, request, reply));
  app.post(mutatePath(probeName), ({ body }: ReviewRequest, reply) =>
    send(parts, '', handleProbe(body?.take() ?? noBytes), reply),
  );
  boundConnections(app.server, maxConnections, closed);
  return app;
}

type ReviewRequest = FastifyRequest<{ Body: HeldBody | undefined }>;
type MutateRequest = FastifyRequest<{ Params: { policy: string }; Body: HeldBody | undefined }>;
const noQuery = {};
const noBytes = Buffer.alloc(0);

class BadPath extends Error {
  readonly statusCode = 400;
  override readonly message = 'the path is not valid';
}
class NotFound extends Error {
  readonly statusCode = 404;
  override readonly message = 'not found: reviews are answered at POST /mutate/<policy>';
}

function mutate(
  parts: RunningParts,
  { body, params }: MutateRequest,
  reply: FastifyReply,
): FastifyReply | Promise<FastifyReply> {
  const { memory, policies, ownNamespace } = parts;
  const { policy } = params;
  const decide = (set: PolicySet) => {
    // Not before: a body that waits for a look-up can give way to others, and is far larger once it is parsed.
    const review = handleReview(body?.take() ?? noBytes, policy, set, ownNamespace);
    return send(parts, set.byName.has(policy) ? policy : '', review, reply);
  };
  // A promise would cost each request some microseconds: only a policy that is not known is worth one.
  const { current } = policies;
  if (current.byName.has(policy) || !policies.lookUp) return decide(current);
  return whileWaiting(memory, reply.raw, (signal) => policies.lookUp!(policy, signal)).then(decide);
}

/** Answers, and counts it for a policy; for none where a caller may have invented its name. */
function send(
  { log, memory, metrics }: RunningParts,
  policy: string,
  { text, reason, warnings, fields }: HandledReview,
  reply: FastifyReply,
): FastifyReply {
  metrics.decided(policy, reason, warnings);
  log.info(fields, 'decision');
  if (text.length > largeAnswer) {
    // A caller that does not read its answer has us keep it.
    const hold = memory.hold(reply.request.ip, () => reply.raw.destroy());
    memory.set(hold, text.length);
    reply.raw.once('close', () => memory.release(hold));
  }
  return reply.type('application/json').send(text);
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
  const gaveWay = error instanceof GaveWay;
  if (gaveWay) reply.header('connection', 'close');
  if (code < 500 || gaveWay) {
    parts.log.warn({ code, remote: request.ip, problem: error.message }, 'request refused');
    return reply.code(code).type('text/plain').send(`token-injector: ${error.message}\n`);
  }
  if (error instanceof PolicyUnavailable) {
    parts.log.error({ code, problem: error.message }, 'request not decided');
    return reply.code(code).type('text/plain').send(`token-injector: ${error.message}\n`);
  }
  // Not its message: that may quote what it was thrown over.
  parts.log.error(
    { error: error.name, stack: error.stack?.split('\n    at ').slice(1) },
    'request failed',
  );
  return reply.code(500).type('text/plain').send('token-injector: internal error, see its log\n');
}
