import type { Bytes, ProcessId, View } from '@testudo/core'
import type { Account } from '../record.js'

/** A run as the judges see it, at one level of the stacks. */
export interface History {
  readonly accounts: readonly Account[]
  /** All views that the membership generated, V^1 first. For a group that never changes: the first view alone. */
  readonly views: readonly View[]
  /** The run ended healed and quiet: whatever must happen at last has happened. */
  readonly ended: boolean
}

/** A broken promise: its name in the paper, and a sentence about how it was broken. */
export interface Violation {
  readonly property: string
  readonly sentence: string
}

/** Judges a run by one property. Nothing found: no violations. Stops after `VIOLATIONS_MAX`. */
export type Checker = (history: History) => readonly Violation[]

/** Violations that one judge reports at most: behind the first few come only more of the same. */
export const VIOLATIONS_MAX = 10

/** One delivery at a level. */
export interface Delivery {
  readonly at: number
  readonly view: number
  readonly sender: ProcessId
  readonly seq: number
  /** Sender and payload. */
  readonly content: string
  /** View, sender, sequence number and payload: what must be the same at all. */
  readonly key: string
  /** The view delivered last before, 0 for none. */
  readonly occurred: number
}

/** One multicast that a level was asked for and did not refuse. */
export interface Call {
  readonly at: number
  readonly content: string
  /** The view named in the call, or else the one delivered last before it; 0 for none. */
  readonly view: number
  /** Whether the call named the view. */
  readonly exact: boolean
}

/** What one process did at a level, sorted by kind. */
export interface Deeds {
  readonly account: Account
  readonly views: readonly View[]
  readonly deliveries: readonly Delivery[]
  readonly calls: readonly Call[]
}

const known = new WeakMap<Account, { readonly length: number; readonly deeds: Deeds }>()

/** Reads an account. */
export function deedsOf(account: Account): Deeds {
  const before = known.get(account)
  if (before !== undefined && before.length === account.entries.length) return before.deeds
  const deeds = read(account)
  known.set(account, { length: account.entries.length, deeds })
  return deeds
}

function read(account: Account): Deeds {
  const views: View[] = []
  const deliveries: Delivery[] = []
  const calls: Call[] = []
  let occurred = 0
  for (const { at, event } of account.entries) {
    switch (event.type) {
      case 'view':
        views.push(event.view)
        occurred = event.view.id
        break
      case 'deliver': {
        const content = contentOf(event.sender, event.payload)
        const key = `${event.view}/${event.seq}/${content}`
        deliveries.push({ at, view: event.view, sender: event.sender, seq: event.seq, content, key, occurred })
        break
      }
      case 'multicast': {
        const exact = event.view !== undefined
        calls.push({ at, content: contentOf(account.process, event.payload), view: event.view ?? occurred, exact })
        break
      }
      case 'refused':
        calls.pop() // it follows the call that it refuses
        break
    }
  }
  return { account, views, deliveries, calls }
}

/** The honest processes of a run. */
export function honestOf(history: History): Deeds[] {
  return history.accounts.filter((account) => account.honest).map(deedsOf)
}

/** The processes that obeyed while they ran, also those that crashed. */
export function obedientOf(history: History): Deeds[] {
  return history.accounts.filter((account) => account.obedient).map(deedsOf)
}

/** The honest processes that are members of V^x and of every later view. */
export function lastingFrom(history: History, x: number): Deeds[] {
  const later = history.views.filter((view) => view.id >= x).map((view) => new Set(view.members))
  return honestOf(history).filter(({ account }) => later.length > 0 && later.every((set) => set.has(account.process)))
}

/** The deliveries that occurred in a view, in order. */
export function inView(deeds: Deeds, x: number): readonly Delivery[] {
  return deeds.deliveries.filter((delivery) => delivery.view === x)
}

/** Short names for sentences. */
export function namer(history: History): (id: ProcessId) => string {
  const names = new Map(history.accounts.map(({ process, name }) => [process, name]))
  return (id) => names.get(id) ?? id.slice(0, 8)
}

/** Collects violations of one property up to `VIOLATIONS_MAX`. */
export class Verdict {
  readonly violations: Violation[] = []
  readonly #property: string

  constructor(property: string) {
    this.#property = property
  }

  add(sentence: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push({ property: this.#property, sentence })
  }
}

function contentOf(sender: ProcessId, payload: Bytes): string {
  let text = `${sender}:`
  for (const byte of payload) text += String.fromCharCode(byte)
  return text
}
