// What the checks share: the packages of a workspace, their files, and how a check reports.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this repository. Every check takes another one as its argument, so that it can be tried on a copy. */
export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

const GENERATED = new Set(['node_modules', 'dist', 'dist-test', '.cache', '.turbo', 'coverage'])

/** Every file below a folder that people write, as absolute paths in a fixed order. */
export function filesBelow(folder, ends = ['']) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return GENERATED.has(entry.name) ? [] : filesBelow(path, ends)
      return ends.some((end) => entry.name.endsWith(end)) ? [path] : []
    })
}

export const SOURCES = ['.ts', '.tsx', '.mts', '.cts', '.mjs', '.js']

/** The packages and apps: `{ name, area, folder, manifest }`, `name` being that of the folder. */
export function packagesOf(root) {
  return ['packages', 'apps'].flatMap((area) => {
    const folder = join(root, area)
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .sort()
      .map((name) => ({ name, area, folder: join(folder, name) }))
      .filter((found) => existsSync(join(found.folder, 'package.json')))
      .map((found) => ({ ...found, manifest: readJson(join(found.folder, 'package.json')) }))
  })
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

export function readIf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** Whether a package is still what new-package.mjs made: an index that exports nothing. */
export function isSkeleton({ folder }) {
  const index = readIf(join(folder, 'src/index.ts'))
  return index === undefined || index.trim() === 'export {}'
}

/** `packages/x/src/y.ts:12`, as editors and terminals link it. */
export function place(root, file, line) {
  return `${relative(root, file)}${line === undefined ? '' : `:${line}`}`
}

/** Runs `check(root)` when its file is the program: prints one problem a line, and fails if there is one. */
export async function runAsProgram(url, check) {
  if (process.argv[1] === undefined || resolve(process.argv[1]) !== fileURLToPath(url)) return
  const problems = await check(resolve(process.argv[2] ?? REPOSITORY))
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
