// Runs the pinned pnpm: the one on PATH if it is exactly the pinned version, else through npx.
// `pm.mjs <tool> ...` becomes `pnpm exec <tool> ...` for the tools of the workspace, else `pnpm ...`.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const [, version] = packageManager.split('@')
const found = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' })
const direct = found.status === 0 && found.stdout.trim() === version
const [command, before] = direct ? ['pnpm', []] : ['npx', ['-y', '--prefer-offline', packageManager]]

const tools = new Set(['turbo', 'vitest', 'biome', 'oxlint', 'knip', 'publint', 'attw', 'changeset', 'tsc'])
const args = process.argv.slice(2)
const full = tools.has(args[0]) ? ['exec', ...args] : args
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
const result = spawnSync(command, [...before, ...full], {
  stdio: 'inherit',
  cwd: root,
  env,
  shell: process.platform === 'win32',
})
process.exit(result.status ?? 1)
