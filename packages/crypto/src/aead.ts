import type { Bytes } from '@testudo/core'
import type { Sealing } from './backend.js'
import { MESSAGE_BYTES_MAX } from './limits.js'
import { requireLength, requireSize } from './usage.js'

/** The length of a key of either cipher. */
export const KEY_BYTES = 32
/** The length of a nonce of either cipher. Others would be legal for AES-GCM; they are not on offer. */
export const NONCE_BYTES = 12
/** The length of a tag of either cipher. Never truncated. */
export const TAG_BYTES = 16

/** Refuses wrong local use of `seal`, the same for both back ends. */
export function requireSealable({ key, nonce, aad }: Sealing, plaintext: Bytes): void {
  requireLength(key, KEY_BYTES, 'key-length', 'an AEAD key')
  requireLength(nonce, NONCE_BYTES, 'nonce-length', 'an AEAD nonce')
  requireSize(plaintext)
  if (aad !== undefined) requireSize(aad)
}

/** Whether it is worth trying to open at all. The key is local; nonce, aad and ciphertext may be a peer's. */
export function openable({ key, nonce, aad }: Sealing, ciphertext: Bytes): boolean {
  requireLength(key, KEY_BYTES, 'key-length', 'an AEAD key')
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) return false
  return ciphertext.length <= MESSAGE_BYTES_MAX + TAG_BYTES && (aad?.length ?? 0) <= MESSAGE_BYTES_MAX
}
