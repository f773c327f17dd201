// Packs the packages as they would be published (pnpm puts versions where the manifests say `workspace:^`).
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './workspace.mjs'

/** Packs everything below packages/ into `folder`, which is emptied first. */
export function packAll(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const args = ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder]
  const result = spawnSync(process.execPath, [join(REPOSITORY, 'scripts/pm.mjs'), ...args], { encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`pnpm pack failed:\n${result.stdout}${result.stderr}`)
}

/** Where `packAll` put a package. */
export function tarballOf({ manifest }, folder) {
  return join(folder, `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`)
}
