// Makes the skeleton of a package: node scripts/new-package.mjs NAME "what it is" [--dep NAME]... [--dev NAME]... [--node]
// NAME is a sibling package, or npm:PACKAGE for one from the catalog. Run `node scripts/pm.mjs install` afterwards.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    dep: { type: 'string', multiple: true, default: [] },
    dev: { type: 'string', multiple: true, default: [] },
    node: { type: 'boolean', default: false },
  },
})
const [name, description] = positionals
if (name === undefined || description === undefined || !/^[a-z][a-z-]*$/.test(name)) {
  process.stderr.write(
    'usage: node scripts/new-package.mjs NAME "what it is" [--dep NAME]... [--dev NAME]... [--node]\n',
  )
  process.exit(2)
}
const folder = new URL(`../packages/${name}/`, import.meta.url)
if (existsSync(new URL('package.json', folder))) {
  process.stderr.write(`packages/${name} exists already\n`)
  process.exit(2)
}

const external = (dependency) => dependency.startsWith('npm:')
const range = (dependency) =>
  external(dependency) ? [dependency.slice(4), 'catalog:'] : [`@testudo/${dependency}`, 'workspace:^']
const dependencies = Object.fromEntries(values.dep.map(range))
const devDependencies = Object.fromEntries(values.dev.map(range))
const manifest = {
  name: `@testudo/${name}`,
  version: '0.0.0',
  description,
  license: 'Apache-2.0',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20.19' },
  repository: { type: 'git', url: 'git+https://github.com/testudo/testudo.git', directory: `packages/${name}` },
  publishConfig: { access: 'public', provenance: true },
  files: ['dist', 'README.md', 'CHANGELOG.md'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  scripts: { build: 'tsc -b tsconfig.json tsconfig.test.json' },
  ...(values.dep.length > 0 ? { dependencies } : {}),
  ...(values.dev.length > 0 ? { devDependencies } : {}),
}
const siblings = (names) =>
  names.filter((dependency) => !external(dependency)).map((dependency) => ({ path: `../${dependency}` }))
const config = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    rootDir: 'src',
    outDir: 'dist',
    tsBuildInfoFile: '.cache/tsconfig.tsbuildinfo',
    ...(values.node ? { types: ['node'] } : {}),
  },
  include: ['src'],
  references: siblings(values.dep),
}
const testConfig = {
  extends: './tsconfig.json',
  compilerOptions: {
    rootDir: '.',
    outDir: 'dist-test',
    tsBuildInfoFile: '.cache/test.tsbuildinfo',
    types: ['node'],
    isolatedDeclarations: false,
  },
  include: ['test'],
  references: [{ path: '.' }, ...siblings([...values.dep, ...values.dev])],
}
const write = (path, content) => writeFileSync(new URL(path, folder), content)
const json = (value) => `${JSON.stringify(value, null, 2)}\n`
for (const sub of ['src', 'test']) mkdirSync(new URL(`${sub}/`, folder), { recursive: true })
write('package.json', json(manifest))
write('tsconfig.json', json(config))
write('tsconfig.test.json', json(testConfig))
write('src/index.ts', 'export {}\n')
write('README.md', `# @testudo/${name}\n\n${description}.\n\nESM only; \`require\` works on Node >= 20.19.\n`)
process.stdout.write(
  `packages/${name} made; now give it a row in scripts/check/imports.mjs, then: node scripts/pm.mjs install\n`,
)
