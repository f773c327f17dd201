// Who may import whom: section 2 of the architecture as data, and the check that the sources and manifests keep to it.
// (dependency-cruiser would need Node 22 and the JavaScript API that TypeScript 7 no longer has.)
// Run: node scripts/check/imports.mjs
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { importsOf } from './source.mjs'
import { filesBelow, isSkeleton, packagesOf, place, readJson, runAsProgram, SOURCES } from './workspace.mjs'

const PROTOCOL = { siblings: ['core', 'codec'] }
const TRANSPORT = { siblings: ['core', 'codec', 'crypto'], node: true }

/**
 * The arrows that `src` may have. `siblings`: packages of ours (`x/y` for an entry point of its own), `external`:
 * packages of others, `node`: whether Node's own modules are open. A new package needs a row.
 */
export const ARROWS = {
  core: { siblings: [] },
  codec: { siblings: ['core'] },
  crypto: { siblings: ['core'], external: ['@noble/ciphers', '@noble/curves', '@noble/hashes'], node: true },
  link: { siblings: ['core', 'codec'] },
  'transport-memory': { siblings: ['core', 'codec', 'crypto'] },
  'transport-tcp': TRANSPORT,
  'transport-udp': TRANSPORT,
  'transport-websocket': { ...TRANSPORT, external: ['ws'] },
  runtime: { siblings: ['core', 'link'], node: true },
  simulator: { siblings: ['core'], external: ['tinyqueue'] },
  conformance: { siblings: ['core', 'simulator'] },
  membership: PROTOCOL,
  'echo-multicast': PROTOCOL,
  'reliable-multicast': PROTOCOL,
  'atomic-multicast': PROTOCOL,
  packing: PROTOCOL,
  rampart: {
    siblings: ['core', 'membership', 'echo-multicast', 'reliable-multicast', 'atomic-multicast', 'packing'],
  },
  securering: PROTOCOL,
  ttcb: { siblings: ['core', 'codec', 'crypto'], node: true },
  'ttcb-client': { siblings: ['core', 'codec', 'crypto', 'ttcb/messages'], node: true },
  'worm-it': PROTOCOL,
  'group-rekey': PROTOCOL,
}

const SCOPE = '@testudo/'

/** The problems of every package below `root`. */
export function imports(root) {
  const packages = packagesOf(root)
  const tools = Object.keys(readJson(join(root, 'package.json')).devDependencies ?? {})
  return packages.flatMap((one) => problemsOf(one, { root, packages, tools }))
}

function problemsOf(one, { root, packages, tools }) {
  const rule = one.area === 'apps' ? undefined : ARROWS[one.name]
  if (one.area === 'packages' && rule === undefined) {
    return [`packages/${one.name} has no row in ARROWS of scripts/check/imports.mjs`]
  }
  const problems = []
  const imported = new Set()
  for (const file of filesBelow(one.folder, SOURCES)) {
    const inSource = file.startsWith(join(one.folder, 'src') + sep)
    for (const { specifier, line } of importsOf(file)) {
      const why = refusal(specifier, { one, file, inSource, rule, packages, tools })
      if (why !== undefined) problems.push(`${place(root, file, line)} ${why}`)
      else if (inSource && !/^(\.|node:)/.test(specifier)) imported.add(packageIn(specifier))
    }
  }
  return [...problems, ...manifestProblems(one, imported, root)]
}

/** Why this import is refused, or undefined. */
function refusal(specifier, { one, file, inSource, rule, packages, tools }) {
  if (specifier === undefined) return inSource ? 'imports what only a run can tell' : undefined
  if (specifier.startsWith('.')) return relativeRefusal(specifier, { one, file, inSource })
  if (specifier.startsWith('/') || specifier.startsWith('file:')) return `imports '${specifier}' by an absolute path`
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `write 'node:${specifier}'`
    return inSource && rule !== undefined && rule.node !== true ? `may not import '${specifier}'` : undefined
  }
  const name = packageIn(specifier)
  const own = name === one.manifest.name
  if (own && inSource) return `imports itself by name: '${specifier}'`
  if (name.startsWith(SCOPE)) {
    return (
      siblingRefusal(specifier, name, { inSource, rule, packages }) ?? unlisted(name, { one, own, inSource, tools })
    )
  }
  if (inSource && rule !== undefined && !(rule.external ?? []).includes(name)) return `may not import '${specifier}'`
  return unlisted(name, { one, own, inSource, tools })
}

function relativeRefusal(specifier, { one, file, inSource }) {
  const [first] = relative(one.folder, resolve(dirname(file), specifier)).split(sep)
  if (first === '..') return `leaves its package: '${specifier}' (import the other package by its name)`
  if (inSource && first !== 'src' && first !== 'package.json') return `src may not import '${specifier}'`
  const starter = relative(one.folder, file).startsWith(`bin${sep}`) // a command's file in bin/ starts the built program
  if (first === 'dist' && !starter) return `imports built code: '${specifier}'`
  return undefined
}

function siblingRefusal(specifier, name, { inSource, rule, packages }) {
  const target = packages.find((candidate) => candidate.manifest.name === name)
  if (target === undefined) return `imports '${specifier}', and there is no such package`
  const entry = specifier === name ? '.' : `.${specifier.slice(name.length)}`
  if (target.manifest.exports?.[entry] === undefined) return `reaches into another package: '${specifier}'`
  if (inSource && rule !== undefined && !rule.siblings.includes(specifier.slice(SCOPE.length))) {
    return `may not import '${specifier}'`
  }
  return undefined
}

/** Whether the manifest owns up to an import: `dependencies` for src, any list (also the root's tools) for the rest. */
function unlisted(name, { one, own, inSource, tools }) {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = one.manifest
  if (own || name in dependencies || name in optionalDependencies) return undefined
  if (inSource) return `imports '${name}', which is not in its dependencies`
  return name in devDependencies || tools.includes(name) ? undefined : `imports '${name}', which no manifest lists`
}

function manifestProblems(one, imported, root) {
  if (isSkeleton(one) && one.area === 'packages') return []
  const where = place(root, join(one.folder, 'package.json'))
  const problems = []
  for (const [name, range] of Object.entries(one.manifest.dependencies ?? {})) {
    if (!imported.has(name) && one.area === 'packages')
      problems.push(`${where} lists '${name}', which src does not import`)
    if (name.startsWith(SCOPE) && range !== 'workspace:^') problems.push(`${where} '${name}' should be 'workspace:^'`)
  }
  for (const name of Object.keys(one.manifest.peerDependencies ?? {})) {
    if (name.startsWith(SCOPE)) problems.push(`${where} '${name}' is a sibling: a dependency, never a peer`)
  }
  return [...problems, ...referenceProblems(one, imported, root)]
}

/** TypeScript builds in the right order only where tsconfig.json refers to what src imports. */
function referenceProblems(one, imported, root) {
  const path = join(one.folder, 'tsconfig.json')
  if (!existsSync(path)) return []
  const referred = new Set((readJson(path).references ?? []).map((reference) => reference.path.split('/').at(-1)))
  return [...imported]
    .filter((name) => name.startsWith(SCOPE) && !referred.has(name.slice(SCOPE.length)))
    .map((name) => `${place(root, path)} does not refer to '${name}'`)
}

/** `@a/b/c` → `@a/b`, `a/b` → `a`. */
function packageIn(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

await runAsProgram(import.meta.url, imports)
