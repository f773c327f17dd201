import type { Bytes } from '@testudo/core'
import type { Derivation } from './backend.js'
import { HKDF_BYTES_MAX } from './limits.js'
import { misuse } from './usage.js'

const HASH_BYTES = 32
const EMPTY = new Uint8Array(0)

/**
 * HKDF (RFC 5869) over a given HMAC-SHA256. Both back ends use this one, because node's own takes at most 1,024 bytes
 * of info and noble's takes any.
 */
export function hkdf(hmac: (key: Bytes, bytes: Bytes) => Bytes, derivation: Derivation): Bytes {
  const { secret, salt = EMPTY, info, length } = derivation
  if (!Number.isInteger(length) || length < 1 || length > HKDF_BYTES_MAX) {
    misuse('output-length', `HKDF gives 1 to ${HKDF_BYTES_MAX} bytes, not ${length}`)
  }
  const pseudorandomKey = hmac(salt, secret) // RFC 5869 2.2; HMAC pads an empty salt with zeros
  const output = new Uint8Array(Math.ceil(length / HASH_BYTES) * HASH_BYTES)
  let previous: Bytes = EMPTY
  for (let block = 1; (block - 1) * HASH_BYTES < length; block++) {
    const input = new Uint8Array(previous.length + info.length + 1) // RFC 5869 2.3: T(n-1) | info | n
    input.set(previous)
    input.set(info, previous.length)
    input[input.length - 1] = block
    previous = hmac(pseudorandomKey, input)
    output.set(previous, (block - 1) * HASH_BYTES)
  }
  return output.slice(0, length)
}
