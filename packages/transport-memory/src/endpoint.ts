import {
  type Bytes,
  type ProcessId,
  type Transport,
  type TransportGuarantees,
  type TransportHandler,
  UsageError,
} from '@testudo/core'
import type { Lane } from './lane.js'

/** What an endpoint needs of the network it is part of. */
export interface Hub {
  readonly queueBytesMax: number
  /** Connects a process that has started with all others. */
  enter(endpoint: MemoryEndpoint): void
  /** Takes a process out. */
  exit(endpoint: MemoryEndpoint): void
  /** Connects two processes anew, soon, if nothing speaks against it. */
  again(a: ProcessId, b: ProcessId): void
  /** Has what waits for a process told to it, soon. */
  wake(id: ProcessId): void
}

/** One process's end of a memory network. */
export class MemoryEndpoint implements Transport {
  readonly id: ProcessId
  readonly guarantees: TransportGuarantees
  readonly #hub: Hub
  /** The connections with each peer that are not told to the end yet, oldest first; frames leave on the last. */
  readonly #lanes = new Map<ProcessId, Lane[]>()
  #handler: TransportHandler | undefined
  #scheduled: NodeJS.Immediate | undefined
  #paused = false
  #closed = false

  constructor(id: ProcessId, frameBytesMax: number, hub: Hub) {
    this.id = id
    this.guarantees = { ordered: true, authenticated: true, frameBytesMax }
    this.#hub = hub
  }

  start(handler: TransportHandler): void {
    if (this.#closed) throw new UsageError('closed', 'start: this transport was closed')
    if (this.#handler !== undefined) throw new UsageError('already-started', 'start: this transport was started before')
    this.#handler = handler
    this.#hub.enter(this)
  }

  send(to: ProcessId, bytes: Bytes): void {
    const { frameBytesMax } = this.guarantees
    if (bytes.length > frameBytesMax) {
      throw new UsageError('frame-too-large', `send: a frame of ${bytes.length} bytes; at most ${frameBytesMax}`)
    }
    const lane = this.#lanes.get(to)?.at(-1)
    if (this.#closed || lane === undefined || !lane.up) return
    if (lane.send(bytes, this.#hub.queueBytesMax)) {
      this.#hub.wake(to)
      return
    }
    this.break(to, `more than ${this.#hub.queueBytesMax} bytes waited`)
    this.#hub.again(this.id, to)
  }

  pause(paused: boolean): void {
    this.#paused = paused
    if (!paused) this.wake()
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#hub.exit(this)
      for (const [peer, lanes] of this.#lanes) {
        for (const lane of lanes) lane.close()
        this.#hub.wake(peer)
      }
      this.#lanes.clear()
      clearImmediate(this.#scheduled)
    }
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Whether the newest connection with a peer holds. */
  connected(peer: ProcessId): boolean {
    return this.#lanes.get(peer)?.at(-1)?.holds ?? false
  }

  /** Adds one end of a new connection. */
  add(lane: Lane): void {
    const lanes = this.#lanes.get(lane.peer)
    if (lanes === undefined) this.#lanes.set(lane.peer, [lane])
    else lanes.push(lane)
    this.wake()
  }

  /** Breaks the connection with a peer, if there is one. A warning is for the process at this end. */
  break(peer: ProcessId, warning?: string): void {
    this.#lanes.get(peer)?.at(-1)?.break(warning)
    this.wake()
    this.#hub.wake(peer)
  }

  /** Tells the handler what waits, in a later turn of the event loop: nobody is called within a call. */
  wake(): void {
    if (this.#closed) return
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      for (const [peer, lanes] of this.#lanes) this.#tell(peer, lanes)
    })
  }

  /** The newest connection is told of only when the older ones are told to the end. */
  #tell(peer: ProcessId, lanes: Lane[]): void {
    for (let lane = lanes[0]; lane !== undefined && !this.#closed; lane = lanes[0]) {
      if (this.#handler !== undefined) lane.tell(this.#handler, () => this.#paused || this.#closed)
      if (!lane.over) return
      lanes.shift()
    }
    if (lanes.length === 0) this.#lanes.delete(peer)
  }
}
