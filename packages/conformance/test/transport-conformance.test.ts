import {
  type Bytes,
  type Clock,
  instant,
  type ProcessId,
  processIdOf,
  type Transport,
  type TransportHandler,
} from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { type ConformanceCase, clockConformance, type TransportMember, transportConformance } from '../src/index.js'

type Flaw =
  | 'reorders'
  | 'reuses its buffer'
  | 'throws at strangers'
  | 'ignores pause'
  | 'wrong sender'
  | 'stays connected'
  | 'drops on close'
  | 'connects late'

const FRAME_MAX = 100_000

/** A hub in memory, one turn of the loop for each frame. */
class ToyHub {
  readonly #flaw: Flaw | undefined
  readonly #ends = new Map<ProcessId, ToyEnd>()

  constructor(flaw: Flaw | undefined) {
    this.#flaw = flaw
  }

  open(id: ProcessId): ToyEnd {
    const end = new ToyEnd(id, this.#ends, this.#flaw)
    this.#ends.set(id, end)
    return end
  }
}

class ToyEnd implements Transport {
  readonly guarantees = { ordered: true, authenticated: true, frameBytesMax: FRAME_MAX }
  handler: TransportHandler | undefined
  readonly #id: ProcessId
  readonly #ends: ReadonlyMap<ProcessId, ToyEnd>
  readonly #flaw: Flaw | undefined
  readonly #held: (() => void)[] = []
  readonly #buffer = new Uint8Array(FRAME_MAX)
  #paused = false
  #closed = false
  #onWay = 0

  constructor(id: ProcessId, ends: ReadonlyMap<ProcessId, ToyEnd>, flaw: Flaw | undefined) {
    this.#id = id
    this.#ends = ends
    this.#flaw = flaw
  }

  start(handler: TransportHandler): void {
    this.handler = handler
    for (const [id, end] of this.#ends) {
      if (id === this.#id || end.handler === undefined) continue
      if (this.#flaw !== 'connects late') end.handler.connect(this.#id)
      handler.connect(id)
      if (this.#flaw !== 'connects late') continue
      end.accept(this.#id, new Uint8Array(1))
      setTimeout(() => end.handler?.connect(this.#id), 5)
    }
  }

  send(to: ProcessId, bytes: Bytes): void {
    const end = this.#ends.get(to)
    if (end === undefined && this.#flaw === 'throws at strangers') throw new Error('who is that?')
    if (end === undefined || this.#closed) return
    const copy = bytes.slice()
    this.#onWay++
    const late = this.#flaw === 'reorders' && bytes.length % 5 === 0 ? 5 : 0
    setTimeout(() => {
      this.#onWay--
      const dropped = this.#flaw === 'drops on close' && this.#closed
      if (!dropped) end.accept(this.#flaw === 'wrong sender' ? to : this.#id, copy)
    }, late)
  }

  accept(from: ProcessId, bytes: Bytes): void {
    if (this.#closed) return
    const hand = (): void =>
      this.handler?.receive(from, this.#flaw === 'reuses its buffer' ? this.#reused(bytes) : bytes)
    if (this.#paused && this.#flaw !== 'ignores pause') this.#held.push(hand)
    else hand()
  }

  pause(paused: boolean): void {
    this.#paused = paused
    if (!paused) for (const hand of this.#held.splice(0)) hand()
  }

  async close(): Promise<void> {
    const first = !this.#closed
    this.#closed = true
    while (this.#onWay > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    if (!first || this.#flaw === 'stays connected') return
    for (const [id, end] of this.#ends) if (id !== this.#id) end.handler?.disconnect(this.#id)
  }

  #reused(bytes: Bytes): Bytes {
    this.#buffer.set(bytes)
    return this.#buffer.subarray(0, bytes.length)
  }
}

function hub(flaw?: Flaw): readonly ConformanceCase[] {
  let made = 0
  return transportConformance({
    name: 'toy hub',
    async makeGroup(count): Promise<readonly TransportMember[]> {
      const toy = new ToyHub(flaw)
      const ids = Array.from({ length: count }, () => processIdOf(new Uint8Array(32).fill(++made)))
      return ids.map((id) => ({ id, transport: toy.open(id) }))
    },
  })
}

describe('a correct hub passes', () => {
  for (const { name, run } of hub()) test(name, run)
})

const EXPECTED: readonly (readonly [Flaw, string, RegExp])[] = [
  ['reorders', 'frames arrive whole, in order, from who sent them, in both directions', /out of order/],
  ['reuses its buffer', 'what was handed over is not changed by later frames', /was changed/],
  ['throws at strangers', 'a frame to a stranger is dropped in silence', /who is that/],
  ['ignores pause', 'a paused transport hands nothing over, and everything in order once it goes on', /paused/],
  ['wrong sender', 'both ends hear of a connection before its first frame', /in vain for the first frame/],
  ['stays connected', 'closing twice is closing once, and the peers hear of it', /in vain for the disconnection/],
  ['drops on close', 'what was queued before closing arrives', /in vain for the frames queued/],
  ['connects late', 'both ends hear of a connection before its first frame', /in vain|before `connect`/],
]

for (const [flaw, name, sentence] of EXPECTED) {
  test.concurrent(`the flaw '${flaw}' is found by: ${name}`, async () => {
    const found = hub(flaw).find((each) => each.name === `toy hub: ${name}`)
    await expect(found?.run()).rejects.toThrow(sentence)
  })
}

function clock(flaw?: 'at once' | 'early' | 'deaf' | 'backwards'): Clock {
  let calls = 0
  const now = () => instant(performance.now() - (flaw === 'backwards' ? calls++ : 0))
  return {
    now,
    wake(at, fire) {
      if (flaw === 'at once' && at <= now()) fire()
      const wait = Math.max(0, Math.ceil(at - now()) + 1 - (flaw === 'early' ? 10 : 0))
      const timer = setTimeout(fire, wait)
      return { cancel: () => (flaw === 'deaf' ? undefined : clearTimeout(timer)) }
    },
  }
}

describe('a correct clock passes', () => {
  for (const { name, run } of clockConformance('toy clock', () => clock())) test(name, run)
})

test.each([
  ['at once', 2],
  ['early', 1],
  ['deaf', 3],
  ['backwards', 0],
] as const)('a clock that is %s fails', async (flaw, index) => {
  const found = clockConformance('toy clock', () => clock(flaw))[index]
  await expect((async () => found?.run())()).rejects.toThrow()
})
