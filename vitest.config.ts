import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const root = new URL('.', import.meta.url).pathname
const folders = ['packages', 'apps'].flatMap((area) => readdirSync(`${root}${area}`).map((name) => `${area}/${name}`))

export default defineConfig({
  test: {
    projects: folders.map((folder) => ({
      // Tests run against the sources, so that a change needs no build to be tried.
      resolve: { alias: [{ find: /^@testudo\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` }] },
      test: {
        name: folder.split('/')[1] ?? folder,
        root: `${root}${folder}`,
        include: ['test/**/*.test.ts'],
        testTimeout: 30_000,
      },
    })),
  },
})
