import type { SecureContextOptions } from 'node:tls';
import type { Registry } from 'prom-client';
import { type Certificate, readCertificate } from './certificate.ts';
import { computedGauge } from './computed-gauge.ts';
import type { HealthCheck } from './health.ts';
import type { Log } from './log.ts';

/** Where certificates can be changed while connections go on: an https server. */
export interface CertificateHolder {
  setSecureContext(options: SecureContextOptions): void;
}

/** The certificate in service: a bad successor leaves it in force, and log, metric and readiness say so. */
export class ServedCertificate {
  #current: Certificate;
  #problem: string | undefined;
  #holder: CertificateHolder | undefined;
  readonly #log: Log;
  readonly #now: () => Date;

  constructor(first: Certificate, log: Log, now: () => Date) {
    this.#current = first;
    this.#log = log;
    this.#now = now;
  }

  get current(): Certificate {
    return this.#current;
  }

  /** Names the server that serves it. */
  attach(holder: CertificateHolder): void {
    this.#holder = holder;
  }

  /** Puts another certificate in service, for new connections; `read` gives its PEM or throws. */
  async reload(read: () => Promise<{ cert: string; key: string }>): Promise<void> {
    try {
      const { cert, key } = await read();
      const next = readCertificate(cert, key);
      if (next.expires <= this.#now())
        throw new Error(`the certificate expired at ${next.expires.toISOString()}`);
      const recovered = this.#problem !== undefined;
      this.#problem = undefined;
      if (!recovered && next.cert === this.#current.cert && next.key === this.#current.key) return;
      this.#holder?.setSecureContext({ cert, key });
      this.#current = next;
      this.#log.info({ expires: next.expires.toISOString() }, 'certificate loaded');
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : 'unknown';
      this.#log.error(
        { problem: this.#problem, inUseUntil: this.#current.expires.toISOString() },
        'certificate not loaded, the old one stays',
      );
    }
  }

  /** Ready while the certificate in service is valid; a bad successor is mentioned. */
  readonly check: HealthCheck = () => {
    const until = this.#current.expires.toISOString();
    if (this.#current.expires <= this.#now())
      return { name: 'certificate', ok: false, detail: `expired at ${until}` };
    return this.#problem === undefined
      ? { name: 'certificate', ok: true }
      : {
          name: 'certificate',
          ok: true,
          detail: `not reloaded, the old one serves until ${until}: ${this.#problem}`,
        };
  };

  /** Declares the certificate's metrics. */
  register(registry: Registry): void {
    computedGauge(
      registry,
      'token_injector_certificate_expiry_timestamp_seconds',
      'When the certificate in service expires, in seconds since 1970.',
      () => this.#current.expires.getTime() / 1000,
    );
    computedGauge(
      registry,
      'token_injector_certificate_last_reload_successful',
      'Whether the last attempt to load a certificate succeeded.',
      () => (this.#problem === undefined ? 1 : 0),
    );
  }
}
