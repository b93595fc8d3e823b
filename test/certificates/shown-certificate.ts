import { once } from 'node:events';
import { connect } from 'node:tls';

/** The SHA-256 fingerprint of the certificate that a port, of this machine by default, shows to a new connection. */
export async function shownCertificate(port: number, host = 'localhost'): Promise<string> {
  const socket = connect({ port, host, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
