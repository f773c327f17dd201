import type { Identity } from './ports.js'
import type { Bytes, ProcessId } from './types.js'

/** What a transport promises about the frames between two connected processes. */
export interface TransportGuarantees {
  /** Frames of one connection arrive in order and none is missing; a broken connection loses the tail. */
  readonly ordered: boolean
  /** `from` was proven by its key before the first frame was handed over, and frames cannot be altered. */
  readonly authenticated: boolean
  /** The largest frame in bytes. */
  readonly frameBytesMax: number
}

/** Who is told what a transport hears. Handlers must not throw. */
export interface TransportHandler {
  /** One whole frame. `bytes` is the handler's to keep, and may be a view of a larger buffer. */
  receive(from: ProcessId, bytes: Bytes): void
  /** A connection with `peer` is up: frames sent from now on travel on it. */
  connect(peer: ProcessId): void
  /** The connection with `peer` is gone: frames not yet acknowledged by a layer above may be lost. */
  disconnect(peer: ProcessId): void
  /** Something on the network side went wrong and was dealt with: a stranger was refused, a frame was too large. */
  warn(warning: { readonly code: string; readonly peer?: ProcessId; readonly message: string }): void
}

/** Moves frames between processes. Joined to a layer only by the runtime. */
export interface Transport {
  readonly guarantees: TransportGuarantees
  /** Starts listening and dialling. Called once. */
  start(handler: TransportHandler): void
  /**
   * Queues one frame, never throws for what a peer or the network does. With no connection the frame is dropped:
   * whoever needs it to arrive puts a link above. Frames queued in one turn of the loop leave in one write.
   */
  send(to: ProcessId, bytes: Bytes): void
  /** Stops reading from the network (true) or goes on (false): backpressure on the peers. */
  pause(paused: boolean): void
  /** Closes every socket after what is queued was written (bounded by a short deadline). */
  close(): Promise<void>
}

/** Opens a transport as somebody: `tcp({ ... })` gives one of these, the runtime brings the identity. */
export interface TransportFactory {
  /** Rejects with a coded `TransportError` where the local side fails: address in use, no permission. */
  open(identity: Identity): Promise<Transport>
}
