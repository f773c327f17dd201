import { encode } from '@testudo/codec'
import type { Bytes, Evidence } from '@testudo/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { convicts, echoMessage, WINDOW } from '../src/index.js'
import { bodyOf, delivered, type Member, sent, suspicions, World } from './world.js'

const world = new World(4)
const [one, other] = [bodyOf('one'), bodyOf('other')]

/** The evidence for the last fault, which must be there. */
function evidenceOf(member: Member): Evidence {
  const evidence = member.faults.at(-1)?.evidence
  if (evidence === undefined) throw new Error('there is no evidence')
  return evidence
}

const judge = (culprit: number, evidence: Evidence): boolean =>
  convicts(world.view, world.id(culprit), evidence, { verifier: world.suite, hasher: world.suite })

const twoInits = (): Member => {
  const member = world.member(1)
  member.receive(0, world.init(0, 1, one))
  member.receive(0, world.init(0, 1, other))
  return member
}

const initAndCommit = (): Member => {
  const member = world.member(1)
  member.receive(0, world.init(0, 1, one))
  member.receive(2, world.commit(0, 1, other, [0, 2, 3]))
  return member
}

const malformedBody = (bytes: Bytes): Member => {
  const member = world.member(1)
  member.receive(2, world.commit(0, 1, bytes))
  return member
}

describe('each fault code', () => {
  test('malformed: bytes that are no message', () => {
    expect(suspicions(world.member(1).receive(0, Uint8Array.of(9, 9, 9)))).toEqual(['0 malformed'])
  })

  test('bad-echo: an echo whose signature does not verify', () => {
    const member = world.member(0)
    member.multicast('hello')
    expect(suspicions(member.receive(1, world.echo(1, 0, 1, other)))).toEqual(['1 bad-echo'])
  })

  test('bad-commit: a commit without a quorum, blamed on who passed it on', () => {
    expect(suspicions(world.member(1).receive(2, world.commit(0, 1, one, [0, 2])))).toEqual(['2 bad-commit'])
  })

  test('bad-flush: the same in a flush, and anything else that is no commit of this view', () => {
    const later = world.next(world.view, [0, 1, 2, 3])
    for (const bad of [
      encode(echoMessage, world.commit(0, 1, one, [0, 2])),
      encode(echoMessage, world.init(0, 1, one)),
      encode(echoMessage, world.commit(0, 1, one, [0, 1, 2], later)),
      Uint8Array.of(7),
    ]) {
      const told = world
        .member(1)
        .input({ type: 'supply', view: world.view.id, from: world.id(3), commits: [bad, bad] })
      expect(told).toEqual([
        { suspect: 3, code: 'bad-flush' },
        { type: 'supplied', view: 1 },
      ])
    }
  })

  test('equivocation: two inits for one number convict their initiator', () => {
    const member = twoInits()
    expect(member.faults.map(({ code }) => code)).toEqual(['equivocation'])
    expect(judge(0, evidenceOf(member))).toBe(true)
  })

  test('equivocation: an init and a commit of another message convict their initiator, not who passed it on', () => {
    const member = initAndCommit()
    expect(member.faults).toHaveLength(1)
    expect(judge(0, evidenceOf(member))).toBe(true)
    expect(judge(2, evidenceOf(member))).toBe(false)
  })

  test('equivocation without a valid signature is reported, but is no evidence', () => {
    const member = world.member(1)
    member.receive(0, { ...world.init(0, 1, one), signature: new Uint8Array(64) })
    expect(suspicions(member.receive(0, world.init(0, 1, other)))).toEqual(['0 equivocation'])
    expect(member.faults[0]).not.toHaveProperty('evidence')
  })

  test.each([
    ['garbage', Uint8Array.of(255)],
    ['neither counters nor a payload', bodyOf(undefined)],
    ['counters of too few members', bodyOf('x', [0, 0, 0])],
    ['counters of too many members', bodyOf('x', [0, 0, 0, 0, 0])],
  ])('malformed-body: %s, echoed by a quorum, convicts its initiator, and later multicasts go on', (_, bytes) => {
    const member = malformedBody(bytes)
    expect(member.faults.map(({ code }) => code)).toEqual(['malformed-body'])
    expect(judge(0, evidenceOf(member))).toBe(true)
    expect(delivered(member.receive(0, world.commit(0, 2, one)))).toEqual(['one'])
  })

  test('unresponsive: a member that announces nothing of what it was sent', () => {
    const member = world.member(1)
    member.receive(0, world.commit(0, 1, one))
    expect(suspicions(member.runTo(10_000))).toEqual(['2 unresponsive', '3 unresponsive'])
  })

  // left-behind: see limits.test.ts, where what is kept for suspected members grows too large
})

describe('after a fault', () => {
  test('who broke the protocol on its own channel is not listened to, but its multicasts still arrive by others', () => {
    const member = twoInits()
    expect(member.receive(0, world.init(0, 2, one))).toEqual([])
    expect(member.receive(0, world.commit(2, 1, one))).toEqual([])
    expect(delivered(member.receive(2, world.commit(0, 1, one)))).toEqual(['one'])
  })

  test('each member and code is reported once, a flood of them too', () => {
    const member = world.member(1)
    for (let i = 0; i < 100; i++) member.receive(0, Uint8Array.of(9))
    for (let i = 1; i <= 5; i++) member.receive(2, world.commit(3, i, bodyOf(undefined)))
    expect(member.faults.map(({ code }) => code)).toEqual(['malformed', 'malformed-body'])
  })

  test('nobody who is not a member is blamed', () => {
    const member = world.member(1)
    const told = member.input({ type: 'receive', from: new World(7).id(6), bytes: Uint8Array.of(9) })
    expect(told).toEqual([])
  })
})

describe('evidence', () => {
  const real = [
    ['two-inits', evidenceOf(twoInits())],
    ['init-and-commit', evidenceOf(initAndCommit())],
    ['commit', evidenceOf(malformedBody(Uint8Array.of(255)))],
  ] as const

  test.each(real)('%s does not convict after any change of one byte', (_, evidence) => {
    const changes = evidence.parts.flatMap((part, place) => Array.from(part, (_byte, at) => ({ place, at })))
    for (const { place, at } of changes) {
      const parts = evidence.parts.map((part) => part.slice())
      const part = parts[place] as Bytes
      part[at] = (part[at] as number) ^ 1
      expect(judge(0, { ...evidence, parts }), `part ${place}, byte ${at}`).toBe(false)
    }
  })

  test.each(real)('%s convicts nobody else, in no other view, and not with a part missing', (kind, evidence) => {
    for (const innocent of [1, 2, 3]) expect(judge(innocent, evidence)).toBe(false)
    const later = world.next(world.view, [0, 1, 2, 3])
    const ports = { verifier: world.suite, hasher: world.suite }
    expect(convicts(later, world.id(0), evidence, ports)).toBe(false)
    expect(convicts(world.view, new World(7).id(6), evidence, ports)).toBe(false)
    evidence.parts.forEach((_, gone) => {
      expect(judge(0, { kind, parts: evidence.parts.filter((_part, at) => at !== gone) })).toBe(false)
    })
    expect(judge(0, { kind: 'unheard-of', parts: evidence.parts })).toBe(false)
  })

  test('what an honest member said never convicts it, however it is put together', () => {
    const told = honestWords()
    const part = fc.constantFrom(...told)
    const kind = fc.constantFrom('two-inits', 'init-and-commit', 'commit', 'other')
    fc.assert(
      fc.property(kind, fc.array(part, { maxLength: 5 }), fc.nat(3), (form, parts, culprit) => {
        expect(judge(culprit, { kind: form, parts })).toBe(false)
      }),
      { numRuns: 5_000 },
    )
  })

  test('two multicasts of an honest member with their own numbers are no evidence in any form', () => {
    const signed = (seq: number, of: Bytes): readonly Bytes[] => {
      const statement = world.statement(0, seq, of)
      return [statement, world.sign(0, statement)]
    }
    const commit = encode(echoMessage, world.commit(0, 2, other))
    expect(judge(0, { kind: 'two-inits', parts: [...signed(1, one), ...signed(2, other)] })).toBe(false)
    expect(judge(0, { kind: 'two-inits', parts: [...signed(1, one), ...signed(1, one)] })).toBe(false)
    expect(judge(0, { kind: 'init-and-commit', parts: [...signed(1, one), commit] })).toBe(false)
    expect(judge(0, { kind: 'init-and-commit', parts: [...signed(2, other), commit] })).toBe(false)
    expect(judge(0, { kind: 'commit', parts: [commit] })).toBe(false)
    // What it echoed for others says nothing of its own multicasts.
    const echoed = [2, 3].flatMap((initiator) => {
      const statement = world.statement(initiator, 1, initiator === 2 ? one : other)
      return [statement, world.sign(0, statement)]
    })
    expect(judge(0, { kind: 'two-inits', parts: echoed })).toBe(false)
  })

  test('anything may be handed in as evidence', () => {
    const kind = fc.constantFrom('two-inits', 'init-and-commit', 'commit')
    fc.assert(
      fc.property(kind, fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (form, parts) => {
        expect(judge(0, { kind: form, parts })).toBe(false)
      }),
    )
  })
})

/** All that honest members say of three multicasts of each: statements with their signatures, and commits. */
function honestWords(): readonly Bytes[] {
  const words: Bytes[] = []
  for (const initiator of [0, 1, 2, 3]) {
    const member = world.member(initiator)
    for (let seq = 1; seq <= 3 && seq <= WINDOW; seq++) {
      const body = bodyOf(`${initiator} ${seq}`)
      const statement = world.statement(initiator, seq, body)
      words.push(statement)
      for (const signer of [0, 1, 2, 3]) words.push(world.sign(signer, statement))
      const told = [
        ...member.multicast(`${initiator} ${seq}`),
        ...world.ids.flatMap((_, from) =>
          from === initiator ? [] : member.receive(from, world.echo(from, initiator, seq, body)),
        ),
      ]
      for (const { message } of sent(told, 'commit')) words.push(encode(echoMessage, message))
    }
  }
  return words
}
