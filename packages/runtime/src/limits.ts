/** Messages accepted but not delivered here yet. Above what any stack here orders in a tenth of a second. A power of two. */
export const OUTSTANDING_MESSAGES_MAX = 16_384
/** Their bytes. The message that crosses the line is still accepted, so that every size is. */
export const OUTSTANDING_BYTES_MAX = 4_194_304
/** Callers of `multicast` that wait for room. More of them is a program that does not await. */
export const WAITING_MAX = 1_024

/** Events that wait for the application. Then received frames wait until half of them were taken. */
export const EVENTS_MAX = 65_536
/** Bytes of events that wait, counted as payload and `EVENT_OVERHEAD_BYTES`. */
export const EVENTS_BYTES_MAX = 67_108_864
/** What an event costs besides its payload. */
export const EVENT_OVERHEAD_BYTES = 64

/**
 * After a time in which received frames were held back, timers wait so long, in milliseconds: what the sockets hold is
 * read first, or the layer blames others for what it was not shown.
 */
export const GRACE_MS = 500

/** Frames of one peer that wait for verdicts or for the application: then the transport is paused. */
export const RECEIVED_FRAMES_MAX = 1_024
/** Their bytes. */
export const RECEIVED_BYTES_MAX = 16_777_216
/** A transport may still hand over what it has read when it is paused; beyond so many times the limit it is dropped. */
export const RECEIVED_EXCESS = 2

/**
 * Fewer claims than this are checked on the thread that steps the layer: waking another one and being woken by it costs
 * as much as checking one or two. (Measured on two virtual cores: 50 to 80 µs a wake, 110 µs a check.)
 */
export const HAND_OVER_MIN = 4

/**
 * Claims of one peer that are read ahead of what the layer was stepped with: half of a batch, so that one peer cannot fill
 * it. Frames beyond wait unread: what is a copy of something known by then has no claims any more. One frame may exceed it.
 */
export const CLAIMS_AHEAD_MAX = 64

/** Claims checked in one call: enough to feed the threads, few enough that the first verdict comes soon. */
export const VERIFY_BATCH_MAX = 128

/** How long `leave` waits for the group's answer. */
export const LEAVE_DEADLINE_MS = 5_000
