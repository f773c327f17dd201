import { isProcessId, type ProcessId, processIdOf, UsageError } from '@testudo/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boolean,
  bytes,
  type Codec,
  type Decoded,
  decode,
  encode,
  fixed,
  list,
  literal,
  optional,
  processId,
  struct,
  text,
  u8,
  u32,
  u64,
  union,
  varint,
} from '../src/index.js'

const KEY = processIdOf(Uint8Array.from({ length: 32 }, (_, i) => 8 * i))
const MAX = Number.MAX_SAFE_INTEGER

const point = struct({ x: u8, y: varint(1000) })
const message = union({
  hello: [1, struct({ who: processId, name: text(20) })],
  data: [2, struct({ seq: varint(MAX), parts: list(bytes(10), 5), end: boolean })],
  signed: [9, struct({ domain: literal('test/signed'), at: u64, place: optional(point), digest: fixed(4) })],
  empty: [200, struct({})],
})
type Message = Decoded<typeof message>

function hex(of: Uint8Array): string {
  return Array.from(of, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function unhex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** One row for each shape: the codec, a value, its encoding. These never change. */
function vector<T>(name: string, codec: Codec<T>, value: T, digits: string): void {
  test(`${name} is ${digits.length > 40 ? `${digits.slice(0, 40)}...` : digits}`, () => {
    expect(hex(encode(codec, value))).toBe(digits)
    expect(decode(codec, unhex(digits))).toEqual(value)
  })
}

describe('vectors', () => {
  vector('the u8 0', u8, 0, '00')
  vector('the u8 255', u8, 255, 'ff')
  vector('the u32 1', u32, 1, '00000001')
  vector('the largest u32', u32, 0xffff_ffff, 'ffffffff')
  vector('the u64 258', u64, 258, '0000000000000102')
  vector('the largest u64', u64, MAX, '001fffffffffffff')
  vector('the varint 0', varint(MAX), 0, '00')
  vector('the varint 127', varint(MAX), 127, '7f')
  vector('the varint 128', varint(MAX), 128, '8001')
  vector('the varint 300', varint(MAX), 300, 'ac02')
  vector('the varint 2^31', varint(MAX), 2 ** 31, '8080808008')
  vector('the largest varint', varint(MAX), MAX, 'ffffffffffffff0f')
  vector('false', boolean, false, '00')
  vector('true', boolean, true, '01')
  vector('three fixed bytes', fixed(3), unhex('010203'), '010203')
  vector('no bytes', bytes(5), new Uint8Array(0), '00')
  vector('two bytes', bytes(5), unhex('0a0b'), '020a0b')
  vector('an empty text', text(9), '', '00')
  vector('a text', text(9), 'aé€', '0661c3a9e282ac')
  vector('a text beyond the basic plane', text(9), '🐢', '04f09f90a2')
  vector('a text with a byte order mark', text(9), '\ufeffa', '04efbbbf61')
  vector('a process id', processId, KEY, KEY)
  vector('a literal', literal('a/b'), 'a/b', '03612f62')
  vector('an empty list', list(u8, 3), [], '00')
  vector('a list', list(u8, 3), [7, 8], '020708')
  vector('nothing', optional(u8), undefined, '00')
  vector('something', optional(u8), 5, '0105')
  vector('a struct', point, { x: 1, y: 300 }, '01ac02')
  vector<Message>('a variant', message, { type: 'hello', who: KEY, name: 'p' }, `01${KEY}0170`)
  vector<Message>(
    'another variant',
    message,
    { type: 'data', seq: 5, parts: [unhex('aa'), unhex('')], end: true },
    '02050201aa0001',
  )
  vector<Message>(
    'a signed variant',
    message,
    { type: 'signed', domain: 'test/signed', at: 1, place: { x: 2, y: 3 }, digest: unhex('01020304') },
    '090b746573742f7369676e65640000000000000001010203' + '01020304',
  )
  vector<Message>('a variant without fields', message, { type: 'empty' }, 'c8')
})

/** Encodings that must not be accepted: not what `encode` would have written. */
function refuses<T>(codec: Codec<T>, ...all: readonly string[]): void {
  for (const digits of all) expect([digits, decode(codec, unhex(digits))]).toEqual([digits, undefined])
}

describe('decode refuses', () => {
  test('a missing or a superfluous byte, everywhere', () => {
    const value: Message = { type: 'data', seq: 500, parts: [unhex('aabb'), unhex('')], end: false }
    const whole = encode(message, value)
    for (let length = 0; length < whole.length; length++)
      expect(decode(message, whole.subarray(0, length))).toBeUndefined()
    refuses(message, `${hex(whole)}00`, '')
    for (const codec of [
      u8,
      u32,
      u64,
      varint(5),
      boolean,
      fixed(1),
      bytes(4),
      text(4),
      processId,
    ] as Codec<unknown>[]) {
      refuses(codec, '')
    }
  })
  test('a longer spelling of a number', () => {
    refuses(varint(MAX), '8000', '808000', 'ff00', '80808080808000', 'ac8200')
    refuses(bytes(200), `8200${'00'.repeat(2)}`)
    refuses(list(u8, 200), '810007')
  })
  test('a number over the maximum, also one of more than 53 bits', () => {
    refuses(varint(127), '8001')
    refuses(varint(299), 'ac02')
    refuses(varint(MAX), 'ffffffffffffff10', 'ffffffffffffff7f', '808080808080808001', 'ffffffffffffffffff01')
    refuses(u64, '0020000000000000', 'ffffffffffffffff')
    expect(decode(varint(300), unhex('ac02'))).toBe(300)
  })
  test('anything but 0 and 1 for a truth value or an option', () => {
    refuses(boolean, '02', 'ff', '80')
    refuses(optional(u8), '0205', 'ff05', '0005', '01')
  })
  test('more bytes, text or elements than allowed', () => {
    refuses(bytes(2), '03010203')
    refuses(text(2), '03616161')
    refuses(list(u8, 2), '03010203')
    refuses(fixed(2), '01', '010203')
  })
  test('a false count, whatever it claims, without allocating for it', () => {
    refuses(list(u8, MAX), 'ffffffffffffff0f', 'ffffffffffffff0f0102')
    refuses(bytes(MAX), 'ffffffffffffff0f00')
    refuses(list(list(u8, MAX), MAX), '02ffffffffffffff0f')
  })
  test('text that is not UTF-8, or spells a letter otherwise', () => {
    // a lone continuation, an over-long slash, a surrogate half, beyond U+10FFFF, a cut letter
    refuses(text(9), '0180', '02c0af', '03eda080', '04f4908080', '02e282', '01ff')
  })
  test('a wrong literal', () => {
    refuses(literal('a/b'), '03612f63', '02612f', '04612f6262', '00')
  })
  test('an unknown variant', () => {
    refuses(message, '00', '03', 'ff', 'c800')
  })
})

describe('encode refuses', () => {
  const wrong: readonly (readonly [string, Codec<unknown>, unknown])[] = [
    ['a u8 too large', u8, 256],
    ['a negative u8', u8, -1],
    ['half a u8', u8, 0.5],
    ['a u32 too large', u32, 2 ** 32],
    ['a u64 too large', u64, 2 ** 53],
    ['no number', u64, Number.NaN],
    ['infinity', varint(MAX), Number.POSITIVE_INFINITY],
    ['a varint over its maximum', varint(10), 11],
    ['a negative varint', varint(10), -1],
    ['half a varint', varint(10), 1.5],
    ['too many bytes', bytes(2), new Uint8Array(3)],
    ['too few fixed bytes', fixed(2), new Uint8Array(1)],
    ['too long a text', text(3), 'éé'],
    ['a lone surrogate', text(9), 'a\ud800b'],
    ['the other lone surrogate', text(9), '\udc00'],
    ['too many elements', list(u8, 1), [1, 2]],
    ['a wrong element', list(u8, 3), [1, 256]],
    ['a wrong option', optional(u8), 256],
    ['a wrong field', point, { x: 1, y: 1001 }],
    ['an id of capitals', processId, 'AB'.repeat(32)],
    ['an id too short', processId, 'ab'],
    ['an unknown variant', message, { type: 'other' }],
  ]
  test.each(wrong)('%s', (_, codec, value) => {
    expect(() => encode(codec, value)).toThrow(UsageError)
    expect(() => encode(codec, value)).toThrow(expect.objectContaining({ code: 'encode-range' }))
  })
  test('two variants with one tag, and tags that are no byte, when the codec is made', () => {
    expect(() => union({ a: [1, struct({})], b: [1, struct({})] })).toThrow(UsageError)
    expect(() => union({ a: [256, struct({})] })).toThrow(UsageError)
    expect(() => union({ a: [-1, struct({})] })).toThrow(UsageError)
    expect(() => union({ a: [0, struct({})], b: [255, struct({})] })).not.toThrow()
  })
})

describe('every bound can be reached', () => {
  test.each<readonly [string, Codec<unknown>, unknown]>([
    ['varint', varint(300), 300],
    ['bytes', bytes(200), new Uint8Array(200)],
    ['text', text(6), 'éé€'.slice(0, 2) + 'ab'],
    ['list', list(u8, 3), [1, 2, 3]],
    ['no bytes at all', bytes(0), new Uint8Array(0)],
    ['no elements at all', list(u8, 0), []],
  ])('%s', (_, codec, value) => {
    expect(decode(codec, encode(codec, value))).toEqual(value)
  })
})

const processIds = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key): ProcessId => processIdOf(key))
const texts = fc.string({ unit: 'binary', maxLength: 5 })
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), who: processIds, name: texts }),
  fc.record({
    type: fc.constant('data' as const),
    seq: fc.maxSafeNat(),
    parts: fc.array(fc.uint8Array({ maxLength: 10 }), { maxLength: 5 }),
    end: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('signed' as const),
    domain: fc.constant('test/signed' as const),
    at: fc.maxSafeNat(),
    place: fc.option(fc.record({ x: fc.nat(255), y: fc.nat(1000) }), { nil: undefined }),
    digest: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  }),
  fc.constant({ type: 'empty' as const }),
)

describe('fuzz', () => {
  test('what was encoded is decoded as it was, and the size was said before', () => {
    fc.assert(
      fc.property(messages, (value) => {
        const encoded = encode(message, value)
        expect(encoded).toHaveLength(message.size(value))
        expect(decode(message, encoded)).toEqual(value)
      }),
      { numRuns: 1000 },
    )
  })
  test('random bytes never throw, and what is accepted is what encode writes', () => {
    const starts = fc.constantFrom([], [1], [2], [9, 11], [200])
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
        canonical(Uint8Array.of(...start, ...rest))
      }),
      { numRuns: 20_000 },
    )
  })
  test('altered encodings never throw, and what is accepted is what encode writes', () => {
    let accepted = 0
    const change = fc.record({ at: fc.nat(80), by: fc.integer({ min: 1, max: 255 }), cut: fc.nat(3), more: fc.nat(2) })
    fc.assert(
      fc.property(messages, change, (value, { at, by, cut, more }) => {
        const encoded = encode(message, value)
        const altered = new Uint8Array(Math.max(0, encoded.length - (cut === 1 ? 1 : 0)) + (more === 1 ? 1 : 0))
        altered.set(encoded.subarray(0, altered.length))
        if (altered.length > 0) altered[at % altered.length] = (altered[at % altered.length] ?? 0) ^ by
        if (canonical(altered)) accepted++
      }),
      { numRuns: 20_000 },
    )
    expect(accepted).toBeGreaterThan(1000)
  })

  function canonical(candidate: Uint8Array): boolean {
    const value = decode(message, candidate)
    if (value !== undefined) expect(encode(message, value)).toEqual(candidate)
    return value !== undefined
  }
})

describe('decode', () => {
  test('gives views of the message, and reads a message that is itself a view', () => {
    const buffer = unhex('ffff020a0bff')
    const value = decode(bytes(5), buffer.subarray(2, 5))
    expect(value).toEqual(unhex('0a0b'))
    expect(value?.buffer).toBe(buffer.buffer)
  })
  test('lets errors that are not about the bytes through', () => {
    const broken: Codec<never> = {
      size: () => 0,
      write: (_, __, at) => at,
      read: () => {
        throw new TypeError('a bug of ours')
      },
    }
    expect(() => decode(broken, new Uint8Array(1))).toThrow('a bug of ours')
  })
  test('gives process ids that are ids', () => {
    expect(isProcessId(decode(processId, new Uint8Array(32)) ?? '')).toBe(true)
  })
})
