import type { Bytes, Effect, Input, Instant, Layer, ProcessId, Step } from '@testudo/core'

/** A message to one process. */
export interface Parcel {
  readonly to: ProcessId
  readonly bytes: Bytes
}

/** Says what is sent instead of `bytes` to `to`: nothing, something else, more. */
export type Rewrite = (to: ProcessId, bytes: Bytes, now: Instant) => readonly Parcel[]

/** A layer that behaves as the given one, except that what it sends passes through `rewrite`, recipient by recipient. */
export function rewriteSends(layer: Layer, rewrite: Rewrite): Layer {
  return aroundSteps(layer, (input, now) =>
    layer.step(input, now).flatMap((effect): readonly Step[] => {
      if (effect.type !== 'send') return [effect]
      return effect.to.flatMap((to) => rewrite(to, effect.bytes, now)).map(send)
    }),
  )
}

/** A layer that behaves as the given one, and after each step also sends what `more` says. */
export function addSends(layer: Layer, more: (input: Input, effects: readonly Step[]) => readonly Parcel[]): Layer {
  return aroundSteps(layer, (input, now) => {
    const effects = layer.step(input, now)
    return [...effects, ...more(input, effects).map(send)]
  })
}

/** Another `step`, the same `prepare`. */
export function aroundSteps(layer: Layer, step: Layer['step']): Layer {
  const prepare = layer.prepare?.bind(layer)
  return prepare === undefined ? { step } : { step, prepare }
}

function send({ to, bytes }: Parcel): Effect {
  return { type: 'send', to: [to], bytes }
}
