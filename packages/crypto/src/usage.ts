import { type Bytes, UsageError } from '@testudo/core'
import { MESSAGE_BYTES_MAX } from './limits.js'

/** The codes of the `UsageError`s that this package throws. */
export type CryptoUsageCode =
  /** An Ed25519 seed is 32 bytes. */
  | 'seed-length'
  /** An X25519 secret is 32 bytes. */
  | 'secret-length'
  /** An AEAD key is 32 bytes. */
  | 'key-length'
  /** An AEAD nonce is 12 bytes. */
  | 'nonce-length'
  /** HKDF gives 1 to `HKDF_BYTES_MAX` bytes. */
  | 'output-length'
  /** Random bytes come 0 to `RANDOM_BYTES_MAX` at a time. */
  | 'random-length'
  /** One input is longer than `MESSAGE_BYTES_MAX`. */
  | 'message-size'
  /** Only Node has what was asked for. */
  | 'needs-node'
  /** A key file without a passphrase would only look encrypted. */
  | 'passphrase-empty'
  /** A channel joins two processes. */
  | 'channel-self'
  /** A capacity is a whole number from 1 to `CHANNEL_PEERS_MAX`. */
  | 'channel-capacity'
  /** A direction of a channel has carried `CHANNEL_FRAMES_MAX` frames: begin a new epoch. */
  | 'channel-exhausted'
  /** `CHANNEL_PEERS_MAX` peers are remembered: begin a new epoch. */
  | 'channel-peers'
  /** The channels were closed. */
  | 'channel-closed'

/** Refuses wrong local use. */
export function misuse(code: CryptoUsageCode, message: string): never {
  throw new UsageError(code, message)
}

/** Refuses a local value that is not exactly so long. */
export function requireLength(bytes: Bytes, length: number, code: CryptoUsageCode, what: string): void {
  if (bytes.length !== length) misuse(code, `${what} has ${length} bytes, not ${bytes.length}`)
}

/** Refuses a local input longer than both back ends can work on. */
export function requireSize(bytes: Bytes): void {
  if (bytes.length > MESSAGE_BYTES_MAX) {
    misuse('message-size', `${bytes.length} bytes are more than ${MESSAGE_BYTES_MAX}`)
  }
}
