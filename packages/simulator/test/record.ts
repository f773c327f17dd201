import { type Bytes, type ProcessId, processIdOf, type View, viewId } from '@testudo/core'
import type { Account, History, Passing } from '../src/index.js'

/** Process number i of hand-made records. */
export function id(i: number): ProcessId {
  return processIdOf(new Uint8Array(32).fill(i + 1))
}

/** View x with these processes. */
export function view(x: number, ...members: number[]): View {
  return { id: viewId(x), members: members.map(id), digest: new Uint8Array(32).fill(x) }
}

export function bytes(text: string): Bytes {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** Hands a view up. */
export function sees(seen: View): Passing {
  return { type: 'view', view: seen, joined: [], left: [] }
}

/** Hands a message of process i up. */
export function gets(x: number, sender: number, seq: number, payload: string): Passing {
  return { type: 'deliver', view: viewId(x), sender: id(sender), seq, payload: bytes(payload) }
}

/** Is asked to multicast. */
export function casts(payload: string, x?: number): Passing {
  return { type: 'multicast', payload: bytes(payload), ...(x === undefined ? {} : { view: viewId(x) }) }
}

type Conduct = 'honest' | 'crashed' | 'liar'

/** A record at one level: what each process did, one event a millisecond. */
export function history(
  views: readonly View[],
  conducts: readonly Conduct[],
  deeds: readonly (readonly Passing[])[],
  ended = true,
): History {
  const accounts = deeds.map((events, i): Account => {
    const conduct = conducts[i] ?? 'honest'
    return {
      process: id(i),
      name: `p${i}`,
      honest: conduct === 'honest',
      obedient: conduct !== 'liar',
      entries: events.map((event, at) => ({ at, event })),
    }
  })
  return { accounts, views, ended }
}
