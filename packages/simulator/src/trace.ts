import type { Bytes, Effect, Input, ProcessId } from '@testudo/core'
import { type Key, mix32 } from './hash.js'

/** Reads a message's bytes for people; undefined where it cannot. */
export type Describe = (bytes: Bytes) => string | undefined

/** How many lines a readable trace keeps at most; behind it only the hash goes on. About 20 MB. */
export const TRACE_LINES_MAX = 200_000

const EMPTY = new Uint8Array(0)
const float = new Float64Array(1)
const words = new Int32Array(float.buffer)

/** The running hash of a run and, if wanted, its lines. */
export class Trace {
  #hash = 0x811c9dc5
  #steps = 0
  readonly #lines: string[] | undefined
  readonly #nameOf: (id: ProcessId) => string
  readonly #describe: Describe

  constructor(options: { text: boolean; nameOf: (id: ProcessId) => string; describe: Describe | undefined }) {
    this.#lines = options.text ? [] : undefined
    this.#nameOf = options.nameOf
    this.#describe = options.describe ?? (() => undefined)
  }

  /** Eight hexadecimal digits over everything that happened so far, and how much that was. */
  get hash(): string {
    return `${(this.#hash >>> 0).toString(16).padStart(8, '0')}-${this.#steps}`
  }

  text(): string {
    return (this.#lines ?? []).map((line) => `${line}\n`).join('')
  }

  /** Something that happened to a node or that it did. */
  event(time: number, node: number, event: Input | Effect): void {
    this.#steps++
    this.#mixTime(time)
    this.#mix(node)
    this.#mixText(event.type)
    this.#mix(mix32(this.#key(event), 'bytes' in event ? event.bytes : 'payload' in event ? event.payload : EMPTY))
    if (this.#lines !== undefined) this.#line(time, `p${node}`, this.#sentence(event))
  }

  /** Something that the script did. */
  note(time: number, text: string): void {
    this.#steps++
    this.#mixTime(time)
    this.#mixText(text)
    if (this.#lines !== undefined) this.#line(time, '--', text)
  }

  #line(time: number, who: string, text: string): void {
    const lines = this.#lines as string[]
    if (lines.length < TRACE_LINES_MAX) lines.push(`${time.toFixed(3).padStart(10)} ${who.padEnd(3)} ${text}`)
  }

  /** What of an event, besides its bytes, tells it from others. */
  #key(event: Input | Effect): Key {
    switch (event.type) {
      case 'deliver':
      case 'stable':
        return [event.view, event.seq, textNumber(event.sender), 1]
      case 'receive':
        return [textNumber(event.from), 0, 0, 2]
      case 'send': {
        let to = 0
        for (const id of event.to) to = Math.imul(to ^ textNumber(id), 0x01000193)
        return [to, event.to.length, 0, 3]
      }
      case 'view':
        return [event.view.id, event.view.members.length, (event.view.digest[0] ?? 0) | 0, 4]
      case 'timeout':
      case 'clear-timer':
        return [textNumber(event.timer), 0, 0, 5]
      case 'set-timer':
        return [textNumber(event.timer), event.at | 0, 0, 6]
      default:
        return [0, 0, 0, 7]
    }
  }

  #sentence(event: Input | Effect): string {
    const name = this.#nameOf
    switch (event.type) {
      case 'receive':
        return `<- ${name(event.from)} ${this.#bytes(event.bytes)}`
      case 'send':
        return `-> ${event.to.map(name).join(' ')} ${this.#bytes(event.bytes)}`
      case 'deliver':
        return `deliver v${event.view} ${name(event.sender)}#${event.seq} ${this.#bytes(event.payload)}`
      case 'stable':
        return `stable v${event.view} ${name(event.sender)}#${event.seq}`
      case 'view': {
        const left = event.left.map(({ member, reason }) => ` -${name(member)}(${reason})`).join('')
        const joined = event.joined.map((member) => ` +${name(member)}`).join('')
        return `view v${event.view.id} [${event.view.members.map(name).join(' ')}]${joined}${left}`
      }
      case 'multicast':
        return `multicast${event.view === undefined ? '' : ` v${event.view}`} ${this.#bytes(event.payload)}`
      case 'suspect':
        return `suspect v${event.view} ${name(event.fault.culprit)} ${event.fault.code}`
      case 'fault':
        return `fault ${name(event.fault.culprit)} ${event.fault.code}`
      case 'set-timer':
        return `set-timer ${event.timer}`
      case 'clear-timer':
      case 'timeout':
        return `${event.type} ${event.timer}`
      case 'connect':
      case 'disconnect':
        return `${event.type} ${name(event.peer)}`
      case 'excluded':
        return `excluded v${event.view} (${event.removal.reason})`
      case 'supply':
      case 'collected':
        return `${event.type} v${event.view} ${event.commits.length} commits`
      case 'hold':
        return `hold v${event.view} ${name(event.sender)} ${event.held ? 'on' : 'off'}`
      default:
        return 'view' in event ? `${event.type} v${event.view}` : event.type
    }
  }

  #bytes(bytes: Bytes): string {
    return this.#describe(bytes) ?? `${bytes.length}B:${mix32([0, 0, 0, 0], bytes).toString(16).padStart(8, '0')}`
  }

  #mixTime(time: number): void {
    float[0] = time
    this.#mix(words[0] as number)
    this.#mix(words[1] as number)
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i))
  }

  #mix(word: number): void {
    const mixed = Math.imul(this.#hash ^ word, 0x01000193)
    this.#hash = mixed ^ (mixed >>> 15)
  }
}

/** A few characters of a text as a number: enough to tell process ids and timers apart. */
function textNumber(text: string): number {
  let number = text.length
  for (let i = Math.max(0, text.length - 12); i < text.length; i++) number = Math.imul(number, 31) + text.charCodeAt(i)
  return number | 0
}
