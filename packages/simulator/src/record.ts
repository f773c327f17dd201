import type { Down, Fault, ProcessId, Up } from '@testudo/core'

/** What passed at one level of a stack: between two layers, or between the top layer and the application. */
export type Passing =
  | Up
  | Down
  | { readonly type: 'fault'; readonly fault: Fault }
  /** The stack answered an input of its own process with a `UsageError`. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string }

/** One event at one level of one node. */
export interface Entry {
  /** Virtual time in milliseconds. */
  readonly at: number
  readonly event: Passing
}

/** What one process did and heard at one level of its stack, in order: what the checkers judge. */
export interface Account {
  readonly process: ProcessId
  /** A short name for sentences, such as `p2`. */
  readonly name: string
  /** Honest in the paper's sense: obeyed its protocol to the end. Neither a liar nor crashed. */
  readonly honest: boolean
  /** Obeyed its protocol as long as it ran: no liar, but perhaps crashed. */
  readonly obedient: boolean
  readonly entries: readonly Entry[]
}

/** Keeps what passed at the levels of one node. */
export class Recorder {
  readonly #levels = new Map<string, Entry[]>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  add(level: string, event: Passing): void {
    let entries = this.#levels.get(level)
    if (entries === undefined) {
      entries = []
      this.#levels.set(level, entries)
    }
    entries.push({ at: this.#now(), event })
  }

  /** What passed at a level so far; the array grows with the run. */
  entries(level: string): readonly Entry[] {
    let entries = this.#levels.get(level)
    if (entries === undefined) {
      entries = []
      this.#levels.set(level, entries)
    }
    return entries
  }
}
