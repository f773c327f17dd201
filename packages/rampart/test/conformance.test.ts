import { layerConformance } from '@testudo/conformance'
import { stack } from '@testudo/core'
import { type RampartOptions, rampart, rampartLayers } from '@testudo/rampart'
import { test } from 'vitest'

/** The whole suite, over views that change. */
function suite(name: string, options: RampartOptions, members: readonly number[]): void {
  const { guarantees } = rampart(options)
  const cases = layerConformance({
    name,
    guarantees,
    members,
    seeds: 1,
    build: (environment, membership) => stack(membership, ...rampartLayers(environment, options)),
  })
  for (const { name: sentence, run } of cases) test(sentence, run, 60_000)
}

suite('rampart', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
suite('rampart without packing', { packing: false }, [1, 4, 7])
suite('uniform rampart', { uniform: true }, [1, 4, 7])
