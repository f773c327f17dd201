import { UsageError } from './errors.js'
import type { Down, Input, Layer, Prepared, Receive, Step, Up } from './layer.js'
import type { Bytes, Instant } from './types.js'

/** The most layers in one stack: a layer is named by one byte on the wire. */
export const STACK_LAYERS_MAX = 16

/**
 * Joins layers, bottom first, into one layer. `Up` goes to the next layer, `Down` to the one before; what is for the
 * world is tagged with the layer's place, so counterparts talk to counterparts. Inputs made by one step are handled in
 * the order in which they were made, before the step ends. A layer that is not concerned returns its input: that is how
 * it passes through.
 */
export function stack(...layers: readonly Layer[]): Layer {
  if (layers.length === 0 || layers.length > STACK_LAYERS_MAX) {
    throw new UsageError('stack-size', `a stack has 1 to ${STACK_LAYERS_MAX} layers, not ${layers.length}`)
  }
  return new Stack(layers)
}

interface Pending {
  readonly place: number
  readonly input: Input
}

class Stack implements Layer {
  /** Bottom first. */
  readonly #layers: readonly Layer[]

  constructor(layers: readonly Layer[]) {
    this.#layers = layers
  }

  step(input: Input, now: Instant): readonly Step[] {
    const effects: Step[] = []
    const pending: Pending[] = this.#entries(input)
    for (let next = 0; next < pending.length; next++) {
      const { place, input: inner } = pending[next] as Pending
      const layer = this.#layers[place] as Layer
      for (const effect of layer.step(inner, now)) this.#route(place, effect, pending, effects)
    }
    return effects
  }

  prepare(input: Receive): Prepared {
    const inner = this.#untag(input)
    if (inner === undefined) return { claims: [], input }
    const prepared = this.#layers[inner.place]?.prepare?.(inner.input)
    if (prepared === undefined) return { claims: [], input }
    return { claims: prepared.claims, input: { ...input, prepared: prepared.input } }
  }

  /** Which layers hear an input from outside, and what they hear. */
  #entries(input: Input): Pending[] {
    const last = this.#layers.length - 1
    switch (input.type) {
      case 'receive': {
        const inner = this.#untag(input)
        return inner === undefined ? [] : [inner]
      }
      case 'timeout': {
        const slash = input.timer.indexOf('/')
        const place = Number(input.timer.slice(0, slash))
        return [{ place, input: { type: 'timeout', timer: input.timer.slice(slash + 1) } }]
      }
      case 'answer':
        return [
          { place: input.ask % STACK_LAYERS_MAX, input: { ...input, ask: Math.floor(input.ask / STACK_LAYERS_MAX) } },
        ]
      case 'start':
      case 'connect':
      case 'disconnect':
        return this.#layers.map((_, place) => ({ place, input }))
      default:
        return [{ place: isUp(input) ? 0 : last, input }]
    }
  }

  #route(place: number, effect: Step, pending: Pending[], effects: Step[]): void {
    switch (effect.type) {
      case 'send':
        effects.push({ ...effect, bytes: tag(place, effect.bytes) })
        return
      case 'set-timer':
        effects.push({ ...effect, timer: `${place}/${effect.timer}` })
        return
      case 'clear-timer':
        effects.push({ ...effect, timer: `${place}/${effect.timer}` })
        return
      case 'ask':
        effects.push({ ...effect, ask: effect.ask * STACK_LAYERS_MAX + place })
        return
      case 'fault':
        effects.push(effect)
        return
      case 'receive':
      case 'timeout':
      case 'answer':
      case 'start':
      case 'connect':
      case 'disconnect':
        return // handed back by a layer that is not concerned
      default: {
        const next = isUp(effect) ? place + 1 : place - 1
        if (next < 0 || next === this.#layers.length) effects.push(effect)
        else pending.push({ place: next, input: effect })
      }
    }
  }

  #untag(input: Receive): (Pending & { readonly input: Receive }) | undefined {
    const place = input.bytes[0]
    if (place === undefined || place >= this.#layers.length) return undefined // a stranger's stack: not ours to judge
    if (input.prepared !== undefined) return { place, input: input.prepared as Receive }
    return { place, input: { type: 'receive', from: input.from, bytes: input.bytes.subarray(1) } }
  }
}

function tag(place: number, bytes: Bytes): Bytes {
  const tagged = new Uint8Array(bytes.length + 1)
  tagged[0] = place
  tagged.set(bytes, 1)
  return tagged
}

function isUp(input: Up | Down): boolean {
  switch (input.type) {
    case 'deliver':
    case 'view':
    case 'stable':
    case 'block':
    case 'collected':
    case 'supplied':
    case 'excluded':
      return true
    case 'multicast':
    case 'suspect':
    case 'admit':
    case 'leave':
    case 'collect':
    case 'supply':
    case 'retire':
    case 'hold':
      return false
  }
}
