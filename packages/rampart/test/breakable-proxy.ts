import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP port that leads to another one, until its connections are cut: what a bad network does to real sockets. */
export class BreakableProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>
  /** Connections that were cut. */
  cuts = 0

  private constructor(server: Server, sockets: Set<Socket>) {
    this.port = (server.address() as AddressInfo).port
    this.#server = server
    this.#sockets = sockets
  }

  static async to(target: number): Promise<BreakableProxy> {
    const sockets = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from)
        from.pipe(to)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new BreakableProxy(server, sockets)
  }

  /** Breaks every connection off, with whatever was under way on it. */
  cut(): void {
    for (const socket of this.#sockets) {
      this.cuts++
      socket.resetAndDestroy()
    }
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
