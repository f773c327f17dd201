import type { Fault, Input, Layer, Step, View } from '@testudo/core'

/** The most faults reported: every member with a dozen codes. A flood of suspicions is one story told often. */
export const FAULTS_MAX = 1024

/**
 * A membership of one view that never changes: it comes with `start`. Who is suspected stays a member; the application
 * hears of it as a fault, each culprit and code once. For groups whose members are fixed by configuration.
 */
export function fixedView(view: View): Layer {
  return new FixedView(view)
}

class FixedView implements Layer<never> {
  readonly #view: View
  /** 'culprit code' of what was reported. */
  readonly #reported: Set<string> = new Set()

  constructor(view: View) {
    this.#view = view
  }

  step(input: Input<never>): readonly Step<never>[] {
    switch (input.type) {
      case 'start':
        return [{ type: 'view', view: this.#view, joined: [], left: [] }]
      case 'suspect':
        return this.#report(input.fault)
      case 'leave':
      case 'admit':
        return [] // nobody joins or leaves a fixed view
      default:
        return [input]
    }
  }

  #report(fault: Fault): readonly Step<never>[] {
    const key = `${fault.culprit} ${fault.code}`
    if (this.#reported.has(key) || this.#reported.size >= FAULTS_MAX) return []
    this.#reported.add(key)
    return [{ type: 'fault', fault }]
  }
}
