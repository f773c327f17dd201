// Installs and builds the workspace when something has changed: the first half of every `npm run`.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const pm = fileURLToPath(new URL('pm.mjs', import.meta.url))
const quiet = process.env.TESTUDO_SETUP_LOUD === undefined
run('install', ['install', '--frozen-lockfile', '--prefer-offline', ...(quiet ? ['--reporter=silent'] : [])])
run('build', ['turbo', 'run', 'build', '--output-logs=errors-only', ...(quiet ? ['--ui=stream'] : [])])

function run(what, args) {
  const started = Date.now()
  const result = spawnSync(process.execPath, [pm, ...args], {
    encoding: 'utf8',
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  })
  if (result.status !== 0) {
    process.stderr.write(
      `${result.stdout ?? ''}${result.stderr ?? ''}\nsetup: ${what} failed; run it alone with: node scripts/pm.mjs ${args.join(' ')}\n`,
    )
    process.exit(1)
  }
  if (Date.now() - started > 2000)
    process.stderr.write(`${what} done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}
