import { expect, test } from 'vitest'
import { wall } from '../check/wall.mjs'
import { workspaceWith } from './workspace.mjs'

const FILE = 'packages/codec/src/planted.ts'
const breaches = (text, file = FILE) => wall(workspaceWith({ [file]: text }))

test('a sound workspace is behind the wall', () => {
  expect(wall(workspaceWith())).toEqual([])
})

const BREACHES = {
  'Date.now': 'export const a = Date.now()',
  'new Date': 'export const a = new Date()',
  performance: 'export const a = performance.now()',
  'Math.random': 'export const a = Math.random()',
  'Math.random by a computed name': "export const a = Math['random']()",
  'Math under another name': 'const m = Math\nexport const a = m.random()',
  'Math taken apart': 'const { random } = Math\nexport const a = random()',
  'a logarithm': 'export const a = Math.log2(8)',
  setTimeout: 'setTimeout(() => {}, 1)',
  setInterval: 'setInterval(() => {}, 1)',
  setImmediate: 'setImmediate(() => {})',
  queueMicrotask: 'queueMicrotask(() => {})',
  Promise: 'export const a = Promise.resolve(1)',
  'the type of a promise': 'export type A = Promise<number>',
  'an async function': 'export async function a() {}',
  'an async arrow': 'export const a = async () => {}',
  'an async method': 'export class A {\n  async b() {}\n}',
  await: 'export const a = await 1',
  'for await': 'for await (const a of []) void a',
  fetch: "fetch('x')",
  process: 'export const a = process.env',
  console: "console.log('x')",
  'node:fs': "import { readFileSync } from 'node:fs'\nexport const a = readFileSync",
  'a builtin without its prefix': "import { readFileSync } from 'fs'\nexport const a = readFileSync",
  're-exporting node:fs': "export { readFileSync } from 'node:fs'",
  'import()': "export const a = import('./x.js')",
  require: "export const a = require('node:fs')",
  Intl: "export const a = new Intl.Collator('en')",
  localeCompare: "export const a = 'a'.localeCompare('b')",
  'localeCompare by a computed name': "export const a = 'a'['localeCompare']('b')",
  toLocaleString: 'export const a = (1).toLocaleString()',
  crypto: 'export const a = crypto.getRandomValues(new Uint8Array(1))',
  WeakRef: 'export const a = new WeakRef({})',
  FinalizationRegistry: 'export const a = new FinalizationRegistry(() => {})',
  'globalThis.Date': 'export const a = globalThis.Date',
  "globalThis['Date']": "export const a = globalThis['Date']",
  'globalThis in a template': 'export const a = `${globalThis.Date}`',
  'the Function constructor': "export const a = [].constructor.constructor('return this')()",
  eval: "export const a = eval('1')",
  'a default value': 'export const a = (b = Date.now()) => b',
  'a shorthand property': 'export const a = { Date }',
  'a computed key': 'export const a = { [Date.now()]: 1 }',
  'an ambient declaration':
    'declare const setTimeout: (f: () => void) => void\nexport const a = () => setTimeout(() => {})',
  'a name that is local elsewhere': 'export const a = (process: string) => process\nexport const b = process.pid',
  'import.meta': 'export const a = import.meta.url',
  Buffer: 'export const a = Buffer.from([])',
}
for (const [what, text] of Object.entries(BREACHES)) {
  test(`the wall stops ${what}`, () => {
    expect(breaches(text)).not.toEqual([])
  })
}

const HARMLESS = {
  'a comment': '// Date.now() and setTimeout\n/* await fetch() */\nexport const a = 1',
  'a string': "export const a = 'Date.now()' + `process ${1}` + '\\'setTimeout('",
  'a regular expression': 'export const a = /Date|process/',
  'a member of that name': 'export const a = (b: { Date: number; process(): void }) => [b.Date, b.process()]',
  'a key of that name': 'export const a = { Date: 1, process() {} }',
  'a parameter of that name':
    'export const a = (process: string, { crypto: fetch }: { crypto: number }) => process + fetch',
  'a local variable of that name':
    'export function a() {\n  for (const process of [1]) void process\n  const performance = 1\n  return performance\n}',
  'a label': 'process: for (;;) break process',
  'text encoders': 'export const a = new TextEncoder().encode("x")',
  'exact arithmetic': 'export const a = Math.max(1, Math.floor(2.5))',
}
for (const [what, text] of Object.entries(HARMLESS)) {
  test(`the wall is not fooled by ${what}`, () => {
    expect(breaches(text)).toEqual([])
  })
}

test('core may name a promise as a type, and still not make one', () => {
  expect(breaches('export type A = Promise<number>', 'packages/core/src/planted.ts')).toEqual([])
  expect(breaches('export const a = Promise.resolve()', 'packages/core/src/planted.ts')).toHaveLength(1)
})

test('tests, and packages that are not pure, are free', () => {
  expect(breaches('Date.now()', 'packages/codec/test/planted.ts')).toEqual([])
  expect(breaches('Date.now()', 'packages/runtime/src/planted.ts')).toEqual([])
})

test('a breach is named with its file and line', () => {
  expect(breaches('// one\n\nexport const a = Date.now()')).toEqual([`${FILE}:3 Date: time comes in as \`now\``])
})

test('a file that does not parse is not let through', () => {
  expect(() => breaches('export const = 1')).toThrow('does not parse')
})
