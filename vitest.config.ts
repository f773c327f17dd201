import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

const root = fileURLToPath(new URL('.', import.meta.url))
const folders = ['packages', 'apps'].flatMap((area) => readdirSync(`${root}${area}`).map((name) => `${area}/${name}`))

/** Where .ci/run wants the figures; without it, `npm test` only prints. */
const report = process.env.TESTUDO_TEST_REPORT
const figures: [string, Record<string, unknown>][] = report === undefined ? [] : [['json', { outputFile: report }]]

/** The last line of a run with simulations: what repeats it. The seeds are fixed unless the environment says others. */
const seeds: Reporter = {
  onTestRunEnd: (modules) => {
    if (!modules.some(({ moduleId }) => moduleId.includes('/test/simulation-'))) return
    process.stdout.write(`      Seeds  from ${process.env.TESTUDO_SEED ?? '1'}; TESTUDO_SEED=N takes others\n`)
  },
}

/** For tests without a time of their own: what hangs is found, what shares a busy machine is not taken for it. */
const TIMES = { testTimeout: 120_000, hookTimeout: 120_000 }

// Tests run against the sources, so that a change needs no build to be tried.
const alias = [
  { find: /^@testudo\/node$/, replacement: `${root}apps/node/src/index.ts` },
  { find: /^@testudo\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` },
]

export default defineConfig({
  test: {
    // Two of the long simulations side by side, and not more than the smallest machine has cores; VITEST_MAX_WORKERS
    // sets another number.
    maxWorkers: 2,
    reporters: ['default', ...figures, seeds],
    projects: [
      ...folders
        .filter((folder) => existsSync(`${root}${folder}/package.json`))
        .map((folder) => ({
          resolve: { alias },
          test: {
            name: folder.split('/')[1] ?? folder,
            root: `${root}${folder}`,
            include: ['test/**/*.test.ts'],
            ...TIMES,
          },
        })),
      { test: { name: 'scripts', root: `${root}scripts`, include: ['test/**/*.test.mjs'], ...TIMES } },
    ],
  },
})
