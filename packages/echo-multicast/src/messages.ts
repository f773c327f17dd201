import { bytes, type Codec, fixed, list, literal, optional, struct, u8, union, varint } from '@testudo/codec'
import { type Bytes, MEMBERS_MAX } from '@testudo/core'
import { BODY_BYTES_MAX, PAYLOAD_BYTES_MAX } from './limits.js'

const digest: Codec<Bytes> = fixed(32)
const signature: Codec<Bytes> = fixed(64)
const counter: Codec<number> = varint(Number.MAX_SAFE_INTEGER)
const bodyLength: Codec<number> = varint(BODY_BYTES_MAX)

/** One member's signature over a statement, by its rank in the view. */
export interface Signature {
  readonly rank: number
  readonly signature: Bytes
}

/**
 * Step 1, initiator to all: the digest of its `seq`-th multicast, with the initiator's own echo.
 *
 * DEVIATION: [R94] 4.1 has neither number nor signature here. With the number, an init can be sent again after a link
 * had to drop it; with the echo, a member that sees two different ones has evidence.
 */
export interface Init {
  readonly type: 'init'
  readonly view: number
  readonly seq: number
  /** The length of the body, so that those who echo it know what they will have to keep. */
  readonly bytes: number
  readonly digest: Bytes
  readonly signature: Bytes
}

/** Step 2, to the initiator: the sender's signature over the statement for `seq`. */
export interface Echo {
  readonly type: 'echo'
  readonly view: number
  readonly seq: number
  readonly signature: Bytes
}

/** Step 3, initiator to all, and from anybody to whoever may lack it: a message with a quorum of echoes. */
export interface Commit {
  readonly type: 'commit'
  readonly view: number
  /** The rank of the initiator. */
  readonly initiator: number
  readonly seq: number
  /** An encoded `Body`: m of the paper. */
  readonly body: Bytes
  /** By strictly ascending rank, exactly a quorum, the initiator's own among them. */
  readonly echoes: readonly Signature[]
}

/** What echo multicasts say to each other. */
export type EchoMessage = Init | Echo | Commit

/** The codec of `EchoMessage`. */
export const echoMessage: Codec<EchoMessage> = union({
  init: [1, struct({ view: counter, seq: counter, bytes: bodyLength, digest, signature })],
  echo: [2, struct({ view: counter, seq: counter, signature })],
  commit: [
    3,
    struct({
      view: counter,
      initiator: u8,
      seq: counter,
      body: bytes(BODY_BYTES_MAX),
      echoes: list(struct({ rank: u8, signature }), MEMBERS_MAX),
    }),
  ],
})

/** What is multicast: a payload from above, the initiator's counters ([R94] 4.2), or both. */
export interface Body {
  /** By rank: how many multicasts of each member the initiator has E-delivered. */
  readonly counters: readonly number[] | undefined
  readonly payload: Bytes | undefined
}

/** The codec of `Body`. */
export const body: Codec<Body> = struct({
  counters: optional(list(counter, MEMBERS_MAX)),
  payload: optional(bytes(PAYLOAD_BYTES_MAX)),
})

/**
 * What an echo signs: that `initiator` asked for `digest` to be its `seq`-th multicast in exactly this view.
 *
 * DEVIATION: [R94] 4.1 signs the number of the view. The digest of the view says the same and also which group it is, so
 * that no signature means anything in another group with the same keys.
 */
export interface Statement {
  readonly domain: 'testudo/echo-multicast/echo/1'
  /** `View.digest`: fixes the group, the view's number and its members. */
  readonly viewDigest: Bytes
  readonly initiator: number
  readonly seq: number
  /** The length of the body. */
  readonly bytes: number
  readonly digest: Bytes
}

/** The codec of `Statement`. */
export const statement: Codec<Statement> = struct({
  domain: literal('testudo/echo-multicast/echo/1'),
  viewDigest: digest,
  initiator: u8,
  seq: counter,
  bytes: bodyLength,
  digest,
})
