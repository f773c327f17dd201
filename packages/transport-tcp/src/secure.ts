import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { ProcessId } from '@testudo/core'
import { publicKeyOfCertificate, type TlsCredentials } from '@testudo/crypto'
import type { TcpAddress } from './options.js'

/** The one way of speaking TLS here: version 1.3, Ed25519 for keys, X25519 for secrets, no tickets to resume with. */
export function secureContext({ key, cert }: TlsCredentials): SecureContext {
  return createSecureContext({
    key,
    cert,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    sigalgs: 'ed25519',
    ecdhCurve: 'X25519',
    // A ticket would then name a session in a store that Node keeps off: nothing can be resumed.
    secureOptions: constants.SSL_OP_NO_TICKET,
  })
}

/** Starts the server's side of TLS on a socket. `secure` is called when the client's certificate is known. */
export function acceptTls(socket: Socket, context: SecureContext, secure: () => void): TLSSocket {
  // `rejectUnauthorized` asks for a chain to an authority; here the key itself is compared, by whoever hears `secure`.
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext: context,
    requestCert: true,
    rejectUnauthorized: false,
  })
  // Not through `tls.Server`: it does not say which of its raw sockets became which secure one, and the limit on
  // pending connections counts the raw ones.
  tls.on('secure', secure)
  return tls
}

/** Dials and starts the client's side of TLS. `secure` is called when the server's certificate is known. */
export function dialTls({ host, port }: TcpAddress, context: SecureContext, secure: () => void): TLSSocket {
  const tls = connect({
    host,
    port,
    secureContext: context,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined, // no names in these certificates: the key is compared
  })
  tls.on('secureConnect', secure)
  return tls
}

/**
 * The process whose key the other side has just proven to hold; undefined without a certificate, for another kind of
 * key, or if the session was resumed and nothing was proven now.
 */
export function provenPeer(tls: TLSSocket): ProcessId | undefined {
  if (tls.isSessionReused()) return undefined
  const certificate = tls.getPeerX509Certificate()
  return certificate === undefined ? undefined : publicKeyOfCertificate(certificate.raw)
}
