/** The most bytes of a packet that we write, by default: with the headers of the layers below it stays under 64 KiB. */
export const PACKING_PACKET_BYTES_MAX: number = 60 * 1024

/** The least that `packetBytesMax` may be: room for the longest header (29 bytes) and as much again to carry. */
export const PACKING_PACKET_BYTES_MIN = 64

/** The most that `packetBytesMax` and `messageBytesMax` may be: lengths are written in at most four bytes. */
export const PACKING_LENGTH_MAX: number = 2 ** 28 - 1

/**
 * The most messages in one packet. A packet of 60 KiB reaches it only with messages under 15 bytes; without it a liar
 * could have 64 KiB of zeros unpacked into 65,000 messages.
 */
export const PACKING_PACKET_MESSAGES_MAX = 4096

/** The most packets of ours under way, by default: handed down and not yet delivered back. */
export const PACKING_PACKETS_IN_FLIGHT = 4

/** The most bytes of one message, by default. */
export const PACKING_MESSAGE_BYTES_MAX: number = 16 * 1024 * 1024

/** The most bytes of messages that wait or are under way, by default: two of the largest messages. */
export const PACKING_QUEUE_BYTES_MAX: number = 32 * 1024 * 1024

/** The most messages that wait or are under way, by default: what a full queue of empty ones may cost in memory. */
export const PACKING_QUEUE_MESSAGES_MAX = 65_536

/**
 * The most bytes of messages of which some fragments are here, of all senders together, by default. Four of the
 * largest messages, so that a group of four never meets it.
 */
export const PACKING_REASSEMBLY_BYTES_MAX: number = 64 * 1024 * 1024

/** Of how many packets of one sender, delivered and not yet stable, it is remembered where their messages ended. */
export const PACKING_STABLE_MARKS_MAX = 1024
