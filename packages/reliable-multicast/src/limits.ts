/** The largest payload of one reliable multicast: what echo multicast carries (128 KiB), less our own framing. */
export const PAYLOAD_BYTES_MAX: number = 128 * 1024 - 16

/** A flush travels in parts of this size, so that no multicast is larger than any other. */
export const FLUSH_PART_BYTES: number = 64 * 1024

/**
 * The largest flush: as much as echo multicast retains for one view (64 MiB), with room for framing. A member whose
 * flush grows beyond it is not honest, and its flush is not taken.
 */
export const FLUSH_BYTES_MAX: number = 80 * 1024 * 1024

/** The most certificates in one flush: 64 members with four windows of 64 each. */
export const FLUSH_COMMITS_MAX = 16384

/**
 * The most multicasts held back while a view change is under way; beyond it `multicast` throws 'overflow'. Twice what
 * the runtime lets be under way, so that an application meets backpressure and not this.
 */
export const HELD_MAX = 32_768

/**
 * The most multicasts of ours under way in one view; beyond it `multicast` throws 'overflow'. As many as may have been
 * held for it. Echo multicast lets 4,096 more wait, so that the end of a view and a flush always find room there.
 */
export const UNDER_WAY_MAX: number = HELD_MAX
