import { encode } from '@testudo/codec'
import { type Bytes, viewId } from '@testudo/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flushParts } from '../src/flush.js'
import {
  FLUSH_BYTES_MAX,
  FLUSH_COMMITS_MAX,
  FLUSH_PART_BYTES,
  HELD_MAX,
  PAYLOAD_BYTES_MAX,
  type ReliableMessage,
  reliableMessage,
  UNDER_WAY_MAX,
  UNSTABLE_BYTES_MAX,
  UNSTABLE_MAX,
} from '../src/index.js'
import { flushContent } from '../src/messages.js'
import { withoutRepeats } from '../src/repeats.js'
import { noise } from './noise.js'
import { idOf, Member, type Told, text, viewsOf } from './world.js'

const views = viewsOf([0, 1, 2, 3], [0, 1, 2])
const overflow = expect.objectContaining({ code: 'overflow' })

/** Member 0 in V^1, that has received V^2 and E-delivered all ends. */
function flushing(): Member {
  const member = Member.of(0, views)
  member.end(1, 0, 1, 2)
  member.collected(1)
  return member
}

describe('each fault code', () => {
  test('malformed: a multicast that is no message', () => {
    const member = Member.of(0, views)
    expect(member.deliver(1, 2, Uint8Array.of(99))).toEqual([{ suspect: 2, view: 2, code: 'malformed' }])
  })

  test.each([
    ['not ascending', [1, 0]],
    ['repeated', [1, 1]],
    ['no ranks of the view', [0, 3]],
  ])('malformed: members named as having flushed whose ranks are %s', (_, ranks) => {
    const member = Member.of(0, views, { uniform: true })
    expect(member.took(2, ranks, 2)).toEqual([{ suspect: 2, view: 2, code: 'malformed' }])
    expect(member.took(2, [0, 2], 2)).toEqual([])
  })

  test('bad-flush: parts that are no list of certificates', () => {
    const member = flushing()
    expect(member.deliver(2, 1, { type: 'flush', last: true, part: Uint8Array.of(5) })).toEqual([
      { suspect: 1, view: 2, code: 'bad-flush' },
    ])
    expect(member.flush(2, 0, 2), 'what it flushed counts as nothing, and holds nobody up').toContain('view 2')
  })

  test('no-end and no-flush: what a survivor owes after the time-outs', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1)
    member.timeout('end:1')
    member.end(1, 2)
    member.collected(1)
    member.flush(2, 0, 2)
    member.timeout('flush:2')
    expect(member.faults).toEqual([
      { culprit: idOf(2), code: 'no-end' },
      { culprit: idOf(1), code: 'no-flush' },
    ])
  })

  test('nobody suspects itself', () => {
    const member = Member.of(0, views)
    member.end(1, 1, 2)
    expect(member.timeout('end:1')).toEqual([])
  })
})

describe('limits', () => {
  test('PAYLOAD_BYTES_MAX: the largest payload goes, a larger one is refused', () => {
    const member = Member.of(0, views.slice(0, 1))
    expect(member.multicast(new Uint8Array(PAYLOAD_BYTES_MAX))).toHaveLength(1)
    const tooLarge = expect.objectContaining({ code: 'too-large' })
    expect(() => member.multicast(new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toThrow(tooLarge)
  })

  test('HELD_MAX: so many multicasts wait for the next view, one more is refused; they all go out in it', () => {
    const member = flushing()
    for (let i = 0; i < HELD_MAX; i++) member.multicast('x')
    expect(() => member.multicast('x')).toThrow(overflow)
    const told = member.flush(2, 0, 1, 2)
    expect(told.filter((one) => typeof one === 'object' && 'echo' in one)).toHaveLength(HELD_MAX)
  })

  test('UNDER_WAY_MAX: so many multicasts may be under way, one more is refused until one is delivered', () => {
    const member = Member.of(0, views.slice(0, 1))
    for (let i = 0; i < UNDER_WAY_MAX; i++) member.multicast('x')
    expect(() => member.multicast('x')).toThrow(overflow)
    member.says(1, 1, 'of another')
    expect(() => member.multicast('x')).toThrow(overflow)
    member.says(1, 0, 'x')
    expect(member.multicast('x')).toHaveLength(1)
    expect(member.view(views[1]), 'a change of the view is never refused').toContainEqual({ echo: 'end', view: 1 })
  })

  test('FLUSH_PART_BYTES: no part is larger', () => {
    const parts = flushParts([noise(FLUSH_PART_BYTES), noise(1000, 2)])
    for (const part of parts) expect(encode(reliableMessage, part).length).toBeLessThanOrEqual(FLUSH_PART_BYTES + 8)
    expect(parts).toHaveLength(2)
  })

  test('FLUSH_BYTES_MAX: a larger flush is not taken, and its member is suspected', () => {
    const member = flushing()
    const part: ReliableMessage = { type: 'flush', last: false, part: new Uint8Array(FLUSH_PART_BYTES) }
    for (let i = 0; i < FLUSH_BYTES_MAX / FLUSH_PART_BYTES; i++) expect(member.deliver(2, 1, part)).toEqual([])
    expect(member.deliver(2, 1, part)).toEqual([{ suspect: 1, view: 2, code: 'bad-flush' }])
    expect(member.deliver(2, 1, { ...part, last: true })).toEqual([])
    expect(member.flush(2, 0, 2), 'it has not flushed').toEqual([])
  })

  test('a part that is not full and not the last is no part of a flush: many of them would take room for nothing', () => {
    const member = flushing()
    const part: ReliableMessage = { type: 'flush', last: false, part: new Uint8Array(FLUSH_PART_BYTES - 1) }
    expect(member.deliver(2, 1, part)).toEqual([{ suspect: 1, view: 2, code: 'bad-flush' }])
  })

  test('flushes into the genesis view, where nobody flushes, are nothing', () => {
    const member = Member.of(0, views.slice(0, 1))
    const part: ReliableMessage = { type: 'flush', last: false, part: new Uint8Array(0) }
    for (let i = 0; i < 100; i++) expect(member.deliver(1, 1, part)).toEqual([])
  })

  test('UNSTABLE_MAX: a member of whom so many wait to be stable is held back until half of them are', () => {
    const member = Member.of(0, views.slice(0, 1), { uniform: true })
    for (let i = 1; i < UNSTABLE_MAX; i++) expect(member.says(1, 2, 'x')).toEqual([])
    expect(member.says(1, 2, 'x')).toEqual([{ hold: 2, held: true }])
    expect(member.stable(1, 2, UNSTABLE_MAX / 2 - 1)).not.toContainEqual({ hold: 2, held: false })
    expect(member.stable(1, 2, UNSTABLE_MAX / 2)).toContainEqual({ hold: 2, held: false })
  })

  test('UNSTABLE_BYTES_MAX: or so many bytes', () => {
    const member = Member.of(0, views.slice(0, 1), { uniform: true })
    const large: ReliableMessage = { type: 'r-msg', payload: new Uint8Array(PAYLOAD_BYTES_MAX) }
    const fitting = Math.floor(UNSTABLE_BYTES_MAX / PAYLOAD_BYTES_MAX)
    for (let i = 0; i < fitting; i++) expect(member.deliver(1, 2, large)).toEqual([])
    expect(member.deliver(1, 2, large)).toEqual([{ hold: 2, held: true }])
  })

  test('a sender is held as long as this layer or one above wants it', () => {
    const member = Member.of(0, views.slice(0, 1), { uniform: true })
    const above = (held: boolean): readonly Told[] =>
      member.input({ type: 'hold', view: viewId(1), sender: idOf(2), held })
    for (let i = 1; i <= UNSTABLE_MAX; i++) member.says(1, 2, 'x')
    expect(above(true), 'it is held already').toEqual([])
    expect(above(false), 'and still by this layer').toEqual([])
    expect(above(true)).toEqual([])
    expect(member.stable(1, 2, UNSTABLE_MAX)).not.toContainEqual({ hold: 2, held: false })
    expect(above(false)).toEqual([{ hold: 2, held: false }])
  })

  test('a hold in a view that is received, but not delivered yet, is released like any other', () => {
    const member = Member.of(0, views, { uniform: true })
    for (let i = 1; i < UNSTABLE_MAX; i++) member.says(2, 2, 'x')
    expect(member.says(2, 2, 'x')).toEqual([{ hold: 2, held: true }])
    member.end(1, 0, 1, 2)
    member.collected(1)
    member.flush(2, 0, 1, 2)
    expect(member.took(2, [0, 1, 2], 0, 1, 2)).toContain('view 2')
    expect(member.stable(2, 2, UNSTABLE_MAX)).toContainEqual({ hold: 2, held: false })
  })

  test('nobody is held in a view that is over: its end must get its echoes', () => {
    const member = Member.of(0, views.slice(0, 1), { uniform: true })
    for (let i = 1; i <= UNSTABLE_MAX; i++) member.says(1, 2, 'x')
    expect(member.view(views[1])).toContainEqual({ hold: 2, held: false })
    expect(member.says(1, 2, 'x')).toEqual([])
  })

  test('FLUSH_COMMITS_MAX: a flush of more certificates is no flush', () => {
    const commits = (count: number): readonly Bytes[] => Array.from({ length: count }, () => new Uint8Array(0))
    const member = flushing()
    expect(member.flushOf(2, 1, commits(FLUSH_COMMITS_MAX))).toHaveLength(1)
    expect(() => flushParts(commits(FLUSH_COMMITS_MAX + 1))).toThrow(expect.objectContaining({ code: 'encode-range' }))
    const content = encode(flushContent, commits(FLUSH_COMMITS_MAX))
    // The count is a varint of three bytes, its low bits first: one more.
    const onceMore = new Uint8Array(content.length + 1)
    onceMore.set(content)
    onceMore[0] = (content[0] as number) + 1
    const more = withoutRepeats(onceMore)
    expect(member.deliver(2, 2, { type: 'flush', last: true, part: more })).toEqual([
      { suspect: 2, view: 2, code: 'bad-flush' },
    ])
  })
})

describe('a hostile member', () => {
  const message: fc.Arbitrary<ReliableMessage> = fc.oneof(
    fc.record({ type: fc.constant('r-msg' as const), payload: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ type: fc.constant('end' as const) }),
    fc.record({ type: fc.constant('flush' as const), last: fc.boolean(), part: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ type: fc.constant('took' as const), members: fc.uint8Array({ maxLength: 3, max: 3 }) }),
  )
  const bytes = fc.oneof(
    message.map((said) => encode(reliableMessage, said)),
    fc.uint8Array({ maxLength: 9 }),
  )

  test('whatever is E-delivered in whatever view, nothing is thrown, views go up one by one, and numbers have no gaps', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat(3), bytes, fc.nat(9)), { maxLength: 80 }),
        (uniform, turns) => {
          const member = Member.of(0, views.slice(0, 1), { uniform })
          const told = turns.flatMap(([view, from, said, other]) => {
            const steps = [...(other === 0 ? receive(member) : []), ...member.deliver(view, from, said)]
            return [...steps, ...answers(member, steps)]
          })
          const seen = told.filter((one) => typeof one === 'string' && one.startsWith('view'))
          expect([[], ['view 2']]).toContainEqual(seen)
          const next = new Map<string, number>()
          for (const one of told) {
            if (typeof one === 'string' || !('deliver' in one)) continue
            const key = `${one.view} ${one.sender}`
            expect(one.seq).toBe((next.get(key) ?? 0) + 1)
            next.set(key, one.seq)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  function receive(member: Member): ReturnType<Member['view']> {
    if (received.has(member)) return []
    received.add(member)
    return member.view(views[1])
  }
  const received = new WeakSet<Member>()

  /** What the layer below answers. */
  function answers(member: Member, told: ReturnType<Member['view']>): ReturnType<Member['view']> {
    const more = told.flatMap((one) => {
      if (one === 'collect 1') return member.collected(1, text('c'))
      if (typeof one === 'object' && 'supply' in one) return member.supplied(one.view)
      return []
    })
    return more.length === 0 ? [] : [...more, ...answers(member, more)]
  }
})
