import { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';

export type TlsDetails = {
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly subject: string;
  readonly issuer: string;
  /** True where chain and name hold; otherwise `problem` says why not, for example CERT_HAS_EXPIRED. */
  readonly trusted: boolean;
  readonly problem: string | null;
  /** For example TLSv1.3. */
  readonly protocol: string;
};

const commonName = (name: { CN?: string | string[]; O?: string | string[] } | undefined): string =>
  [name?.CN ?? name?.O ?? ''].flat().join(', ');

/** Shakes hands, reads the certificate, says nothing, hangs up. `connect` must accept any certificate, or the bad ones stay unseen. */
export function readCertificate(connect: buildConnector.connector, url: URL): Promise<TlsDetails> {
  const target = { hostname: url.hostname, host: url.host, protocol: url.protocol, port: url.port };
  return new Promise((resolve, reject) => {
    connect(target, (error, socket) => {
      if (error !== null) return reject(error);
      if (!(socket instanceof TLSSocket)) return reject(new Error('a certificate can be read over https only'));
      socket.on('error', () => {});
      const certificate = socket.getPeerCertificate();
      resolve({
        validFrom: new Date(certificate.valid_from),
        validTo: new Date(certificate.valid_to),
        subject: commonName(certificate.subject),
        issuer: commonName(certificate.issuer),
        trusted: socket.authorized,
        problem: socket.authorized ? null : problemOf(socket.authorizationError),
        protocol: socket.getProtocol() ?? 'unknown',
      });
      return socket.destroy();
    });
  });
}

/** Typed as an Error, in truth mostly its code. */
function problemOf(reason: unknown): string {
  if (typeof reason === 'string') return reason;
  return reason instanceof Error ? ((reason as NodeJS.ErrnoException).code ?? reason.message) : 'unknown';
}
