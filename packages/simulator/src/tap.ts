import type { Layer, Step } from '@testudo/core'
import type { Recorder } from './record.js'

/**
 * A layer to put between two others: passes everything on, and records under `name` what passes. Checkers
 * judge the level from outside by `simulation.accounts(name)`.
 */
export function tap(name: string, record: Recorder): Layer {
  return {
    step(input): readonly Step[] {
      switch (input.type) {
        case 'receive':
        case 'answer':
        case 'timeout':
        case 'connect':
        case 'disconnect':
        case 'start':
          return []
        default:
          record.add(name, input)
          return [input]
      }
    },
  }
}
