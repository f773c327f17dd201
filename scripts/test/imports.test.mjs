import { expect, test } from 'vitest'
import { cycles } from '../check/cycles.mjs'
import { imports } from '../check/imports.mjs'
import { manifest, workspaceWith } from './workspace.mjs'

const FILE = 'packages/codec/src/planted.ts'

test('a sound workspace keeps to the arrows and has no cycle', () => {
  expect(imports(workspaceWith())).toEqual([])
  expect(cycles(workspaceWith())).toEqual([])
})

const VIOLATIONS = {
  'a sibling outside the arrows': [
    "import { Echo } from '@testudo/echo-multicast'",
    "may not import '@testudo/echo-multicast'",
  ],
  'a sibling as a type only': [
    "import type { Echo } from '@testudo/echo-multicast'",
    "may not import '@testudo/echo-multicast'",
  ],
  'a sibling in an import type': [
    "export type A = import('@testudo/echo-multicast').Echo",
    "may not import '@testudo/echo-multicast'",
  ],
  'a sibling re-exported': ["export * from '@testudo/echo-multicast'", "may not import '@testudo/echo-multicast'"],
  'a sibling loaded at run time': [
    "export const a = import('@testudo/echo-multicast')",
    "may not import '@testudo/echo-multicast'",
  ],
  'a sibling required': [
    "export const a = require('@testudo/echo-multicast')",
    "may not import '@testudo/echo-multicast'",
  ],
  'a computed import': ['export const a = (b: string) => import(b)', 'imports what only a run can tell'],
  'a deep import': [
    "import '@testudo/core/dist/layer.js'",
    "reaches into another package: '@testudo/core/dist/layer.js'",
  ],
  'a package that is not here': [
    "import '@testudo/nowhere'",
    "imports '@testudo/nowhere', and there is no such package",
  ],
  'a relative import of another package': [
    "import '../../core/src/index.js'",
    "leaves its package: '../../core/src/index.js' (import the other package by its name)",
  ],
  'an import of its own tests': ["import '../test/a.test.js'", "src may not import '../test/a.test.js'"],
  'an import of itself by name': ["import '@testudo/codec'", "imports itself by name: '@testudo/codec'"],
  'a package of others': ["import 'leftpad'", "may not import 'leftpad'"],
  "one of Node's modules": ["import 'node:fs'", "may not import 'node:fs'"],
}
for (const [what, [text, problem]] of Object.entries(VIOLATIONS)) {
  test(`src may not have ${what}`, () => {
    expect(imports(workspaceWith({ [FILE]: text }))).toEqual([`${FILE}:1 ${problem}`])
  })
}

test('tests may import siblings that a manifest lists, and no others', () => {
  const file = 'packages/codec/test/planted.ts'
  const text = "import '@testudo/echo-multicast'\nimport 'vitest'\nimport 'node:fs'\nimport '@testudo/codec'\n"
  expect(imports(workspaceWith({ [file]: text }))).toEqual([
    `${file}:1 imports '@testudo/echo-multicast', which no manifest lists`,
  ])
})

test('tests may not reach into another package either', () => {
  const file = 'packages/codec/test/planted.ts'
  expect(imports(workspaceWith({ [file]: "import '../../core/src/index.js'" }))).toHaveLength(1)
  expect(imports(workspaceWith({ [file]: "import '@testudo/core/src/layer.js'" }))).toHaveLength(1)
})

test('what src imports is in its dependencies, even where an arrow allows it', () => {
  const planted = {
    'packages/codec/package.json': manifest('codec', { devDependencies: { '@testudo/core': 'workspace:^' } }),
  }
  expect(imports(workspaceWith(planted))).toEqual([
    "packages/codec/src/index.ts:1 imports '@testudo/core', which is not in its dependencies",
  ])
})

test('what is in the dependencies is imported by src', () => {
  const planted = { 'packages/core/package.json': manifest('core', { dependencies: { tinyqueue: 'catalog:' } }) }
  expect(imports(workspaceWith(planted))).toEqual([
    "packages/core/package.json lists 'tinyqueue', which src does not import",
  ])
})

test('siblings are dependencies of the workspace range, and never peers', () => {
  const pinned = manifest('codec', { dependencies: { '@testudo/core': '^1.0.0' } })
  expect(imports(workspaceWith({ 'packages/codec/package.json': pinned }))).toHaveLength(1)
  const peer = manifest('codec', {
    dependencies: { '@testudo/core': 'workspace:^' },
    peerDependencies: { '@testudo/core': 'workspace:^' },
  })
  expect(imports(workspaceWith({ 'packages/codec/package.json': peer }))).toHaveLength(1)
})

test('tsconfig.json refers to what src imports', () => {
  expect(imports(workspaceWith({ 'packages/codec/tsconfig.json': { references: [] } }))).toEqual([
    "packages/codec/tsconfig.json does not refer to '@testudo/core'",
  ])
})

test('a package without a row in the table of arrows is refused', () => {
  expect(imports(workspaceWith({ 'packages/novelty/package.json': manifest('novelty') }))).toEqual([
    'packages/novelty has no row in ARROWS of scripts/check/imports.mjs',
  ])
})

test('a cycle of files is found, also one of types alone', () => {
  const planted = {
    'packages/core/src/a.ts': "import type { B } from './b.js'\nexport type A = B",
    'packages/core/src/b.ts': "import type { C } from './c.js'\nexport type B = C",
    'packages/core/src/c.ts': "import type { A } from './a.js'\nexport type C = A",
  }
  const [a, b, c] = Object.keys(planted)
  expect(cycles(workspaceWith(planted))).toEqual([`files in a cycle: ${[a, b, c, a].join(' → ')}`])
})

test('a cycle of packages is found, also one of devDependencies', () => {
  const planted = {
    'packages/core/package.json': manifest('core', { devDependencies: { '@testudo/codec': 'workspace:^' } }),
  }
  expect(cycles(workspaceWith(planted))).toEqual([
    'packages in a cycle: @testudo/codec → @testudo/core → @testudo/codec',
  ])
})
