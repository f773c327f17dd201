import { type Bytes, type Identity, type ProcessId, processIdBytes, processIdOf } from '@testudo/core'
import { CERTIFICATE_BYTES_MAX } from './limits.js'
import { nodeModule } from './platform.js'

/** What `node:tls` takes as `key` and `cert`. The key is the identity's secret in PEM: never log it. */
export interface TlsCredentials {
  readonly key: string
  readonly cert: string
}

/**
 * A self-signed X.509 certificate of the identity's Ed25519 key, with that key. It says nothing but the key: names and
 * dates are constants, and a peer that relied on them instead of comparing the key would be wrong. The same identity
 * gives the same bytes.
 */
export function tlsCredentials(identity: Identity): TlsCredentials {
  const seed = identity.unsafeExportSeed()
  const body = certificateBody(processIdBytes(identity.id))
  const signature = der(0x03, [0], identity.signer.sign(body))
  return {
    key: pem('PRIVATE KEY', new Uint8Array([...PKCS8_PREFIX, ...seed])),
    cert: pem('CERTIFICATE', der(0x30, body, ED25519_ALGORITHM, signature)),
  }
}

/**
 * The process whose key a certificate carries, or undefined if `raw` is not exactly one DER certificate of at most
 * `CERTIFICATE_BYTES_MAX` bytes with an Ed25519 key. Its signature, names and dates are not looked at, since the TLS
 * handshake has proven the key itself; whether the key is a member's, the caller has to ask. Throws `needs-node`.
 */
export function publicKeyOfCertificate(raw: Bytes): ProcessId | undefined {
  if (raw.length > CERTIFICATE_BYTES_MAX) return undefined
  const spki = subjectPublicKeyInfo(raw)
  if (spki?.length !== SPKI_PREFIX.length + 32 || !SPKI_PREFIX.every((byte, i) => spki[i] === byte)) return undefined
  return processIdOf(spki.subarray(SPKI_PREFIX.length))
}

/** The same parser that the handshake used decides which key a certificate carries: two parsers could disagree. */
function subjectPublicKeyInfo(raw: Bytes): Bytes | undefined {
  const { X509Certificate } = nodeModule('node:crypto')
  try {
    const certificate = new X509Certificate(raw)
    if (!certificate.raw.equals(raw)) return undefined // PEM, or something behind the certificate
    return certificate.publicKey.export({ format: 'der', type: 'spki' })
  } catch {
    return undefined // not a certificate, or a key that OpenSSL does not know: it has no other way to say so
  }
}

const ED25519_OID = [0x06, 0x03, 0x2b, 0x65, 0x70] // 1.3.101.112, RFC 8410 3
const ED25519_ALGORITHM = der(0x30, ED25519_OID)
const SPKI_PREFIX = [0x30, 0x2a, 0x30, 0x05, ...ED25519_OID, 0x03, 0x21, 0x00]
const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, ...ED25519_OID, 0x04, 0x22, 0x04, 0x20]

/** TBSCertificate of RFC 5280 4.1, the key being all that varies. */
function certificateBody(publicKey: Bytes): Bytes {
  const name = der(0x30, der(0x31, der(0x30, [0x06, 0x03, 0x55, 0x04, 0x03], der(0x0c, ascii('testudo')))))
  // From before any clock that could be right, to RFC 5280's "no end" (4.1.2.5): a group's clocks may be wrong.
  const validity = der(0x30, der(0x17, ascii('200101000000Z')), der(0x18, ascii('99991231235959Z')))
  const notAnAuthority = der(0x30, [0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff], der(0x04, der(0x30)))
  const signsOnly = der(0x30, [0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff], der(0x04, [0x03, 0x02, 0x07, 0x80]))
  return der(
    0x30,
    der(0xa0, [0x02, 0x01, 0x02]), // version 3
    [0x02, 0x01, 0x01], // serial number 1
    ED25519_ALGORITHM,
    name,
    validity,
    name,
    [...SPKI_PREFIX, ...publicKey],
    der(0xa3, der(0x30, notAnAuthority, signsOnly)),
  )
}

/** One DER element. Its contents stay below 65,536 bytes. */
function der(tag: number, ...contents: readonly (Bytes | readonly number[])[]): Bytes {
  const content = contents.flatMap((part) => [...part])
  const { length } = content
  if (length < 0x80) return new Uint8Array([tag, length, ...content])
  if (length < 0x100) return new Uint8Array([tag, 0x81, length, ...content])
  return new Uint8Array([tag, 0x82, length >> 8, length & 0xff, ...content])
}

function ascii(text: string): Bytes {
  return new TextEncoder().encode(text)
}

/** RFC 7468: base64 in lines of 64 characters. */
function pem(label: string, bytes: Bytes): string {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
