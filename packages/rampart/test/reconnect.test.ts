import type { Identity, ProcessId } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { type Group, openGroup } from '@testudo/runtime'
import { type TcpAddress, type TcpTransport, tcp } from '@testudo/transport-tcp'
import { expect, test } from 'vitest'
import { rampart } from '../src/index.js'
import { BreakableProxy } from './breakable-proxy.js'

const MEMBERS = 4
const EACH = 150
/** Every connection of a pair is broken after so many deliveries at the first member. */
const CUT_EVERY = 40

test('over TLS connections that break again and again, nothing is lost, doubled or reordered', async () => {
  const world = await World.open()
  try {
    const orders = await Promise.all(world.groups.map((group) => world.deliveries(group)))
    expect(world.cuts).toBeGreaterThan(20)
    for (const order of orders) expect(order).toEqual(orders[0])
    for (let member = 0; member < MEMBERS; member++) {
      const own = orders[0]?.filter((text) => text.startsWith(`${member}:`))
      expect(own).toEqual(Array.from({ length: EACH }, (_, k) => `${member}:${k}`))
    }
  } finally {
    await world.close()
  }
})

class World {
  readonly groups: readonly Group[]
  readonly #proxies: readonly BreakableProxy[]
  #delivered = 0

  private constructor(groups: readonly Group[], proxies: readonly BreakableProxy[]) {
    this.groups = groups
    this.#proxies = proxies
  }

  /** Four members in this process, each pair joined through a proxy of its own. */
  static async open(): Promise<World> {
    const identities = Array.from({ length: MEMBERS }, () => createIdentity()).sort((a, b) => (a.id < b.id ? -1 : 1))
    const members = identities.map(({ id }) => id)
    const ports = new Map<ProcessId, number>()
    const proxies: BreakableProxy[] = []
    const groups: Group[] = []
    // Of a pair the lower id dials, so the highest opens first.
    for (const identity of identities.toReversed()) {
      const peers: Record<string, TcpAddress> = Object.fromEntries(
        members.map((id) => [id, { host: '127.0.0.1', port: 0 }]),
      )
      for (const [id, port] of ports) {
        const proxy = await BreakableProxy.to(port)
        proxies.push(proxy)
        peers[id] = { host: '127.0.0.1', port: proxy.port }
      }
      groups.push(await openMember(identity, members, peers, (port) => ports.set(identity.id, port)))
    }
    return new World(groups.toReversed(), proxies)
  }

  get cuts(): number {
    return this.#proxies.reduce((sum, proxy) => sum + proxy.cuts, 0)
  }

  /** Multicasts a member's share, one after the other, and gives what it delivers. */
  async deliveries(group: Group): Promise<readonly string[]> {
    const rank = this.groups.indexOf(group)
    const sending = this.#send(group, rank)
    const texts: string[] = []
    for await (const event of group.events()) {
      if (event.type !== 'deliver') continue
      texts.push(new TextDecoder().decode(event.payload))
      if (rank === 0) this.#cutNow()
      if (texts.length === MEMBERS * EACH) break
    }
    await sending
    return texts
  }

  async close(): Promise<void> {
    await Promise.all(this.groups.map((group) => group.close()))
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
  }

  async #send(group: Group, rank: number): Promise<void> {
    const bytes = (k: number): Uint8Array => new TextEncoder().encode(`${rank}:${k}`)
    // In small steps, so that connections break while much of it is still to come.
    for (let k = 0; k < EACH; k++) {
      await group.multicast(bytes(k), { until: k % 10 === 9 ? 'ordered' : 'accepted' })
    }
  }

  #cutNow(): void {
    if (++this.#delivered % CUT_EVERY !== 0) return
    this.#proxies[(this.#delivered / CUT_EVERY) % this.#proxies.length]?.cut()
  }
}

async function openMember(
  identity: Identity,
  members: readonly ProcessId[],
  peers: Readonly<Record<string, TcpAddress>>,
  listening: (port: number) => void,
): Promise<Group> {
  const open = async (): Promise<TcpTransport> => {
    const endpoint = await tcp({ listen: { host: '127.0.0.1', port: 0 }, peers }).open(identity)
    listening(endpoint.address.port)
    return endpoint
  }
  return openGroup({ identity, members, protocol: rampart(), transport: { open }, groupName: 'reconnect' })
}
