// Installs each package as a user would: its tarball and those of the siblings it depends on, nothing else of ours, in
// an empty folder outside the workspace. There the README's example is type-checked, then runs with `import` and again
// with `require`; and every entry point must export the same things both ways.
// Run: node scripts/check/pack-test.mjs [NAME...]
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll, tarballOf } from './pack.mjs'
import { importsOf } from './source.mjs'
import { isSkeleton, packagesOf, REPOSITORY } from './workspace.mjs'

/** How many packages are tried at a time. */
const PARALLEL = 2
/** An example exits by itself. */
const EXAMPLE_MS_MAX = 30_000
const INSTALL_MS_MAX = 120_000

/** Run in the folder of the user: every entry point gives the same exports by `require` and by `import`. */
const COMPARE = `
const assert = require('node:assert/strict')
const names = (exported) => Object.keys(exported).filter((name) => name !== '__esModule' && name !== 'module.exports').sort()
;(async () => {
  for (const entry of require('./entries.json')) {
    const required = require(entry)
    const imported = await import(entry)
    assert.deepEqual(names(required), names(imported), entry)
    for (const name of names(imported)) assert.equal(required[name], imported[name], entry + ' ' + name)
  }
})()
`

const packages = packagesOf(REPOSITORY).filter(({ area }) => area === 'packages')
const byName = new Map(packages.map((one) => [one.manifest.name, one]))
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !packages.some((one) => one.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no such package: ${unknown.join(', ')}\n`)
  process.exit(2)
}
const waiting = packages.filter((one) => (wanted.length > 0 ? wanted.includes(one.name) : !isSkeleton(one)))
const tarballs = mkdtempSync(join(tmpdir(), 'testudo-tarballs-'))
packAll(tarballs)
let failed = 0
await Promise.all(Array.from({ length: PARALLEL }, work))
rmSync(tarballs, { recursive: true, force: true })
process.exitCode = failed > 0 ? 1 : 0

async function work() {
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
    if (!existsSync(join(one.folder, 'test/example.ts'))) {
      failed++
      process.stdout.write(`${one.name.padEnd(20)}         failed: there is no test/example.ts\n`)
      continue
    }
    const began = Date.now()
    const folder = mkdtempSync(join(tmpdir(), `testudo-pack-${one.name}-`))
    let problem
    try {
      problem = await problemOf(one, folder)
    } catch (error) {
      problem = String(error.stack)
    }
    if (problem === undefined) rmSync(folder, { recursive: true, force: true })
    else failed++
    const verdict =
      problem === undefined ? 'ok' : `failed (left in ${folder})\n${problem.trim().replaceAll(/^/gm, '  ')}`
    process.stdout.write(
      `${one.name.padEnd(20)} ${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s ${verdict}\n`,
    )
  }
}

async function problemOf(one, folder) {
  const example = join(one.folder, 'test/example.ts')
  const installed = closureOf([one.manifest.name, ...siblingsIn(example)])
  return (
    (await install(installed, folder)) ??
    (await compile(example, folder)) ??
    (await runBothWays(folder)) ??
    (await compareExports(one, folder))
  )
}

/** The packages of ours that an example names beside its own. */
function siblingsIn(example) {
  const names = importsOf(example).map(({ specifier }) => specifier?.split('/').slice(0, 2).join('/'))
  return names.filter((name) => byName.has(name))
}

/** These packages and all of ours that they depend on, by their manifests. */
function closureOf(names) {
  const closure = new Set()
  const add = (name) => {
    if (closure.has(name) || !byName.has(name)) return
    closure.add(name)
    for (const dependency of Object.keys(byName.get(name).manifest.dependencies ?? {})) add(dependency)
  }
  for (const name of names) add(name)
  return [...closure].sort()
}

async function install(names, folder) {
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${tarballOf(byName.get(name), tarballs)}`]))
  write(folder, 'package.json', { name: 'consumer', private: true, dependencies })
  const flags = [
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--ignore-scripts',
    '--loglevel=error',
  ]
  const result = await run('npm', ['install', '--prefix', folder, ...flags], { folder, limitMs: INSTALL_MS_MAX })
  if (result.status !== 0) return `npm install failed:\n${result.output}`
  const found = readdirSync(join(folder, 'node_modules/@testudo')).map((name) => `@testudo/${name}`)
  return found.sort().join() === names.join()
    ? undefined
    : `installed ${found.join(', ')} instead of ${names.join(', ')}`
}

/** The example as an ES module, checked against the installed types, and as CommonJS. */
async function compile(example, folder) {
  const options = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    lib: ['es2023'],
    types: ['node'],
    typeRoots: [join(REPOSITORY, 'node_modules/@types')],
  }
  for (const [kind, type] of Object.entries({ esm: 'module', cjs: 'commonjs' })) {
    mkdirSync(join(folder, kind))
    write(folder, `${kind}/package.json`, { type })
    cpSync(example, join(folder, kind, 'example.ts'))
    const compilerOptions = kind === 'esm' ? options : { ...options, noCheck: true }
    write(folder, `${kind}/tsconfig.json`, { compilerOptions, files: ['example.ts'] })
  }
  const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc')
  const esm = await run(process.execPath, [tsc, '-p', join(folder, 'esm')], { folder })
  if (esm.status !== 0) return `the example does not compile against the installed types:\n${esm.output}`
  // CommonJS has no await outside functions: the compiler says so and writes the file all the same; then it is wrapped.
  const cjs = await run(process.execPath, [tsc, '-p', join(folder, 'cjs')], { folder })
  const emitted = join(folder, 'cjs/example.js')
  if (!existsSync(emitted)) return `no CommonJS came of the example:\n${cjs.output}`
  const code = readFileSync(emitted, 'utf8')
  if (!code.includes('require(')) return `the example imports nothing:\n${code}`
  writeFileSync(emitted, `(async () => {\n${code}\n})()\n`)
  return undefined
}

async function runBothWays(folder) {
  for (const kind of ['esm', 'cjs']) {
    const { status, output, printed } = await run(process.execPath, [join(folder, kind, 'example.js')], { folder })
    if (status !== 0) return `the example failed as ${kind} (status ${status}):\n${output}`
    if (printed.trim() === '') return `the example printed nothing as ${kind}`
  }
  return undefined
}

async function compareExports(one, folder) {
  const entries = Object.keys(one.manifest.exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => `${one.manifest.name}${entry.slice(1)}`)
  write(folder, 'entries.json', entries)
  writeFileSync(join(folder, 'exports.cjs'), COMPARE)
  const { status, output } = await run(process.execPath, [join(folder, 'exports.cjs')], { folder })
  return status === 0 ? undefined : `import and require differ:\n${output}`
}

function write(folder, path, value) {
  writeFileSync(join(folder, path), JSON.stringify(value, null, 2))
}

function run(command, args, { folder, limitMs = EXAMPLE_MS_MAX }) {
  // What npm told this script about the workspace must not reach the npm inside.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(package|lifecycle|config_local_prefix|config_prefix)|INIT_CWD)/.test(name),
    ),
  )
  return new Promise((settle) => {
    const shell = process.platform === 'win32' && command === 'npm'
    const child = spawn(command, args, { cwd: folder, env, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    let output = ''
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      printed += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.on('error', (error) => settle({ status: 1, output: String(error), printed }))
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      settle({ status: status ?? signal, output, printed })
    })
  })
}
