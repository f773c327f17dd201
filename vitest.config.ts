import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const folders = ['packages', 'apps'].flatMap((area) => readdirSync(`${root}${area}`).map((name) => `${area}/${name}`))

/** Where .ci/run wants the figures; without it, `npm test` only prints. */
const report = process.env.TESTUDO_TEST_REPORT

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      ...folders
        .filter((folder) => existsSync(`${root}${folder}/package.json`))
        .map((folder) => ({
          // Tests run against the sources, so that a change needs no build to be tried.
          resolve: { alias: [{ find: /^@testudo\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` }] },
          test: {
            name: folder.split('/')[1] ?? folder,
            root: `${root}${folder}`,
            include: ['test/**/*.test.ts'],
            testTimeout: 30_000,
          },
        })),
      { test: { name: 'scripts', root: `${root}scripts`, include: ['test/**/*.test.mjs'], testTimeout: 30_000 } },
    ],
  },
})
