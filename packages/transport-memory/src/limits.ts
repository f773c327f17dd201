/** The largest frame in bytes: as `@testudo/transport-tcp`, so that a test meets the limit that production has. */
export const FRAME_BYTES_MAX: number = 4 * 1024 * 1024

/** Bytes on their way from one process to another. Beyond it their connection breaks, and what was on its way is lost. */
export const QUEUE_BYTES_MAX: number = 64 * 1024 * 1024

/** What a waiting frame counts besides its bytes: about what its object takes, so that empty frames are bounded too. */
export const FRAME_COST_BYTES = 64
