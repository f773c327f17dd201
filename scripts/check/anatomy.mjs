// What every package has: a README, an index, a test, an example, and a manifest that says what users need to know.
// Run: node scripts/check/anatomy.mjs
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, isSkeleton, packagesOf, place, readIf, runAsProgram } from './workspace.mjs'

/** The fields of every manifest, each with the test of its value. */
const FIELDS = {
  description: (value) => typeof value === 'string' && value.length > 10,
  license: (value) => value === 'Apache-2.0',
  type: (value) => value === 'module',
  engines: (value) => typeof value?.node === 'string',
}

/** Besides, for what is published. */
const PUBLISHED_FIELDS = {
  sideEffects: (value) => typeof value === 'boolean' || Array.isArray(value),
  files: (value) => Array.isArray(value) && value.includes('dist'),
  exports: (value) => value !== undefined && Object.values(value).every(isEntry),
  repository: (value) => typeof value?.directory === 'string',
  publishConfig: (value) => value?.access === 'public' && value.provenance === true,
}

/** No `require` condition: Node 20.19 requires ES modules, by the `default` condition. `types` has to come first. */
function isEntry(entry) {
  return Object.keys(entry).join() === 'types,default' && entry.types.endsWith('.d.ts') && entry.default.endsWith('.js')
}

/** The problems of every package and app below `root`. */
export function anatomy(root) {
  return packagesOf(root).flatMap((one) => {
    const where = place(root, one.folder)
    const published = one.area === 'packages'
    const has = (path) => existsSync(join(one.folder, path))
    const fields = published ? { ...FIELDS, ...PUBLISHED_FIELDS } : FIELDS
    return [
      ...(published ? ['README.md', 'src/index.ts'] : ['README.md'])
        .filter((path) => !has(path))
        .map((path) => `${where} has no ${path}`),
      ...(published && isSkeleton(one) ? [`${where}/src/index.ts exports nothing`] : []),
      ...(filesBelow(join(one.folder, 'test'), ['.test.ts']).length === 0 ? [`${where} has no test/*.test.ts`] : []),
      ...(published && !has('test/example.ts') ? [`${where} has no test/example.ts`] : []),
      ...(published && one.manifest.name !== `@testudo/${one.name}`
        ? [`${where} is not called @testudo/${one.name}`]
        : []),
      ...Object.entries(fields)
        .filter(([field, holds]) => !holds(one.manifest[field]))
        .map(([field]) => `${where}/package.json: ${field} is missing or wrong`),
      ...readmeProblems(one, where, published),
    ]
  })
}

function readmeProblems({ folder }, where, published) {
  const readme = readIf(join(folder, 'README.md'))
  if (!published || readme === undefined || /ESM only/i.test(readme)) return []
  return [`${where}/README.md does not say that the package is ESM only`]
}

await runAsProgram(import.meta.url, anatomy)
