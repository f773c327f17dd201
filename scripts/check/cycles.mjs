// No cycles: not between the files of a package (type imports count: a cycle of types is one concept in two files), and
// not between packages (devDependencies count: turbo builds along them). Run: node scripts/check/cycles.mjs
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { importsOf } from './source.mjs'
import { filesBelow, packagesOf, place, runAsProgram, SOURCES } from './workspace.mjs'

/** One problem for each cycle found below `root`. */
export function cycles(root) {
  const packages = packagesOf(root)
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  const between = new Map(
    packages.map(({ manifest }) => [
      manifest.name,
      Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => names.has(name)),
    ]),
  )
  return [
    ...cyclesIn(between).map((cycle) => `packages in a cycle: ${cycle.join(' → ')}`),
    ...packages.flatMap(({ folder }) =>
      cyclesIn(graphOf(folder)).map(
        (cycle) => `files in a cycle: ${cycle.map((file) => place(root, file)).join(' → ')}`,
      ),
    ),
  ]
}

function graphOf(folder) {
  const files = ['src', 'test', 'bin'].flatMap((part) => filesBelow(join(folder, part), SOURCES))
  return new Map(files.map((file) => [file, importsOf(file).flatMap(({ specifier }) => targetsOf(file, specifier))]))
}

/** The file behind a relative specifier: `./x.js` is written in x.ts or x.tsx. */
function targetsOf(file, specifier) {
  if (!specifier?.startsWith('.')) return []
  const path = resolve(dirname(file), specifier)
  const stem = path.replace(/\.(m?)js$/, '')
  return [`${stem}.ts`, `${stem}.tsx`, `${stem}.mts`, path].filter((candidate) => existsSync(candidate)).slice(0, 1)
}

/** The cycles that a depth-first walk closes, each once, as `a → b → a`. */
function cyclesIn(graph) {
  const found = []
  const done = new Set()
  const path = []
  const walk = (node) => {
    if (path.includes(node)) {
      found.push([...path.slice(path.indexOf(node)), node])
      return
    }
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) walk(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) walk(node)
  return found
}

await runAsProgram(import.meta.url, cycles)
