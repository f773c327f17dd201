import {
  type Bytes,
  type Input,
  instant,
  type Layer,
  type ProcessId,
  type Step,
  stack,
  type View,
  viewId,
} from '@testudo/core'
import { packing } from '@testudo/packing'

const self = '01'.repeat(32) as ProcessId
const view: View = { id: viewId(1), members: [self], digest: new Uint8Array(32) }

/** A total order of one member: each packet is delivered when `connect` says that the network had its time. */
class Alone implements Layer {
  readonly #packets: Bytes[] = []
  #seq = 0

  step(input: Input): readonly Step[] {
    if (input.type === 'start') return [{ type: 'view', view, joined: [self], left: [] }]
    if (input.type === 'multicast') this.#packets.push(input.payload)
    if (input.type !== 'connect') return []
    return this.#packets.splice(0).map((payload) => {
      console.log(`a packet of ${payload.length} bytes`)
      return { type: 'deliver', view: view.id, sender: self, seq: ++this.#seq, payload }
    })
  }
}

const layer = stack(new Alone(), packing({ self, packetsInFlight: 1 }))
const tell = (input: Input): number => {
  const steps = layer.step(input, instant(0))
  return steps.filter((step) => step.type === 'deliver').length
}

tell({ type: 'start' })
for (let i = 0; i < 501; i++) tell({ type: 'multicast', payload: new Uint8Array(100) })
tell({ type: 'multicast', payload: new Uint8Array(100_000) })

for (let left = 502; left > 0; ) {
  const delivered = tell({ type: 'connect', peer: self })
  console.log(`${delivered} messages`)
  left -= delivered
}
