import type { ChildProcess } from 'node:child_process'

/** What is kept of what a child wrote to standard error: the newest characters. */
const KEPT_CHARS = 16 * 1024

/** Listens to a child's standard error, to say in one line why it ended. */
export class LastWords {
  #text = ''

  constructor(child: ChildProcess) {
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-KEPT_CHARS)
    })
  }

  /** `: why`, or nothing if it said nothing that looks like a reason. */
  told(): string {
    if (this.#text.includes('heap out of memory')) return ': it ran out of memory'
    const line = this.#text.split('\n').find((text) => /^(?:Uncaught )?\w*(?:Error|Exception)\b/.test(text))
    return line === undefined ? '' : `: ${line.trim()}`
  }
}
