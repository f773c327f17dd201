import { describe, expect, test } from 'vitest'
import {
  type Claim,
  type Down,
  type Input,
  instant,
  type Layer,
  type ProcessId,
  type Receive,
  STACK_LAYERS_MAX,
  type Step,
  stack,
  type Up,
  UsageError,
  viewId,
} from '../src/index.js'

const peer = 'ab'.repeat(32) as ProcessId
const now = instant(5)
const deliver = (text: string): Up => ({ type: 'deliver', view: viewId(1), sender: peer, seq: 1, payload: bytes(text) })
const multicast = (text: string): Down => ({ type: 'multicast', payload: bytes(text) })
const send = (text: string, tag?: number): Step => ({
  type: 'send',
  to: [peer],
  bytes: tag === undefined ? bytes(text) : Uint8Array.of(tag, ...bytes(text)),
})

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** A layer that remembers what it heard and answers as told; else it hands everything back. */
function layer(answers: Partial<Record<Input['type'], readonly Step[]>> = {}) {
  const heard: Input[] = []
  const times: number[] = []
  const made: Layer & { heard: Input[]; times: number[] } = {
    heard,
    times,
    step(input, at) {
      heard.push(input)
      times.push(at)
      return answers[input.type] ?? [input]
    },
  }
  return made
}

function types(inputs: readonly (Input | Step)[]): string[] {
  return inputs.map(({ type }) => type)
}

describe('size', () => {
  test('no layer and too many layers are refused', () => {
    const many = Array.from({ length: STACK_LAYERS_MAX + 1 }, () => layer())
    for (const layers of [[], many]) {
      expect(() => stack(...layers)).toThrow(UsageError)
      expect(() => stack(...layers)).toThrow(`not ${layers.length}`)
    }
  })
  test('as many layers as allowed work', () => {
    const layers = Array.from({ length: STACK_LAYERS_MAX }, () => layer())
    expect(stack(...layers).step(multicast('m'), now)).toEqual([multicast('m')])
    expect(layers.every(({ heard }) => heard.length === 1)).toBe(true)
  })
})

describe('routing', () => {
  test('what comes from above enters at the top and goes down, layer by layer', () => {
    const [bottom, middle, top] = [layer(), layer({ multicast: [multicast('changed')] }), layer()]
    expect(stack(bottom, middle, top).step(multicast('m'), now)).toEqual([multicast('changed')])
    expect(top.heard).toEqual([multicast('m')])
    expect(middle.heard).toEqual([multicast('m')])
    expect(bottom.heard).toEqual([multicast('changed')])
  })
  test('what comes from below enters at the bottom and goes up, layer by layer', () => {
    const [bottom, top] = [layer({ deliver: [deliver('x'), deliver('y')] }), layer()]
    expect(stack(bottom, top).step(deliver('m'), now)).toEqual([deliver('x'), deliver('y')])
    expect(top.heard).toEqual([deliver('x'), deliver('y')])
  })
  const view = viewId(1)
  const removal = { member: peer, reason: 'left' }
  const ups: readonly Up[] = [
    deliver('m'),
    { type: 'view', view: { id: view, members: [peer], digest: bytes('d') }, joined: [], left: [] },
    { type: 'stable', view, sender: peer, seq: 1 },
    { type: 'block', view },
    { type: 'collected', view, commits: [] },
    { type: 'supplied', view },
    { type: 'excluded', view, removal },
  ]
  const downs: readonly Down[] = [
    multicast('m'),
    { type: 'suspect', view, fault: { culprit: peer, code: 'mute' } },
    { type: 'admit', view },
    { type: 'leave' },
    { type: 'collect', view },
    { type: 'supply', view, from: peer, commits: [] },
    { type: 'retire', view },
    { type: 'hold', view, sender: peer, held: true },
  ]
  test.each(ups.map((up) => [up.type, up] as const))('%s goes up', (_, up) => {
    const [bottom, top] = [layer({ timeout: [up] }), layer({ timeout: [up] })]
    const both = stack(bottom, top)
    expect(both.step({ type: 'timeout', timer: '0/t' }, now)).toEqual([up])
    expect(types(top.heard)).toEqual([up.type])
    expect(both.step({ type: 'timeout', timer: '1/t' }, now)).toEqual([up])
    expect(types(bottom.heard)).toEqual(['timeout'])
  })
  test.each(downs.map((down) => [down.type, down] as const))('%s goes down', (_, down) => {
    const [bottom, top] = [layer({ timeout: [down] }), layer({ timeout: [down] })]
    const both = stack(bottom, top)
    expect(both.step({ type: 'timeout', timer: '1/t' }, now)).toEqual([down])
    expect(types(bottom.heard)).toEqual([down.type])
    expect(both.step({ type: 'timeout', timer: '0/t' }, now)).toEqual([down])
    expect(types(top.heard)).toEqual(['timeout'])
  })
  test('start, connect and disconnect reach every layer, bottom first, and nothing of them comes out', () => {
    const order: number[] = []
    const noting = (place: number): Layer => ({ step: (input) => (order.push(place), [input]) })
    const three = stack(noting(0), noting(1), noting(2))
    const inputs: readonly Input[] = [{ type: 'start' }, { type: 'connect', peer }, { type: 'disconnect', peer }]
    for (const input of inputs) expect(three.step(input, now)).toEqual([])
    expect(order).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
  })
  test('all layers hear the same time', () => {
    const [bottom, top] = [layer({ deliver: [deliver('x')] }), layer()]
    stack(bottom, top).step(deliver('m'), now)
    expect([...bottom.times, ...top.times]).toEqual([now, now])
  })
})

describe('the order of facts', () => {
  test('inputs made by one step are handled in the order in which they were made, before the step ends', () => {
    const log: string[] = []
    const bottom: Layer = {
      step(input) {
        log.push(`bottom ${input.type}`)
        if (input.type === 'start') return [deliver('1'), send('a'), deliver('2'), send('b')]
        return [send('c')]
      },
    }
    const top: Layer = {
      step(input) {
        log.push(`top ${input.type === 'deliver' ? String.fromCharCode(...input.payload) : input.type}`)
        return input.type === 'deliver' ? [multicast('m'), input] : []
      },
    }
    const effects = stack(bottom, top).step({ type: 'start' }, now)
    expect(log).toEqual(['bottom start', 'top start', 'top 1', 'top 2', 'bottom multicast', 'bottom multicast'])
    expect(effects).toEqual([send('a', 0), send('b', 0), deliver('1'), deliver('2'), send('c', 0), send('c', 0)])
  })
})

describe('tags', () => {
  test('counterparts talk to counterparts', () => {
    const [bottom, top] = [layer({ timeout: [send('low')] }), layer({ timeout: [send('high')] })]
    const both = stack(bottom, top)
    expect(both.step({ type: 'timeout', timer: '0/t' }, now)).toEqual([send('low', 0)])
    expect(both.step({ type: 'timeout', timer: '1/t' }, now)).toEqual([send('high', 1)])
    both.step({ type: 'receive', from: peer, bytes: Uint8Array.of(1, 7, 8) }, now)
    expect(top.heard.at(-1)).toEqual({ type: 'receive', from: peer, bytes: Uint8Array.of(7, 8) })
    expect(types(bottom.heard)).not.toContain('receive')
  })
  test('an empty message and an unknown tag are nobody’s', () => {
    const [bottom, top] = [layer(), layer()]
    const both = stack(bottom, top)
    for (const message of [[], [2], [255, 1]]) {
      expect(both.step({ type: 'receive', from: peer, bytes: Uint8Array.from(message) }, now)).toEqual([])
    }
    expect([...bottom.heard, ...top.heard]).toEqual([])
  })
  test('the sender’s bytes are not written to', () => {
    const message = bytes('m')
    stack(layer({ start: [{ type: 'send', to: [peer], bytes: message }] })).step({ type: 'start' }, now)
    expect(message).toEqual(bytes('m'))
  })
})

describe('timers, asks and faults', () => {
  test('timers of two layers with one name are two timers', () => {
    const set: Step = { type: 'set-timer', timer: 'a/b', at: instant(9) }
    const clear: Step = { type: 'clear-timer', timer: 'a/b' }
    const [bottom, top] = [layer({ start: [set, clear] }), layer({ start: [set, clear] })]
    const both = stack(bottom, top)
    expect(both.step({ type: 'start' }, now)).toEqual([
      { ...set, timer: '0/a/b' },
      { ...clear, timer: '0/a/b' },
      { ...set, timer: '1/a/b' },
      { ...clear, timer: '1/a/b' },
    ])
    both.step({ type: 'timeout', timer: '1/a/b' }, now)
    expect(top.heard.at(-1)).toEqual({ type: 'timeout', timer: 'a/b' })
    expect(bottom.heard).toHaveLength(1)
  })
  test('an answer goes to the layer that asked, with the number that it gave', () => {
    const ask: Step = { type: 'ask', ask: 12_345, request: 'r' }
    const [bottom, top] = [layer({ start: [ask] }), layer({ start: [ask] })]
    const both = stack(bottom, top)
    const asked = both.step({ type: 'start' }, now).map((effect) => (effect.type === 'ask' ? effect.ask : -1))
    expect(new Set(asked).size).toBe(2)
    both.step({ type: 'answer', ask: asked[1] ?? 0, answer: 'a' }, now)
    expect(top.heard.at(-1)).toEqual({ type: 'answer', ask: 12_345, answer: 'a' })
    expect(types(bottom.heard)).not.toContain('answer')
  })
  test('faults pass every layer by', () => {
    const fault: Step = { type: 'fault', fault: { culprit: peer, code: 'mute' } }
    const top = layer()
    expect(stack(layer({ timeout: [fault] }), top).step({ type: 'timeout', timer: '0/t' }, now)).toEqual([fault])
    expect(top.heard).toEqual([])
  })
  test('what a layer hands back ends there', () => {
    const both = stack(layer(), layer())
    expect(both.step({ type: 'receive', from: peer, bytes: Uint8Array.of(0, 1) }, now)).toEqual([])
    expect(both.step({ type: 'timeout', timer: '0/t' }, now)).toEqual([])
    expect(both.step({ type: 'answer', ask: 0, answer: 1 }, now)).toEqual([])
  })
})

describe('reading ahead', () => {
  const claim: Claim = { signer: peer, bytes: bytes('b'), signature: bytes('s') }

  /** Reads ahead what bytes it gets, and remembers what it is given then. */
  function reader() {
    const heard: Receive[] = []
    const made: Layer & { heard: Receive[] } = {
      heard,
      step(input) {
        if (input.type === 'receive') heard.push(input)
        return []
      },
      prepare: (input) => ({ claims: [claim], input: { ...input, prepared: [...input.bytes] } }),
    }
    return made
  }
  const input: Receive = { type: 'receive', from: peer, bytes: Uint8Array.of(1, 7, 8) }
  const inner: Receive = { type: 'receive', from: peer, bytes: Uint8Array.of(7, 8) }

  test('the layer that the message is for reads it, and gets in its step what it made of it', () => {
    const top = reader()
    const both = stack(layer(), top)
    const { claims, input: ahead } = both.prepare?.(input) ?? { claims: [], input }
    expect(claims[0]).toBe(claim)
    both.step(ahead, now)
    both.step(input, now)
    expect(top.heard).toEqual([{ ...inner, prepared: [7, 8] }, inner])
  })
  test('a message for a layer that reads nothing ahead, or for nobody, is left as it is', () => {
    const both = stack(layer(), layer())
    for (const message of [input, { ...input, bytes: Uint8Array.of(9) }, { ...input, bytes: new Uint8Array(0) }]) {
      expect(both.prepare?.(message)).toEqual({ claims: [], input: message })
    }
  })
  test('it works through a stack in a stack', () => {
    const top = reader()
    const nested = stack(layer(), stack(layer(), top))
    const message: Receive = { ...input, bytes: Uint8Array.of(1, 1, 7, 8) }
    nested.step(nested.prepare?.(message).input ?? message, now)
    expect(top.heard).toEqual([{ ...inner, prepared: [7, 8] }])
  })
})

test('a stack in a stack behaves as its layers in one stack, but for its tags', () => {
  const answers = { start: [send('m'), { type: 'set-timer', timer: 't', at: instant(9) } as const] }
  const make = () => [layer(answers), layer(answers), layer({ deliver: [multicast('re')] })] as const
  const [a, b, c] = make()
  const [x, y, z] = make()
  const flat = stack(a, b, c)
  const nested = stack(x, stack(y, z))
  expect(types(flat.step({ type: 'start' }, now))).toEqual(types(nested.step({ type: 'start' }, now)))
  for (const input of [deliver('d'), multicast('m')]) {
    expect(nested.step(input, now)).toEqual(flat.step(input, now))
  }
  expect([x, y, z].map(({ heard }) => heard)).toEqual([a, b, c].map(({ heard }) => heard))
  nested.step({ type: 'timeout', timer: '1/0/t' }, now)
  expect(y.heard.at(-1)).toEqual({ type: 'timeout', timer: 't' })
  nested.step({ type: 'receive', from: peer, bytes: Uint8Array.of(1, 1, 5) }, now)
  expect(z.heard.at(-1)).toEqual({ type: 'receive', from: peer, bytes: Uint8Array.of(5) })
})
