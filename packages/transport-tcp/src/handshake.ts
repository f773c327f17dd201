import type { TLSSocket } from 'node:tls'
import type { Bytes, ProcessId } from '@testudo/core'
import { HELLO, judgeHello } from './hello.js'
import { provenPeer } from './secure.js'
import type { TcpWarning, TcpWarningCode } from './warnings.js'

/** How a handshake ended. */
export type HandshakeEnd =
  /** The peer proved a key that was expected, and said hello. `early` came behind the hello. */
  | { readonly type: 'up'; readonly peer: ProcessId; readonly socket: TLSSocket; readonly early: Bytes }
  /** It did not, and the socket is destroyed. */
  | { readonly type: 'refused'; readonly warning: TcpWarning }

/** Why a proven key is not accepted here; undefined if it is. */
export type Judge = (peer: ProcessId) => TcpWarning | undefined

const NOTHING: Bytes = new Uint8Array(0)

/**
 * One connection before it is up: TLS, the judgement on the peer's key, and the hellos. The client's TLS is done before
 * the server has judged it, hence the hello of the server: it says that the client's key was accepted.
 */
export class Handshake {
  readonly #socket: TLSSocket
  readonly #judge: Judge
  readonly #done: (end: HandshakeEnd) => void
  readonly #timer: NodeJS.Timeout
  /** The key that was accepted. Until then nothing of what came is looked at. */
  #peer: ProcessId | undefined
  /** What came after that; at most a hello and one chunk of the socket. */
  #bytes: Bytes = NOTHING
  #ended = false

  /** `open` makes the socket, and calls back when TLS is done. `done` is called once, or never after `abandon`. */
  constructor(open: (secure: () => void) => TLSSocket, judge: Judge, msMax: number, done: (end: HandshakeEnd) => void) {
    this.#judge = judge
    this.#done = done
    this.#timer = setTimeout(() => this.#refuse('handshake-timeout', `no hello within ${msMax} ms`), msMax)
    this.#socket = open(() => this.#secure())
    this.#socket.setNoDelay(true)
    this.#socket.on('error', this.#failed)
    this.#socket.on('close', this.#closed)
  }

  /** Ends it for a reason that came from elsewhere. */
  refuse(code: TcpWarningCode, message: string): void {
    this.#refuse(code, message)
  }

  /** Ends it without a word. */
  abandon(): void {
    if (this.#ended) return
    this.#leave()
    this.#socket.destroy()
  }

  #secure(): void {
    if (this.#ended) return
    const peer = provenPeer(this.#socket)
    if (peer === undefined) {
      this.#refuse('no-certificate', 'the other side showed no Ed25519 certificate')
      return
    }
    const warning = this.#judge(peer)
    if (warning !== undefined) {
      this.#end({ type: 'refused', warning })
      return
    }
    this.#peer = peer
    this.#socket.write(HELLO)
    this.#socket.on('data', this.#data)
  }

  readonly #data = (chunk: Bytes): void => {
    if (this.#peer === undefined || this.#ended) return
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const verdict = judgeHello(this.#bytes)
    if (verdict.type === 'incomplete') return
    if (verdict.type === 'bad') {
      this.#refuse('bad-hello', verdict.message)
      return
    }
    this.#end({ type: 'up', peer: this.#peer, socket: this.#socket, early: verdict.rest })
  }

  readonly #failed = (error: NodeJS.ErrnoException): void => {
    // Where a name has several addresses and none answers, the error of the attempt as a whole has no message.
    this.#refuse('handshake-failed', error.message === '' ? `${error.code}` : error.message)
  }

  readonly #closed = (): void => this.#refuse('handshake-failed', 'the other side closed before its hello')

  #refuse(code: TcpWarningCode, message: string): void {
    const warning = this.#peer === undefined ? { code, message } : { code, message, peer: this.#peer }
    this.#end({ type: 'refused', warning })
  }

  #end(end: HandshakeEnd): void {
    if (this.#ended) return
    this.#leave()
    if (end.type === 'refused') this.#socket.destroy()
    this.#done(end)
  }

  /** Lets go of the socket. Whoever takes it over listens for errors before this turn ends; a destroyed one keeps us. */
  #leave(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#socket.off('data', this.#data)
    this.#socket.off('close', this.#closed)
  }
}
