// Frames from one process to another: node test/throughput.mjs [BYTES]..., against the built package.
// The receiver counts; the sender keeps at most WINDOW_BYTES unconfirmed, so that its queue stays short.
import { fork } from 'node:child_process'
import { createIdentity } from '@testudo/crypto'
import { tcp } from '@testudo/transport-tcp'

const WINDOW_BYTES = 8 * 1024 * 1024
const SPAN_MS = 3_000
const [low, high] = [1, 2]
  .map((seed) => createIdentity({ seed: new Uint8Array(32).fill(seed) }))
  .sort((a, b) => (a.id < b.id ? -1 : 1))
const anywhere = { host: '127.0.0.1', port: 0 }
function nothing() {}
const ignore = { connect: nothing, disconnect: nothing, receive: nothing, warn: console.warn }

if (process.argv[2] === 'receiver') await receive()
else await measure(process.argv.slice(2).map(Number))

async function receive() {
  const transport = await tcp({ listen: anywhere, peers: { [low.id]: anywhere } }).open(high)
  let bytes = 0
  let confirmed = 0
  transport.start({
    ...ignore,
    receive: (from, frame) => {
      bytes += frame.length
      if (bytes - confirmed < WINDOW_BYTES / 8) return
      confirmed = bytes
      const word = new Uint8Array(8)
      new DataView(word.buffer).setFloat64(0, bytes)
      transport.send(from, word)
    },
  })
  process.on('message', () => process.send({ cpu: process.cpuUsage() }))
  process.send({ address: transport.address })
}

async function measure(sizes) {
  const child = fork(new URL(import.meta.url), ['receiver'])
  const { address } = await message(child)
  const transport = await tcp({ listen: anywhere, peers: { [high.id]: address } }).open(low)
  let confirmed = 0
  let more = nothing
  const up = new Promise((connect) => {
    transport.start({
      ...ignore,
      connect,
      receive: (_, word) => {
        confirmed = new DataView(word.buffer, word.byteOffset).getFloat64(0)
        more()
      },
    })
  })
  await up
  let sent = 0
  for (const size of sizes.length > 0 ? sizes : [100, 1024, 65_536]) {
    const frame = new Uint8Array(size)
    const before = { at: performance.now(), confirmed, here: process.cpuUsage(), there: await cpuOf(child) }
    while (performance.now() - before.at < SPAN_MS) {
      for (; sent - confirmed < WINDOW_BYTES; sent += size) transport.send(high.id, frame)
      await new Promise((resolve) => {
        more = resolve
      })
    }
    const frames = (confirmed - before.confirmed) / size
    const seconds = (performance.now() - before.at) / 1000
    const cpu = used(process.cpuUsage(), before.here) + used(await cpuOf(child), before.there)
    const rate = `${Math.round(frames / seconds)} frames/s, ${Math.round((frames * size) / seconds / 1e6)} MB/s`
    console.log(`${size} B: ${rate}, ${(cpu / frames).toFixed(2)} µs of CPU per frame, both ends`)
  }
  child.disconnect()
  child.kill()
  await transport.close()
}

function used(now, before) {
  return now.user + now.system - before.user - before.system
}

async function cpuOf(child) {
  child.send('cpu')
  const { cpu } = await message(child)
  return cpu
}

function message(child) {
  return new Promise((resolve) => child.once('message', resolve))
}
