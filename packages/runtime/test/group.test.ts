import { type Identity, type Input, instant, type Protocol } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { memoryNetwork } from '@testudo/transport-memory'
import { afterEach, describe, expect, test } from 'vitest'
import {
  EVENTS_MAX,
  type Group,
  type GroupEvent,
  type GroupOptions,
  LEAVE_DEADLINE_MS,
  OUTSTANDING_BYTES_MAX,
  OUTSTANDING_MESSAGES_MAX,
  openGroup,
  WAITING_MAX,
} from '../src/index.js'
import { HandClock, HandTransport, own, read, scripted, text, toyFifo, toySequencer } from './toys.js'

const open: Group[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((group) => group.close()))
})

function person(n: number): Identity {
  return createIdentity({ seed: new Uint8Array(32).fill(n) })
}

async function groupOf(size: number, protocol: Protocol, more: Partial<GroupOptions> = {}): Promise<Group[]> {
  const network = memoryNetwork()
  const people = Array.from({ length: size }, (_, n) => person(n + 1))
  const members = people.map(({ id }) => id)
  const groups = await Promise.all(
    people.map((identity) =>
      openGroup({ identity, members, protocol, transport: network.transport(), groupName: 'test', ...more }),
    ),
  )
  open.push(...groups)
  return groups
}

async function alone(protocol: Protocol, more: Partial<GroupOptions> = {}): Promise<Group> {
  const identity = person(1)
  const transport = new HandTransport()
  const group = await openGroup({ identity, members: [identity.id], protocol, transport, groupName: 'test', ...more })
  open.push(group)
  return group
}

async function take(group: Group, count: number, type = 'deliver'): Promise<GroupEvent[]> {
  const taken: GroupEvent[] = []
  for await (const event of group.events({ signal: AbortSignal.timeout(10_000) })) {
    if (event.type === type) taken.push(event)
    if (taken.length === count) break
  }
  return taken
}

async function drain(group: Group): Promise<void> {
  const events = group.events()
  while ((await events.next()).done !== true) continue
}

function words(events: readonly GroupEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'deliver' ? [read(event.payload)] : []))
}

const code = (wanted: string) => expect.objectContaining({ code: wanted })
/** Accepts and never delivers. */
function hoarder(): { readonly protocol: Protocol; readonly hoard: Input[] } {
  const hoard: Input[] = []
  const protocol = scripted((input) => {
    if (input.type === 'multicast') hoard.push(input)
    return []
  })
  return { protocol, hoard }
}

describe('messages', () => {
  test('reach every member in the order of each sender', async () => {
    const groups = await groupOf(3, toyFifo())
    const taken = Promise.all(groups.map((group) => take(group, 60)))
    for (let i = 0; i < 20; i++) await Promise.all(groups.map((group, n) => group.multicast(text(`${n} ${i}`))))
    for (const events of await taken) {
      for (let n = 0; n < 3; n++) {
        const of = words(events).filter((word) => word.startsWith(`${n} `))
        expect(of).toEqual(Array.from({ length: 20 }, (_, i) => `${n} ${i}`))
      }
    }
  })

  test('come in the one order of a sequencer, and "ordered" resolves when the message was delivered here', async () => {
    const groups = await groupOf(3, toySequencer())
    const taken = Promise.all(groups.map((group) => take(group, 90)))
    await Promise.all(
      groups.flatMap((group, n) =>
        Array.from({ length: 30 }, (_, i) => group.multicast(text(`${n} ${i}`), { until: 'ordered' })),
      ),
    )
    const [first, ...others] = (await taken).map(words)
    for (const other of others) expect(other).toEqual(first)
    expect(first).toHaveLength(90)
  })

  test('checked ahead or on the spot give the same deliveries', async () => {
    const stories: string[][] = []
    for (const verifyAhead of [true, false]) {
      const [a, b] = (await groupOf(2, toySequencer(), { verifyAhead })) as [Group, Group]
      const taken = take(b, 100)
      for (let i = 0; i < 50; i++) await b.multicast(text(`b${i}`), { until: 'ordered' })
      for (let i = 0; i < 50; i++) await a.multicast(text(`a${i}`))
      stories.push(words(await taken))
      await Promise.all([a.close(), b.close()])
    }
    expect(stories[0]).toHaveLength(100)
    expect(stories[1]).toEqual(stories[0])
  })

  test('too large for the protocol are refused, and so are those after the end', async () => {
    const group = await alone(toyFifo(10))
    await group.multicast(new Uint8Array(10))
    await expect(group.multicast(new Uint8Array(11))).rejects.toEqual(code('too-large'))
    expect(() => group.tryMulticast(new Uint8Array(11))).toThrow(code('too-large'))
    await group.close()
    await expect(group.multicast(new Uint8Array(1))).rejects.toEqual(code('closed'))
    await expect(group.writable()).rejects.toEqual(code('closed'))
    expect(() => group.tryMulticast(new Uint8Array(1))).toThrow(code('closed'))
  })
})

describe('backpressure', () => {
  test('holds callers at the limit of messages, and bounds their number', async () => {
    const { protocol, hoard } = hoarder()
    const group = await alone(protocol)
    let accepted = 0
    while (group.tryMulticast(text('x'))) accepted++
    expect(accepted).toBe(OUTSTANDING_MESSAGES_MAX)
    const order: number[] = []
    const waiting = Array.from({ length: WAITING_MAX }, async (_, i) => {
      await group.multicast(text('x'))
      order.push(i)
    })
    const room = group.writable()
    await expect(group.multicast(text('x'))).rejects.toEqual(code('overflow'))
    expect(hoard).toHaveLength(OUTSTANDING_MESSAGES_MAX)
    expect(order).toEqual([])
    await group.close()
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).not.toContain('fulfilled')
    await expect(room).rejects.toEqual(code('closed'))
  })

  test('lets callers in when messages were delivered', async () => {
    const inputs: Input[] = []
    const clock = new HandClock()
    const protocol = scripted((input, environment) => {
      if (input.type === 'start') return [{ type: 'set-timer', timer: 'deliver', at: clock.now() }]
      if (input.type === 'multicast') inputs.push(input)
      if (input.type !== 'timeout') return []
      return inputs
        .splice(0)
        .map((one, i) => own(environment, i + 1, one.type === 'multicast' ? one.payload : text('')))
    })
    const group = await alone(protocol, { clock })
    while (group.tryMulticast(text('x'))) continue
    const order: number[] = []
    const calls = [1, 2, 3].map((n) => group.multicast(text('late')).then(() => order.push(n)))
    const ordered = group.multicast(text('last'), { until: 'ordered' }).then(() => order.push(4))
    const writable = group.writable()
    expect(group.tryMulticast(text('x'))).toBe(false)
    clock.advance(1)
    await Promise.all([...calls, writable])
    expect(order).toEqual([1, 2, 3])
    expect(inputs).toHaveLength(4)
    expect(group.tryMulticast(text('x'))).toBe(true)
    await group.close()
    await expect(ordered).rejects.toEqual(code('closed'))
  })

  test('counts bytes, and accepts the message that crosses the line', async () => {
    const group = await alone({ ...hoarder().protocol, payloadBytesMax: OUTSTANDING_BYTES_MAX })
    expect(group.tryMulticast(new Uint8Array(OUTSTANDING_BYTES_MAX - 1))).toBe(true)
    expect(group.tryMulticast(new Uint8Array(1_000))).toBe(true)
    expect(group.tryMulticast(new Uint8Array(1))).toBe(false)
  })

  test('a signal ends a wait for room, for order, and for being writable, and nothing else', async () => {
    const { protocol, hoard } = hoarder()
    const group = await alone(protocol)
    const abort = new AbortController()
    const ordered = group.multicast(text('x'), { until: 'ordered', signal: abort.signal })
    while (group.tryMulticast(text('x'))) continue
    const waiting = group.multicast(text('never'), { signal: abort.signal })
    const writable = group.writable({ signal: abort.signal })
    abort.abort('enough')
    for (const wait of [ordered, waiting, writable, group.multicast(text('y'), { signal: abort.signal })]) {
      await expect(wait).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
    }
    expect(hoard).toHaveLength(OUTSTANDING_MESSAGES_MAX)
  })

  test('nothing is accepted before the first view is there', async () => {
    const views: Protocol = {
      ...toyFifo(),
      create: ({ genesis, self }) => ({
        step(input) {
          if (input.type === 'start') return [{ type: 'set-timer', timer: 'view', at: clock.now() }]
          if (input.type === 'timeout') return [{ type: 'view', view: genesis, joined: [self], left: [] }]
          return []
        },
      }),
    }
    const clock = new HandClock()
    const group = await alone(views, { clock })
    expect(group.tryMulticast(text('x'))).toBe(false)
    const accepted = group.multicast(text('x'))
    clock.advance(1)
    await accepted
    expect(group.tryMulticast(text('x'))).toBe(true)
  })
})

describe('a slow consumer', () => {
  test('stops the others at EVENTS_MAX events, and nothing is lost when it goes on', async () => {
    const [a, b] = (await groupOf(2, toyFifo())) as [Group, Group]
    const total = EVENTS_MAX + 20_000
    const own = take(a, total)
    for (let i = 0; i < total; i++) {
      await a.multicast(text(`${i}`))
      if (i % 256 === 0) await new Promise((resolve) => setImmediate(resolve)) // the toy knows no flow control
    }
    await own
    const got = words(await take(b, total))
    expect(got).toEqual(Array.from({ length: total }, (_, i) => `${i}`))
  })

  test('ends the waits of those who might be the consumer themselves: for order, for room, begun before or while full', async () => {
    const clock = new HandClock()
    const hoard: Input[] = []
    const protocol = scripted((input, environment) => {
      if (input.type === 'multicast') hoard.push(input)
      if (input.type === 'start') return [{ type: 'set-timer', timer: 'flood', at: instant(1) }]
      if (input.type !== 'timeout') return []
      const flood = {
        type: 'deliver',
        view: environment.genesis.id,
        sender: person(2).id,
        payload: text('flood'),
      } as const
      return Array.from({ length: EVENTS_MAX }, (_, i) => ({ ...flood, seq: i + 1 }))
    })
    const group = await alone(protocol, { clock })
    const before = [group.multicast(text('x'), { until: 'ordered' })]
    while (group.tryMulticast(text('x'))) continue
    before.push(group.multicast(text('x')), group.multicast(text('x'), { until: 'ordered' }), group.writable())
    clock.advance(1)
    for (const wait of before) await expect(wait).rejects.toEqual(code('events-full'))
    const during = [group.multicast(text('x')), group.multicast(text('x'), { until: 'ordered' }), group.writable()]
    for (const wait of during) await expect(wait).rejects.toEqual(code('events-full'))
    expect(hoard).toHaveLength(OUTSTANDING_MESSAGES_MAX)
    await take(group, EVENTS_MAX / 2 + 1)
    const waiting = group.writable()
    await group.close()
    await expect(waiting).rejects.toEqual(code('closed')) // it waited again
  })

  test('that waits for its own answers within its loop goes on, however many events come', async () => {
    // The first member puts everything into one order; a message is one letter, `a` of the first, `b` of the second.
    const ordering = scripted((input, { genesis, self }) => {
      const [first, second] = genesis.members as [Identity['id'], Identity['id']]
      if (input.type !== 'multicast' && input.type !== 'receive') return []
      const payload = input.type === 'multicast' ? input.payload : input.bytes
      if (input.type === 'multicast' && self === second) return [{ type: 'send', to: [first], bytes: payload }]
      const sender = read(payload) === 'a' ? first : second
      const deliver = { type: 'deliver', view: genesis.id, sender, seq: 1, payload } as const
      return self === first ? [{ type: 'send', to: [second], bytes: payload }, deliver] : [deliver]
    })
    const groups = await groupOf(2, ordering)
    const [a, b] = groups.toSorted((one, other) => (one.self < other.self ? -1 : 1)) as [Group, Group]
    void drain(a)
    for (let i = 0; i < EVENTS_MAX + 1_000; i++) {
      await a.multicast(text('a'))
      if (i % 256 === 0) await new Promise((resolve) => setImmediate(resolve)) // it knows no flow control
    }
    const answers: unknown[] = []
    let asked = 0
    for await (const event of b.events({ signal: AbortSignal.timeout(10_000) })) {
      if (event.type !== 'deliver' || event.sender === b.self || ++asked % 8_192 !== 1) continue
      const answer = b.multicast(text('b'), { until: 'ordered' })
      answers.push(
        await answer.then(
          () => 'ordered',
          (error) => error.code,
        ),
      )
      if (asked > EVENTS_MAX) break
    }
    expect(answers[0]).toBe('events-full')
    expect(answers.at(-1)).toBe('ordered')
  })

  test('pauses the transport from full until half was taken', async () => {
    const transport = new HandTransport()
    const warnings: string[] = []
    const group = await alone(toyFifo(), { transport, onWarning: (warning) => warnings.push(warning.code) })
    for (let i = 1; i < EVENTS_MAX - 1; i++) expect(group.tryMulticast(text('x'))).toBe(true)
    expect(transport.pauses).toEqual([])
    group.tryMulticast(text('x'))
    expect(transport.pauses).toEqual([true])
    expect(group.tryMulticast(text('one more'))).toBe(true)
    await take(group, EVENTS_MAX / 2 - 1)
    expect(transport.pauses).toEqual([true])
    await take(group, 1)
    expect(transport.pauses).toEqual([true, false])
    expect(warnings).toEqual(['application-slow']) // once in an episode
  })
})

describe('a connection that breaks', () => {
  test('loses, repeats and reorders nothing', async () => {
    const network = memoryNetwork()
    const people = [person(1), person(2)]
    const members = people.map(({ id }) => id) as [Identity['id'], Identity['id']]
    const [a, b] = (await Promise.all(
      people.map((identity) =>
        openGroup({ identity, members, protocol: toyFifo(), transport: network.transport(), groupName: 'test' }),
      ),
    )) as [Group, Group]
    open.push(a, b)
    const taken = take(b, 300)
    for (let i = 0; i < 300; i++) {
      if (i % 20 === 5) network.disconnect(...members)
      if (i % 20 === 15) network.reconnect(...members)
      await a.multicast(text(`${i}`))
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(words(await taken)).toEqual(Array.from({ length: 300 }, (_, i) => `${i}`))
  })
})

describe('the end', () => {
  test('an exception in the protocol stops this process: waits reject, events throw it, nothing is sent', async () => {
    const transport = new HandTransport()
    const broken = new Error('broken')
    const protocol = scripted((input) => {
      if (input.type === 'multicast') throw broken
      return []
    })
    const group = await alone(protocol, { transport })
    const events = group.events()
    expect((await events.next()).value).toMatchObject({ type: 'view' })
    const next = events.next()
    await expect(group.multicast(text('x'))).rejects.toMatchObject({ code: 'closed', cause: broken })
    await expect(next).rejects.toBe(broken)
    await group.close()
    expect(transport.closed).toBe(1)
  })

  test('events that waited can be taken after the end, then the iteration ends', async () => {
    const group = await alone(toyFifo())
    await group.multicast(text('last words'))
    await group.close()
    const taken: string[] = []
    for await (const event of group.events()) taken.push(event.type)
    expect(taken).toEqual(['view', 'deliver'])
  })

  test('a member that was excluded is told, and multicasts no more', async () => {
    const protocol = scripted((input, environment) =>
      input.type === 'multicast'
        ? [{ type: 'excluded', view: environment.genesis.id, removal: { member: environment.self, reason: 'silent' } }]
        : [],
    )
    const group = await alone(protocol)
    const ordered = group.multicast(text('x'), { until: 'ordered' })
    await expect(ordered).rejects.toEqual(code('not-a-member'))
    expect(await take(group, 1, 'excluded')).toMatchObject([{ removal: { reason: 'silent' } }])
    await expect(group.multicast(text('x'))).rejects.toEqual(code('not-a-member'))
    await group.leave()
  })

  test('leave waits for the exclusion, at most until its deadline, and not at all where nobody can answer', async () => {
    await (await alone(toyFifo())).leave()
    const clock = new HandClock()
    const deaf = await alone(
      scripted(() => []),
      { clock },
    )
    let left = false
    const leaving = deaf.leave().then(() => {
      left = true
    })
    clock.advance(LEAVE_DEADLINE_MS - 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(left).toBe(false)
    clock.advance(LEAVE_DEADLINE_MS)
    await leaving
    const polite = scripted((input, environment) =>
      input.type === 'leave'
        ? [{ type: 'excluded', view: environment.genesis.id, removal: { member: environment.self, reason: 'leave' } }]
        : [],
    )
    const group = await alone(polite)
    await group.leave()
    const types: string[] = []
    for await (const event of group.events()) types.push(event.type)
    expect(types).toEqual(['view', 'excluded'])
  })

  test('a group closes by await using, and by the signal it was opened with', async () => {
    const transport = new HandTransport()
    const disposable = await alone(toyFifo(), { transport })
    await disposable.multicast(text('x'))
    await disposable[Symbol.asyncDispose]() // what await using does
    expect(transport.closed).toBe(1)
    const abort = new AbortController()
    const group = await alone(toyFifo(), { signal: abort.signal })
    abort.abort()
    await expect(group.multicast(text('x'))).rejects.toEqual(code('closed'))
    await expect(alone(toyFifo(), { signal: abort.signal })).rejects.toEqual(code('aborted'))
  })
})

describe('events', () => {
  test('have one consumer at a time', async () => {
    const group = await alone(toyFifo())
    const events = group.events()
    expect(() => group.events()).toThrow(code('one-consumer'))
    await events.next()
    const waiting = events.next()
    await expect(events.next()).rejects.toEqual(code('one-consumer'))
    await group.multicast(text('x'))
    expect((await waiting).value).toMatchObject({ type: 'deliver' })
    await events.return?.()
    expect(await events.next()).toEqual({ value: undefined, done: true })
    await group.multicast(text('y'))
    expect(words(await take(group, 1))).toEqual(['y'])
  })

  test('a signal ends the wait for one, and another consumer may go on', async () => {
    const group = await alone(toyFifo())
    const abort = new AbortController()
    const events = group.events({ signal: abort.signal })
    await events.next()
    const waiting = events.next()
    abort.abort()
    await expect(waiting).rejects.toEqual(code('aborted'))
    await expect(events.next()).rejects.toEqual(code('aborted'))
    await group.multicast(text('y'))
    expect(words(await take(group, 1))).toEqual(['y'])
  })

  test('tell of suspicions that nobody below acts on, and of faults', async () => {
    const fault = { culprit: person(2).id, code: 'toy' }
    const protocol = scripted((input, { genesis }) =>
      input.type === 'multicast'
        ? [
            { type: 'suspect', view: genesis.id, fault },
            { type: 'fault', fault },
          ]
        : [],
    )
    const group = await alone(protocol)
    await group.multicast(text('x'))
    expect(await take(group, 2, 'fault')).toEqual([
      { type: 'fault', fault },
      { type: 'fault', fault },
    ])
  })
})

describe('opening', () => {
  const self = person(1)
  const other = person(2).id
  const refused = async (more: Partial<GroupOptions>): Promise<unknown> => {
    try {
      await alone(toyFifo(), more)
      return 'opened'
    } catch (error) {
      return (error as { readonly code?: unknown }).code
    }
  }

  test.each([
    ['members-count', { members: [] }],
    ['members-count', { members: Array.from({ length: 65 }, () => self.id) }],
    ['member-twice', { members: [self.id, self.id] }],
    ['member-key', { members: [self.id, 'nobody' as typeof other] }],
    ['member-key', { members: [self.id, '0'.repeat(64) as typeof other] }],
    ['not-a-member', { members: [other] }],
    ['group-name', { groupName: '' }],
    ['group-name', { groupName: undefined as unknown as string }], // from JavaScript: there is no default
    ['group-name', { groupName: 'x'.repeat(256) }],
    ['group-name', { groupName: '\ud800' }],
    ['unauthenticated-transport', { transport: new HandTransport(false) }],
    ['opened', { groupName: 'x'.repeat(255) }],
    ['opened', { transport: new HandTransport(false), authenticator: { tag: () => text('t'), check: () => true } }],
  ])('%s', async (wanted, more) => {
    expect(await refused(more)).toBe(wanted)
  })

  test('a transport that was opened in vain is closed', async () => {
    const transport = new HandTransport(false)
    await refused({ transport })
    expect(transport.closed).toBe(1)
  })

  test('what the transport warns of is handed on', async () => {
    const transport = new HandTransport()
    const warning = new Promise((resolve) => {
      void alone(toyFifo(), { transport, onWarning: resolve }).then(() =>
        transport.handler?.warn({ code: 'stranger', message: 'refused' }),
      )
    })
    expect(await warning).toEqual({ code: 'stranger', message: 'refused' })
  })
})
