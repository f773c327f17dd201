import { type Bytes, equalBytes } from '@testudo/core'
import { SCRYPT_LOG2N_MAX, SCRYPT_P_MAX, SCRYPT_R_MAX } from './limits.js'

/** How much work a guess at the passphrase is: N = 2^log2N, r and p of RFC 7914. */
export interface ScryptCost {
  readonly log2N: number
  readonly r: number
  readonly p: number
}

/** What is in a key file, sealed. */
export interface KeyFile {
  readonly cost: ScryptCost
  /** 32 random bytes, new for each file: that is why the AEAD's nonce can be zero. */
  readonly salt: Bytes
  /** 32 bytes, in the clear. */
  readonly publicKey: Bytes
  /** The seed and its tag: 48 bytes. Empty while the header is being made. */
  readonly sealedSeed: Bytes
}

// Byte by byte: magic 16 | log2N 1 | r 1 | p 1 | zero 1 | salt 32 | public key 32 | sealed seed 48 | SHA-256 of it all 32
const MAGIC: Bytes = new TextEncoder().encode('testudo-key-v01\n')
const HEADER_BYTES = 84
const SEALED_BYTES = 48
const CHECKSUM_BYTES = 32

/** The one length that a key file has. */
export const KEY_FILE_BYTES: number = HEADER_BYTES + SEALED_BYTES + CHECKSUM_BYTES

/** What 32 MiB of memory and about 80 ms make of each guess. */
export const SCRYPT_COST: ScryptCost = { log2N: 15, r: 8, p: 1 }

/** Below this the file was not written by us: a guess would be too cheap. */
const SCRYPT_LOG2N_MIN = 14

/** The part of the file that is authenticated with the seed, and not encrypted. */
export function keyFileHeader({ cost, salt, publicKey }: KeyFile): Bytes {
  return new Uint8Array([...MAGIC, cost.log2N, cost.r, cost.p, 0, ...salt, ...publicKey])
}

/**
 * The bytes of a key file. The checksum tells damage from a wrong passphrase, which an AEAD alone cannot; it protects
 * against nothing else.
 */
export function encodeKeyFile(file: KeyFile, sha256: (bytes: Bytes) => Bytes): Bytes {
  const content = new Uint8Array([...keyFileHeader(file), ...file.sealedSeed])
  return new Uint8Array([...content, ...sha256(content)])
}

/** What the bytes of a key file say, or why they are refused. */
export function parseKeyFile(
  bytes: Bytes,
  sha256: (bytes: Bytes) => Bytes,
): KeyFile | 'key-file-damaged' | 'key-file-parameters' {
  if (bytes.length !== KEY_FILE_BYTES || !equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return 'key-file-damaged'
  const content = bytes.subarray(0, HEADER_BYTES + SEALED_BYTES)
  if (!equalBytes(bytes.subarray(content.length), sha256(content))) return 'key-file-damaged'
  const [log2N = 0, r = 0, p = 0, zero] = bytes.subarray(MAGIC.length)
  if (zero !== 0) return 'key-file-damaged'
  if (!affordable({ log2N, r, p })) return 'key-file-parameters'
  return {
    cost: { log2N, r, p },
    salt: bytes.slice(20, 52),
    publicKey: bytes.slice(52, HEADER_BYTES),
    sealedSeed: bytes.slice(HEADER_BYTES, HEADER_BYTES + SEALED_BYTES),
  }
}

function affordable({ log2N, r, p }: ScryptCost): boolean {
  if (log2N < SCRYPT_LOG2N_MIN || log2N > SCRYPT_LOG2N_MAX) return false
  return r >= 1 && r <= SCRYPT_R_MAX && p >= 1 && p <= SCRYPT_P_MAX
}
