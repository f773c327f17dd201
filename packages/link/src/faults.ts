/**
 * What a link reports about a peer.
 *
 * - `link-overflow`: the peer acknowledges too slowly or not at all, frames for it are dropped from now on. Once per
 *   episode; it ends when half of the buffer is free again.
 * - `link-malformed`: the peer sent bytes that no link writes.
 * - `link-bad-ack`: the peer acknowledged what was never sent.
 * - `link-too-large`: a frame for the peer exceeds what the transport carries, and was dropped. A fault of our own stack.
 */
export type LinkFaultCode = 'link-overflow' | 'link-malformed' | 'link-bad-ack' | 'link-too-large'
