import type { Bytes, ProcessId } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { tcp } from '@testudo/transport-tcp'

/** What one end of the connection spent. */
export interface EndReport {
  /** Frames that crossed while they went one by one, both directions. */
  readonly frames: number
  readonly pingCpuMicros: number
  /** Bytes that crossed in large frames. */
  readonly bytes: number
  readonly bulkCpuMicros: number
}

interface Begin {
  readonly seed: Bytes
  readonly peers: Record<string, { host: string; port: number }>
}

const PINGS = 4000
const BULK_FRAMES = 2000
const BULK_BYTES = 64 * 1024
/** Large frames under way at a time. */
const BULK_WINDOW = 32
const PING: Bytes = new Uint8Array(100)
const BULK: Bytes = new Uint8Array(BULK_BYTES)

process.once('message', (begin: Begin) => void measure(begin))
process.once('disconnect', () => process.exit()) // whoever asked is gone

/** First frames of `PING` go to and fro alone; then the dialling end sends large ones, each answered by a small one. */
async function measure({ seed, peers }: Begin): Promise<void> {
  const identity = createIdentity({ seed })
  const transport = await tcp({ listen: { host: '127.0.0.1', port: 0 }, peers }).open(identity)
  process.send?.({ port: transport.address.port })
  const [peer] = Object.keys(peers) as [ProcessId]
  const leads = identity.id < peer
  let pings = 0
  let bulk = 0
  let cpu = process.cpuUsage()
  let pingCpuMicros = 0
  const spent = (): number => {
    const { user, system } = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    return user + system
  }
  const done = (): void => {
    process.send?.({ frames: 2 * PINGS, pingCpuMicros, bytes: BULK_FRAMES * BULK_BYTES, bulkCpuMicros: spent() })
  }
  transport.start({
    connect: () => {
      cpu = process.cpuUsage()
      if (leads) transport.send(peer, PING)
    },
    disconnect: () => {},
    warn: () => {},
    receive: () => {
      if (pings < PINGS) {
        pings++
        if (pings === PINGS) {
          pingCpuMicros = spent()
          if (leads) for (let i = 0; i < BULK_WINDOW; i++) transport.send(peer, BULK)
          else transport.send(peer, PING)
        } else transport.send(peer, PING)
        return
      }
      bulk++
      if (!leads) transport.send(peer, PING)
      else if (bulk <= BULK_FRAMES - BULK_WINDOW) transport.send(peer, BULK)
      if (bulk === BULK_FRAMES) done()
    },
  })
}
