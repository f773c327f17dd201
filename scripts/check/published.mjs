// What users will install, looked at by others' tools, package by package: publint --strict, or attw (are the types
// wrong?) with the profile of packages that are ESM only. Run: node scripts/check/published.mjs publint|attw
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packAll, tarballOf } from './pack.mjs'
import { isSkeleton, packagesOf, REPOSITORY } from './workspace.mjs'

const TOOLS = {
  publint: (tarball) => ['publint', 'run', tarball, '--strict'],
  attw: (tarball) => ['attw', tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'],
}

const tool = TOOLS[process.argv[2]]
if (tool === undefined) {
  process.stderr.write('usage: node scripts/check/published.mjs publint|attw\n')
  process.exit(2)
}
const packages = packagesOf(REPOSITORY).filter((one) => !one.manifest.private && !isSkeleton(one))
const folder = join(REPOSITORY, 'node_modules/.cache/testudo', process.argv[2])
packAll(folder)
let failed = 0
for (const one of packages) {
  const { status, output } = await run(tool(tarballOf(one, folder)))
  if (status === 0) continue
  failed++
  process.stdout.write(`packages/${one.name}\n${output.trimEnd().replaceAll(/^/gm, '  ')}\n`)
}
process.exitCode = failed > 0 ? 1 : 0

function run([name, ...args]) {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [binary(name), ...args], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    child.on('close', (status) => settle({ status, output }))
  })
}

function binary(name) {
  return join(
    REPOSITORY,
    'node_modules',
    { publint: 'publint/src/cli.js', attw: '@arethetypeswrong/cli/dist/index.js' }[name],
  )
}
