import type { Bytes, Environment, Instant, Layer, ProcessId, Step } from '@testudo/core'
import type { Prng } from './prng.js'
import { addSends, aroundSteps, type Parcel, rewriteSends } from './rewrite.js'

/** What a liar knows besides what its layer hears. */
export interface LiarContext {
  readonly self: ProcessId
  /** All other processes of the simulation. */
  readonly peers: readonly ProcessId[]
  readonly prng: Prng
  readonly environment: Environment
}

/** A way not to obey: wraps the honest stack of one node. What it sends passes through; nothing else is touched. */
export type Liar = (layer: Layer, context: LiarContext) => Layer

/** Messages that a replaying liar remembers at most: the oldest is forgotten. */
export const REPLAY_MEMORY_MAX = 512

/** Messages that a flooding liar sends at most in a run, so that two flooders do not keep each other going for ever. */
export const FLOOD_MESSAGES_MAX = 5_000

/** Random bytes at most in one garbage message. */
const GARBAGE_BYTES_MAX = 200

/** Obeys. It counts as a liar all the same: nothing is asked of it. */
export const honest: Liar = (layer) => layer

/** Sends nothing at all. */
export const mute: Liar = (layer) => rewriteSends(layer, () => [])

/** Sends nothing to some of the others: each one is cut off with this chance. */
export function muteTo(chance = 0.5): Liar {
  return (layer, { peers, prng }) => {
    const cut = new Set(peers.filter(() => prng.chance(chance)))
    return rewriteSends(layer, (to, bytes) => (cut.has(to) ? [] : [{ to, bytes }]))
  }
}

/** Does not send this share of its messages. */
export function selective(share = 0.3): Liar {
  return (layer, { prng }) => rewriteSends(layer, (to, bytes) => (prng.chance(share) ? [] : [{ to, bytes }]))
}

/** Puts random bytes in place of this share of its messages. */
export function garbage(share = 0.3): Liar {
  return (layer, { prng }) =>
    rewriteSends(layer, (to, bytes) => [{ to, bytes: prng.chance(share) ? randomBytes(prng, bytes) : bytes }])
}

/** Alters this share of its messages a little: flipped bits, bytes cut off or added. */
export function corrupt(share = 0.3): Liar {
  return (layer, { prng }) =>
    rewriteSends(layer, (to, bytes) => [{ to, bytes: prng.chance(share) ? altered(prng, bytes) : bytes }])
}

/** Sends this share of its messages two to four times. */
export function duplicate(share = 0.3): Liar {
  return (layer, { prng }) =>
    rewriteSends(layer, (to, bytes) => {
      const times = prng.chance(share) ? 2 + prng.below(3) : 1
      return Array.from({ length: times }, () => ({ to, bytes }))
    })
}

/** Sends, beside its own, messages that it sent or heard before, also those of others, to random processes. */
export function replay(chance = 0.3): Liar {
  return (layer, { peers, prng }) => {
    const memory: Bytes[] = []
    const remember = (bytes: Bytes): void => {
      memory.push(bytes)
      if (memory.length > REPLAY_MEMORY_MAX) memory.shift()
    }
    // Only what comes with progress of its own is answered, or two replayers would keep each other going for ever.
    return addSends(layer, (input, effects) => {
      if (input.type === 'receive') remember(input.bytes)
      const sends = effects.filter((effect) => effect.type === 'send')
      for (const { bytes } of sends) remember(bytes)
      if (sends.length === 0 || !prng.chance(chance)) return []
      return parcel(prng.pick(peers), prng.pick(memory))
    })
  }
}

/** Sends, beside its own, `perStep` messages to random processes in every step: garbage, and its own messages again. */
export function flood(perStep = 20): Liar {
  return (layer, { peers, prng }) => {
    let left = FLOOD_MESSAGES_MAX
    let last: Bytes = new Uint8Array(0)
    return addSends(layer, (_, effects) => {
      for (const effect of effects) if (effect.type === 'send') last = effect.bytes
      const messages = Math.min(perStep, left)
      left -= messages
      return Array.from({ length: messages }, () =>
        parcel(prng.pick(peers), prng.chance(0.5) ? last : randomBytes(prng, last)),
      ).flat()
    })
  }
}

const DELAYED = 'liar-delayed'

/** Holds this share of its messages back for up to `delayMs`, and lets them go out of order. */
export function delayed(share = 0.3, delayMs = 100): Liar {
  return (layer, { prng }) => {
    const held: Parcel[] = []
    const release = (): readonly Step[] => {
      const going = prng.shuffled(held.splice(0))
      return going.map(({ to, bytes }) => ({ type: 'send', to: [to], bytes }))
    }
    const holding = rewriteSends(layer, (to, bytes) => {
      if (!prng.chance(share)) return [{ to, bytes }]
      held.push({ to, bytes })
      return []
    })
    let waiting = false
    return aroundSteps(layer, (input, now) => {
      if (input.type === 'timeout' && input.timer === DELAYED) {
        waiting = false
        return release()
      }
      const effects = holding.step(input, now)
      if (waiting || held.length === 0) return effects
      waiting = true
      return [...effects, { type: 'set-timer', timer: DELAYED, at: (now + prng.between(0, delayMs)) as Instant }]
    })
  }
}

/** Obeys for this long and then never does anything again. */
export function crashAfter(ms: number): Liar {
  return (layer) => {
    let first: Instant | undefined
    return aroundSteps(layer, (input, now) => {
      first ??= now
      return now - first >= ms ? [] : layer.step(input, now)
    })
  }
}

/** Lies in all these ways at once, the first one innermost. */
export function combine(...liars: readonly Liar[]): Liar {
  return (layer, context) => liars.reduce((inner, liar) => liar(inner, context), layer)
}

/** One to three of the ways above, drawn from the seed. */
export const anyhow: Liar = (layer, context) => {
  const { prng } = context
  const ways: readonly Liar[] = [
    honest,
    mute,
    muteTo(prng.float()),
    selective(prng.float()),
    garbage(prng.float()),
    corrupt(prng.float()),
    duplicate(prng.float()),
    replay(prng.float()),
    delayed(prng.float(), prng.between(1, 300)),
    crashAfter(prng.between(0, 500)),
    flood(1 + prng.below(10)),
  ]
  return combine(...prng.shuffled(ways).slice(0, 1 + prng.below(3)))(layer, context)
}

function parcel(to: ProcessId | undefined, bytes: Bytes | undefined): readonly Parcel[] {
  return to === undefined || bytes === undefined ? [] : [{ to, bytes }]
}

/** Random bytes that begin, half of the time, as a real message does: the first bytes say which layer it is for. */
function randomBytes(prng: Prng, like: Bytes): Bytes {
  const bytes = prng.bytes(prng.below(GARBAGE_BYTES_MAX))
  if (prng.chance(0.5)) bytes.set(like.subarray(0, Math.min(bytes.length, 1 + prng.below(4))))
  return bytes
}

function altered(prng: Prng, bytes: Bytes): Bytes {
  switch (prng.below(4)) {
    case 0:
      return bytes.slice(0, prng.below(bytes.length))
    case 1: {
      const longer = new Uint8Array(bytes.length + 1 + prng.below(8))
      longer.set(bytes)
      return longer
    }
    default: {
      const flipped = bytes.slice()
      for (let i = prng.below(3); i >= 0 && flipped.length > 0; i--) {
        const at = prng.below(flipped.length)
        flipped[at] = (flipped[at] as number) ^ (1 << prng.below(8))
      }
      return flipped
    }
  }
}
