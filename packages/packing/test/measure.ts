// Prints how many messages a second are packed and unpacked. Not a test: figures depend on the machine.
// node packages/packing/dist-test/test/measure.js, after a build.
import { type Bytes, type Deliver, instant, type ProcessId, type Step, type View, viewId } from '@testudo/core'
import { packing } from '@testudo/packing'

const SELF = 'a'.repeat(64) as ProcessId
const VIEW: View = { id: viewId(1), members: [SELF], digest: new Uint8Array(32) }
const NOW = instant(0)
const MESSAGES = 2_000_000
const ROUNDS = 5

function packets(steps: readonly Step[]): Bytes[] {
  return steps.flatMap((step) => (step.type === 'multicast' ? [step.payload] : []))
}

/** A full packet of messages of one size. */
function fullPacket(size: number): Bytes {
  const layer = packing({ self: SELF, packetsInFlight: 1 })
  layer.step({ type: 'view', view: VIEW, joined: [], left: [] }, NOW)
  const message = new Uint8Array(size)
  const first = packets(layer.step({ type: 'multicast', payload: message }, NOW))[0] as Bytes
  for (let i = 0; i < 5000; i++) layer.step({ type: 'multicast', payload: message }, NOW)
  return packets(layer.step({ type: 'deliver', view: VIEW.id, sender: SELF, seq: 1, payload: first }, NOW))[0] as Bytes
}

function unpacker(size: number): () => number {
  const payload = fullPacket(size)
  const layer = packing({ self: SELF })
  layer.step({ type: 'view', view: VIEW, joined: [], left: [] }, NOW)
  return () => {
    let messages = 0
    let sum = 0
    for (let seq = 1; messages < MESSAGES; seq++) {
      const steps = layer.step({ type: 'deliver', view: VIEW.id, sender: SELF, seq, payload }, NOW)
      for (const step of steps) sum += (step as Deliver).payload.length
      messages += steps.length
    }
    return sum < 0 ? 0 : messages
  }
}

/** Queues messages in turns of 2,000, as a runtime does, and delivers the packets back. */
function packer(size: number): () => number {
  const layer = packing({ self: SELF })
  layer.step({ type: 'view', view: VIEW, joined: [], left: [] }, NOW)
  const message = new Uint8Array(size)
  let seq = 0
  return () => {
    let messages = 0
    const under: Bytes[] = []
    while (messages < MESSAGES) {
      for (let i = 0; i < 2000; i++) under.push(...packets(layer.step({ type: 'multicast', payload: message }, NOW)))
      messages += 2000
      for (let payload = under.shift(); payload !== undefined; payload = under.shift()) {
        under.push(...packets(layer.step({ type: 'deliver', view: VIEW.id, sender: SELF, seq: ++seq, payload }, NOW)))
      }
    }
    return messages
  }
}

function rate(run: () => number): string {
  run()
  const rates: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now()
    const messages = run()
    rates.push(messages / (performance.now() - start) / 1000)
  }
  rates.sort((a, b) => a - b)
  return `${(rates[ROUNDS >> 1] as number).toFixed(2)} M/s`
}

for (const size of [0, 100, 1000]) {
  console.log(`${size} B: pack and unpack ${rate(packer(size))}, unpack ${rate(unpacker(size))}`)
}
