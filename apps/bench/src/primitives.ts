import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { createIdentity } from '@testudo/crypto'
import { unlessStopped } from '@testudo/node'
import type { EndReport } from './transport-end.js'

/** What this machine needs for the things that a protocol is made of: CPU microseconds, measured now. */
export interface Primitives {
  readonly signMicros: number
  readonly verifyMicros: number
  readonly hashMicrosPerByte: number
  /** Both ends together, of a small frame that travels alone over TLS. */
  readonly frameMicros: number
  /** Both ends together, of a byte in large frames over TLS. */
  readonly transportMicrosPerByte: number
}

/** Delivering one message at one member: a constant of the formula. */
const TOUCH_MICROS = 0.3

export interface Machine extends Primitives {
  readonly cores: number
  readonly model: string
  readonly node: string
  readonly platform: string
  readonly touchMicros: number
}

/** Measures the primitives. Takes about four seconds; rejects with the signal's reason, with no process left. */
export async function measureMachine(signal: AbortSignal): Promise<Machine> {
  const [cpu] = cpus()
  return {
    cores: cpus().length,
    model: cpu?.model ?? 'unknown',
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    touchMicros: TOUCH_MICROS,
    ...measureCrypto(),
    ...(await measureTransport(signal)),
  }
}

function measureCrypto(): Pick<Primitives, 'signMicros' | 'verifyMicros' | 'hashMicrosPerByte'> {
  const { id, signer, suite } = createIdentity()
  const bytes = new Uint8Array(200)
  const signature = signer.sign(bytes)
  const large = new Uint8Array(64 * 1024)
  return {
    signMicros: cpuMicros(() => signer.sign(bytes), 2000),
    verifyMicros: cpuMicros(() => suite.verify({ signer: id, bytes, signature }), 2000),
    hashMicrosPerByte: cpuMicros(() => suite.hash(large), 1000) / large.length,
  }
}

/** CPU time of one call: the best of five rounds, the first of which only warms up. */
function cpuMicros(call: () => unknown, times: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    for (let i = 0; i < times; i++) call()
    const { user, system } = process.cpuUsage(before)
    if (round > 0) best = Math.min(best, (user + system) / times)
  }
  return best
}

type TransportCost = Pick<Primitives, 'frameMicros' | 'transportMicrosPerByte'>

/** Two processes with one TLS connection between them. */
async function measureTransport(signal: AbortSignal): Promise<TransportCost> {
  const [low, high] = [createIdentity(), createIdentity()].sort((a, b) => (a.id < b.id ? -1 : 1))
  if (low === undefined || high === undefined) throw new Error('two identities were made')
  const entry = new URL('transport-end.js', import.meta.url)
  const ends = [fork(entry, { serialization: 'advanced' }), fork(entry, { serialization: 'advanced' })] as const
  try {
    return await unlessStopped(signal, async () => {
      ends[1].send({ seed: high.unsafeExportSeed(), peers: { [low.id]: { host: '127.0.0.1', port: 0 } } })
      const { port } = await answer<{ port: number }>(ends[1])
      ends[0].send({ seed: low.unsafeExportSeed(), peers: { [high.id]: { host: '127.0.0.1', port } } })
      return costOf(await Promise.all(ends.map((end, index) => reportOf(end, index === 0))))
    })
  } finally {
    await Promise.all(ends.map(endOf))
  }
}

function costOf(reports: readonly EndReport[]): TransportCost {
  const total = (pick: (report: EndReport) => number): number => reports.reduce((sum, report) => sum + pick(report), 0)
  return {
    frameMicros: total((r) => r.pingCpuMicros) / (reports[0]?.frames ?? 1),
    transportMicrosPerByte: total((r) => r.bulkCpuMicros) / (reports[0]?.bytes ?? 1),
  }
}

/** Kills a process that measures, and resolves when it is gone. */
async function endOf(end: ChildProcess): Promise<void> {
  if (end.exitCode !== null || end.signalCode !== null) return
  const gone = once(end, 'exit')
  end.kill('SIGKILL')
  await gone
}

async function reportOf(end: ChildProcess, listensToo: boolean): Promise<EndReport> {
  if (listensToo) await answer<{ port: number }>(end)
  return answer<EndReport>(end)
}

async function answer<T>(end: ChildProcess): Promise<T> {
  const [message] = await Promise.race([
    once(end, 'message'),
    once(end, 'exit').then(() => {
      throw new Error('a process that measures the transport ended')
    }),
  ])
  return message as T
}
