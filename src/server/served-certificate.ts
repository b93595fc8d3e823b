import type { SecureContextOptions } from 'node:tls';
import type { Registry } from 'prom-client';
import {
  type ServingCertificate,
  readServingCertificate,
  validityProblem,
} from '../certificates/serving-certificate.ts';

import { createComputedGauge } from './computed-gauge.ts';
import type { HealthCheck } from './health.ts';
import type { Log } from './log.ts';

/** What every connection must have at least; to be said again with each certificate, or it is lost. */
export const tlsFloor = { minVersion: 'TLSv1.2' } as const;

/** Where certificates can be changed while connections go on: an https server. */
export interface CertificateHolder {
  setSecureContext(options: SecureContextOptions): void;
}

/** The certificate in service: a bad successor leaves it in force, and log, metric and readiness say so. */
export class ServedCertificate {
  #current: ServingCertificate | undefined;
  #problem: string | undefined;
  #holder: CertificateHolder | undefined;
  readonly #come = Promise.withResolvers<ServingCertificate>();
  readonly #waitingFor: string;
  readonly #log: Log;
  readonly #now: () => Date;

  /** `first` is a certificate, or the name of what is waited for, for /readyz and the log. */
  constructor(first: ServingCertificate | string, log: Log, now: () => Date) {
    this.#waitingFor = typeof first === 'string' ? first : '';
    this.#log = log;
    this.#now = now;
    if (typeof first !== 'string') this.#serve(first);
  }

  /** Undefined until the first one has come. */
  get current(): ServingCertificate | undefined {
    return this.#current;
  }

  /** Resolves once there is one. */
  get come(): Promise<unknown> {
    return this.#come.promise;
  }

  /** Names the server that serves it. */
  attach(holder: CertificateHolder): void {
    this.#holder = holder;
  }

  /** Puts another certificate in service, for new connections; `read` gives its PEM or throws. Resolves with whether it is in service. */
  async reload(read: () => Promise<{ cert: string; key: string }>): Promise<boolean> {
    try {
      const { cert, key } = await read();
      const next = readServingCertificate(cert, key);
      const problem = validityProblem(next, this.#now());
      if (problem) throw new Error(`the certificate ${problem}`);
      const isNew = next.cert !== this.#current?.cert || next.key !== this.#current.key;
      if (isNew) this.#holder?.setSecureContext({ cert, key, ...tlsFloor });
      if (isNew || this.#problem !== undefined) {
        this.#log.info({ expires: next.notAfter.toISOString() }, 'certificate loaded');
      }
      this.#problem = undefined;
      this.#serve(next);
      return true;
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown';
      // It is tried again and again, but logged once.
      if (problem !== this.#problem) this.#logProblem(problem);
      this.#problem = problem;
      return false;
    }
  }

  /** Ready while the certificate in service is valid; a bad successor is mentioned. */
  readonly check: HealthCheck = () => {
    const name = 'certificate';
    if (!this.#current) {
      const why = this.#problem === undefined ? '' : `: ${this.#problem}`;
      return { name, ok: false, detail: `waiting for ${this.#waitingFor}${why}` };
    }
    const invalid = validityProblem(this.#current, this.#now());
    if (invalid) return { name, ok: false, detail: invalid };
    if (this.#problem === undefined) return { name, ok: true };
    const until = this.#current.notAfter.toISOString();
    const detail = `not reloaded, the old one serves until ${until}: ${this.#problem}`;
    return { name, ok: true, detail };
  };

  /** Declares the certificate's metrics. */
  register(registry: Registry): void {
    createComputedGauge(
      registry,
      'token_injector_certificate_expiry_timestamp_seconds',
      'When the certificate in service expires, in seconds since 1970; 0 while there is none.',
      () => (this.#current?.notAfter.getTime() ?? 0) / 1000,
    );
    createComputedGauge(
      registry,
      'token_injector_certificate_last_reload_successful',
      'Whether the last attempt to load a certificate succeeded.',
      () => (this.#problem === undefined ? 1 : 0),
    );
  }

  #serve(certificate: ServingCertificate): void {
    this.#current = certificate;
    this.#come.resolve(certificate);
  }

  #logProblem(problem: string): void {
    if (!this.#current) {
      this.#log.warn({ problem, waitingFor: this.#waitingFor }, 'no certificate yet');
      return;
    }
    const inUseUntil = this.#current.notAfter.toISOString();
    this.#log.error({ problem, inUseUntil }, 'certificate not loaded, the old one stays');
  }
}
