import { type Bytes, type Claim, equalBytes } from '@testudo/core'
import { MESSAGE_BYTES_MAX } from './limits.js'

/** The length of an Ed25519 signature: R, then S, 32 bytes each. */
export const SIGNATURE_BYTES = 64

/** The order L = 2^252 + 27742317777372353535851937790883648493 of the base point, little-endian. RFC 8032 5.1 */
const ORDER: readonly number[] = [
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]

/** The canonical encoding of the identity: y = 1. */
const IDENTITY: Bytes = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0))

/**
 * Whether a claim has the form of a signature at all: its lengths, S < L as RFC 8032 5.1.7 step 1 demands, and an R that
 * is not the identity.
 *
 * DEVIATION: the RFC allows R to be the identity. Node 24 refuses every R of small order in `crypto.verify`, Node 20 and
 * 22 do not, so that a signer could split a group that mixes them. Under an admissible key the identity is the only R of
 * small order that can satisfy the equation; an honest signer's nonce gives it once in 2^252.
 */
export function wellFormed(claim: Claim): boolean {
  const { signature, bytes } = claim
  if (signature.length !== SIGNATURE_BYTES || bytes.length > MESSAGE_BYTES_MAX) return false
  return belowOrder(signature) && !equalBytes(signature.subarray(0, 32), IDENTITY)
}

function belowOrder(signature: Bytes): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (signature[32 + i] as number) - (ORDER[i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
