import type { AtomicMessage } from '@testudo/atomic-multicast'
import { atomicMessage } from '@testudo/atomic-multicast'
import { decode, encode } from '@testudo/codec'
import type { Bytes, Multicast, Step } from '@testudo/core'
import { type ReliableMessage, reliableMessage } from '@testudo/reliable-multicast'
import { type Behaviour, changingDown, type LiarTools } from './behaviour.js'

/** Parts of a flush that never ends. */
const GIANT_PARTS = 12

/** Replaces what reliable multicast says. */
function reliableLie(
  name: string,
  change: (message: ReliableMessage, tools: LiarTools) => readonly (ReliableMessage | Bytes)[] | undefined,
): Behaviour {
  return {
    name,
    make: (tools) => ({
      aboveEcho: changingDown((input) => {
        if (input.type !== 'multicast') return [input as Step]
        const message = decode(reliableMessage, input.payload)
        const others = message === undefined ? undefined : change(message, tools)
        if (others === undefined) return [input]
        return others.map(
          (other): Multicast => ({
            ...input,
            payload: other instanceof Uint8Array ? other : encode(reliableMessage, other),
          }),
        )
      }),
    }),
  }
}

/** Replaces what atomic multicast says. */
function atomicLie(
  name: string,
  change: (message: AtomicMessage, tools: LiarTools) => readonly (AtomicMessage | Bytes)[] | undefined,
): Behaviour {
  return {
    name,
    make: (tools) => ({
      aboveReliable: changingDown((input) => {
        if (input.type !== 'multicast') return [input as Step]
        const message = decode(atomicMessage, input.payload)
        const others = message === undefined ? undefined : change(message, tools)
        if (others === undefined) return [input]
        return others.map(
          (other): Multicast => ({
            ...input,
            payload: other instanceof Uint8Array ? other : encode(atomicMessage, other),
          }),
        )
      }),
    }),
  }
}

/** A flush without certificates: one piece, of the one byte of an empty list. */
const NOTHING: Bytes = Uint8Array.of(1, 1, 0, 0, 0)

const GARBAGE: Bytes = Uint8Array.of(250, 1, 2)

/** Never ends a view. */
export const neverEnd: Behaviour = reliableLie('never-end', (message) => (message.type === 'end' ? [] : undefined))

/** Ends a view, but does not flush into the next. */
export const endWithoutFlush: Behaviour = reliableLie('end-without-flush', (message) =>
  message.type === 'flush' ? [] : undefined,
)

/** Goes on multicasting in a view that it has ended, and ends it again. */
export const afterEnd: Behaviour = reliableLie('messages-after-end', (message, { prng }) =>
  message.type === 'end'
    ? [message, { type: 'r-msg', payload: prng.bytes(9) }, message, { type: 'r-msg', payload: prng.bytes(9) }]
    : undefined,
)

/** Ends views that nobody leaves, in the midst of its messages. */
export const earlyEnd: Behaviour = reliableLie('early-end', (message, { prng }) =>
  message.type === 'r-msg' && prng.chance(0.2) ? [{ type: 'end' }, message] : undefined,
)

/** Flushes something that is not a list of certificates. */
export const garbageFlush: Behaviour = reliableLie('garbage-flush', (message, { prng }) =>
  message.type === 'flush' ? [{ ...message, part: prng.bytes(prng.below(100)) }] : undefined,
)

/** Flushes no certificate, whatever it has. */
export const emptyFlush: Behaviour = reliableLie('empty-flush', (message) =>
  message.type === 'flush' ? (message.last ? [{ ...message, part: NOTHING }] : []) : undefined,
)

/** Flushes twice, and again, without an end. */
export const giantFlush: Behaviour = reliableLie('giant-flush', (message) => {
  if (message.type !== 'flush') return undefined
  return Array.from({ length: GIANT_PARTS }, () => ({ ...message, last: false }))
})

/** Flushes in the midst of a view, before any change, and again. */
export const wildFlush: Behaviour = reliableLie('wild-flush', (message, { prng }) =>
  message.type === 'r-msg' && prng.chance(0.2)
    ? [{ type: 'flush', last: prng.chance(0.7), part: NOTHING }, message]
    : undefined,
)

/** Says of flushes that it took what it did not, or not what it did, or nothing at all. Uniform mode only. */
export const falseTook: Behaviour = reliableLie('false-took', (message, tools) => {
  if (message.type !== 'took') return undefined
  const members = [...tools.views.values()].at(-1)?.members.length ?? 1
  const all = Uint8Array.from({ length: members }, (_, rank) => rank)
  const [none, one] = [new Uint8Array(0), all.subarray(0, 1)]
  return [[], [{ ...message, members: all }], [{ ...message, members: none }], [{ ...message, members: one }, message]][
    tools.prng.below(4)
  ]
})

/** Multicasts bytes that are no message, of reliable multicast. */
export const malformedReliable: Behaviour = reliableLie('malformed-reliable', (_, { prng }) =>
  prng.chance(0.2) ? [GARBAGE] : undefined,
)

/** As a sequencer, orders nothing. */
export const muteSequencer: Behaviour = atomicLie('mute-sequencer', (message) =>
  message.type === 'order' ? [] : [{ ...message, order: new Uint8Array(0) }],
)

/** As a sequencer, orders messages that nobody has multicast, before and between the others. */
export const phantomOrders: Behaviour = atomicLie('phantom-orders', (message, tools) => {
  if (message.order.length === 0) return undefined
  const members = [...tools.views.values()].at(-1)?.members.length ?? 1
  const phantom = Uint8Array.of(tools.prng.below(members))
  return [{ ...message, order: joined(message.order, tools.prng.chance(0.3) ? phantom : new Uint8Array(0)) }]
})

/** Orders messages of those who are no members. */
export const strangeOrders: Behaviour = atomicLie('strange-orders', (message, { prng }) =>
  prng.chance(0.4) ? [{ ...message, order: joined(message.order, Uint8Array.of(60 + prng.below(200))) }] : undefined,
)

/** Orders, whether it is the sequencer or not. */
export const usurpOrder: Behaviour = atomicLie('usurp-order', (message, tools) => {
  const members = [...tools.views.values()].at(-1)?.members.length ?? 1
  const order = Uint8Array.from({ length: 3 }, () => tools.prng.below(members))
  return [{ type: 'order', order }, message]
})

/** As a sequencer, orders in another order than messages came in. */
export const shuffleOrder: Behaviour = atomicLie('shuffle-order', (message, { prng }) => [
  { ...message, order: Uint8Array.from(prng.shuffled([...message.order])) },
])

/** Multicasts bytes that are no message, of atomic multicast. */
export const malformedAtomic: Behaviour = atomicLie('malformed-atomic', (_, { prng }) =>
  prng.chance(0.3) ? [GARBAGE] : undefined,
)

function joined(a: Bytes, b: Bytes): Bytes {
  return Uint8Array.from([...a, ...b])
}
