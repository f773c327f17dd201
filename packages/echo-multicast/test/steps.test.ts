import { decode, encode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { body, ECHO_WINDOW, echoMessage } from '../src/index.js'
import { bodyOf, delivered, sent, suspicions, type Told, text, World } from './world.js'

const world = new World(4)
const hello = bodyOf('hello')

describe('one multicast', () => {
  test('[R94] 4.1 step 1: an E-mcast sends the digest of its body to all others, with the initiator own echo', () => {
    expect(world.member(0).multicast('hello')).toEqual([{ to: [1, 2, 3], message: world.init(0, 1, hello) }])
  })

  test('[R94] 4.1 step 2: a member signs the first digest of each number and returns the echo to the initiator alone', () => {
    const member = world.member(1)
    expect(member.receive(0, world.init(0, 1, hello))).toEqual([{ to: [0], message: world.echo(1, 0, 1, hello) }])
    expect(member.receive(0, world.init(0, 2, hello))).toEqual([{ to: [0], message: world.echo(1, 0, 2, hello) }])
    const again = member.receive(0, world.init(0, 1, hello))
    expect(again, 'the same init again: the same echo again').toEqual([
      { to: [0], message: world.echo(1, 0, 1, hello) },
    ])
    expect(sent(member.receive(0, world.init(0, 1, bodyOf('other'))), 'echo'), 'another digest: no echo').toEqual([])
  })

  test('[R94] 4.1 step 3: with a quorum of echoes, its own among them, the initiator sends the commit to all', () => {
    const member = world.member(0)
    member.multicast('hello')
    expect(member.receive(3, world.echo(3, 0, 1, hello))).toEqual([])
    expect(member.receive(3, world.echo(3, 0, 1, hello)), 'one member counts once').toEqual([])
    const told = member.receive(1, world.echo(1, 0, 1, hello))
    expect(sent(told, 'commit')).toEqual([{ to: [1, 2, 3], message: world.commit(0, 1, hello, [0, 1, 3]) }])
    expect(delivered(told), 'what it sends to itself it receives at once').toEqual(['hello'])
    expect(member.receive(2, world.echo(2, 0, 1, hello)), 'later echoes change nothing').toEqual([])
  })

  test('[R94] 4.1 step 4: a commit with a quorum of valid echoes is kept, whoever passes it on, unless its initiator is gone', () => {
    const member = world.member(1)
    expect(delivered(member.receive(3, world.commit(0, 1, hello, [0, 2, 3])))).toEqual(['hello'])
    expect(member.collect()).toEqual([encode(echoMessage, world.commit(0, 1, hello, [0, 2, 3]))])
    expect(member.receive(0, world.commit(0, 1, hello, [0, 1, 2])), 'a second certificate is no news').toEqual([])

    member.views(world.next(world.view, [0, 1, 3]))
    expect(member.receive(0, world.commit(2, 1, hello)), 'from the network, of a member that is gone').toEqual([])
    expect(member.collect()).toHaveLength(1)
  })

  test.each([
    ['too few echoes', world.commit(0, 1, hello, [0, 2])],
    ['too many echoes', world.commit(0, 1, hello, [0, 1, 2, 3])],
    ['not the echo of its initiator', world.commit(0, 1, hello, [1, 2, 3])],
    ['the echo of a stranger', { ...world.commit(0, 1, hello), initiator: 4 }],
    ['the same echo twice', world.commit(0, 1, hello, [0, 2, 2])],
    ['echoes out of order', { ...world.commit(0, 1, hello), echoes: world.commit(0, 1, hello).echoes.toReversed() }],
    ['echoes of another message', { ...world.commit(0, 1, hello), body: bodyOf('other') }],
    ['echoes of another number', { ...world.commit(0, 1, hello), seq: 2 }],
    ['echoes of another initiator', { ...world.commit(0, 1, hello), initiator: 1 }],
    [
      'echoes of another view',
      { ...world.commit(0, 1, hello, [0, 1, 2], world.next(world.view, [0, 1, 2, 3])), view: 1 },
    ],
  ])('a commit with %s is not kept', (_, commit) => {
    const member = world.member(1)
    expect(delivered(member.receive(3, commit))).toEqual([])
    expect(member.collect()).toEqual([])
    expect(member.faults.map(({ code }) => code)).toEqual(['bad-commit'])
  })

  test('[R94] 4.1 step 5: multicasts of one initiator are E-delivered in the order of their numbers, as far as there is no gap', () => {
    const member = world.member(1)
    const commit = (seq: number, words: string) => member.receive(0, world.commit(0, seq, bodyOf(words)))
    expect(delivered(commit(2, 'two'))).toEqual([])
    expect(delivered(commit(4, 'four'))).toEqual([])
    expect(commit(1, 'one')).toEqual([
      { deliver: 'one', sender: 0, seq: 1 },
      { deliver: 'two', sender: 0, seq: 2 },
    ])
    expect(delivered(commit(3, 'three'))).toEqual(['three', 'four'])
  })

  test('our own echo in a commit counts to the letter only', () => {
    const other = bodyOf('other')
    const certificate = world.commit(0, 1, other, [0, 1, 2])
    const withOurs = (signature: Uint8Array) => ({
      ...certificate,
      echoes: certificate.echoes.map((echo) => (echo.rank === 1 ? { rank: 1, signature } : echo)),
    })
    for (const forged of [world.echo(1, 0, 1, hello).signature, new Uint8Array(64)]) {
      const member = world.member(1)
      member.receive(0, world.init(0, 1, hello)) // it has echoed another message under this number
      expect(suspicions(member.receive(2, withOurs(forged)))).toEqual(['2 bad-commit'])
      const same = world.member(1)
      same.receive(0, world.init(0, 1, other))
      expect(suspicions(same.receive(2, withOurs(forged)))).toEqual(['2 bad-commit'])
    }
  })

  test('an init of a member that is gone is not echoed', () => {
    const member = world.member(1)
    member.views(world.next(world.view, [0, 1, 3]))
    expect(member.receive(2, world.init(2, 1, hello))).toEqual([])
    expect(sent(member.receive(0, world.init(0, 1, hello)), 'echo'), 'the others go on in the old view').toHaveLength(1)
  })

  test('a message for a view that was not received yet is kept until it is', () => {
    const member = world.member(1)
    const second = world.next(world.view, [0, 1, 2])
    expect(member.receive(0, world.init(0, 1, hello, second))).toEqual([])
    expect(member.receive(2, world.commit(2, 1, hello, [0, 1, 2], second))).toEqual([])
    const told = member.views(second)
    expect(sent(told, 'echo')).toEqual([{ to: [0], message: world.echo(1, 0, 1, hello, second) }])
    expect(told).toContainEqual({ deliver: 'hello', sender: 2, seq: 1, view: 2 })
  })

  test('an echo binds initiator, number, digest and view: an echo for anything else does not count', () => {
    const second = world.next(world.view, [0, 1, 2, 3])
    for (const wrong of [
      world.echo(1, 2, 1, hello),
      { ...world.echo(1, 0, 2, hello), seq: 1 },
      world.echo(1, 0, 1, bodyOf('other')),
      { ...world.echo(1, 0, 1, hello, second), view: 1 },
      world.echo(3, 0, 1, hello),
    ]) {
      const member = world.member(0)
      member.multicast('hello')
      member.receive(2, world.echo(2, 0, 1, hello))
      expect(suspicions(member.receive(1, wrong))).toEqual(['1 bad-echo'])
      expect(delivered(member.receive(3, world.echo(3, 0, 1, hello)))).toEqual(['hello'])
    }
  })

  test('a member alone in its view delivers at once', () => {
    expect(new World(1).member(0).multicast('hello')).toContainEqual({ deliver: 'hello', sender: 0, seq: 1 })
  })
})

describe('stability', () => {
  /** Member 1 of 4, that has delivered `hello` of member 0. */
  const holder = (): ReturnType<World['member']> => {
    const member = world.member(1, { announceMs: 50, stableMs: 1000, suspectMs: 2000 })
    member.receive(0, world.commit(0, 1, hello))
    return member
  }
  const announces = (rank: number, counters: readonly number[], seq = 1) =>
    world.commit(rank, seq, bodyOf(undefined, counters))

  test('[R94] 4.2 announce: counters ride on the next multicast', () => {
    const told = holder().multicast('mine')
    expect(sent(told, 'init')[0]?.message).toEqual(world.init(1, 1, bodyOf('mine', [1, 0, 0, 0])))
  })

  test('[R94] 4.2 announce: when no multicast comes in time, counters go alone', () => {
    const member = holder()
    expect(member.runTo(49)).toEqual([])
    expect(member.runTo(50)).toEqual([{ to: [0, 2, 3], message: world.init(1, 1, bodyOf(undefined, [1, 0, 0, 0])) }])
    expect(member.runTo(400), 'once is enough').toEqual([])
  })

  test('counters alone are E-delivered, but nothing is handed up', () => {
    const member = holder()
    expect(member.receive(0, world.commit(0, 2, bodyOf(undefined, [1, 0, 0, 0])))).toEqual([])
    expect(member.receive(0, world.commit(0, 3, bodyOf('next', [1, 0, 0, 0])))).toEqual([
      { deliver: 'next', sender: 0, seq: 2 },
    ])
  })

  test('[R94] 4.2 stable: what every member has announced is forgotten and told, and not before', () => {
    const member = holder()
    expect(member.receive(0, announces(0, [1, 0, 0, 0], 2))).toEqual([])
    expect(member.receive(2, announces(2, [1, 0, 0, 0]))).toEqual([])
    expect(member.collect()).toContainEqual(encode(echoMessage, world.commit(0, 1, hello)))
    expect(member.receive(3, announces(3, [1, 0, 0, 0]))).toEqual([{ stable: 0, seq: 1 }])
    expect(member.collect()).not.toContainEqual(encode(echoMessage, world.commit(0, 1, hello)))
  })

  test('[R94] 4.2 stable: a member that left is not waited for', () => {
    const member = holder()
    member.receive(0, announces(0, [1, 0, 0, 0], 2))
    member.receive(2, announces(2, [1, 0, 0, 0]))
    expect(member.views(world.next(world.view, [0, 1, 2]))).toEqual([{ stable: 0, seq: 1 }])
    const kept = encode(echoMessage, world.commit(0, 1, hello))
    expect(member.collect(), 'but others may not know yet that it left').toContainEqual(kept)
  })

  test('a member cannot announce for us or for others, nor take back what it announced', () => {
    const member = holder()
    member.receive(2, announces(2, [9, 9, 9, 9]))
    expect(member.receive(2, announces(2, [0, 0, 0, 0], 2)), 'taken back').toEqual([])
    expect(member.receive(0, world.commit(0, 2, bodyOf('next')))).toEqual([{ deliver: 'next', sender: 0, seq: 2 }])
    expect(member.receive(3, announces(3, [1, 0, 0, 0]))).toEqual([{ stable: 0, seq: 1 }])
    expect(member.receive(3, announces(3, [2, 0, 0, 0], 2))).toEqual([{ stable: 0, seq: 2 }])
  })

  test('[R94] 4.2 forward: what stays unstable is sent to those that have not announced it', () => {
    const member = holder()
    member.receive(2, announces(2, [1, 0, 0, 0]))
    expect(sent(member.runTo(999), 'commit')).toEqual([])
    const forwarded = sent(member.runTo(1500), 'commit').filter(({ message }) => message.initiator === 0)
    expect(forwarded, 'its initiator has it').toEqual([{ to: [3], message: world.commit(0, 1, hello) }])
    expect(sent(member.runTo(60_000), 'commit'), 'each commit once').toEqual([])
  })

  test('[R94] 4.2 forward: to a suspected member too, which may be honest and only slow', () => {
    const member = holder()
    expect(suspicions(member.runTo(4000))).toEqual(['2 unresponsive', '3 unresponsive'])
    member.receive(0, world.commit(0, 2, bodyOf('later')))
    const forwarded = sent(member.runTo(8000), 'commit').filter(({ message }) => message.seq === 2)
    expect(forwarded.map(({ to }) => to)).toEqual([[2, 3]])
  })

  test('[R94] 4.2 forward: again when a channel comes back, for what was sent before may be lost', () => {
    const member = holder()
    const forwarded = (told: readonly Told[]): readonly (readonly number[])[] =>
      sent(told, 'commit').flatMap(({ to, message }) => (message.initiator === 0 ? [to] : []))
    expect(forwarded(member.runTo(2000))).toEqual([[2, 3]])
    member.input({ type: 'disconnect', peer: world.id(3) })
    member.receive(0, world.commit(0, 2, bodyOf('later')))
    expect(forwarded(member.runTo(5000)), 'nothing goes to who is away').toEqual([[2]])
    member.input({ type: 'connect', peer: world.id(3) })
    expect(forwarded(member.runTo(6000))).toEqual([[3], [3]])
  })

  test('[R94] 4.2 remove: also who cannot be reached', () => {
    const member = holder()
    member.input({ type: 'disconnect', peer: world.id(3) })
    member.receive(2, announces(2, [1, 0, 0, 0]))
    expect(suspicions(member.runTo(4000))).toEqual(['3 unresponsive'])
  })

  test('[R94] 4.2 remove: who cannot be reached, also for a payload behind counters alone', () => {
    const member = world.member(1)
    member.input({ type: 'disconnect', peer: world.id(3) })
    member.receive(0, announces(0, [0, 0, 0, 0]))
    member.receive(0, world.commit(0, 2, hello))
    member.receive(2, announces(2, [2, 0, 0, 0]))
    expect(suspicions(member.runTo(6000))).toEqual(['3 unresponsive'])
  })

  test('[R94] 4.2 remove: who was sent it and still does not announce it is suspected', () => {
    const member = holder()
    member.receive(2, announces(2, [1, 0, 0, 0]))
    member.runTo(1500)
    member.receive(0, announces(0, [1, 0, 0, 0], 2))
    expect(suspicions(member.runTo(2900))).toEqual([])
    expect(suspicions(member.runTo(3600))).toEqual(['3 unresponsive'])
    expect(suspicions(member.runTo(60_000)), 'each member once').toEqual([])
  })

  test('[R94] 4.2 remove: once a later view was received nobody is suspected for the earlier one', () => {
    const member = holder()
    member.views(world.next(world.view, [0, 1, 2]))
    expect(suspicions(member.runTo(60_000))).toEqual([])
    const far = ECHO_WINDOW + 1
    for (let seq = 2; seq < far; seq++) member.receive(0, world.commit(0, seq, hello, [0, 2, 3]))
    expect(sent(member.receive(0, world.init(0, far, hello)), 'echo'), 'echoes wait for it').toHaveLength(0)
  })

  test('nobody is suspected for not announcing counters alone', () => {
    const member = world.member(1)
    member.receive(0, announces(0, [0, 0, 0, 0]))
    const told = member.runTo(60_000)
    expect(sent(told, 'commit'), 'but they are forwarded, once').toHaveLength(1)
    expect(suspicions(told)).toEqual([])
  })

  test('what was announced while the last announcement is under way waits without waking anybody', () => {
    const member = holder()
    member.runTo(50) // counters alone, that nobody echoes
    member.receive(0, world.commit(0, 2, hello))
    const told = member.runTo(400)
    expect(sent(told, 'init')).toEqual([])
    expect(member.wakes).toBeLessThan(5)
    member.receive(2, world.echo(2, 1, 1, bodyOf(undefined, [1, 0, 0, 0])))
    const next = member.receive(3, world.echo(3, 1, 1, bodyOf(undefined, [1, 0, 0, 0])))
    expect(sent(next, 'init').map(({ message }) => message.seq)).toEqual([2])
  })

  test('an init that gets no quorum of echoes is sent again to those that did not answer, less and less often', () => {
    const member = world.member(0, { resendMs: 500 })
    member.multicast('hello')
    member.receive(2, world.echo(2, 0, 1, hello))
    const again = sent(member.runTo(20_000), 'init')
    expect(again[0]).toEqual({ to: [1, 3], message: world.init(0, 1, hello) })
    expect(again.length).toBeGreaterThan(4)
    expect(again.length).toBeLessThan(9)
  })
})

describe('what reliable multicast asks for', () => {
  test('collect lists what is kept by initiator and number, the same at all who hold the same', () => {
    const [a, b] = [world.member(1), world.member(3)]
    const commits = [world.commit(2, 1, hello), world.commit(0, 2, hello), world.commit(0, 1, hello)]
    for (const commit of commits) a.receive(0, commit)
    for (const commit of commits.toReversed()) b.receive(0, commit)
    expect(a.collect()).toEqual(b.collect())
    const kept = a.collect().map((bytes) => decode(echoMessage, bytes))
    expect(kept.map((commit) => (commit?.type === 'commit' ? [commit.initiator, commit.seq] : []))).toEqual([
      [0, 1],
      [0, 2],
      [2, 1],
    ])
  })

  test('[R94] 5 step 5a: certificates from a flush are E-delivered, also of members that are gone, before the answer', () => {
    const member = world.member(1)
    member.views(world.next(world.view, [0, 1, 2]))
    const commits = [encode(echoMessage, world.commit(0, 1, hello)), encode(echoMessage, world.commit(3, 1, hello))]
    const told = member.input({ type: 'supply', view: world.view.id, from: world.id(2), commits })
    expect(told).toEqual([
      { deliver: 'hello', sender: 0, seq: 1 },
      { deliver: 'hello', sender: 3, seq: 1 },
      { type: 'supplied', view: 1 },
    ])
  })

  test('certificates of a flush come in order and once, or do not count', () => {
    const member = world.member(1)
    const [first, second] = [
      encode(echoMessage, world.commit(0, 1, hello)),
      encode(echoMessage, world.commit(2, 1, hello)),
    ]
    const told = member.input({
      type: 'supply',
      view: world.view.id,
      from: world.id(3),
      commits: [second, first, second],
    })
    expect(delivered(told)).toEqual(['hello'])
    expect(suspicions(told)).toEqual(['3 bad-flush'])
  })

  test('[R94] 5 step 5a: certificates from a flush count however far ahead they are, those from the network do not', () => {
    const member = world.member(1)
    const all = Array.from({ length: ECHO_WINDOW + 2 }, (_, i) => encode(echoMessage, world.commit(0, i + 1, hello)))
    const last = all.slice(-2)
    for (const bytes of last) expect(member.receive(0, bytes)).toEqual([])
    const supplied = (commits: readonly Bytes[]): readonly string[] =>
      delivered(member.input({ type: 'supply', view: world.view.id, from: world.id(2), commits }))
    expect(supplied(last), 'kept, though none before it is there').toEqual([])
    expect(supplied(all.slice(0, -2))).toHaveLength(ECHO_WINDOW + 2)
  })

  test('[R94] 5, after step 5: a retired view is sent to whoever may lack it and then forgotten', () => {
    const member = world.member(1)
    member.receive(0, world.commit(0, 1, hello))
    member.views(world.next(world.view, [0, 1, 2]))
    const told = member.input({ type: 'retire', view: world.view.id })
    expect(sent(told, 'commit')).toContainEqual({ to: [2, 3], message: world.commit(0, 1, hello) })
    expect(member.receive(0, world.init(0, 3, hello)), 'no part in new multicasts').toEqual([])
    expect(member.receive(0, world.commit(0, 2, hello))).toEqual([])
    expect(() => member.collect()).toThrow(expect.objectContaining({ code: 'no-view' }))
  })

  test('a held sender gets no new echoes, but what it has a quorum for is delivered; then it gets them all', () => {
    const member = world.member(1)
    expect(member.input({ type: 'hold', view: world.view.id, sender: world.id(0), held: true })).toEqual([])
    expect(member.receive(0, world.init(0, 1, hello))).toEqual([])
    expect(sent(member.receive(2, world.init(2, 1, hello)), 'echo'), 'others do').toHaveLength(1)
    expect(delivered(member.receive(0, world.commit(0, 1, hello, [0, 2, 3])))).toEqual(['hello'])
    expect(member.receive(0, world.init(0, 2, hello))).toEqual([])
    const released = member.input({ type: 'hold', view: world.view.id, sender: world.id(0), held: false })
    expect(released).toEqual([{ to: [0], message: world.echo(1, 0, 2, hello) }])
  })

  test('who is excluded goes on to echo for those who stay, but hands nothing up and multicasts nothing', () => {
    const member = world.member(1)
    const removal = { member: world.id(1), reason: 'test' }
    expect(member.input({ type: 'excluded', view: world.view.id, removal })).toHaveLength(1)
    expect(sent(member.receive(0, world.init(0, 1, hello)), 'echo')).toHaveLength(1)
    expect(member.receive(0, world.commit(0, 1, hello))).toEqual([])
    expect(member.receive(0, Uint8Array.of(9)), 'nobody is accused').toEqual([])
    expect(() => member.multicast('x')).toThrow(expect.objectContaining({ code: 'excluded' }))
    expect(
      sent(member.runTo(2000), 'commit').map(({ to }) => to),
      'what it has, it passes on',
    ).toEqual([[2, 3]])
  })

  test('what is not for this layer passes through', () => {
    const member = world.member(1)
    expect(member.input({ type: 'leave' })).toEqual([{ type: 'leave' }])
    expect(member.input({ type: 'start' })).toEqual([{ type: 'start' }])
  })

  test('a multicast in a view that is not worked on is the caller mistake', () => {
    expect(() => world.newcomer(0).multicast('early')).toThrow(expect.objectContaining({ code: 'no-view' }))
    expect(text('x')).toHaveLength(1)
    expect(decode(body, bodyOf('x'))?.payload).toEqual(text('x'))
  })
})
