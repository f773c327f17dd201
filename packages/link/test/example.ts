import { type Input, instant, type Layer, type ProcessId, processIdOf, type Step } from '@testudo/core'
import { linked } from '@testudo/link'

const alice = processIdOf(new Uint8Array(32).fill(1))
const bob = processIdOf(new Uint8Array(32).fill(2))

// The layer to be carried: it sends what it is asked to multicast to its peer, and prints what it hears.
const chat = (name: string, peer: ProcessId): Layer => ({
  step(asked: Input): readonly Step[] {
    if (asked.type === 'multicast') return [{ type: 'send', to: [peer], bytes: asked.payload }]
    if (asked.type === 'receive') console.log(`${name} hears: ${new TextDecoder().decode(asked.bytes)}`)
    return []
  },
})

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
const layers = new Map([
  [alice, linked(chat('Alice', bob), { random, ordered: false })],
  [bob, linked(chat('Bob', alice), { random, ordered: false })],
])

// A network that loses one frame in three, and a clock that jumps to the next timer.
let now = 0
const timers: { readonly at: number; readonly id: ProcessId; readonly timer: string }[] = []
function input(id: ProcessId, value: Input): void {
  for (const effect of layers.get(id)?.step(value, instant(now)) ?? []) {
    if (effect.type === 'set-timer') timers.push({ at: effect.at, id, timer: effect.timer })
    if (effect.type !== 'send' || Math.random() < 1 / 3) continue
    for (const to of effect.to) input(to, { type: 'receive', from: id, bytes: effect.bytes })
  }
}

for (const word of ['one', 'two', 'three', 'four']) {
  input(alice, { type: 'multicast', payload: new TextEncoder().encode(word) })
}
while (timers.length > 0 && now < 10_000) {
  timers.sort((a, b) => a.at - b.at)
  const { at, id, timer } = timers.shift() as (typeof timers)[number]
  now = Math.max(now, at)
  input(id, { type: 'timeout', timer })
}
