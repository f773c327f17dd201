import { decode } from '@testudo/codec'
import { type Layer, stack } from '@testudo/core'
import { echoMulticast } from '@testudo/echo-multicast'
import { honest, judge, OracleMembership, reliableCheckers, Simulation } from '@testudo/simulator'
import { expect, test } from 'vitest'
import { type ReliableMessage, reliableMessage, reliableMulticast } from '../src/index.js'
import { text } from './world.js'

// Member 3 lies: it withholds one kind of message. Member 4 joins, and a removal takes up to 5 s.
test.each(['end', 'flush'] as const)(
  'where a liar keeps its %s to itself, a newcomer accuses nobody else, and the others help it into its first view',
  (withheld: ReliableMessage['type']) => {
    for (let seed = 1; seed <= 12; seed++) {
      const oracle = new OracleMembership({ generateMsMax: 5_000 })
      const accused: string[] = []
      const simulation: Simulation = new Simulation({
        seed,
        nodes: 5,
        members: [0, 1, 2, 3],
        build: (environment, node, site) => {
          const { self, genesis, signer, verifier, hasher } = environment
          const echo = echoMulticast({ self, signer, verifier, hasher })
          const reliable = reliableMulticast({ self, genesis: genesis.id })
          const bottom = oracle.layer(environment, site)
          return node === 3 ? stack(bottom, echo, without(withheld), reliable) : stack(bottom, echo, reliable)
        },
        liars: new Map([[3, honest]]),
        onEvent: (node, event) => {
          if (event.type === 'fault' && node !== 3) accused.push(simulation.nameOf(event.fault.culprit))
        },
      })
      oracle.change(500, { type: 'add', node: 4 })
      for (let i = 0; i < 60; i++) simulation.at(300 + 8 * i, () => simulation.multicast(i % 3, text(`${i}`)))
      simulation.runTo(40_000)
      expect([...new Set(accused)], `seed ${seed}`).toEqual(['p3'])
      expect(judge({ accounts: simulation.accounts(), views: oracle.views, ended: true }, reliableCheckers)).toEqual([])
      const newcomer = simulation.accounts().find(({ name }) => name === 'p4')
      expect(newcomer?.entries.some(({ event }) => event.type === 'view')).toBe(true)
    }
  },
)

/** A layer above echo multicast that keeps such messages back. */
function without(withheld: ReliableMessage['type']): Layer {
  return {
    step: (input) => {
      // A layer in the middle: what is for the counterparts of another passes it by.
      if (['receive', 'timeout', 'start', 'connect', 'disconnect'].includes(input.type)) return []
      const message = input.type === 'multicast' ? decode(reliableMessage, input.payload) : undefined
      return message?.type === withheld ? [] : [input]
    },
  }
}
