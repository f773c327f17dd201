// The checks as commands: what a developer and the continuous integration run.
import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from '../check/workspace.mjs'
import { folderWith, workspaceWith } from './workspace.mjs'

function runIn(root, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 30_000 })
  return { status, output: stdout + stderr }
}

/** Gives a folder the repository's scripts and tools. */
function equip(root) {
  cpSync(join(REPOSITORY, 'scripts'), join(root, 'scripts'), { recursive: true })
  for (const file of ['.oxlintrc.json', 'tsconfig.base.json']) cpSync(join(REPOSITORY, file), join(root, file))
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'), 'dir')
  return root
}

test('check.mjs prints a line for each check and exits 0 when all pass', () => {
  const { status, output } = runIn(equip(workspaceWith()), 'scripts/check.mjs', 'wall', 'cycles')
  expect(output).toMatch(/^wall +ok +\d+\.\d s$/m)
  expect(output).toMatch(/^cycles +ok +\d+\.\d s$/m)
  expect(output).toContain('Checks: 2 passed, 0 failed')
  expect(status).toBe(0)
})

test('check.mjs says what failed, how to run it alone, and exits 1', () => {
  const root = equip(workspaceWith({ 'packages/codec/src/planted.ts': 'export const a = Date.now()' }))
  const { status, output } = runIn(root, 'scripts/check.mjs', 'wall', 'cycles')
  expect(output).toMatch(/^wall +failed/m)
  expect(output).toContain('packages/codec/src/planted.ts:1 Date')
  expect(output).toContain('run it alone: node scripts/check/wall.mjs')
  expect(output).toContain('Checks: 1 passed, 1 failed')
  expect(status).toBe(1)
})

test('check.mjs refuses a name that no check has', () => {
  expect(runIn(equip(workspaceWith()), 'scripts/check.mjs', 'walls').status).toBe(2)
})

const PLANTED = 'packages/runtime/src/planted.ts'
const TYPED = {
  'packages/runtime/tsconfig.json': {
    extends: '../../tsconfig.base.json',
    include: ['src'],
    compilerOptions: { rootDir: 'src' },
  },
}
const REFUSED = {
  'an explicit any': ['export const a: any = 1\n', 'no-explicit-any'],
  'a promise that nobody waits for': [
    'async function a(): Promise<void> {}\nexport function b(): void {\n  a()\n}\n',
    'no-floating-promises',
  ],
  'an unused variable': ['const a = 1\nexport {}\n', 'no-unused-vars'],
  'an empty catch': ['export function a(): void {\n  try {\n    a()\n  } catch {}\n}\n', 'no-empty'],
  'a disabled rule that is not needed': ['// oxlint-disable-next-line no-console\nexport const a = 1\n', 'Unused'],
}
for (const [what, [text, rule]] of Object.entries(REFUSED)) {
  test(`the linter refuses ${what}`, () => {
    const root = equip(folderWith({ ...TYPED, [PLANTED]: text }))
    const { status, output } = runIn(root, 'scripts/check.mjs', 'lint')
    expect(output).toContain(rule)
    expect(status).toBe(1)
  })
}

test('the linter lets sound code pass', () => {
  const { status, output } = runIn(
    equip(folderWith({ ...TYPED, [PLANTED]: 'export const a: number = 1\n' })),
    'scripts/check.mjs',
    'lint',
  )
  expect(output).toMatch(/^lint +ok/m)
  expect(status).toBe(0)
})
