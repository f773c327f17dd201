import { type Input, instant, type Layer, type ProcessId, type Step, stack, viewId } from '@testudo/core'

/** A layer is a function from inputs to effects. This one counts what passes it on the way down. */
function counting(report: (count: number) => void): Layer {
  let count = 0
  return {
    step(input: Input): readonly Step[] {
      if (input.type !== 'multicast') return [input] // not concerned: passes on in its direction
      report(++count)
      return [input]
    },
  }
}

/** This one delivers to itself what it is asked to multicast: the whole group is one process. */
function alone(self: ProcessId): Layer {
  let seq = 0
  return {
    step(input: Input): readonly Step[] {
      if (input.type !== 'multicast') return [input]
      seq++
      return [{ type: 'deliver', view: viewId(1), sender: self, seq, payload: input.payload }]
    },
  }
}

const self = '00'.repeat(32) as ProcessId
const both = stack(
  alone(self),
  counting((count) => console.log(`multicast number ${count}`)),
)
for (const text of ['one', 'two']) {
  const payload = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  for (const effect of both.step({ type: 'multicast', payload }, instant(0))) {
    if (effect.type === 'deliver') console.log(`delivered #${effect.seq}: ${String.fromCharCode(...effect.payload)}`)
  }
}
