import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { processIdBytes } from '@testudo/core'
import {
  CERTIFICATE_BYTES_MAX,
  createIdentity,
  nobleBackend,
  publicKeyOfCertificate,
  suite,
  tlsCredentials,
} from '@testudo/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const identity = createIdentity()
const credentials = tlsCredentials(identity)
const certificate = new X509Certificate(credentials.cert)
const raw = new Uint8Array(certificate.raw)

describe('the certificate', () => {
  test("is version 3, self-signed, of the identity's key, and always valid", () => {
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(credentials.key))).toBe(true)
    expect(certificate.ca).toBe(false)
    expect(certificate.validTo).toBe('Dec 31 23:59:59 9999 GMT')
    expect(certificate.publicKey.export({ format: 'jwk' }).x).toBe(
      Buffer.from(processIdBytes(identity.id)).toString('base64url'),
    )
  })

  test('is the same each time and on either back end', () => {
    const noble = createIdentity({ seed: identity.unsafeExportSeed(), suite: suite(nobleBackend()) })
    expect(tlsCredentials(noble)).toEqual(credentials)
  })

  test('satisfies the openssl command, where there is one', ({ skip }) => {
    try {
      execFileSync('openssl', ['version'])
    } catch {
      console.warn('skipped: there is no openssl command')
      skip('there is no openssl command')
    }
    const shown = execFileSync('openssl', ['x509', '-noout', '-text'], { input: credentials.cert }).toString()
    expect(shown).toContain('Version: 3 (0x2)')
    expect(shown).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(shown).toMatch(/Key Usage: critical\s+Digital Signature/)
  })
})

describe('the key of a certificate', () => {
  test('is the identity', () => {
    expect(publicKeyOfCertificate(raw)).toBe(identity.id)
    expect(raw.length).toBeLessThan(320)
  })

  test('is not read from PEM, from part of a certificate, or with anything behind it', () => {
    expect(publicKeyOfCertificate(new TextEncoder().encode(credentials.cert))).toBeUndefined()
    expect(publicKeyOfCertificate(raw.subarray(0, -1))).toBeUndefined()
    expect(publicKeyOfCertificate(new Uint8Array([...raw, 0]))).toBeUndefined()
    expect(publicKeyOfCertificate(new Uint8Array(0))).toBeUndefined()
  })

  test('is not read beyond CERTIFICATE_BYTES_MAX', () => {
    const long = new Uint8Array(CERTIFICATE_BYTES_MAX + 1)
    long.set(raw)
    expect(publicKeyOfCertificate(long)).toBeUndefined()
  })

  test.for(['x25519', 'ed448'] as const)('is not one of another algorithm: %s', (algorithm) => {
    const { publicKey } = generateKeyPairSync(algorithm as 'x25519')
    const other = publicKey.export({ format: 'der', type: 'spki' })
    const place = Buffer.from(raw).indexOf(Buffer.from('302a300506032b6570032100', 'hex'))
    const swapped = raw.slice()
    if (algorithm === 'x25519') swapped.set(other, place)
    else swapped[place + 8] = 0x71 // the identifier of Ed448 with a key that is too short for it
    expect(publicKeyOfCertificate(swapped)).toBeUndefined()
  })

  test('of any bytes is read without throwing', () => {
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), (at, value) => {
        const mutated = raw.slice()
        mutated[at] = value
        const id = publicKeyOfCertificate(mutated)
        expect(id === undefined || id.length === 64).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('mutual TLS 1.3', () => {
  const options = {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    sigalgs: 'ed25519',
    ecdhCurve: 'X25519',
    rejectUnauthorized: false,
  } as const

  test('shows each side the identity of the other', async () => {
    const other = createIdentity()
    const server = createServer({ ...options, ...credentials, requestCert: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>
    const { port } = server.address() as AddressInfo
    const client = connect({ ...options, ...tlsCredentials(other), port, host: '127.0.0.1' })
    await once(client, 'secureConnect')
    const [socket] = await accepted
    expect(publicKeyOfCertificate(client.getPeerCertificate().raw)).toBe(identity.id)
    expect(publicKeyOfCertificate(socket.getPeerCertificate().raw)).toBe(other.id)
    client.destroy()
    socket.destroy()
    server.close()
    await once(server, 'close')
  })
})
