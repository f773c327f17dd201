import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, HEARTBEAT, type NextFrame } from '../src/frames.js'
import { BATCH_BYTES, COPY_BYTES_MAX } from '../src/limits.js'
import { FrameWriter } from '../src/writer.js'

/** A sink that keeps what was written, and how often. */
class Kept {
  writableLength = 0
  readonly writes: Uint8Array[] = []
  corks = 0
  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes)
    return true
  }
  cork(): void {
    this.corks++
  }
  uncork(): void {}
  get stream(): Buffer {
    return Buffer.concat(this.writes)
  }
}

function written(frames: readonly Uint8Array[]): Buffer {
  const sink = new Kept()
  const writer = new FrameWriter(sink, 1 << 30, () => expect.unreachable())
  for (const frame of frames) writer.push(frame)
  writer.flush()
  return sink.stream
}

/** All that a reader finds, a heartbeat or a refusal as its name. */
function read(chunks: Iterable<Uint8Array>, frameBytesMax = 1 << 20): (string | Uint8Array)[] {
  const reader = new FrameReader(frameBytesMax)
  const found: NextFrame[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let next = reader.next(); next !== 'incomplete'; next = reader.next()) {
      found.push(next)
      if (next === 'too-large' || next === 'malformed') return found
    }
  }
  return found
}

/** The stream cut at the given places, each chunk in memory of its own. */
function cut(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b), stream.length]
  return sorted.slice(1).map((end, i) => Uint8Array.from(stream.subarray(sorted[i], end)))
}

const lengths = fc.oneof(fc.nat(40), fc.nat(3 * BATCH_BYTES), fc.constantFrom(COPY_BYTES_MAX - 1, COPY_BYTES_MAX))

test('any cut of the stream gives the frames that were written', () => {
  const property = fc.property(
    fc.array(lengths, { maxLength: 12 }),
    fc.array(fc.nat(), { maxLength: 20 }),
    (sizes, places) => {
      const frames = sizes.map((size, i) => new Uint8Array(size).map((_, at) => (at * 7 + i) & 0xff))
      const stream = written(frames)
      const found = read(cut(stream, places))
      expect(found.length).toBe(frames.length)
      for (const [i, frame] of frames.entries()) expect(Buffer.compare(found[i] as Uint8Array, frame)).toBe(0)
    },
  )
  fc.assert(property, { numRuns: 300 })
})

test('a stream of small frames cut into single bytes gives the same frames', () => {
  const frames = Array.from({ length: 50 }, (_, i) => new Uint8Array(i).fill(i))
  const stream = written(frames)
  expect(read(cut(stream, [...stream.keys()]))).toEqual(frames)
})

test('any bytes give frames, heartbeats or a refusal, and never an exception', () => {
  const property = fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const frames = read(chunks, 100).filter((found) => typeof found !== 'string')
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(Math.min(100, total))
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a frame within one chunk is a view of it and no Buffer, whose slice would be a view too', () => {
  const stream = written([Uint8Array.of(1, 2, 3)])
  const [frame] = read([stream]) as Uint8Array[]
  expect(frame?.buffer).toBe(stream.buffer)
  expect(Buffer.isBuffer(frame)).toBe(false)
})

test('a frame of the largest size is read, one byte more is refused at its header', () => {
  expect((read([written([new Uint8Array(100)])], 100)[0] as Uint8Array).length).toBe(100)
  expect(read([written([new Uint8Array(101)]).subarray(0, 4)], 100)).toEqual(['too-large'])
})

test('a control word other than the heartbeat is malformed', () => {
  const word = Buffer.alloc(4)
  word.writeUInt32BE(HEARTBEAT)
  expect(read([word, word])).toEqual(['heartbeat', 'heartbeat'])
  word.writeUInt32BE(HEARTBEAT + 1)
  expect(read([word])).toEqual(['malformed'])
  word.writeUInt32BE(0xffffffff)
  expect(read([word])).toEqual(['malformed'])
})

test('a claimed length takes no memory: what is held follows what arrived', () => {
  const before = process.memoryUsage().arrayBuffers
  const readers = Array.from({ length: 100 }, () => {
    const reader = new FrameReader(1 << 22)
    reader.push(Uint8Array.of(0, 0x40, 0, 0, 1)) // claims 4 MiB, brings one byte
    expect(reader.next()).toBe('incomplete')
    return reader
  })
  const grown = process.memoryUsage().arrayBuffers - before
  expect(grown).toBeLessThan(readers.length * 128 * 1024)
  expect(readers[0]?.next()).toBe('incomplete')
})

test('frames of one turn leave in one write at its end', async () => {
  const sink = new Kept()
  const writer = new FrameWriter(sink, 1 << 20, () => expect.unreachable())
  for (let i = 0; i < 20; i++) writer.push(new Uint8Array(100))
  expect(sink.writes.length).toBe(0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(sink.writes.map((bytes) => bytes.length)).toEqual([20 * 104])
})

test('a batch leaves as soon as it is full, and a large frame is not copied', () => {
  const sink = new Kept()
  const writer = new FrameWriter(sink, 1 << 20, () => expect.unreachable())
  for (let i = 0; i < BATCH_BYTES / 1024; i++) writer.push(new Uint8Array(1020))
  expect(sink.writes.map((bytes) => bytes.length)).toEqual([BATCH_BYTES])
  const large = new Uint8Array(BATCH_BYTES)
  writer.push(large)
  expect(sink.writes[1]?.length).toBe(4)
  expect(sink.writes[2]).toBe(large)
  expect(sink.corks).toBe(2)
})

test('a queue over its limit overflows once, and nothing is written any more', () => {
  const sink = new Kept()
  let overflows = 0
  const writer = new FrameWriter(sink, 1000, () => overflows++)
  writer.push(new Uint8Array(400))
  writer.flush()
  sink.writableLength = 404
  writer.push(new Uint8Array(593))
  writer.flush()
  expect(overflows).toBe(1)
  expect(sink.writes.length).toBe(1)
})

test('a heartbeat is written only if nothing else was', () => {
  const sink = new Kept()
  const writer = new FrameWriter(sink, 1000, () => expect.unreachable())
  writer.beat()
  writer.push(new Uint8Array(3))
  writer.beat()
  writer.beat()
  expect(read([sink.stream]).map((found) => (typeof found === 'string' ? found : found.length))).toEqual([
    'heartbeat',
    3,
    'heartbeat',
  ])
})
