import type { Bytes, ProcessId, TransportHandler } from '@testudo/core'

declare function setTimeout(run: () => void, ms: number): unknown

/** How long a case waits for something before it fails. */
const PATIENCE_MS = 5_000

/** How often it looks. */
const LOOK_MS = 2

/** A handler that remembers what it heard. */
export interface Ear extends TransportHandler {
  readonly connected: ReadonlySet<ProcessId>
  /** The sender of every frame, in order. */
  readonly senders: readonly ProcessId[]
  /** A frame came from a peer before the first connection with it. */
  readonly framesBeforeConnect: boolean
  from(peer: ProcessId): readonly Bytes[]
}

export function listen(): Ear {
  const connected = new Set<ProcessId>()
  const senders: ProcessId[] = []
  const frames = new Map<ProcessId, Bytes[]>()
  const ear = {
    connected,
    senders,
    framesBeforeConnect: false,
    from: (peer: ProcessId): readonly Bytes[] => frames.get(peer) ?? [],
    receive(from: ProcessId, bytes: Bytes): void {
      if (!connected.has(from)) ear.framesBeforeConnect = true
      senders.push(from)
      const before = frames.get(from)
      if (before === undefined) frames.set(from, [bytes])
      else before.push(bytes)
    },
    connect: (peer: ProcessId): void => void connected.add(peer),
    disconnect: (peer: ProcessId): void => void connected.delete(peer),
    warn: (): void => {},
  }
  return ear
}

/** Waits until the condition holds; fails with what it waited for when it does not in time. */
export async function until(what: string, condition: () => boolean, patienceMs: number = PATIENCE_MS): Promise<void> {
  for (let waited = 0; !condition(); waited += LOOK_MS) {
    if (waited >= patienceMs) throw new Error(`waited ${patienceMs} ms in vain for ${what}`)
    await new Promise<void>((resolve) => void setTimeout(resolve, LOOK_MS))
  }
}
