import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TcpAddress, TcpLimits } from '@testudo/transport-tcp'
import { onTestFinished } from 'vitest'
import { seedOf } from './support.js'

const SCRIPT = fileURLToPath(new URL('peer.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../dist/index.js', import.meta.url))
const LISTENING_MS_MAX = 10_000

/** A process that runs `peer.mjs`, as the identity of a place. */
export interface Child {
  readonly address: TcpAddress
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  /** Kills it, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts one, and waits until it listens. It is killed when the test is over. */
export async function child(
  place: number,
  listen: TcpAddress,
  peers: Readonly<Record<string, TcpAddress>>,
  limits: Partial<TcpLimits>,
): Promise<Child> {
  if (!existsSync(BUILT)) throw new Error('the package is not built: run npx tsc -b packages/transport-tcp first')
  const options = JSON.stringify({ seed: seedOf(place), listen, peers, limits })
  const process = spawn(globalThis.process.execPath, [SCRIPT, options], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => kill(process))
  const lines = createInterface({ input: process.stdout })
  const [first] = await once(lines, 'line', { signal: AbortSignal.timeout(LISTENING_MS_MAX) })
  const { address } = JSON.parse(first as string) as { address: TcpAddress }
  return { address, signal: (name) => void process.kill(name), kill: () => kill(process) }
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  const gone = once(process, 'exit')
  process.kill('SIGKILL')
  await gone
}
