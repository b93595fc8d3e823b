import { readFileSync } from 'node:fs';

/** An event of the audit log, as far as tests look into it. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The finished requests, oldest first. An event is written a moment after its answer was sent: wait for it. */
export function readAuditLog(file: string): AuditEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // What follows the last line break is not written to its end yet, or nothing.
  return lines.slice(0, -1).map((line): AuditEvent => JSON.parse(line));
}
