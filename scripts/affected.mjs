// For CI: which test projects a change since COMMIT reaches, as `projects=["core",...]`: the packages that changed and
// those that depend on them, and all of them when something that all share has changed. node scripts/affected.mjs COMMIT
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packagesOf, REPOSITORY } from './check/workspace.mjs'

const [since = ''] = process.argv.slice(2)
const packages = packagesOf(REPOSITORY)
process.stdout.write(`projects=${JSON.stringify(projects())}\n`)

function projects() {
  const all = [...packages.map(({ name }) => name), 'scripts']
  const changed = filesChanged()
  if (changed === undefined || changed.some((file) => !/^(packages|apps|scripts|docs|\.changeset)\//.test(file)))
    return all
  const reached = new Set(dependents())
  const names = packages.filter(({ manifest }) => reached.has(manifest.name)).map(({ name }) => name)
  return changed.some((file) => file.startsWith('scripts/')) ? [...names, 'scripts'] : names
}

/** The files changed since the commit, or undefined where git does not know it (a new branch, a shallow clone). */
function filesChanged() {
  const { status, stdout } = spawnSync('git', ['diff', '--name-only', `${since}...HEAD`, '--'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  })
  return status === 0 && since !== '' ? stdout.split('\n').filter((line) => line !== '') : undefined
}

function dependents() {
  const args = ['turbo', 'run', 'build', `--filter=...[${since}...HEAD]`, '--dry-run=json']
  const pm = join(REPOSITORY, 'scripts/pm.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [pm, ...args], { cwd: REPOSITORY, encoding: 'utf8' })
  if (status !== 0) throw new Error(`turbo could not tell what is affected:\n${stdout}${stderr}`)
  return JSON.parse(stdout.slice(stdout.indexOf('{'))).packages
}
