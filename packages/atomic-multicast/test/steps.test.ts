import { describe, expect, test } from 'vitest'
import { ORDER_MAX } from '../src/index.js'
import { delivered, first, Member, second, type Told } from './world.js'

const timer = { timer: 'order', at: 3000 }

describe('in a view', () => {
  test('[R94] 6 step 1: an A-mcast is one R-mcast of the message', () => {
    expect(Member.in(first, 2).multicast('m')).toEqual([{ a: 'm', order: [] }])
  })

  test('[R94] 6 step 2a: a message R-delivered waits in the queue of its sender', () => {
    const member = Member.in(first, 2)
    expect(member.says(3, 'a')).toEqual([timer])
    expect(member.says(1, 'b')).toEqual([])
    expect(member.says(3, 'c')).toEqual([])
    expect(delivered(member.orders(0, 3, 3, 1))).toEqual(['a', 'c', 'b'])
  })

  test('[R94] 6 step 2b: the sequencer, and nobody else, lists the senders in the order of its R-deliveries', () => {
    const sequencer = Member.in(first, 0)
    expect(sequencer.says(3, 'a')).toEqual([timer, { order: [3] }])
    expect(sequencer.says(1, 'b'), 'one order under way at a time').toEqual([])
    expect(sequencer.says(2, 'c')).toEqual([])
    expect(sequencer.orders(0, 3)).toEqual([{ deliver: 'a', view: 1, sender: 3, seq: 1 }, { order: [1, 2] }])
    const other = Member.in(first, 1)
    expect(other.says(3, 'a')).toEqual([timer])
  })

  test('[R94] 6 step 2c: the sequencer is suspected when a message is not A-delivered in time', () => {
    const member = Member.in(first, 2, 3000)
    expect(member.says(3, 'a')).toEqual([timer])
    member.now = 1000 as Member['now']
    member.says(1, 'b')
    expect(member.timeout(3000)).toEqual([
      { suspect: 0, code: 'withheld-order' },
      { timer: 'order', at: 6000 },
    ])
    expect(member.timeout(6000), 'it is said once').toEqual([{ timer: 'order', at: 9000 }])
  })

  test('[R94] 6 step 2c: nobody is suspected while each message comes in its time', () => {
    const member = Member.in(first, 2, 3000)
    member.says(3, 'a')
    member.orders(0, 3)
    member.now = 1000 as Member['now']
    expect(member.says(1, 'b'), 'one timer for all').toEqual([])
    expect(member.timeout(3000)).toEqual([{ timer: 'order', at: 4000 }])
    member.orders(0, 1)
    expect(member.timeout(4000)).toEqual([])
    expect(member.says(1, 'c'), 'a new one for the next message').toEqual([{ timer: 'order', at: 7000 }])
  })

  test('[R94] 6 step 2c: nobody is suspected for messages that wait while the view changes, where none may be ordered', () => {
    const member = Member.in(first, 2, 3000)
    member.says(3, 'a')
    member.block()
    expect(member.timeout(3000)).toEqual([])
    expect(member.says(1, 'b')).toEqual([{ timer: 'order', at: 6000 }])
    expect(member.timeout(6000)).toEqual([])
    member.view(second)
    expect(member.says(3, 'c'), 'in the next view the sequencer has its time again').toEqual([
      { timer: 'order', at: 9000 },
    ])
    expect(member.timeout(9000)[0]).toEqual({ suspect: 1, code: 'withheld-order' })
  })

  test('[R94] 6 step 2c: the sequencer does not suspect itself', () => {
    const sequencer = Member.in(first, 0)
    sequencer.says(3, 'a')
    expect(sequencer.timeout(3000)).toEqual([{ timer: 'order', at: 6000 }])
  })

  test('[R94] 6 step 3a: the sequencer R-mcasts its list, on its next message or in a message of its own', () => {
    const sequencer = Member.in(first, 0)
    expect(sequencer.multicast('mine')).toEqual([{ a: 'mine', order: [] }])
    expect(sequencer.says(3, 'a'), 'its message is under way and will be followed by an order').toEqual([timer])
    expect(sequencer.multicast('again')).toEqual([{ a: 'again', order: [3] }])
    sequencer.says(1, 'b')
    expect(sequencer.says(0, 'mine')).toEqual([{ deliver: 'mine', view: 1, sender: 0, seq: 1 }])
    expect(sequencer.says(0, 'again', [3])).toEqual([
      { deliver: 'a', view: 1, sender: 3, seq: 1 },
      { deliver: 'again', view: 1, sender: 0, seq: 2 },
      { order: [1] },
    ])
  })

  test('[R94] 6 step 3b: what has been told is not told again, and what is too much for one order comes in the next', () => {
    const sequencer = Member.in(first, 0)
    sequencer.multicast('mine')
    for (let i = 0; i <= ORDER_MAX; i++) sequencer.says(3, 'a')
    const told = sequencer.says(0, 'mine')
    expect(told.at(-1)).toEqual({ order: new Array<number>(ORDER_MAX).fill(3) })
    expect(sequencer.orders(0, ...new Array<number>(ORDER_MAX).fill(3)).at(-1)).toEqual({ order: [3] })
    expect(delivered(sequencer.orders(0, 3))).toHaveLength(1)
    expect(sequencer.multicast('next')).toEqual([{ a: 'next', order: [] }])
  })

  test('[R94] 6 step 3: the sequencer orders nothing any more once a later view was received', () => {
    const sequencer = Member.in(first, 0)
    expect(sequencer.block()).toEqual(['block'])
    expect(sequencer.says(3, 'a')).toEqual([timer])
    expect(sequencer.multicast('held')).toEqual([{ a: 'held', order: [] }])
  })

  test('[R94] 6 step 4: an order is appended in its order, but for those that are no members', () => {
    const member = Member.in(first, 2)
    for (const from of [1, 2, 3]) member.says(from, `of ${from}`)
    expect(member.orders(0, 3, 4, 1, 255)).toEqual([
      { suspect: 0, code: 'bad-order' },
      { deliver: 'of 3', view: 1, sender: 3, seq: 1 },
      { deliver: 'of 1', view: 1, sender: 1, seq: 1 },
    ])
    expect(delivered(member.orders(0, 2))).toEqual(['of 2'])
  })

  test('[R94] 6 step 4: an order of anybody but the sequencer does not count', () => {
    const member = Member.in(first, 2)
    member.says(3, 'a')
    expect(member.orders(1, 3)).toEqual([{ suspect: 1, code: 'not-sequencer' }])
    expect(member.says(1, 'its message does', [3])).toEqual([])
    expect(delivered(member.orders(0, 1))).toEqual(['its message does'])
  })

  test('[R94] 6 step 5a: what comes first in the order is delivered first, and the rest waits for it', () => {
    const member = Member.in(first, 2)
    member.says(3, 'a')
    expect(member.orders(0, 1, 3), 'the message of member 1 is not here').toEqual([])
    expect(delivered(member.says(1, 'b'))).toEqual(['b', 'a'])
  })

  test('[R94] 6 step 5b: from the queue of the sender named goes its oldest message', () => {
    const member = Member.in(first, 2)
    for (const words of ['a', 'b', 'c']) member.says(3, words)
    expect(delivered(member.orders(0, 3))).toEqual(['a'])
    expect(delivered(member.orders(0, 3, 3))).toEqual(['b', 'c'])
  })

  test('[R94] 6 step 5c: an A-delivery names view and sender, and counts the messages of the sender', () => {
    const member = Member.in(first, 2)
    member.says(3, 'a')
    member.says(3, 'b')
    member.says(1, 'c')
    expect(member.orders(0, 3, 1, 3)).toEqual([
      { deliver: 'a', view: 1, sender: 3, seq: 1 },
      { deliver: 'c', view: 1, sender: 1, seq: 1 },
      { deliver: 'b', view: 1, sender: 3, seq: 2 },
    ])
  })

  test('a message of the sequencer stands in the order it carries, last', () => {
    const member = Member.in(first, 2)
    member.says(3, 'a')
    expect(delivered(member.says(0, 'of the sequencer', [3]))).toEqual(['a', 'of the sequencer'])
    expect(delivered(member.says(0, 'alone'))).toEqual(['alone'])
  })

  test('all members deliver in one order, whatever order the messages of different senders come in', () => {
    const streams: readonly (readonly [number, (member: Member) => readonly Told[]])[] = [
      [0, (member) => member.says(0, 's1', [1, 2])],
      [1, (member) => member.says(1, 'a')],
      [2, (member) => member.says(2, 'b')],
      [0, (member) => member.orders(0, 3, 1)],
      [3, (member) => member.says(3, 'c')],
      [1, (member) => member.says(1, 'd')],
    ]
    const rotations = streams.map((_, by) => {
      const member = Member.in(first, 3)
      const rotated = [...streams.slice(by), ...streams.slice(0, by)]
      // Each sender's own messages stay in their order.
      const sorted = rotated.map(([from]) => from)
      const left = streams.slice()
      return delivered(
        sorted.flatMap((from) => {
          const next = left.splice(
            left.findIndex(([sender]) => sender === from),
            1,
          )
          return next.flatMap(([, act]) => act(member))
        }),
      )
    })
    for (const order of rotations) expect(order).toEqual(['a', 'b', 's1', 'c', 'd'])
  })
})

describe('at the end of a view', () => {
  /** Member 2 of V^1, where two messages of each member have no order, and one of member 1 has. */
  const late = (): Member => {
    const member = Member.in(first, 2)
    for (const from of [3, 1, 2]) for (const n of [1, 2]) member.says(from, `${from}.${n}`)
    member.orders(0, 1)
    return member
  }

  test('[R94] 6 step 6a: the members are gone through by their rank', () => {
    expect(
      late()
        .view(second)
        .map((one) => (typeof one === 'object' && 'deliver' in one ? one.sender : one)),
    ).toEqual([1, 2, 2, 3, 3, 'view 2'])
  })

  test('[R94] 6 step 6b: of each all that is left is A-delivered in the old view, in its order', () => {
    expect(late().view(second).slice(0, -1)).toEqual([
      { deliver: '1.2', view: 1, sender: 1, seq: 2 },
      { deliver: '2.1', view: 1, sender: 2, seq: 1 },
      { deliver: '2.2', view: 1, sender: 2, seq: 2 },
      { deliver: '3.1', view: 1, sender: 3, seq: 1 },
      { deliver: '3.2', view: 1, sender: 3, seq: 2 },
    ])
  })

  test('[R94] 6 step 6c: then the view is A-delivered, and everything begins anew', () => {
    const member = late()
    member.orders(0, 3, 3, 3, 3) // more than there is
    expect(member.view(second).at(-1)).toBe('view 2')
    expect(member.says(3, 'a')).not.toContainEqual({ deliver: 'a', view: 2, sender: 3, seq: 1 })
    expect(member.orders(1, 2), 'the sequencer of V^2 is member 1').toEqual([
      { deliver: 'a', view: 2, sender: 3, seq: 1 },
    ])
  })

  test('[R94] 6, the joiner: the first view is A-delivered at once', () => {
    expect(new Member(1).view(second)).toEqual(['view 2'])
  })

  test('a multicast held for the next view is ordered there, by a new sequencer too', () => {
    const member = Member.in(first, 1)
    member.block()
    expect(member.multicast('held')).toEqual([{ a: 'held', order: [] }])
    member.view(second)
    expect(delivered(member.says(1, 'held'))).toEqual(['held'])
    expect(member.says(3, 'a')).toContainEqual({ order: [2] })
  })
})

test('what is not for this layer passes through', () => {
  const member = Member.in(first, 1)
  expect(member.input({ type: 'leave' })).toEqual(['leave'])
  expect(member.input({ type: 'start' })).toEqual(['start'])
})
