import type { Bytes, ProcessId, Transport, TransportHandler } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import type { MemoryNetwork } from '@testudo/transport-memory'

/** One thing a handler was told, in words. */
export type Heard = string

/** A process in a network that writes down what it hears. */
export interface Listening {
  readonly id: ProcessId
  readonly transport: Transport
  readonly heard: Heard[]
}

const names = new Map<ProcessId, string>()

/** Opens and starts a process whose name is a letter. */
export async function enter(network: MemoryNetwork, name: string, onFrame?: () => void): Promise<Listening> {
  const identity = createIdentity({ seed: new Uint8Array(32).fill(name.charCodeAt(0)) })
  names.set(identity.id, name)
  const transport = await network.transport().open(identity)
  const heard: Heard[] = []
  const handler: TransportHandler = {
    receive: (from, bytes: Bytes) => {
      heard.push(`${names.get(from)}: ${new TextDecoder().decode(bytes)}`)
      onFrame?.()
    },
    connect: (peer) => heard.push(`+${names.get(peer)}`),
    disconnect: (peer) => heard.push(`-${names.get(peer)}`),
    warn: ({ code, peer }) => heard.push(`!${code} ${peer === undefined ? '' : names.get(peer)}`),
  }
  transport.start(handler)
  return { id: identity.id, transport, heard }
}

/** The bytes of a text. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

/** Waits until something holds, turn by turn of the event loop; fails after a thousand turns. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it did not come to hold within a thousand turns')
}

/** Lets everything that is on its way arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
