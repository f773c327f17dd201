import { type ProcessId, UsageError } from '@testudo/core'
import {
  PACKING_LENGTH_MAX,
  PACKING_MESSAGE_BYTES_MAX,
  PACKING_PACKET_BYTES_MAX,
  PACKING_PACKET_BYTES_MIN,
  PACKING_PACKET_MESSAGES_MAX,
  PACKING_PACKETS_IN_FLIGHT,
  PACKING_QUEUE_BYTES_MAX,
  PACKING_QUEUE_MESSAGES_MAX,
  PACKING_REASSEMBLY_BYTES_MAX,
} from './limits.js'

/**
 * What `packing` is told. `messageBytesMax` and `reassemblyBytesMax` decide what is delivered and must be the same at
 * all members; the others tune one process.
 */
export interface PackingOptions {
  /** This process: by it the layer knows its own packets when they come back. */
  readonly self: ProcessId
  /** The most bytes of a packet that we write. From `PACKING_PACKET_BYTES_MIN`; default `PACKING_PACKET_BYTES_MAX`. */
  readonly packetBytesMax?: number
  /** The most messages of a packet that we write: 1 packs nothing. Default `PACKING_PACKET_MESSAGES_MAX`. */
  readonly packetMessagesMax?: number
  /** The most packets of ours under way. From 1; default `PACKING_PACKETS_IN_FLIGHT`. */
  readonly packetsInFlight?: number
  /** The most bytes of a message. Default `PACKING_MESSAGE_BYTES_MAX`. The same at all members. */
  readonly messageBytesMax?: number
  /** The most bytes of messages not yet delivered back to us. Default `PACKING_QUEUE_BYTES_MAX`. */
  readonly queueBytesMax?: number
  /** The most messages not yet delivered back to us. Default `PACKING_QUEUE_MESSAGES_MAX`. */
  readonly queueMessagesMax?: number
  /** The most bytes of all half-received messages. Default `PACKING_REASSEMBLY_BYTES_MAX`. The same at all members. */
  readonly reassemblyBytesMax?: number
}

/** The options with every default filled in. */
export type Settings = Required<PackingOptions>

/** Fills the defaults in. Throws a `UsageError` (`packing-option`) on a number that cannot work. */
export function settingsOf(options: PackingOptions): Settings {
  const settings: Settings = {
    self: options.self,
    packetBytesMax: options.packetBytesMax ?? PACKING_PACKET_BYTES_MAX,
    packetMessagesMax: options.packetMessagesMax ?? PACKING_PACKET_MESSAGES_MAX,
    packetsInFlight: options.packetsInFlight ?? PACKING_PACKETS_IN_FLIGHT,
    messageBytesMax: options.messageBytesMax ?? PACKING_MESSAGE_BYTES_MAX,
    queueBytesMax: options.queueBytesMax ?? PACKING_QUEUE_BYTES_MAX,
    queueMessagesMax: options.queueMessagesMax ?? PACKING_QUEUE_MESSAGES_MAX,
    reassemblyBytesMax: options.reassemblyBytesMax ?? PACKING_REASSEMBLY_BYTES_MAX,
  }
  check('packetBytesMax', settings.packetBytesMax, PACKING_PACKET_BYTES_MIN, PACKING_LENGTH_MAX)
  check('packetMessagesMax', settings.packetMessagesMax, 1, PACKING_PACKET_MESSAGES_MAX)
  check('packetsInFlight', settings.packetsInFlight, 1)
  check('messageBytesMax', settings.messageBytesMax, 1, PACKING_LENGTH_MAX)
  check('queueMessagesMax', settings.queueMessagesMax, 1)
  // A message that alone is too much for the queue or for the reassembly could be taken and never delivered.
  check('queueBytesMax', settings.queueBytesMax, settings.messageBytesMax)
  check('reassemblyBytesMax', settings.reassemblyBytesMax, settings.messageBytesMax)
  return settings
}

function check(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new UsageError('packing-option', `${name} is ${value}, and must be a whole number from ${least} to ${most}`)
}
