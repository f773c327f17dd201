// Runs the pinned pnpm: the one on PATH if it is exactly the pinned version, else through npx.
// `pm.mjs <tool> ...` runs a tool of the workspace straight from node_modules, which saves npx its second;
// turbo and changeset call pnpm themselves, so they are started by pnpm, which is on their PATH then.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
// What an outer `npx -p node@24 -c ...` was told must not reach the npx inside, which would refuse it.
delete env.npm_config_package
delete env.npm_config_call
const tools = new Set(['vitest', 'biome', 'oxlint', 'knip', 'publint', 'attw', 'tsc'])
const callers = new Set(['turbo', 'changeset'])

const args = process.argv.slice(2)
const [command, ...rest] = commandFor(args)
const result = spawnSync(command, rest, { stdio: 'inherit', cwd: root, env, shell: windows })
if (result.error !== undefined) process.stderr.write(`cannot run ${command}: ${result.error.message}\n`)
process.exitCode = result.status ?? 1

function commandFor([name, ...after]) {
  if (tools.has(name)) {
    const binary = `${root}node_modules/.bin/${name}${windows ? '.CMD' : ''}`
    if (existsSync(binary)) return [binary, ...after]
  }
  const full = tools.has(name) || callers.has(name) ? ['exec', name, ...after] : [name, ...after]
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  return isOnPath(packageManager.split('@')[1])
    ? ['pnpm', ...full]
    : ['npx', '-y', '--prefer-offline', packageManager, ...full]
}

function isOnPath(version) {
  const found = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell: windows })
  return found.status === 0 && found.stdout.trim() === version
}
