import { encode } from '@testudo/codec'
import { equalBytes, type ProcessId } from '@testudo/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packet } from '../src/packet.js'
import { deliveries, type Member, payloadOf, processOf, ToyOrder } from './toy-order.js'

type Action =
  | { readonly type: 'multicast'; readonly who: number; readonly size: number }
  | { readonly type: 'order' | 'advance' | 'block' | 'install'; readonly who: number }
  | { readonly type: 'inject'; readonly who: number; readonly bytes: Uint8Array }

const MESSAGE_BYTES_MAX = 1000
const LIAR = processOf(3)

const who = fc.nat(3)
const size = fc.oneof({ weight: 4, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(MESSAGE_BYTES_MAX) })
const label = { view: fc.nat(4), restarts: fc.nat(2) }
const part = fc.uint8Array({ maxLength: 60 })
const lie = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc
    .oneof(
      fc.record({ type: fc.constant('messages' as const), ...label, messages: fc.array(part, { maxLength: 4 }) }),
      fc.record({
        type: fc.constant('first' as const),
        ...label,
        total: fc.oneof(fc.nat(1200), fc.nat(60)),
        fragment: part,
      }),
      fc.record({ type: fc.constant('middle' as const), ...label, fragment: part }),
      fc.record({ type: fc.constant('last' as const), ...label, fragment: part, messages: fc.array(part) }),
    )
    .map((value) => encode(packet, value)),
)
const honest: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('multicast' as const), who, size }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('order' as const), who }) },
  { weight: 10, arbitrary: fc.record({ type: fc.constant('advance' as const), who }) },
)
const changing: fc.Arbitrary<Action> = fc.oneof(
  { weight: 20, arbitrary: honest },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('install' as const, 'block' as const), who }) },
)
const lying: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: changing },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('inject' as const), who: fc.constant(3), bytes: lie }) },
)

interface Run {
  readonly group: ToyOrder
  /** What each member asked for, in its order. */
  readonly sent: Map<ProcessId, Uint8Array[]>
}

function play(actions: readonly Action[], options: { readonly [name: string]: number }): Run {
  const sent = new Map<ProcessId, Uint8Array[]>()
  const group = new ToyOrder([0, 1, 2, 3].map(processOf), { messageBytesMax: MESSAGE_BYTES_MAX, ...options })
  let next = 4
  let messages = 0
  for (const action of actions) {
    const id = group.view.members[action.who] as ProcessId
    switch (action.type) {
      case 'multicast': {
        const payload = payloadOf(action.size, messages++)
        sent.set(id, [...(sent.get(id) ?? []), payload])
        group.multicast(id, payload)
        break
      }
      case 'order':
      case 'advance':
      case 'block':
        group[action.type](id)
        break
      case 'inject':
        group.inject(LIAR, action.bytes)
        break
      case 'install': {
        // Members 0 and 3 last; one of the others goes, and another comes.
        const leaver = group.view.members[1 + (action.who % 2)] as ProcessId
        group.install(group.view.members.map((member) => (member === leaver ? processOf(next++) : member)))
        break
      }
    }
  }
  group.settle()
  return { group, sent }
}

/** All that a member heard in a view that it saw to its end, in order, as text. */
function storyOf(member: Member): Map<number, string[]> {
  const story = new Map<number, string[]>()
  let lines: string[] = []
  for (const up of member.heard) {
    if (up.type === 'view') {
      lines = []
      story.set(up.view.id, lines)
    }
    if (up.type === 'deliver')
      lines.push(`${up.view} ${up.sender} ${up.seq} ${Buffer.from(up.payload).toString('hex')}`)
  }
  return story
}

function expectAgreement({ group }: Run): void {
  const all = storyOf(group.member(processOf(0)))
  for (const member of group.members.values()) {
    for (const [view, lines] of storyOf(member)) expect(lines).toEqual(all.get(view))
  }
}

/** What the senders who last asked for is delivered once and in order; of the others, the beginning of it. */
function expectAll({ group, sent }: Run, senders: readonly ProcessId[]): void {
  for (const sender of senders) {
    const asked = sent.get(sender) ?? []
    const got = deliveries(group.member(processOf(0))).filter((deliver) => deliver.sender === sender)
    expect(got.every((deliver, i) => equalBytes(deliver.payload, asked[i] as Uint8Array))).toBe(true)
    if (group.view.members.includes(sender)) expect(got.length).toBe(asked.length)
  }
}

function expectCounted({ group }: Run): void {
  for (const member of group.members.values()) {
    const seqs = new Map<string, number>()
    for (const { view, sender, seq } of deliveries(member)) {
      expect(seq).toBe((seqs.get(`${view} ${sender}`) ?? 0) + 1)
      seqs.set(`${view} ${sender}`, seq)
    }
  }
}

const options = fc.record({
  packetBytesMax: fc.integer({ min: 64, max: 300 }),
  packetsInFlight: fc.integer({ min: 1, max: 6 }),
  reassemblyBytesMax: fc.integer({ min: MESSAGE_BYTES_MAX, max: 4 * MESSAGE_BYTES_MAX }),
})

test('messages of any sizes, interleaved in any way, come out unchanged, in order and once', () => {
  fc.assert(
    fc.property(fc.array(honest, { maxLength: 150 }), options, (actions, chosen) => {
      const run = play(actions, chosen)
      expectAgreement(run)
      expectAll(run, [...run.group.members.keys()])
      expectCounted(run)
      for (const member of run.group.members.values()) {
        expect(member.suspects).toEqual([])
        expect(member.underWayMost).toBeLessThanOrEqual(chosen.packetsInFlight)
      }
    }),
    { numRuns: 400 },
  )
})

test('views at any moment lose, double and reorder nothing, and newcomers agree', () => {
  fc.assert(
    fc.property(fc.array(changing, { maxLength: 200 }), options, (actions, chosen) => {
      const run = play(actions, chosen)
      expectAgreement(run)
      expectAll(run, [...run.group.members.keys()])
      expectCounted(run)
      for (const member of run.group.members.values()) expect(member.suspects).toEqual([])
    }),
    { numRuns: 600 },
  )
})

test('a lying sender has the same effect everywhere, and none on the messages of the others', () => {
  let suspected = 0
  fc.assert(
    fc.property(fc.array(lying, { maxLength: 200 }), options, (actions, chosen) => {
      const run = play(
        actions.filter((action) => action.type !== 'multicast' || action.who !== 3),
        { ...chosen, reassemblyBytesMax: 4 * MESSAGE_BYTES_MAX },
      )
      expectAgreement(run)
      expectAll(
        run,
        [...run.group.members.keys()].filter((id) => id !== LIAR),
      )
      expectCounted(run)
      const { suspects } = run.group.member(processOf(0))
      suspected += suspects.length
      for (const member of run.group.members.values()) {
        const first = member.heard.find((up) => up.type === 'view')?.view.id ?? Number.POSITIVE_INFINITY
        const last = member.excluded
          ? (member.heard.findLast((up) => up.type === 'view')?.view.id ?? 0)
          : run.group.view.id
        expect(member.suspects).toEqual(suspects.filter(({ view }) => first <= view && view <= last))
        expect(member.suspects.every(({ fault }) => fault.culprit === LIAR)).toBe(true)
      }
    }),
    { numRuns: 600 },
  )
  expect(suspected).toBeGreaterThan(100)
})
