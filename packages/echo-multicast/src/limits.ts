/** The most multicasts of ours that may be unstable when another payload is sent. */
export const WINDOW = 64

/** So many bytes of our own multicasts may be unstable when another payload is sent: a window of 64 KiB packets. */
export const WINDOW_BYTES_MAX: number = 4 * 1024 * 1024

/**
 * How far behind the last stable multicast of a member its next one may be for us to echo it. Four times what a payload
 * may use, so that announcements of counters always find room: they are what opens the window again.
 */
export const ECHO_WINDOW: number = 4 * WINDOW

/**
 * So many bytes of one member's multicasts are echoed above what is stable of it: its window, and 512 KiB for the one
 * that goes beyond it and for counters. It bounds what one liar makes a member keep.
 */
export const ECHO_BYTES_MAX: number = WINDOW_BYTES_MAX + 512 * 1024

/** Counters are announced at the latest after so many payloads of others: four times in a window. */
export const ANNOUNCE_EVERY: number = WINDOW / 4

/** Also after so many multicasts of one member, counters alone among them: they use its window too. */
export const ANNOUNCE_QUIETS: number = ECHO_WINDOW / 8

/** The largest payload of one echo multicast: twice the size of a packet of 60 KiB, and some. */
export const PAYLOAD_BYTES_MAX: number = 128 * 1024

/** The largest body: a payload, the counters of all members, and their lengths. */
export const BODY_BYTES_MAX: number = PAYLOAD_BYTES_MAX + 1024

/**
 * The most of our own multicasts that wait for the window; beyond it `multicast` throws 'overflow'. Twice what the
 * runtime lets be under way, so that an application meets backpressure and not this; and 8,192 more, that reliable
 * multicast leaves free for the end of a view and a flush of 6,144 parts.
 */
export const WAITING_MAX = 40_960

/** The most messages kept of one peer for views that we have not received yet; later ones are dropped and come again. */
export const FUTURE_MESSAGES_MAX = 1024

/** The most bytes of such messages, for each peer. */
export const FUTURE_BYTES_MAX: number = 4 * 1024 * 1024

/** The most bytes of commits kept in one view for members that we suspect; beyond it the oldest go. */
export const RETAINED_BYTES_MAX: number = 64 * 1024 * 1024

/**
 * The most commits forwarded to one member in one scan, a quarter of a second: an echo window. A liar may give its
 * commits to the sequencer alone, and what that orders must get to the others long before they lose patience with it.
 */
export const FORWARDS_MAX: number = ECHO_WINDOW

/** The most bytes of them: a slow member is helped, not buried. */
export const FORWARD_BYTES_MAX: number = 1024 * 1024

/** The most unanswered inits sent again in one scan. */
export const RESENDS_MAX = 16

/** The most peers whose messages for views to come are kept: a full view and as many newcomers. */
export const EARLY_PEERS_MAX = 128
