/** The most members named in one order message or on one message of the sequencer: 4 KiB. */
export const ORDER_MAX = 4096

/** The largest payload of one atomic multicast: what reliable multicast carries (128 KiB less 16), less an order. */
export const PAYLOAD_BYTES_MAX: number = 128 * 1024 - 64 - ORDER_MAX

/** The most multicasts of ours that are not A-delivered here; beyond it `multicast` throws 'overflow'. */
export const UNDER_WAY_MAX = 32_000

/** So many messages of one sender may wait for their order; then no member here helps that sender's next ones along. */
export const PENDING_MAX = 1024

/** So many bytes of one sender may wait for their order; then the same. */
export const PENDING_BYTES_MAX: number = 8 * 1024 * 1024

/**
 * So many messages of ours may be multicast and not A-delivered; the next ones wait here. Half of what others let wait, so
 * that an honest member is not held: a held one cannot announce what it delivered either, and would be removed for it.
 */
export const SEND_WINDOW: number = PENDING_MAX / 2

/** So many bytes of ours may be; then the same. */
export const SEND_WINDOW_BYTES: number = PENDING_BYTES_MAX / 2

/** So many places may be ordered ahead of their messages; then no member here helps the sequencer along. */
export const ORDER_AHEAD_MAX = 65536
