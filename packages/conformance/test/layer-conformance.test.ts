import { faultsMax } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { type ConformanceCase, layerConformance } from '../src/index.js'
import { type Flaw, TOY_PAYLOAD_MAX, ToyEcho, ToySequencer } from './toys.js'

function echo(flaw?: Flaw): readonly ConformanceCase[] {
  return layerConformance({
    name: 'toy echo',
    guarantees: { agreement: 'consistent', order: 'fifo', faults: faultsMax },
    build: (environment) => new ToyEcho(environment, flaw),
    payloadBytesMax: TOY_PAYLOAD_MAX,
    seeds: 2,
    settleMs: 5_000,
  })
}

function sequencer(flawed: boolean): readonly ConformanceCase[] {
  return layerConformance({
    name: 'toy sequencer',
    guarantees: { agreement: 'reliable', order: 'total', faults: () => 0 },
    build: (environment) => new ToySequencer(environment, flawed),
    members: [3],
    settleMs: 5_000,
  })
}

describe('a consistent toy passes', () => {
  for (const { name, run } of echo()) test(name, run)
})

describe('a totally ordered toy passes where nobody fails', () => {
  for (const { name, run } of sequencer(false)) test(name, run)
})

/** The sentence with which a case fails, or the fact that it passed. */
async function conviction(cases: readonly ConformanceCase[], name: string): Promise<string> {
  try {
    await cases.find((each) => each.name.endsWith(`: ${name}`))?.run()
    return 'passed'
  } catch (thrown) {
    return (thrown as Error).message
  }
}

const EXPECTED: readonly (readonly [Flaw, string, RegExp])[] = [
  ['small quorum', 'promises hold although as many members as may are corrupting messages', /Lemma 2 does not hold/],
  ['delivers again', 'every member delivers what any member multicasts', /Numbering does not hold/],
  ['throws', 'hostile messages from members and strangers never throw', /too short/],
  ['wall clock', 'only differences of the time are used', /clocks/],
  ['no empty payloads', 'empty payloads are delivered, also the same one again', /Validity-2 does not hold/],
  ['sends to strangers', 'messages go to members only', /no member/],
  ['accepts any size', 'the largest payload is delivered, a larger one refused', /1001 bytes were not refused/],
  ['prepare counts', 'reading messages ahead changes nothing', /prepare/],
]

for (const [flaw, name, sentence] of EXPECTED) {
  test(`the flaw '${flaw}' is found by: ${name}`, async () => {
    const found = await conviction(echo(flaw), name)
    expect(found).toMatch(sentence)
    expect(found).toMatch(/^with \d members and the seed '/)
  })
}

test('a toy whose members have different orders fails', async () => {
  const found = await conviction(sequencer(true), 'every member delivers what any member multicasts')
  expect(found).toMatch(/Order does not hold/)
})
