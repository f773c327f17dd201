import { type ProcessId, TransportError, type TransportFactory, UsageError } from '@testudo/core'
import { type Hub, MemoryEndpoint } from './endpoint.js'
import { Lane } from './lane.js'
import { FRAME_BYTES_MAX, QUEUE_BYTES_MAX } from './limits.js'

/** What `memoryNetwork` may be given. */
export interface MemoryNetworkOptions {
  /** The largest frame, in bytes. Default `FRAME_BYTES_MAX`. */
  readonly frameBytesMax?: number
  /** Bytes on their way from one process to another. Default `QUEUE_BYTES_MAX`. */
  readonly queueBytesMax?: number
}

/** A network within this program. Every two processes that have started are connected. */
export interface MemoryNetwork {
  /** A way into this network. Opening rejects with `TransportError` `address-in-use` while the same process is in it. */
  transport(): TransportFactory
  /** Breaks the connection of two processes and keeps them apart. What was on its way is lost. */
  disconnect(a: ProcessId, b: ProcessId): void
  /** Lets two processes that were kept apart connect again. */
  reconnect(a: ProcessId, b: ProcessId): void
}

/**
 * A network within this program: frames arrive in order, copied, in a later turn of the event loop. `from` is who opened
 * the transport, so no key is used. Throws `UsageError` `bad-limit` for a limit that is no whole number from 1 up.
 */
export function memoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  const { frameBytesMax = FRAME_BYTES_MAX, queueBytesMax = QUEUE_BYTES_MAX } = options
  for (const [name, value] of Object.entries({ frameBytesMax, queueBytesMax })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new UsageError('bad-limit', `${name} must be from 1 up`)
  }
  return new MemoryHub(frameBytesMax, queueBytesMax)
}

class MemoryHub implements MemoryNetwork, Hub {
  readonly queueBytesMax: number
  readonly #frameBytesMax: number
  /** Who is open, started or not. */
  readonly #open = new Map<ProcessId, MemoryEndpoint>()
  readonly #started = new Set<MemoryEndpoint>()
  /** The pairs that are kept apart. */
  readonly #apart = new Set<string>()

  constructor(frameBytesMax: number, queueBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
    this.queueBytesMax = queueBytesMax
  }

  transport(): TransportFactory {
    return {
      open: async ({ id }) => {
        if (this.#open.has(id)) throw new TransportError('address-in-use', `${id} is in this network already`)
        const endpoint = new MemoryEndpoint(id, this.#frameBytesMax, this)
        this.#open.set(id, endpoint)
        return endpoint
      },
    }
  }

  disconnect(a: ProcessId, b: ProcessId): void {
    this.#apart.add(pairOf(a, b))
    this.#open.get(a)?.break(b)
  }

  reconnect(a: ProcessId, b: ProcessId): void {
    if (this.#apart.delete(pairOf(a, b))) this.#connect(a, b)
  }

  enter(endpoint: MemoryEndpoint): void {
    for (const { id } of this.#started) this.#join(endpoint, id)
    this.#started.add(endpoint)
  }

  exit(endpoint: MemoryEndpoint): void {
    this.#open.delete(endpoint.id)
    this.#started.delete(endpoint)
  }

  again(a: ProcessId, b: ProcessId): void {
    setImmediate(() => this.#connect(a, b))
  }

  wake(id: ProcessId): void {
    this.#open.get(id)?.wake()
  }

  #connect(a: ProcessId, b: ProcessId): void {
    const endpoint = this.#open.get(a)
    if (endpoint !== undefined && this.#started.has(endpoint)) this.#join(endpoint, b)
  }

  #join(endpoint: MemoryEndpoint, id: ProcessId): void {
    const peer = this.#open.get(id)
    if (peer === undefined || peer === endpoint || !this.#started.has(peer)) return
    if (this.#apart.has(pairOf(endpoint.id, id)) || endpoint.connected(id)) return
    const [atEndpoint, atPeer] = Lane.pair(endpoint.id, id)
    endpoint.add(atEndpoint)
    peer.add(atPeer)
  }
}

function pairOf(a: ProcessId, b: ProcessId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
