import { describe, expect, test } from 'vitest'
import {
  agreement,
  type Checker,
  checkersFor,
  type History,
  integrity,
  judge,
  lemma1,
  lemma2,
  lemma3,
  numbering,
  order,
  placement,
  uniformAgreement,
  uniformOrder,
  uniqueViews,
  VIOLATIONS_MAX,
  validity1,
  validity2,
} from '../src/index.js'
import { casts, gets, history, sees, view } from './record.js'

const one = view(1, 0, 1, 2, 3)
const two = view(2, 0, 1, 2)
const ALL: readonly Checker[] = [
  ...new Set([
    ...checkersFor({ agreement: 'uniform', order: 'total', faults: () => 1 }),
    ...checkersFor({ agreement: 'reliable', order: 'fifo', faults: () => 1 }),
    ...[lemma1, lemma2, lemma3, numbering, placement],
  ]),
]

/** p0 multicasts a in view 1 and b in view 2, p1 multicasts c; p3 lies, and is removed. */
const good = history(
  [one, two],
  ['honest', 'honest', 'honest', 'liar'],
  [
    [casts('a', 1), sees(one), gets(1, 0, 1, 'a'), sees(two), casts('b'), gets(2, 0, 1, 'b'), gets(2, 1, 1, 'c')],
    [sees(one), gets(1, 0, 1, 'a'), sees(two), casts('c'), gets(2, 0, 1, 'b'), gets(2, 1, 1, 'c')],
    [sees(one), gets(1, 0, 1, 'a'), sees(two), gets(2, 0, 1, 'b'), gets(2, 1, 1, 'c')],
    [sees(two), gets(7, 0, 9, 'x'), gets(7, 0, 9, 'x')],
  ],
)

/** The good record with other deeds of one process. */
function but(who: number, deeds: Parameters<typeof history>[2][number], ended = true): History {
  const other = history(good.views, [], [deeds]).accounts[0]
  const accounts = good.accounts.map((account, i) =>
    i === who && other !== undefined ? { ...account, entries: other.entries } : account,
  )
  return { ...good, accounts, ended }
}

function sentences(checker: Checker, run: History): readonly string[] {
  return checker(run).map(({ sentence }) => sentence)
}

test('a good record breaks no property, whatever the liar in it did', () => {
  expect(judge(slow(good), ALL)).toEqual([])
})

/** Deliveries come later than the calls: a second behind. */
function slow(run: History): History {
  const accounts = run.accounts.map((account) => ({
    ...account,
    entries: account.entries.map(({ at, event }) => ({ at: event.type === 'deliver' ? at + 1000 : at, event })),
  }))
  return { ...run, accounts }
}

describe('Integrity', () => {
  test('convicts who delivers the same number twice', () => {
    const run = slow(but(1, [casts('c'), sees(one), gets(1, 0, 1, 'a'), gets(1, 0, 1, 'a')]))
    expect(sentences(integrity, run)).toContain('p1 delivered p0#1 in view 1 twice')
  })
  test('convicts who delivers what an obedient process did not multicast', () => {
    expect(sentences(integrity, slow(but(1, [casts('c'), sees(one), gets(1, 0, 1, 'z')])))).toEqual([
      'p1 delivered p0#1 in view 1, which p0 had not multicast',
    ])
  })
  test('convicts who delivers a message more often than it was multicast, under another number', () => {
    expect(integrity(slow(but(1, [casts('c'), sees(one), gets(1, 0, 1, 'a'), gets(1, 0, 2, 'a')])))).toHaveLength(1)
  })
  test('convicts who delivers in view 2 what was multicast to view 1 by name', () => {
    expect(integrity(slow(but(1, [casts('c'), sees(one), sees(two), gets(2, 0, 1, 'a')])))).toHaveLength(1)
  })
  test('convicts who delivers before the multicast', () => {
    const run = history([one], [], [[sees(one), sees(one), sees(one), casts('a')], [gets(1, 0, 1, 'a')]])
    expect(integrity(run)).toHaveLength(1)
  })
  test('a refused multicast is none', () => {
    const refused = { type: 'refused', code: 'closed', message: '' } as const
    const run = history(
      [one],
      [],
      [
        [sees(one), casts('a'), refused],
        [sees(one), sees(one), gets(1, 0, 1, 'a')],
      ],
    )
    expect(integrity(run)).toHaveLength(1)
  })
  test('also judges who crashed later, but says nothing about liars', () => {
    const deeds = [[sees(one)], [sees(one), gets(1, 0, 1, 'z')]]
    expect(integrity(history([one], ['honest', 'crashed'], deeds))).toHaveLength(1)
    expect(integrity(history([one], ['honest', 'liar'], deeds))).toEqual([])
    expect(integrity(history([one], ['liar', 'honest'], deeds))).toEqual([])
  })
})

describe('Placement and numbering', () => {
  test('convict who delivers a message outside of its view', () => {
    const run = but(1, [sees(one), sees(two), gets(1, 0, 1, 'a')])
    expect(sentences(placement, run)).toEqual(['p1 delivered p0#1 of view 1 while in view 2'])
    expect(placement(but(1, [gets(1, 0, 1, 'a')]))).toHaveLength(1)
  })
  test('convict gaps and wrong starts', () => {
    expect(sentences(numbering, but(1, [sees(one), gets(1, 0, 2, 'a')]))).toEqual([
      'p1 delivered p0#2 in view 1 where #1 was next',
    ])
    expect(numbering(but(1, [gets(1, 0, 1, 'a'), gets(1, 0, 3, 'a')]))).toHaveLength(1)
    expect(numbering(but(1, [gets(1, 0, 1, 'a'), gets(2, 0, 1, 'a'), gets(1, 1, 1, 'a')]))).toEqual([])
  })
})

describe('Agreement', () => {
  test('convicts two lasting processes that delivered different messages, even if the run has not ended', () => {
    const run = but(1, [sees(one), gets(1, 0, 1, 'z')], false)
    expect(sentences(agreement, run)).toContain('p2 and p1 delivered different p0#1 in view 1')
  })
  test('convicts a lasting process that never delivers, once the run has ended', () => {
    const deeds = [sees(one), sees(two), gets(2, 0, 1, 'b'), gets(2, 1, 1, 'c')]
    expect(sentences(agreement, but(1, deeds))).toEqual(['p2 delivered p0#1 in view 1, p1 never did'])
    expect(agreement(but(1, deeds, false))).toEqual([])
  })
  test('lets a removed or crashed process deliver more than the others; Uniform Agreement does not', () => {
    const deeds = [[sees(one)], [sees(one)], [sees(one)], [sees(one), gets(1, 3, 1, 'x')]]
    const removed = history([one, two], [], deeds)
    expect(agreement(removed)).toEqual([])
    expect(sentences(uniformAgreement, removed)).toContain('p3 delivered p3#1 in view 1, p0 never did')
    const crashed = history([one], ['honest', 'honest', 'honest', 'crashed'], deeds)
    expect(agreement(crashed)).toEqual([])
    expect(uniformAgreement(crashed)).toHaveLength(3)
    expect(uniformAgreement(history([one], ['honest', 'honest', 'honest', 'liar'], deeds))).toEqual([])
  })
  test('does not ask of a joiner what was delivered before it joined', () => {
    const first = view(1, 0, 1)
    const second = view(2, 0, 1, 2)
    const deeds = [
      [sees(first), gets(1, 0, 1, 'a'), sees(second)],
      [sees(first), gets(1, 0, 1, 'a'), sees(second)],
      [sees(second)],
    ]
    expect(agreement(history([first, second], [], deeds))).toEqual([])
  })
})

describe('Validity', () => {
  test('1 convicts a lasting process that misses a view', () => {
    expect(sentences(validity1, but(1, [sees(one)]))).toEqual(['p1 never delivered view 2'])
    expect(validity1(but(1, [sees(one)], false))).toEqual([])
    expect(validity1(but(3, []))).toEqual([])
  })
  test('2 convicts when a message of a lasting process is missing somewhere', () => {
    const missing = [sees(one), gets(1, 0, 1, 'a'), sees(two), casts('c'), gets(2, 1, 1, 'c')]
    expect(sentences(validity2, but(1, missing))).toEqual([
      'p0 multicast a message in view 2 that p1 delivered 0 of 1 times',
    ])
    expect(validity2(but(1, missing, false))).toEqual([])
  })
  test('2 counts how often the same payload was multicast', () => {
    const run = history([one], [], [[sees(one), casts('a'), casts('a'), gets(1, 0, 1, 'a'), gets(1, 0, 2, 'a')], []])
    expect(sentences(validity2, run)).toContain('p0 multicast a message in view 1 that p1 delivered 0 of 2 times')
  })
  test('2 accepts a later view for a call that named none, not for one that did', () => {
    const later = (call: number | undefined): History =>
      history(
        [view(1, 0), view(2, 0)],
        [],
        [[sees(view(1, 0)), casts('a', call), sees(view(2, 0)), gets(2, 0, 1, 'a')]],
      )
    expect(validity2(later(undefined))).toEqual([])
    expect(validity2(later(1))).toHaveLength(1)
  })
  test('2 asks nothing for the messages of liars, crashed and removed processes', () => {
    const deeds = [[sees(one)], [sees(one)], [sees(one)], [sees(one), casts('x')]]
    expect(validity2(history([one], ['honest', 'honest', 'honest', 'liar'], deeds))).toEqual([])
    expect(validity2(history([one], ['honest', 'honest', 'honest', 'crashed'], deeds))).toEqual([])
    expect(validity2(history([one, two], [], deeds))).toEqual([])
    expect(validity2(history([one], [], deeds))).toHaveLength(4)
  })
})

describe('Order', () => {
  const ab = [sees(one), gets(1, 0, 1, 'a'), gets(1, 1, 1, 'b')]
  const ba = [sees(one), gets(1, 1, 1, 'b'), gets(1, 0, 1, 'a')]
  test('convicts two lasting processes with two orders', () => {
    const run = history([one], [], [ab, ba], false)
    expect(sentences(order, run)).toContain(
      'p0 delivered p0#1 before p1#1 in view 1, p1 delivered p1#1 without p0#1 before it',
    )
    expect(lemma3(run)).toEqual([])
  })
  test('convicts who delivers the second without the first, and not who is behind', () => {
    expect(order(history([one], [], [ab, [sees(one), gets(1, 1, 1, 'b')]], false))).toHaveLength(1)
    expect(order(history([one], [], [ab, ab.slice(0, 2)], false))).toEqual([])
  })
  test('of a removed or crashed process is judged by Uniform Order alone', () => {
    const deeds = [ab, ab, ab, ba]
    expect(order(history([one, two], [], deeds))).toEqual([])
    expect(uniformOrder(history([one, two], [], deeds))).not.toEqual([])
    expect(uniformOrder(history([one], ['honest', 'honest', 'honest', 'crashed'], deeds))).not.toEqual([])
    expect(uniformOrder(history([one], ['honest', 'honest', 'honest', 'liar'], deeds))).toEqual([])
  })
  test('of one sender is judged by Lemma 3', () => {
    const first = [sees(one), gets(1, 0, 1, 'a'), gets(1, 0, 2, 'b')]
    const second = [sees(one), gets(1, 0, 2, 'b'), gets(1, 0, 1, 'a')]
    expect(lemma3(history([one], [], [first, second]))).not.toEqual([])
    expect(lemma3(history([one], [], [first, first]))).toEqual([])
  })
})

describe('Echo multicast', () => {
  test('Lemma 1 convicts who delivers for view 2 what was multicast to view 1', () => {
    const asked = [casts('a', 1)]
    const later = (x: number) => [sees(one), sees(two), gets(x, 0, 1, 'a')]
    expect(lemma1(history([one, two], [], [asked, later(1)]))).toEqual([])
    expect(sentences(lemma1, history([one, two], [], [asked, later(2)]))).toEqual([
      'p1 delivered p0#1 for view 2, never multicast to it',
    ])
    expect(lemma1(history([one, two], ['liar'], [asked, later(2)]))).toEqual([])
  })
  test('Lemma 2 convicts different l-th deliveries, also at crashed and removed processes', () => {
    const deeds = [[gets(1, 3, 1, 'a')], [gets(1, 3, 1, 'b')], [], []]
    const sentence = 'delivery 1 from p3 for view 1 is one message at p0 and another at p1'
    expect(sentences(lemma2, history([one], [], deeds))).toEqual([sentence])
    expect(sentences(lemma2, history([one], ['crashed', 'honest'], deeds))).toEqual([sentence])
    expect(sentences(lemma2, history([one, view(2, 1)], [], deeds))).toEqual([sentence])
    expect(lemma2(history([one], ['liar', 'honest'], deeds))).toEqual([])
  })
})

describe('Unique views', () => {
  test('convicts other members, another digest, a repeated view and a gap', () => {
    expect(sentences(uniqueViews, but(1, [sees(view(1, 0, 1))]))).toEqual(['p1 has a view 1 of its own'])
    expect(uniqueViews(but(1, [sees({ ...one, digest: new Uint8Array(32) })]))).toHaveLength(1)
    expect(sentences(uniqueViews, but(1, [sees(two), sees(one)]))).toEqual(['p1 delivered view 1 after view 2'])
    const three = view(3, 0, 1)
    const run = history([one, two, three], [], [[sees(one), sees(three)]])
    expect(sentences(uniqueViews, run)).toEqual(['p0 delivered view 3 right after view 1'])
  })
  test('lets a process that was out for a while skip the views without it', () => {
    const back = view(3, 0, 1, 2, 3)
    expect(uniqueViews(history([one, two, back], [], [[], [], [], [sees(one), sees(back)]]))).toEqual([])
  })
  test('convicts a process that delivers a view without itself', () => {
    expect(sentences(uniqueViews, but(1, [sees(view(1, 0, 2))]))).toContain('p1 is not in its view 1')
  })
})

test('a judge reports a bounded number of violations', () => {
  const many = Array.from({ length: 50 }, (_, i) => gets(1, 0, 2 * i + 2, 'a'))
  expect(numbering(history([one], [], [many]))).toHaveLength(VIOLATIONS_MAX)
})
