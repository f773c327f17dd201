// Installs and builds the workspace when something has changed since it last did: the first half of every `npm run`.
// When nothing has, it costs a walk over the sources. TESTUDO_SETUP_LOUD=1 shows what the tools say. With --install it
// only installs.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesBelow, packagesOf, REPOSITORY } from './check/workspace.mjs'

const NODE_MIN = [20, 19]
const STAMPS = join(REPOSITORY, 'node_modules/.cache/testudo/setup.json')
const loud = Boolean(process.env.TESTUDO_SETUP_LOUD)

refuseOldNode()
const before = stamps()
const manifests = fingerprintOfManifests()
if (before.install !== manifests || !existsSync(join(REPOSITORY, 'node_modules/.modules.yaml'))) {
  run('install', ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'])
  remember({ install: manifests }) // and no build: it may have been made with something else
}
if (process.argv.includes('--install')) process.exit()
const sources = fingerprintOfSources()
if (before.build !== sources || before.install !== manifests || !isBuilt()) {
  run('build', ['turbo', 'run', 'build', '--output-logs=errors-only', '--ui=stream'])
  remember({ install: manifests, build: sources })
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return
  process.stderr.write(`setup: Testudo needs Node ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}\n`)
  process.exit(1)
}

/** By content: a lockfile that git wrote anew is not a new lockfile. */
function fingerprintOfManifests() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((name) => join(REPOSITORY, name))
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of [...files, ...packagesOf(REPOSITORY).map(({ folder }) => join(folder, 'package.json'))]) {
    hash.update(`\0${relative(REPOSITORY, file)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** By name, size and time: turbo looks at the content of what seems to have changed. */
function fingerprintOfSources() {
  const files = ['tsconfig.base.json', 'turbo.json'].map((name) => join(REPOSITORY, name))
  const hash = createHash('sha256')
  for (const file of [...files, ...packagesOf(REPOSITORY).flatMap(({ folder }) => filesBelow(folder))]) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${relative(REPOSITORY, file)} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

function isBuilt() {
  return packagesOf(REPOSITORY).every(
    ({ folder, manifest }) => manifest.scripts?.build === undefined || existsSync(join(folder, 'dist')),
  )
}

function stamps() {
  if (!existsSync(STAMPS)) return {}
  try {
    return JSON.parse(readFileSync(STAMPS, 'utf8'))
  } catch {
    return {} // half-written: set up again
  }
}

function remember(done) {
  mkdirSync(join(STAMPS, '..'), { recursive: true })
  writeFileSync(STAMPS, JSON.stringify(done))
}

function run(what, args) {
  const started = Date.now()
  process.stderr.write(`setup: ${what} ... `)
  if (loud) process.stderr.write('\n')
  const pm = fileURLToPath(new URL('pm.mjs', import.meta.url))
  // CI=1: pnpm asks nothing. Standard input is closed for the same reason.
  const env = { ...process.env, CI: '1' }
  const stdio = loud ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const result = spawnSync(process.execPath, [pm, ...args], { encoding: 'utf8', stdio, env, maxBuffer: 1 << 28 })
  if (result.status !== 0) {
    process.stderr.write(`failed\n${result.stdout ?? ''}${result.stderr ?? ''}`)
    process.stderr.write(`setup: ${what} failed; run it alone with: node scripts/pm.mjs ${args.join(' ')}\n`)
    process.exit(1)
  }
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}
