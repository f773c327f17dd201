import {
  type Bytes,
  type Clock,
  type Down,
  type Fault,
  instant,
  type Layer,
  type ProcessId,
  type Suite,
  type Transport,
  type Up,
  UsageError,
  type View,
} from '@testudo/core'
import { Admission } from './admission.js'
import { Driver, type DriverHost } from './driver.js'
import { aborted, EventQueue } from './event-queue.js'
import type { GroupEvent } from './events.js'
import type { Group, MulticastOptions, WaitOptions } from './group.js'
import { LEAVE_DEADLINE_MS } from './limits.js'
import type { Verdicts } from './verdicts.js'
import type { TransportWarning } from './warning.js'

/** What a member is made of. */
export interface MemberParts {
  readonly self: ProcessId
  readonly genesis: View
  readonly layer: Layer
  readonly transport: Transport
  readonly clock: Clock
  readonly verdicts: Verdicts
  readonly suite: Pick<Suite, 'verifyAll'> | undefined
  readonly payloadBytesMax: number
  readonly warn: (warning: TransportWarning) => void
  /** Called once, when this process's part ends. */
  readonly ended: () => void
}

/** A promise that is settled already: the fast path allocates none. */
const DONE: Promise<void> = Promise.resolve()

/** The `Group` over a driver: translates between its calls and the layer's inputs and effects. */
export class Member implements Group, DriverHost {
  readonly self: ProcessId
  readonly #parts: MemberParts
  readonly #driver: Driver
  readonly #admission: Admission
  readonly #events: EventQueue
  /** The newest view. */
  #view: View
  /** Called when there is an answer to `leave`. */
  #left: (() => void) | undefined
  /** Whether an answer to `leave` is impossible or there already. */
  #gone = false
  /** The end, once it was begun. */
  #closing: Promise<void> | undefined

  constructor(parts: MemberParts) {
    this.self = parts.self
    this.#parts = parts
    this.#view = parts.genesis
    this.#driver = new Driver(parts, this)
    this.#admission = new Admission((payload) => this.#driver.feed({ type: 'multicast', payload }))
    this.#events = new EventQueue(
      () => this.#hold(),
      () => this.#release(),
    )
  }

  start(): void {
    this.#driver.start()
  }

  get view(): View {
    return this.#view
  }

  multicast(bytes: Bytes, options?: MulticastOptions): Promise<void> {
    const signal = options?.signal
    const ordered = options?.until === 'ordered'
    const refusal = this.#refusalOf(bytes) ?? (signal?.aborted === true ? aborted(signal) : undefined)
    if (refusal !== undefined) return Promise.reject(refusal)
    if (ordered || !this.#admission.hasRoom) return this.#admission.request(bytes, ordered, signal)
    this.#admission.accept(bytes, undefined)
    return this.#admission.refusal === undefined ? DONE : Promise.reject(this.#admission.refusal)
  }

  tryMulticast(bytes: Bytes): boolean {
    const refusal = this.#refusalOf(bytes)
    if (refusal !== undefined) throw refusal
    if (!this.#admission.hasRoom) return false
    this.#admission.accept(bytes, undefined)
    if (this.#admission.refusal !== undefined) throw this.#admission.refusal
    return true
  }

  writable({ signal }: WaitOptions = {}): Promise<void> {
    return signal?.aborted === true ? Promise.reject(aborted(signal)) : this.#admission.room(signal)
  }

  events({ signal }: WaitOptions = {}): AsyncIterableIterator<GroupEvent, undefined> {
    return this.#events.iterate(signal)
  }

  async leave({ signal }: WaitOptions = {}): Promise<void> {
    if (this.#closing === undefined && !this.#gone && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const { clock } = this.#parts
        const deadline = clock.wake(instant(clock.now() + LEAVE_DEADLINE_MS), resolve)
        signal?.addEventListener('abort', () => resolve(), { once: true })
        this.#left = () => {
          deadline.cancel()
          resolve()
        }
        this.#driver.feed({ type: 'leave' })
      })
    }
    await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#end(undefined)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  up(effect: Up): void {
    switch (effect.type) {
      case 'deliver':
        if (effect.sender === this.self) this.#admission.delivered()
        this.#tell(effect)
        return
      case 'view':
        this.#view = effect.view
        this.#tell(effect)
        this.#admission.open()
        return
      case 'excluded':
        this.#tell(effect)
        this.#admission.refuse(new UsageError('not-a-member', `excluded: ${effect.removal.reason}`))
        this.#answerLeave()
        return
      default: // 'stable', 'block' and the like are for layers
    }
  }

  fault(fault: Fault): void {
    this.#tell({ type: 'fault', fault })
  }

  unanswered(down: Down): void {
    if (down.type === 'suspect') this.fault(down.fault)
    if (down.type === 'leave') this.#answerLeave() // no membership protocol: nobody will
  }

  warn(warning: TransportWarning): void {
    this.#parts.warn(warning)
  }

  failed(error: unknown): void {
    this.#closing ??= this.#end(error)
  }

  #refusalOf(bytes: Bytes): UsageError | undefined {
    if (this.#admission.refusal !== undefined) return this.#admission.refusal
    const { payloadBytesMax } = this.#parts
    if (bytes.length <= payloadBytesMax) return undefined
    return new UsageError('too-large', `${bytes.length} bytes, the maximum of this protocol is ${payloadBytesMax}`)
  }

  #tell(event: GroupEvent): void {
    this.#events.push(event)
  }

  /** The events are full. */
  #hold(): void {
    this.#driver.hold()
    this.#admission.stall()
    const message = 'events() is full: until half of it was taken, this process hears nothing of the others'
    this.#parts.warn({ code: 'application-slow', message })
  }

  #release(): void {
    this.#admission.resume()
    this.#driver.release()
  }

  #answerLeave(): void {
    this.#gone = true
    this.#left?.()
  }

  async #end(error: unknown): Promise<void> {
    this.#driver.stop()
    this.#parts.ended()
    const broke = error !== undefined
    const message = broke ? 'the group was closed because the protocol broke' : 'the group was closed'
    this.#admission.refuse(new UsageError('closed', message, { cause: error }))
    this.#events.end(error)
    this.#answerLeave()
    await this.#parts.transport.close()
  }
}
