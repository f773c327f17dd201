import { instant } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { FLUSH_PART_BYTES } from '../src/index.js'
import { noise } from './noise.js'
import { idOf, ids, Member, text, viewsOf } from './world.js'

const commit = (words: string): Uint8Array => text(words)

describe('in a view', () => {
  const views = viewsOf([0, 1, 2, 3])

  test('[R94] 5 step 1: an R-mcast is one E-mcast in the view delivered last', () => {
    expect(Member.of(0, views).multicast('m')).toEqual([{ echo: 'r-msg', view: 1, payload: 'm' }])
  })

  test('[R94] 5 step 2a: a message E-delivered in the view delivered last is R-delivered at once, until its sender ends it', () => {
    const member = Member.of(0, views)
    expect(member.says(1, 2, 'a')).toEqual([{ deliver: 'a', view: 1, sender: 2, seq: 1 }])
    expect(member.says(1, 2, 'a'), 'echo multicast tells multicasts apart, not payloads').toEqual([
      { deliver: 'a', view: 1, sender: 2, seq: 2 },
    ])
    expect(member.end(1, 2)).toEqual([])
    expect(member.says(1, 2, 'b')).toEqual([])
    expect(member.says(1, 3, 'c'), 'others may go on').toHaveLength(1)
  })

  test('the genesis view is delivered when it comes, and additions are enabled', () => {
    const member = new Member(0)
    expect(member.view(views[0])).toEqual(['view 1', 'admit 1'])
  })
})

describe('one change of the view', () => {
  /** V^1 of 0, 1, 2, 3 and V^2 without 3. */
  const views = viewsOf([0, 1, 2, 3], [0, 1, 2])

  test('[R94] 5 step 2b: a message of a view that was not delivered yet waits for it', () => {
    const member = Member.of(0, views)
    expect(member.says(2, 1, 'early')).toEqual([])
    expect(member.says(1, 1, 'late'), 'the view before still goes on').toHaveLength(1)
  })

  test('[R94] 5 step 3a: a view received ends the one before, and from then on multicasts wait', () => {
    const member = Member.of(0, views.slice(0, 1), { endMs: 3000 })
    expect(member.view(views[1])).toEqual(['block 1', { echo: 'end', view: 1 }, { timer: 'end:1', at: 3000 }])
    expect(member.multicast('held')).toEqual([])
  })

  test('[R94] 5 step 3b: a survivor that does not end the view in time is suspected in the newest one', () => {
    const member = Member.of(0, views)
    member.end(1, 2)
    expect(member.timeout('end:1')).toEqual([{ suspect: 1, view: 2, code: 'no-end' }])
    const inTime = Member.of(0, views)
    inTime.end(1, 1, 2)
    expect(inTime.timeout('end:1')).toEqual([])
  })

  test('[R94] 5 step 4a: when all survivors have ended the view, the certificates of it are flushed into the next', () => {
    const member = Member.of(0, views, { flushMs: 5000 })
    expect(member.end(1, 0, 1)).toEqual([])
    expect(member.end(1, 2), 'nobody waits for member 3').toEqual(['collect 1'])
    expect(member.collected(1, commit('one'), commit('two'))).toEqual([
      { echo: 'flush', view: 2, bytes: 13 },
      { timer: 'flush:2', at: 5000 },
    ])
    expect(member.end(1, 1), 'once').toEqual([])
  })

  test('a flush of many bytes goes in parts, and counts when the last one has come', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    const large = [noise(FLUSH_PART_BYTES, 1), noise(FLUSH_PART_BYTES, 2)]
    const parts = member.collected(1, ...large).slice(0, -1)
    expect(parts.map((part) => (typeof part === 'object' && 'echo' in part ? part.bytes : part))).toEqual([
      FLUSH_PART_BYTES,
      FLUSH_PART_BYTES,
      13,
    ])
    expect(member.flushOf(2, 1, large)).toEqual([{ supply: 2, view: 1, from: 1 }])
  })

  test('[R94] 5 step 4b: a survivor that does not flush in time is suspected in the newest view', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    member.collected(1)
    member.flush(2, 0, 2)
    expect(member.timeout('flush:2')).toEqual([{ suspect: 1, view: 2, code: 'no-flush' }])
    member.flush(2, 1)
    expect(member.timeout('flush:2'), 'a time-out that comes too late').toEqual([])
  })

  test('[R94] 5 step 5a: the certificates in a survivor flush go down to the view before, once, and are waited for', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    member.collected(1)
    expect(member.flushOf(2, 1, [commit('c')])).toEqual([{ supply: 1, view: 1, from: 1 }])
    expect(member.flushOf(2, 1, [commit('d')]), 'a second flush does not count').toEqual([])
    expect(member.flushOf(2, 0, [commit('own')]), 'our own are there already').toEqual([])
    expect(member.flush(2, 2), 'all have flushed, but not all is answered').toEqual([])
    expect(member.says(1, 3, 'from the flush')).toEqual([{ deliver: 'from the flush', view: 1, sender: 3, seq: 1 }])
    expect(member.supplied(1)).toContain('view 2')
  })

  test('[R94] 5 step 5b.i: when all survivors have flushed, the next view is R-delivered and additions are enabled', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    member.collected(1)
    expect(member.flush(2, 0, 1)).toEqual([])
    expect(member.flush(2, 2)).toEqual(['retire 1', 'view 2', 'admit 2'])
  })

  test('[R94] 5 step 5b.ii: what was deferred for the view is R-delivered after it, in its order', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    member.collected(1)
    member.flush(2, 0, 1)
    for (const [from, words] of [
      [1, 'a'],
      [0, 'b'],
      [1, 'c'],
    ] as const)
      member.says(2, from, words)
    expect(member.flush(2, 2).slice(1)).toEqual([
      'view 2',
      'admit 2',
      { deliver: 'a', view: 2, sender: 1, seq: 1 },
      { deliver: 'b', view: 2, sender: 0, seq: 1 },
      { deliver: 'c', view: 2, sender: 1, seq: 2 },
    ])
    expect(member.says(2, 1, 'd')).toEqual([{ deliver: 'd', view: 2, sender: 1, seq: 3 }])
  })

  test('multicasts that waited go out in the next view, in their order', () => {
    const member = Member.of(0, views)
    member.multicast('a')
    member.multicast('b')
    member.end(1, 0, 1, 2)
    member.collected(1)
    expect(member.flush(2, 0, 1, 2).slice(-2)).toEqual([
      { echo: 'r-msg', view: 2, payload: 'a' },
      { echo: 'r-msg', view: 2, payload: 'b' },
    ])
  })

  test('[R94] 5, after step 5: the view before is retired, and what is left of it changes nothing', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    member.collected(1)
    expect(member.flush(2, 0, 1, 2)[0]).toBe('retire 1')
    expect(member.says(1, 3, 'too late')).toEqual([])
    expect(member.timeout('end:1')).toEqual([])
    expect(member.stable(1, 3, 9)).toEqual([])
  })
})

describe('a newcomer', () => {
  /** Member 4 comes with V^2. */
  const views = viewsOf([0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 4])
  const [, second, third] = views

  test('[R94] 5, the joiner: its first view begins with an empty flush into it', () => {
    const member = new Member(4)
    expect(member.view(second)).toEqual([{ echo: 'flush', view: 2, bytes: 5 }])
  })

  test('[R94] 5, the joiner: it suspects nobody for flushing late, because they may be waiting for the end of another', () => {
    const member = new Member(4)
    expect(member.view(second)).not.toContainEqual(expect.objectContaining({ timer: expect.anything() }))
    expect(member.flush(2, 0, 1)).toEqual([])
    expect(member.faults).toEqual([])
  })

  test('[R94] 5, the joiner: it delivers its first view when all members have flushed into it, and supplies nothing', () => {
    const member = Member.of(
      4,
      [second].flatMap((view) => view ?? []),
    )
    expect(member.flushOf(2, 0, [commit('of the view before')])).toEqual([])
    expect(member.says(2, 0, 'deferred')).toEqual([])
    expect(member.flush(2, 1, 2, 4)).toEqual([])
    expect(member.flush(2, 3)).toEqual(['view 2', 'admit 2', { deliver: 'deferred', view: 2, sender: 0, seq: 1 }])
  })

  test('[R94] 5, the joiner: those that were there before wait for its flush too', () => {
    const member = Member.of(0, views.slice(0, 2))
    member.end(1, 0, 1, 2, 3)
    member.collected(1)
    expect(member.flush(2, 0, 1, 2, 3)).toEqual([])
    expect(member.flush(2, 4)).toContain('view 2')
  })

  test('[R94] 5, the joiner: certificates of its first view count once that view is delivered, and not before', () => {
    const member = Member.of(
      4,
      [second, third].flatMap((view) => view ?? []),
    )
    expect(member.flushOf(3, 0, [commit('of V^2')])).toEqual([])
    expect(member.flush(2, 0, 1, 2, 4)).toEqual([])
    expect(member.flush(2, 3)).toEqual(['view 2', 'admit 2', 'block 2', { supply: 1, view: 2, from: 0 }])
  })

  test('a further view may come before its first one is delivered: it is blocked at once', () => {
    const member = Member.of(
      4,
      [second, third].flatMap((view) => view ?? []),
    )
    member.multicast('held')
    expect(member.end(2, 0, 1, 2, 4), 'the flush into the first view is waited for too').toEqual([])
    expect(member.flush(2, 0, 1, 2)).toEqual([])
    expect(member.flush(2, 4)).toEqual(['collect 2'])
    member.collected(2)
    expect(member.flush(2, 3)).toEqual(['view 2', 'admit 2', 'block 2'])
    expect(member.flush(3, 0, 1, 2, 4)).toEqual([
      'retire 2',
      'view 3',
      'admit 3',
      { echo: 'r-msg', view: 3, payload: 'held' },
    ])
  })
})

describe('cascades of views', () => {
  /** 3 leaves, then 2, which has not flushed into V^2. */
  const views = viewsOf([0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 4, 5, 6], [0, 1, 4, 5, 6])

  test('[R94] 5 step 4a: nobody waits for the end of a member that a further view has removed', () => {
    const member = Member.of(0, views.slice(0, 2))
    expect(member.end(1, 0, 1, 4, 5, 6)).toEqual([])
    expect(member.view(views[2])).toContain('collect 1')
    expect(member.faults).toEqual([])
  })

  test('[R94] 5 step 4a: into a view after the next one flushes who has ended it and flushed into it', () => {
    const member = Member.of(0, views)
    expect(member.end(1, 0, 1, 4, 5, 6)).toEqual(['collect 1'])
    member.collected(1)
    expect(member.end(2, 0, 1, 4, 5, 6), 'the flushes into V^2 are missing').toEqual([])
    expect(member.flush(2, 0, 1, 4, 5)).toEqual([])
    expect(member.flush(2, 6)).toContain('collect 2')
  })

  test('[R94] 5 step 5b.i: a view is delivered without the flush of a member that left, once the flushes after it are there', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 4, 5, 6)
    member.collected(1)
    member.end(2, 0, 1, 4, 5, 6)
    member.flush(2, 0, 1, 4, 5, 6)
    member.collected(2)
    expect(member.flush(3, 0, 1, 4, 5)).toEqual([])
    expect(member.flush(3, 6)).toEqual(['retire 1', 'view 2', 'admit 2', 'block 2', 'retire 2', 'view 3', 'admit 3'])
  })

  test('[R94] 5 step 5b.i: or with the flush of the member that left, before those after it are there', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 4, 5, 6)
    member.collected(1)
    expect(member.flush(2, 0, 1, 4, 5, 6)).toEqual([])
    expect(member.flush(2, 2)).toEqual(['retire 1', 'view 2', 'admit 2', 'block 2'])
  })

  test('[R94] 5 step 5a: a flush into V^(x+2) supplies V^(x+1) while V^x is the one delivered, and may bring a flush into V^(x+1)', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 4, 5, 6)
    member.collected(1)
    member.end(2, 0, 1, 4, 5, 6)
    member.flush(2, 0, 1, 4, 5, 6)
    member.collected(2)
    member.flush(3, 0, 1, 4, 5)
    expect(member.flushOf(3, 6, [commit('the flush of 2 into V^2')])).toEqual([{ supply: 1, view: 2, from: 6 }])
    // It cascades: member 2 is no survivor of V^1 .. V^3, but is one of V^1 .. V^2.
    expect(member.flushOf(2, 2, [commit('a message of V^1')])).toEqual([{ supply: 1, view: 1, from: 2 }])
    expect(member.supplied(2)).toEqual([])
    expect(member.says(1, 3, 'of V^1')).toEqual([{ deliver: 'of V^1', view: 1, sender: 3, seq: 1 }])
    expect(member.supplied(1).filter((told) => typeof told === 'string' && told.startsWith('view'))).toEqual([
      'view 2',
      'view 3',
    ])
  })

  test('[R94] 5 step 5a: the flush of a newcomer is looked at once it has been a member since the view delivered last', () => {
    const grown = viewsOf([0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 4])
    const member = Member.of(0, grown)
    member.end(1, 0, 1, 2)
    member.collected(1)
    member.end(2, 0, 1, 2, 4)
    member.flush(2, 0, 1, 2)
    member.flush(3, 0, 1, 2)
    expect(member.flushOf(3, 4, [commit('of V^2')]), '4 was no member of V^1').toEqual([])
    const told = member.flush(2, 4)
    expect(told).toEqual(['collect 2', 'retire 1', 'view 2', 'admit 2', 'block 2', { supply: 1, view: 2, from: 4 }])
    expect(member.supplied(2)).toEqual(['retire 2', 'view 3', 'admit 3'])
  })

  test('what was deferred for a view that is over already comes after its block, so that no answer goes out in it', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 4, 5, 6)
    member.collected(1)
    member.says(2, 1, 'deferred')
    member.flush(2, 0, 1, 4, 5, 6)
    expect(member.flush(2, 2)).toEqual([
      'retire 1',
      'view 2',
      'admit 2',
      'block 2',
      { deliver: 'deferred', view: 2, sender: 1, seq: 1 },
    ])
    expect(member.multicast('answer')).toEqual([])
  })

  test('a member that left is not suspected for what it no longer owes', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 4, 5, 6)
    member.collected(1)
    expect(member.timeout('end:1')).toEqual([])
    expect(member.timeout('flush:2')).toEqual([1, 4, 5, 6].map((suspect) => ({ suspect, view: 3, code: 'no-flush' })))
  })
})

describe('uniform mode', () => {
  const views = viewsOf([0, 1, 2, 3], [0, 1, 2])

  test('[R94] 7: a message is R-delivered only when its multicast is stable', () => {
    const member = Member.of(0, views.slice(0, 1), { uniform: true })
    expect(member.says(1, 2, 'a')).toEqual([])
    expect(member.says(1, 2, 'b')).toEqual([])
    expect(member.stable(1, 3, 5)).toEqual([])
    expect(member.stable(1, 2, 1)).toEqual([{ deliver: 'a', view: 1, sender: 2, seq: 1 }])
    expect(member.stable(1, 2, 2)).toEqual([{ deliver: 'b', view: 1, sender: 2, seq: 2 }])
  })

  /** Member 0 in these views, all of which it has received; all survivors have ended V^1, and it has flushed into V^2. */
  function flushing(of: typeof views, ...survivors: readonly number[]): Member {
    const member = Member.of(0, of, { uniform: true, flushMs: 5000 })
    member.end(1, ...survivors)
    member.collected(1)
    return member
  }

  test('[R94] 7: who has the flushes of all survivors says whose it took, and goes on when all have said the same', () => {
    const member = flushing(views, 0, 1, 2)
    member.says(1, 3, 'a')
    expect(member.flush(2, 0, 1)).toEqual([])
    expect(member.flush(2, 2)).toEqual([
      { echo: 'took', view: 2, members: [0, 1, 2] },
      { timer: 'took:2', at: 5000 },
    ])
    expect(member.took(2, [0, 1, 2], 1, 2), 'our own word counts when it is E-delivered').toEqual([])
    expect(member.took(2, [0, 1, 2], 0), 'before the view comes all that was E-delivered').toEqual([
      { deliver: 'a', view: 1, sender: 3, seq: 1 },
      'retire 1',
      'view 2',
      'admit 2',
    ])
  })

  test('[R94] 7: that a flush is stable says nothing: its receiver may have gone on without it', () => {
    const member = flushing(views, 0, 1, 2)
    member.flush(2, 0, 1, 2)
    for (const from of [0, 1, 2]) expect(member.stable(2, from, 1)).toEqual([])
  })

  test('[R94] 7: that all survivors flushed into the view after says nothing either', () => {
    const member = flushing(viewsOf([0, 1, 2, 3], [0, 1, 2], [0, 1]), 0, 1)
    member.flush(2, 0, 1, 2)
    member.end(2, 0, 1)
    member.collected(2)
    expect(member.flush(3, 0, 1)).toEqual([])
    expect(member.took(2, [0, 1, 2], 0)).toEqual([])
    expect(member.took(2, [0, 1], 1), 'it took too few').toEqual([])
    expect(member.took(2, [0, 1, 2], 1).slice(0, 3)).toEqual(['retire 1', 'view 2', 'admit 2'])
  })

  test('nothing is said before the certificates in the flushes are answered', () => {
    const member = flushing(views, 0, 1, 2)
    member.flush(2, 0, 1)
    expect(member.flushOf(2, 2, [commit('c')])).toEqual([{ supply: 1, view: 1, from: 2 }])
    expect(member.supplied(1)).toContainEqual({ echo: 'took', view: 2, members: [0, 1, 2] })
  })

  test('who takes one more flush says so, and waits until the others have taken it too', () => {
    const member = flushing(viewsOf([0, 1, 2, 3], [0, 1, 2], [0, 1]), 0, 1)
    member.flush(2, 0)
    expect(member.flush(2, 1), 'member 2 is not waited for').toContainEqual({ echo: 'took', view: 2, members: [0, 1] })
    expect(member.took(2, [0, 1], 0, 1)).toEqual([])
    member.now = instant(100)
    expect(member.flush(2, 2)).toEqual([
      { echo: 'took', view: 2, members: [0, 1, 2] },
      { timer: 'took:2', at: 5100 },
    ])
    expect(member.took(2, [0, 1, 2], 0)).toEqual([])
    expect(member.took(2, [0, 1, 2], 1), 'only member 2 has not said it, and it is a member of V^2').toEqual([])
    expect(member.took(2, [0, 1, 2], 2)).toContain('view 2')
  })

  test('of later views members speak one by one: when the one before has been delivered', () => {
    const member = flushing(viewsOf([0, 1, 2, 3], [0, 1, 2], [0, 1, 2]), 0, 1, 2)
    member.flush(2, 0, 1)
    member.end(2, 0, 1, 2)
    expect(member.flush(2, 2)).toContain('collect 2')
    member.collected(2)
    expect(member.flush(3, 0, 1, 2)).toEqual([])
    expect(member.took(3, [0, 1, 2], 1, 2), 'others are ahead').toEqual([])
    expect(member.took(2, [0, 1, 2], 0, 1, 2)).toEqual([
      'retire 1',
      'view 2',
      'admit 2',
      'block 2',
      { echo: 'took', view: 3, members: [0, 1, 2] },
      { timer: 'took:3', at: 5000 },
    ])
    expect(member.took(3, [0, 1, 2], 0)).toEqual(['retire 2', 'view 3', 'admit 3'])
  })

  test('a newcomer took nothing into the view before it: it says nothing, and nobody waits for its word', () => {
    const grown = viewsOf([0, 1, 2, 3], [0, 1, 2, 3, 4])
    const newcomer = Member.of(4, grown.slice(1), { uniform: true })
    expect(newcomer.flush(2, 0, 1, 2, 3, 4)).toEqual(['view 2', 'admit 2'])
    const member = flushing(grown, 0, 1, 2, 3)
    member.flush(2, 0, 1, 2, 3, 4)
    expect(member.took(2, [0, 1, 2, 3], 0, 1, 2)).toEqual([])
    expect(member.took(2, [0, 1, 2, 3, 4], 3), 'who names too many harms nobody').toEqual([
      'retire 1',
      'view 2',
      'admit 2',
    ])
  })

  test('a survivor that has not said in time that it took what we took is suspected, and its removal lets us go on', () => {
    const three = viewsOf([0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4])
    const member = flushing(three.slice(0, 2), 0, 1, 2, 3, 4, 5)
    member.flush(2, 0, 1, 2, 3, 4, 5)
    member.took(2, [0, 1, 2, 3, 4, 5], 0, 1, 2, 3)
    member.took(2, [0, 1, 2, 3, 4], 4)
    expect(member.timeout('took:2')).toEqual([4, 5].map((suspect) => ({ suspect, view: 2, code: 'no-flush' })))
    member.took(2, [0, 1, 2, 3, 4, 5], 4)
    member.view(three[2])
    member.end(2, 0, 1, 2, 3, 4)
    member.collected(2)
    expect(member.timeout('took:2'), 'member 5 has left').toEqual([])
    expect(member.flush(3, 0, 1, 2, 3, 4)).toContain('view 2')
    expect(member.timeout('took:2')).toEqual([])
  })

  test('what became stable in a view that was not delivered yet is delivered after it', () => {
    const member = flushing(views, 0, 1, 2)
    member.flush(2, 0, 1, 2)
    member.says(2, 1, 'deferred')
    member.says(2, 1, 'not stable')
    member.stable(2, 1, 2)
    member.took(2, [0, 1, 2], 1, 2)
    expect(member.took(2, [0, 1, 2], 0)).toEqual([
      'retire 1',
      'view 2',
      'admit 2',
      { deliver: 'deferred', view: 2, sender: 1, seq: 1 },
    ])
  })

  test('without it nothing is said, and what others say holds nobody up', () => {
    const member = Member.of(0, views)
    member.end(1, 0, 1, 2)
    member.collected(1)
    member.took(2, [0], 1)
    expect(member.flush(2, 0, 1, 2)).toEqual(['retire 1', 'view 2', 'admit 2'])
  })
})

test('what is not for this layer passes through', () => {
  const member = Member.of(0, viewsOf([0, 1, 2, 3]))
  expect(member.input({ type: 'leave' })).toEqual(['leave'])
  expect(member.input({ type: 'start' })).toEqual(['start'])
  expect(ids).toContain(idOf(0))
})
