import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { anatomy } from '../check/anatomy.mjs'
import { changesets } from '../check/changesets.mjs'
import { stepMap } from '../check/step-map.mjs'
import { examples } from '../examples.mjs'
import { CITATIONS, layerWith, manifest, ROWS, readmeWith, workspaceWith } from './workspace.mjs'

const README = 'packages/echo-multicast/README.md'
const LAYER = 'packages/echo-multicast/src/echo.ts'

test('a sound workspace has its documents in order', () => {
  const root = workspaceWith()
  expect([...anatomy(root), ...changesets(root), ...stepMap(root), ...examples(root)]).toEqual([])
})

const LAMED = {
  'a README': [{ 'packages/codec/README.md': undefined }, 'packages/codec has no README.md'],
  'an index': [{ 'packages/codec/src/index.ts': undefined }, 'packages/codec has no src/index.ts'],
  'an export': [{ 'packages/codec/src/index.ts': 'export {}\n' }, 'packages/codec/src/index.ts exports nothing'],
  'a test': [{ 'packages/codec/test/a.test.ts': undefined }, 'packages/codec has no test/*.test.ts'],
  'an example': [{ 'packages/codec/test/example.ts': undefined }, 'packages/codec has no test/example.ts'],
}
for (const [what, [planted, problem]] of Object.entries(LAMED)) {
  test(`a package without ${what} is refused`, () => {
    expect(anatomy(workspaceWith(planted))).toContain(problem)
  })
}

for (const field of [
  'description',
  'license',
  'type',
  'sideEffects',
  'engines',
  'files',
  'exports',
  'repository',
  'publishConfig',
]) {
  test(`a manifest without ${field} is refused`, () => {
    const planted = { 'packages/codec/package.json': manifest('codec', { [field]: undefined }) }
    expect(anatomy(workspaceWith(planted))).toEqual([`packages/codec/package.json: ${field} is missing or wrong`])
  })
}

test('a manifest that exports without types, or with a require condition, is refused', () => {
  for (const entry of [
    { default: './dist/index.js' },
    { types: './dist/index.d.ts', require: './x.cjs', default: './dist/index.js' },
  ]) {
    const planted = { 'packages/codec/package.json': manifest('codec', { exports: { '.': entry } }) }
    expect(anatomy(workspaceWith(planted))).toHaveLength(1)
  }
})

test('an example that differs from the README is refused, and mended on request', () => {
  const root = workspaceWith({ 'packages/codec/test/example.ts': "console.log('$& another')\n" })
  expect(examples(root)).toEqual([
    'packages/codec/README.md does not show test/example.ts as it is: node scripts/examples.mjs --write',
  ])
  expect(examples(root, { write: true })).toEqual([])
  expect(examples(root)).toEqual([])
  expect(readFileSync(join(root, 'packages/codec/README.md'), 'utf8')).toContain("console.log('$& another')")
})

test('a README without the place for its example, and an example in no file, are refused', () => {
  expect(examples(workspaceWith({ 'packages/codec/README.md': 'ESM only' }))).toHaveLength(1)
  expect(examples(workspaceWith({ 'packages/codec/test/example.ts': undefined }))).toHaveLength(1)
})

test('a marker with a name shows the file that the table has for it, and no other', () => {
  const file = 'packages/rampart/test/custom-stack.ts'
  const readme = 'packages/core/README.md'
  const marked = (name, end = name) => `ESM only\n<!-- example ${name} -->\n<!-- /example ${end} -->\n`
  const planted = {
    [file]: 'export {}\n',
    [readme]: marked('custom-stack'),
    'packages/core/test/example.ts': undefined,
  }
  const root = workspaceWith(planted)
  expect(examples(root)).toEqual([`${readme} does not show ${file} as it is: node scripts/examples.mjs --write`])
  expect(examples(root, { write: true })).toEqual([])
  expect(examples(root)).toEqual([])
  expect(readFileSync(join(root, readme), 'utf8')).toContain('```ts\nexport {}\n```')
  expect(examples(workspaceWith({ ...planted, [readme]: marked('other-stack') }))[0]).toContain("'other-stack'")
  expect(examples(workspaceWith({ ...planted, [readme]: marked('custom-stack', 'other') }))[0]).toContain("'other'")
  expect(examples(workspaceWith({ ...planted, [file]: undefined }))[0]).toContain("'custom-stack'")
})

test('a package never released needs a changeset that says something', () => {
  const file = '.changeset/codec-first.md'
  const problem = 'packages/codec was never released and has no changeset: add .changeset/codec-first.md'
  expect(changesets(workspaceWith({ [file]: undefined }))).toEqual([problem])
  expect(changesets(workspaceWith({ [file]: '---\n"@testudo/codec": minor\n---\n' }))).toEqual([
    `${file} says nothing to users`,
  ])
  expect(changesets(workspaceWith({ [file]: '---\n"@testudo/codecs": minor\n---\nx\n' }))).toContain(problem)
  const released = manifest('codec', { version: '0.1.0' })
  expect(changesets(workspaceWith({ [file]: undefined, 'packages/codec/package.json': released }))).toHaveLength(0)
})

const replaceRow = (from, to) => ({ [README]: readmeWith(ROWS.map((row) => row.replace(from, to))) })
const MISMAPPED = {
  'a method that is gone': [replaceRow('#initial', '#first'), "no '#first' is declared in src/echo.ts"],
  'a method of another file': [replaceRow('src/echo.ts', 'src/index.ts'), "no '#initial' is declared in src/index.ts"],
  'a file that is gone': [replaceRow('src/echo.ts', 'src/gone.ts'), 'there is no src/gone.ts'],
  'a method only in a comment': [replaceRow('#initial', 'says'), "no 'says' is declared in src/echo.ts"],
  'no method': [replaceRow('`#initial` in ', ''), 'names no method'],
  'a test that is gone': [
    replaceRow('echoes the first', 'echoes a first'),
    "no test is called 'echoes a first digest'",
  ],
  'part of the title of a test': [
    replaceRow('echoes the first digest', 'echoes the first'),
    "no test is called 'echoes the first'",
  ],
  'no test': [replaceRow('echoes the first digest', ''), 'names no test'],
}
for (const [what, [planted, problem]] of Object.entries(MISMAPPED)) {
  test(`a step map that names ${what} is refused`, () => {
    expect(stepMap(workspaceWith(planted)).join('\n')).toContain(problem)
  })
}

test('a step of the paper without a row is named', () => {
  expect(stepMap(workspaceWith({ [README]: readmeWith(ROWS.slice(1)) }))).toEqual([
    `${README} has no row for [R94] 4.1 step 1`,
  ])
  expect(stepMap(workspaceWith({ [README]: readmeWith(ROWS.slice(0, 3)) }))).toHaveLength(4)
})

test('a step of the paper that no comment cites is named', () => {
  const planted = { [LAYER]: layerWith(CITATIONS.replace('4.1 step 5', '4.1 step 6')) }
  expect(stepMap(workspaceWith(planted))).toEqual(["packages/echo-multicast/src has no comment '// [R94] 4.1 step 5'"])
})

test('a citation in a string is no citation', () => {
  const planted = {
    [LAYER]: layerWith(`${CITATIONS.replace('// [R94] 4.1 step 1:', '//')}\nconst a = '// [R94] 4.1 step 1'`),
  }
  expect(stepMap(workspaceWith(planted))).toHaveLength(1)
})

test('a protocol without a step map is refused', () => {
  expect(stepMap(workspaceWith({ [README]: 'ESM only' }))).toHaveLength(1)
})
