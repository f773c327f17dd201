/**
 * The longest byte string that any operation takes, in bytes. OpenSSL refuses more than 2^31 - 1 and noble does not, so
 * without one limit the two back ends would answer differently; no message of a group is anywhere near it.
 */
export const MESSAGE_BYTES_MAX: number = 2 ** 28

/** The longest output of HKDF-SHA256: 255 blocks of 32 bytes. RFC 5869 2.3 */
export const HKDF_BYTES_MAX: number = 255 * 32

/**
 * How many public keys a back end remembers with its verdict on them (an imported key, or "inadmissible"). A view has
 * at most 64 members; the rest is room for candidates. Beyond it the key that was not used for longest is forgotten,
 * which costs about one millisecond when it comes again.
 */
export const KEYS_CACHED_MAX: number = 1024

/** How many claims of one `verifyAll` are in libuv's thread pool at a time: enough to keep it busy, and file I/O alive. */
export const VERIFY_IN_FLIGHT_MAX: number = 64

/** How many claims noble checks in `verifyAll` (about 1 ms each) before timers and sockets have their turn. */
export const VERIFY_SLICE: number = 8

/** The most random bytes that one call draws. */
export const RANDOM_BYTES_MAX: number = 2 ** 20

/** How many channels keep their keys when `openChannels` is not told otherwise. */
export const CHANNELS_CACHED_MAX: number = 4096

/**
 * How many peers' counters one `Channels` remembers. Counters outlive the keys of a channel that fell out of the cache,
 * because the same keys come back with it: forgetting a counter would repeat a nonce or admit a replay. Behind this
 * many peers a new epoch has to begin.
 */
export const CHANNEL_PEERS_MAX: number = 16_384

/** The most frames that one direction of a channel carries in an epoch. */
export const CHANNEL_FRAMES_MAX: number = 2 ** 32

/** The most that scrypt may be asked for by a key file: N = 2^17 and r = 8 take 128 MiB, p = 4 about two seconds. */
export const SCRYPT_LOG2N_MAX: number = 17
/** See `SCRYPT_LOG2N_MAX`. */
export const SCRYPT_R_MAX: number = 8
/** See `SCRYPT_LOG2N_MAX`. */
export const SCRYPT_P_MAX: number = 4

/** The longest certificate that is looked at, in bytes. Ours have 300 or so. */
export const CERTIFICATE_BYTES_MAX: number = 4096
