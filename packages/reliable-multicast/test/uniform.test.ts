import { decode, encode } from '@testudo/codec'
import { type Bytes, type Environment, type Layer, stack, type View } from '@testudo/core'
import { echoMessage, echoMulticast } from '@testudo/echo-multicast'
import {
  honest,
  judge,
  type Liar,
  OracleMembership,
  reliableCheckers,
  rewriteSends,
  Simulation,
  type Site,
  uniformCheckers,
} from '@testudo/simulator'
import { describe, expect, test } from 'vitest'
import { type ReliableMessage, reliableMessage, reliableMulticast } from '../src/index.js'
import { text, viewsOf } from './world.js'

const checkers = [...reliableCheckers, ...uniformCheckers.fifo]

/** Hands each node the views at the times that a script says. */
function scripted(views: () => readonly View[], when: (node: number, view: number) => number | undefined) {
  return (environment: Environment, site: Site): Layer => ({
    step: (input) => {
      switch (input.type) {
        case 'start':
          for (const view of views().slice(1)) {
            const at = when(site.node, view.id)
            if (at !== undefined) site.at(at, () => site.input({ type: 'view', view, joined: [], left: [] }))
          }
          return [{ type: 'view', view: environment.genesis, joined: environment.genesis.members, left: [] }]
        case 'suspect':
        case 'admit':
          return []
        default:
          return [input]
      }
    },
  })
}

describe('what a flush brought only some, who are removed', () => {
  // 5 and 6 lie. Its commits of V^1 member 5 sends to member 6 alone, and what 6 flushes into V^2 it sends to member 4
  // alone, so that 4 takes it, and the others have it of 4 only when they know already that 6 was removed.
  const memberships = [
    [0, 1, 2, 3, 4, 5, 6],
    [0, 1, 2, 3, 4, 6],
    [0, 1, 2, 3, 4, 6],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3],
  ]

  test('is R-delivered by none of those who take it for known to all', () => {
    const when = (node: number, view: number): number | undefined => {
      if (node === 5) return undefined
      if (view < 4) return 180 + 10 * view
      return node > 3 ? undefined : 210.5 + view
    }
    const commitsOnlyTo =
      (fromView: number, to: number): Liar =>
      (layer) =>
        rewriteSends(layer, (recipient, bytes) => {
          const message = decode(echoMessage, bytes.subarray(1))
          const meant = message?.type !== 'commit' || message.view < fromView || simulation.indexOf(recipient) === to
          return meant ? [{ to: recipient, bytes }] : []
        })
    const membership = scripted(() => views, when)
    const simulation: Simulation = new Simulation({
      seed: 'reliable',
      nodes: 7,
      build: (environment, _, site) => {
        const { self, genesis, signer, verifier, hasher } = environment
        return stack(
          membership(environment, site),
          echoMulticast({ self, signer, verifier, hasher, announceMs: 2 }),
          reliableMulticast({ self, genesis: genesis.id, uniform: true }),
        )
      },
      network: { mode: 'fifo', delay: () => 1 },
      liars: new Map([
        [5, commitsOnlyTo(1, 6)],
        [6, commitsOnlyTo(2, 4)],
      ]),
    })
    const views = viewsOf(...memberships)
    simulation.at(100, () => simulation.multicast(5, text('only 6 has it')))
    simulation.runTo(30_000)
    expect(judge({ accounts: simulation.accounts(), views, ended: true }, checkers)).toEqual([])
    const last = simulation.accounts().slice(0, 4)
    for (const { entries } of last) expect(entries.filter(({ event }) => event.type === 'view')).toHaveLength(5)
  })
})

describe('a member that lies about what it took', () => {
  const nothing = new Uint8Array(0)
  /** What member 3 multicasts instead. */
  const lies: readonly (readonly [string, (message: ReliableMessage) => ReliableMessage | Bytes | undefined])[] = [
    ['says nothing', (message) => (message.type === 'took' ? undefined : message)],
    ['names too few', (message) => (message.type === 'took' ? { ...message, members: nothing } : message)],
    ['names all', (message) => (message.type === 'took' ? { ...message, members: Uint8Array.of(0, 1, 2) } : message)],
    ['says what is malformed', (message) => (message.type === 'took' ? Uint8Array.of(4, 2, 1, 0) : message)],
  ]

  test.each(lies)('%s: the others go through every change of the view all the same, and agree', (_, lie) => {
    for (let seed = 1; seed <= 6; seed++) {
      const oracle = new OracleMembership()
      const lying: Layer = {
        step: (input) => {
          // A layer in the middle: what is for the counterparts of another passes it by.
          if (['receive', 'timeout', 'start', 'connect', 'disconnect'].includes(input.type)) return []
          const message = input.type === 'multicast' ? decode(reliableMessage, input.payload) : undefined
          if (input.type !== 'multicast' || message === undefined) return [input]
          const other = lie(message)
          if (other === undefined) return []
          return [{ ...input, payload: other instanceof Uint8Array ? other : encode(reliableMessage, other) }]
        },
      }
      const simulation: Simulation = new Simulation({
        seed,
        nodes: 6,
        members: [0, 1, 2, 3, 4],
        build: (environment, node, site) => {
          const { self, genesis, signer, verifier, hasher } = environment
          const reliable = reliableMulticast({ self, genesis: genesis.id, uniform: true, endMs: 1500, flushMs: 2000 })
          const echo = echoMulticast({ self, signer, verifier, hasher, announceMs: 2 })
          const bottom = oracle.layer(environment, site)
          return node === 3 ? stack(bottom, echo, lying, reliable) : stack(bottom, echo, reliable)
        },
        liars: new Map([[3, honest]]),
      })
      oracle.change(300, { type: 'null' })
      oracle.change(303, { type: 'add', node: 5 })
      oracle.change(9_000, { type: 'remove', node: 4 })
      oracle.change(9_005, { type: 'null' })
      oracle.change(9_030, { type: 'null' })
      for (const at of [250, 295, 301, 8_990, 9_004]) {
        for (const node of [0, 1, 3, 4]) simulation.at(at, () => simulation.multicast(node, text(`${at} ${node}`)))
      }
      simulation.runTo(40_000)
      expect(oracle.sound).toBe(true)
      const history = { accounts: simulation.accounts(), views: oracle.views, ended: true }
      expect(judge(history, checkers), `seed ${seed}`).toEqual([])
      expect(oracle.views.length, `seed ${seed}`).toBeGreaterThanOrEqual(6)
    }
  })
})
