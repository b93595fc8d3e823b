import type { Server } from 'node:https';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import {
  type AdmissionAnswer,
  type AdmissionRequest,
  nameOrEmpty,
  readReview,
  writeReview,
} from '../admission/review.ts';
import { admit, toAnswer } from '../admission/admit.ts';
import { answerProbe } from '../admission/probe.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { probeName } from '../core/registration/probe.ts';
import type { AdmissionMetrics } from './admission-metrics.ts';
import { type Certificate, tlsFloor } from './certificate.ts';
import type { Log } from './log.ts';
import { type PoliciesInForce, PolicyUnavailable } from './policies-in-force.ts';
import { withoutSchemas } from './without-schemas.ts';

/** What the admission server is made of. */
export interface ServerParts {
  readonly certificate: Certificate;
  readonly policies: PoliciesInForce;
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
  app.post(`/mutate/${probeName}`, ({ body }, reply) => {
    const request = readRequest(body);
    const answer = answerProbe(request);
    parts.metrics.decided('', answer.reason, []);
    return send(parts, { policy: probeName, request, ...answer }, reply);
  });
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

function readRequest(body: unknown): AdmissionRequest {
  const review = readReview(body);
  if (!review.ok) throw new BadRequest(review.problem);
  return review.request;
}

function mutate(
  parts: ServerParts,
  { body, params }: MutateRequest,
  reply: FastifyReply,
): FastifyReply | Promise<FastifyReply> {
  const request = readRequest(body);
  const { policies } = parts;
  const { policy } = params;
  const decide = (set: PolicySet) => {
    const decision = admit(request, policy, set, parts.ownNamespace);
    parts.metrics.decided(set.byName.has(policy) ? policy : '', decision.reason, decision.warnings);
    const answer = toAnswer(decision);
    return send(parts, { policy, request, reason: decision.reason, ...answer }, reply);
  };
  // A promise would cost each request some microseconds: only a policy that is not known is worth one.
  const { current } = policies;
  if (current.byName.has(policy) || !policies.lookUp) return decide(current);
  return policies.lookUp(policy).then(decide);
}

interface Answered extends AdmissionAnswer {
  /** As the path has it. */
  readonly policy: string;
  readonly request: AdmissionRequest;
  readonly reason: ReasonCode;
}

function send(parts: ServerParts, answered: Answered, reply: FastifyReply): FastifyReply {
  parts.log.info(decisionFields(answered), 'decision');
  return reply.type('application/json').send(writeReview(answered.request.uid, answered));
}

// What a caller can write as it likes is only logged in the form that Kubernetes gives it.
const uidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function decisionFields({ policy, request, reason, operations, warnings }: Answered): object {
  return {
    policy: nameOrEmpty(policy),
    reason,
    namespace: request.namespace,
    pod: request.name,
    uid: uidForm.test(request.uid) ? request.uid : '',
    operations: operations.length,
    warnings: warnings.length,
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
