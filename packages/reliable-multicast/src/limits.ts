/** The largest payload of one reliable multicast: what echo multicast carries (128 KiB), less our own framing. */
export const PAYLOAD_BYTES_MAX: number = 128 * 1024 - 16

/** A flush travels in parts of this size, so that no multicast is larger than any other. */
export const FLUSH_PART_BYTES: number = 64 * 1024

/**
 * The largest flush, 6,144 parts: what echo multicast retains for suspected members (64 MiB), and the 4.5 MiB that it
 * echoes of each of 64 members above what is stable. A member whose flush grows beyond it is not honest, and its flush
 * is not taken.
 */
export const FLUSH_BYTES_MAX: number = 384 * 1024 * 1024

/** The most certificates in one flush: those of the smallest kind in 64 MiB, and the windows of 64 members. */
export const FLUSH_COMMITS_MAX: number = 2 ** 19

/**
 * How much more a flush may be with its repetitions written out than as it came: every certificate in it once for each
 * of 64 members, twice. So a few bytes cannot ask for much memory. The first MiB is free.
 */
export const FLUSH_EXPANSION_MAX = 128

/**
 * The most multicasts held back while a view change is under way; beyond it `multicast` throws 'overflow'. Twice what
 * the runtime lets be under way, so that an application meets backpressure and not this. It bounds their number, not
 * their bytes: the runtime bounds those (4 MiB outstanding); who drives this layer without it bounds them itself.
 */
export const HELD_MAX = 32_768

/**
 * The most multicasts of ours under way in one view; beyond it `multicast` throws 'overflow'. As many as may have been
 * held for it. Echo multicast lets 8,192 more wait, so that the end of a view and a flush always find room there.
 * It too bounds the number and not the bytes.
 */
export const UNDER_WAY_MAX: number = HELD_MAX

/** So many messages of one member may wait to be stable in uniform mode; then it is held back until half of them are. */
export const UNSTABLE_MAX = 1024

/** So many bytes of one member; then the same. */
export const UNSTABLE_BYTES_MAX: number = 8 * 1024 * 1024
