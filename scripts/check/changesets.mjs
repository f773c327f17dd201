// A package that has something to release has a changeset: one that was never released needs one to be released at all,
// and a change of packages/*/src since the main branch needs one (changeset status). Run: node scripts/check/changesets.mjs
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { filesBelow, isSkeleton, packagesOf, place, readIf, runAsProgram } from './workspace.mjs'

/** The problems of the changesets below `root`. */
export function changesets(root) {
  const packages = packagesOf(root)
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  const files = filesBelow(join(root, '.changeset'), ['.md']).filter((file) => !file.endsWith('README.md'))
  const changes = files.map((file) => ({ where: place(root, file), ...read(readIf(file)) }))
  const pending = new Set(changes.flatMap(({ bumps }) => bumps.map(({ name }) => name)))
  return [
    ...changes.flatMap(({ where, bumps, sentence }) => [
      ...(bumps.length === 0 ? [`${where} names no package`] : []),
      ...(sentence === '' ? [`${where} says nothing to users`] : []),
      ...bumps.filter(({ name }) => !names.has(name)).map(({ name }) => `${where} names '${name}', which is not here`),
      ...bumps.filter(({ bump }) => !BUMPS.has(bump)).map(({ bump }) => `${where}: '${bump}' is no kind of release`),
    ]),
    ...packages
      .filter((one) => !one.manifest.private && one.manifest.version === '0.0.0' && !isSkeleton(one))
      .filter(({ manifest }) => !pending.has(manifest.name))
      .map(
        ({ area, name }) => `${area}/${name} was never released and has no changeset: add .changeset/${name}-first.md`,
      ),
  ]
}

const BUMPS = new Set(['major', 'minor', 'patch'])

function read(text) {
  const [, head = '', body = ''] = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text) ?? []
  const bumps = [...head.matchAll(/^["']?([^"':]+)["']?:\s*(\S+)\s*$/gm)].map(([, name, bump]) => ({ name, bump }))
  return { bumps, sentence: body.trim() }
}

await runAsProgram(import.meta.url, (root) => [...changesets(root), ...statusProblems(root)])

/** What `changeset status` says, where there is a main branch to compare with that is not this very commit. */
function statusProblems(root) {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim()
  const base = ['origin/main', 'main'].find((branch) => git('rev-parse', '--verify', '--quiet', branch))
  if (base === undefined || git('rev-parse', base) === git('rev-parse', 'HEAD')) return []
  const changeset = join(root, 'node_modules/@changesets/cli/bin.js')
  const result = spawnSync(process.execPath, [changeset, 'status', `--since=${base}`], { cwd: root, encoding: 'utf8' })
  return result.status === 0 ? [] : [`${result.stdout}${result.stderr}`.trim()]
}
