import { MEMBERS_MAX } from '@testudo/core'

/** Peers that a link keeps state for: several times the largest view, for those who join, leave and come back. */
export const PEERS_MAX = 256
/** Peers that may get state because they were heard first. The rest of `PEERS_MAX` is kept for those we send to. */
export const PEERS_HEARD_MAX: number = PEERS_MAX - MEMBERS_MAX

/** Frames kept for one peer until it acknowledges them: seconds of full load, minutes of light load. */
export const OUTBOX_FRAMES_MAX = 65_536
/** Bytes of payload kept for one peer until it acknowledges them. */
export const OUTBOX_BYTES_MAX = 67_108_864

/** On lossy transports, frames in flight to one peer. On all, how far ahead of the next frame one is kept. */
export const WINDOW_FRAMES_MAX = 1_024
/** On lossy transports, bytes in flight to one peer: what a socket buffer of some MiB takes without loss. */
export const WINDOW_BYTES_MAX = 1_048_576
/** On ordered transports, frames in flight to one peer. */
export const FLIGHT_FRAMES_MAX = 16_384
/** On ordered transports, bytes in flight to one peer: a quarter of what our transports queue before they break it off. */
export const FLIGHT_BYTES_MAX = 16_777_216
/** Bytes of frames that came too early, kept for one peer. Above the sender's window, so an honest one never meets it. */
export const REORDER_BYTES_MAX = 4_194_304

/** The largest payload of one frame. Transports mostly set a lower one. */
export const LINK_PAYLOAD_BYTES_MAX = 16_777_216
/** The most that a link adds to a payload, without a tag: kind, two sessions, two counters, a length. */
export const LINK_OVERHEAD_BYTES_MAX = 37
/** The largest tag of an authenticator: one byte of length in front of it, and no MAC needs more. */
export const TAG_BYTES_MAX = 64

/** How long an acknowledgement waits for a frame to travel on, where the other side waits for it to send again. */
export const ACK_DELAY_MS = 20
/** The same on ordered transports, where it only frees memory: seldom enough to cost nothing under light load. */
export const ACK_DELAY_ORDERED_MS = 200
/** Frames after which an acknowledgement waits no longer. */
export const ACK_FRAMES_MAX = 64
/** Bytes after which an acknowledgement waits no longer. */
export const ACK_BYTES_MAX = 262_144
/** Runs of missing and present frames named in one acknowledgement. The next one names the rest. */
export const ACK_RUNS_MAX = 64

/** Frames sent again for one timeout or one acknowledgement: a liar's few bytes must not cost us much. */
export const BURST_FRAMES_MAX = 64
/** On ordered transports one is enough to learn what is missing; more would pile up before a peer that reads nothing. */
export const BURST_ORDERED_FRAMES = 1
/**
 * On ordered transports, bytes sent again at once when a connection is back; acknowledgements open the window from there,
 * up to twice as much for each round trip. A peer that only reconnects never gets more at a time.
 */
export const RESEND_BURST_BYTES = 1_048_576
/** What may be sent to a peer again without a pause: all that can be in flight, so that one broken connection costs none. */
export const RESEND_BUDGET_BYTES: number = FLIGHT_BYTES_MAX
/** The pace after that: a peer that breaks its connection fifty times a second makes us send this much and no more. */
export const RESEND_BYTES_PER_SECOND = 8_388_608
/** What a frame sent again costs besides its bytes, in bytes: small ones cost work. */
export const RESEND_FRAME_BYTES = 256
/** Faults reported about one peer for what it sends, while this process lives: later ones say nothing new. */
export const FAULTS_PER_PEER_MAX = 16

/** On lossy transports, the first time-out; later ones follow the measured round trips. */
export const RETRY_FIRST_MS = 200
/** On lossy transports, the shortest time-out: above the acknowledgement delay and a timer's jitter. */
export const RETRY_MIN_MS = 50
/** On lossy transports, the longest time-out. */
export const RETRY_MAX_MS = 2_000
/** On ordered transports nothing is lost while a connection lasts: this only mends what a full receiver dropped. */
export const RETRY_ORDERED_MS = 5_000
/** The longest such time-out. */
export const RETRY_ORDERED_MAX_MS = 30_000
/** A frame reported missing is not sent again before this time has passed since it was sent. */
export const RESEND_MIN_MS = 10

/** How often a greeting is repeated while nothing waits to be sent. With something to send there is no end. */
export const GREETINGS_IDLE_MAX = 5
