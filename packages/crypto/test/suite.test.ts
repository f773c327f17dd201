import { inspect } from 'node:util'
import { processIdOf, UsageError } from '@testudo/core'
import { createIdentity, nobleBackend, nodeBackend, suite } from '@testudo/crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { backEnds, outcome } from './back-ends.js'
import { hex } from './hex.js'

const seed = Uint8Array.from({ length: 32 }, (_, i) => 0xa0 + i)

afterEach(() => {
  vi.restoreAllMocks()
})

describe('an identity', () => {
  test('signs what its suite verifies, on either back end and across them', () => {
    for (const signing of backEnds) {
      const identity = createIdentity({ suite: suite(signing) })
      const bytes = new Uint8Array([1, 2, 3])
      const claim = { signer: identity.id, bytes, signature: identity.signer.sign(bytes) }
      expect(backEnds.map((backEnd) => suite(backEnd).verify(claim))).toEqual([true, true])
      expect(identity.suite.admissible(identity.id)).toBe(true)
    }
  })

  test('is the same for the same seed on both back ends, and another each time without one', () => {
    const [node, noble] = backEnds.map((backEnd) => createIdentity({ seed, suite: suite(backEnd) }))
    expect(node?.id).toBe(noble?.id)
    expect(createIdentity().id).not.toBe(createIdentity().id)
  })

  test('shows its seed to no printer, serializer or copier', () => {
    const identity = createIdentity({ seed })
    const shown = [
      String(identity as unknown),
      JSON.stringify(identity),
      JSON.stringify({ ...identity }),
      inspect(identity),
      inspect(identity, { showHidden: true, depth: 9, customInspect: false, getters: true }),
      inspect({ ...identity }, { showHidden: true, depth: 9 }),
      Object.getOwnPropertyNames(identity).join(),
    ].join('\n')
    expect(shown).toContain(identity.id)
    expect(shown).not.toContain(hex(seed).slice(0, 16))
    expect(shown).not.toContain([...seed].slice(0, 4).join(',')) // JSON and join
    expect(shown).not.toContain([...seed].slice(0, 4).join(', ')) // inspect
    expect(shown).not.toContain('a0 a1 a2') // inspect of a Buffer
    expect(shown).not.toContain(Buffer.from(seed).toString('base64').slice(0, 8))
  })

  test('gives its seed away only as a copy, and keeps a copy of the one it got', () => {
    const mine = seed.slice()
    const identity = createIdentity({ seed: mine })
    mine.fill(0)
    identity.unsafeExportSeed().fill(0)
    expect(identity.unsafeExportSeed()).toEqual(seed)
  })

  test('is not made of 31 bytes', () => {
    for (const backEnd of backEnds) {
      const made = outcome(() => createIdentity({ seed: seed.subarray(1), suite: suite(backEnd) }))
      expect(made).toEqual({ code: 'seed-length' })
    }
    expect(() => createIdentity({ seed: seed.subarray(1) })).toThrow(UsageError)
  })
})

describe('a suite', () => {
  test.for(backEnds)('on $name gives the verdicts of many claims in their order', async (backEnd) => {
    const identity = createIdentity({ suite: suite(backEnd) })
    const claims = Array.from({ length: 150 }, (_, i) => {
      const bytes = new Uint8Array([i])
      const signature = identity.signer.sign(i % 3 === 0 ? bytes : new Uint8Array([i, i]))
      return { signer: i % 5 === 0 ? processIdOf(new Uint8Array(32)) : identity.id, bytes, signature }
    })
    const expected = claims.map((_, i) => i % 3 === 0 && i % 5 !== 0)
    expect(await identity.suite.verifyAll(claims)).toEqual(expected)
    expect(await identity.suite.verifyAll([])).toEqual([])
  })

  test('hashes with SHA-256', () => {
    const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect(hex(suite().hash(new Uint8Array(0)))).toBe(digest)
  })

  test('draws as many bytes as asked, not the same twice', () => {
    for (const length of [0, 1, 32, 65_536, 65_537, 200_000]) expect(suite().bytes(length)).toHaveLength(length)
    expect(suite().bytes(32)).not.toEqual(suite().bytes(32))
    expect(
      suite()
        .bytes(70_000)
        .subarray(65_536)
        .some((byte) => byte !== 0),
    ).toBe(true)
  })

  test('runs on node:crypto unless told otherwise', () => {
    expect(suite().backend.name).toBe('node')
    expect(suite(nobleBackend()).backend.name).toBe('noble')
  })
})

describe('where Node is not', () => {
  test('the noble back end works and the node back end says why it does not', () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    expect(outcome(nodeBackend)).toEqual({ code: 'needs-node' })
    const identity = createIdentity({ seed, suite: suite(nobleBackend()) })
    const claim = { signer: identity.id, bytes: seed, signature: identity.signer.sign(seed) }
    expect(identity.suite.verify(claim)).toBe(true)
  })
})
