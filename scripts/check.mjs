// Everything about the repository that is not a test: node scripts/check.mjs [NAME...] runs all checks, or those named.
// One line a check; what failed is printed at the end, with the command that runs it alone.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

/** How many checks run at a time. */
const PARALLEL = Math.min(2, availableParallelism())

const script = (path, ...args) => ['node', `scripts/${path}`, ...args]
const tool = (...args) => script('pm.mjs', ...args)

/** Every check: what it runs. */
const CHECKS = {
  types: tool('turbo', 'run', 'build', '--output-logs=errors-only'),
  lint: tool('oxlint', '--type-aware', '--deny-warnings'),
  format: tool('biome', 'check', '--error-on-warnings', '.'),
  wall: script('check/wall.mjs'),
  imports: script('check/imports.mjs'),
  cycles: script('check/cycles.mjs'),
  anatomy: script('check/anatomy.mjs'),
  'step-map': script('check/step-map.mjs'),
  examples: script('examples.mjs'),
  changesets: script('check/changesets.mjs'),
  knip: tool('knip', '--no-progress'),
  publint: script('check/published.mjs', 'publint'),
  attw: script('check/published.mjs', 'attw'),
  pack: script('check/pack-test.mjs'),
}

/** `types` builds: it goes before all others, and is run with those that look at what was built. */
const BUILDER = 'types'
const BUILT = new Set(['publint', 'attw', 'pack'])

const root = fileURLToPath(new URL('..', import.meta.url))
const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in CHECKS))
if (unknown.length > 0) {
  process.stderr.write(`no such check: ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}\n`)
  process.exit(2)
}
if (!existsSync(new URL('../node_modules', import.meta.url))) {
  process.stderr.write('nothing is installed: run npm run setup first\n')
  process.exit(2)
}

const started = Date.now()
const chosen = new Set(names.length > 0 ? names : Object.keys(CHECKS))
if (names.some((name) => BUILT.has(name))) chosen.add(BUILDER)
const failures = []
if (chosen.has(BUILDER)) await judge(BUILDER)
const waiting = [...chosen].filter((name) => name !== BUILDER)
await Promise.all(Array.from({ length: PARALLEL }, work))
for (const { name, output } of failures) {
  process.stdout.write(`\n── ${name} ${'─'.repeat(Math.max(2, 76 - name.length))}\n${output.trim()}\n`)
  process.stdout.write(`run it alone: ${CHECKS[name].join(' ')}\n`)
}
process.stdout.write(
  `\nChecks: ${chosen.size - failures.length} passed, ${failures.length} failed, ${seconds(started)} s\n`,
)
process.exitCode = failures.length > 0 ? 1 : 0

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await judge(name)
}

async function judge(name) {
  const began = Date.now()
  const { status, output } = await run(CHECKS[name])
  const verdict = status === 0 ? 'ok' : 'failed'
  process.stdout.write(`${name.padEnd(12)} ${verdict.padEnd(7)} ${seconds(began).padStart(6)} s\n`)
  if (status !== 0) failures.push({ name, output })
}

function run([, ...args]) {
  return new Promise((settle) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', (error) => settle({ status: 1, output: String(error) }))
    child.on('close', (status) => settle({ status, output: stripVTControlCharacters(output) }))
  })
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1)
}
