import type { TLSSocket } from 'node:tls'
import type { Bytes, ProcessId } from '@testudo/core'
import { FrameReader } from './frames.js'
import type { TcpLimits } from './limits.js'
import type { TcpWarning, TcpWarningCode } from './warnings.js'
import { FrameWriter } from './writer.js'

/** Who hears what a channel hears. */
export interface ChannelOwner {
  frame(channel: Channel, bytes: Bytes): void
  /** The channel broke, once. With a warning if there is more to say than that the peer closed it. */
  down(channel: Channel, warning: TcpWarning | undefined): void
}

/** A connection with a peer whose key was accepted, from hello to end. */
export class Channel {
  readonly peer: ProcessId
  readonly #socket: TLSSocket
  readonly #owner: ChannelOwner
  readonly #reader: FrameReader
  readonly #writer: FrameWriter
  readonly #beat: NodeJS.Timeout
  /** Beats without a byte from the peer after which it is taken for dead. */
  readonly #silentBeatsMax: number
  /** Beats since the peer was last heard. Counted, not timed: if this process was stopped, the peer is not blamed. */
  #silentBeats = 0
  #paused = false
  #over = false

  /** Takes the socket over. Nothing is handed over before `start`. */
  constructor(peer: ProcessId, socket: TLSSocket, limits: TcpLimits, owner: ChannelOwner) {
    this.peer = peer
    this.#socket = socket
    this.#owner = owner
    this.#reader = new FrameReader(limits.frameBytesMax)
    this.#writer = new FrameWriter(socket, limits.queueBytesMax, () =>
      this.#break('queue-full', `more than ${limits.queueBytesMax} bytes waited`),
    )
    this.#silentBeatsMax = Math.ceil(limits.deadPeerMs / limits.heartbeatMs)
    this.#beat = setInterval(this.#onBeat, limits.heartbeatMs)
    socket.on('error', (error) => this.#break('connection-failed', error.message))
    socket.on('end', this.#ended)
    socket.on('close', this.#ended)
  }

  /** Begins handing over, with what came behind the hello. */
  start(early: Bytes): void {
    this.#reader.push(early)
    this.#drain()
    this.#socket.on('data', this.#data)
    if (this.#paused) this.#socket.pause()
  }

  /** Queues a frame. */
  send(bytes: Bytes): void {
    if (!this.#over) this.#writer.push(bytes)
  }

  /** Stops reading, or goes on. Frames that had arrived before are held too. */
  pause(paused: boolean): void {
    if (this.#over || paused === this.#paused) return
    this.#paused = paused
    if (paused) {
      this.#socket.pause()
      return
    }
    this.#silentBeats = 0
    setImmediate(() => this.#resume()) // not from within the caller: it may be a handler that reads
  }

  /** Ends it at once, without a word to the owner. */
  destroy(): void {
    this.#stop()
    this.#socket.destroy()
  }

  /** Writes what is queued, says goodbye, and waits for the other side to do the same, for at most `msMax`. */
  close(msMax: number): Promise<void> {
    if (this.#over || this.#socket.destroyed) return Promise.resolve()
    this.#writer.flush()
    this.#stop()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), msMax)
      this.#socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#socket.end()
      // What comes now is thrown away, but it is read: a socket closed with unread bytes resets the connection, and
      // what was written may then not arrive.
      this.#socket.resume()
    })
  }

  readonly #data = (chunk: Bytes): void => {
    if (this.#over) return
    this.#silentBeats = 0
    this.#reader.push(chunk)
    this.#drain()
  }

  readonly #onBeat = (): void => {
    if (!this.#paused) this.#silentBeats++
    if (this.#silentBeats > this.#silentBeatsMax) {
      this.#break('peer-silent', `nothing came in ${this.#silentBeatsMax} heartbeats`)
      return
    }
    this.#writer.beat()
  }

  readonly #ended = (): void => this.#fall(undefined)

  #resume(): void {
    if (this.#over || this.#paused) return
    this.#drain()
    if (!this.#over && !this.#paused) this.#socket.resume()
  }

  /** Hands over every whole frame, until told to pause. */
  #drain(): void {
    while (!this.#over && !this.#paused) {
      const next = this.#reader.next()
      switch (next) {
        case 'incomplete':
          return
        case 'heartbeat':
          break
        case 'too-large':
          this.#break('frame-too-large', 'the peer announced a frame over the limit')
          return
        case 'malformed':
          this.#break('bad-frame', 'the peer sent a frame header without a meaning')
          return
        default:
          this.#owner.frame(this, next)
      }
    }
  }

  #break(code: TcpWarningCode, message: string): void {
    this.#fall({ code, message, peer: this.peer })
  }

  #fall(warning: TcpWarning | undefined): void {
    if (this.#over) return
    this.destroy()
    this.#owner.down(this, warning)
  }

  #stop(): void {
    this.#over = true
    clearInterval(this.#beat)
    this.#writer.stop()
    this.#socket.off('data', this.#data)
  }
}
