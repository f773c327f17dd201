// A miniature workspace that every check passes, in a folder of its own, into which a test plants what must be caught.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Writes the workspace with `planted` laid over it. */
export function workspaceWith(planted = {}) {
  return folderWith({ ...SOUND, ...planted })
}

/** Writes files (path → content, undefined: none) into a folder of their own; gone when the test ends. */
export function folderWith(files) {
  const root = mkdtempSync(join(tmpdir(), 'testudo-check-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

/** The manifest of a sound package, with what a test changes. */
export function manifest(name, changes = {}) {
  return {
    name: `@testudo/${name}`,
    version: '0.0.0',
    description: `The miniature of ${name}`,
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    repository: { directory: `packages/${name}` },
    publishConfig: { access: 'public', provenance: true },
    files: ['dist'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    ...changes,
  }
}

const EXAMPLE = "console.log('4 members')\n"
const README = `# x\n\nESM only.\n\n<!-- example -->\n\`\`\`ts\n${EXAMPLE}\`\`\`\n<!-- /example -->\n`

/** A step map of [R94] 4.1 and 4.2 that holds, in a package with a method and a test for all of them. */
export const ROWS = ['4.1 step 1', '4.1 steps 2, 3 and 4', '4.1 step 5', '4.2 announce, stable, forward, remove'].map(
  (step) => `| ${step} | \`#initial\` in \`src/echo.ts\` | echoes the first digest |`,
)
export const CITATIONS = `
// [R94] 4.1 step 1: says it
// [R94] 4.1 steps 2, 3 and 4: three in one
/** [R94] 4.1 step 5: in a doc comment. */
// [R94] 4.2 announce
// [R94] 4.2 stable, forward and remove`

export function readmeWith(rows) {
  return `${README}\n<!-- step-map -->\n| paper step | method | test |\n|---|---|---|\n${rows.join('\n')}\n<!-- /step-map -->\n`
}

export function layerWith(citations) {
  return `import type { Layer } from '@testudo/core'\nimport { pair } from '@testudo/codec'\n${citations}
export class Echo implements Layer {\n  #initial(): number {\n    return pair.length\n  }\n  step(): number {\n    return this.#initial()\n  }\n}\n`
}

function packageNamed(name, { dependencies = [], files }) {
  const own = {
    'package.json': manifest(name, {
      dependencies: Object.fromEntries(dependencies.map((one) => [`@testudo/${one}`, 'workspace:^'])),
    }),
    'tsconfig.json': { references: dependencies.map((one) => ({ path: `../${one}` })) },
    'README.md': README,
    'test/example.ts': EXAMPLE,
    'test/a.test.ts': "import { test } from 'vitest'\ntest('echoes the first digest', () => {})\n",
    ...files,
  }
  return {
    ...Object.fromEntries(Object.entries(own).map(([path, content]) => [`packages/${name}/${path}`, content])),
    [`.changeset/${name}-first.md`]: `---\n"@testudo/${name}": minor\n---\n\nThe first ${name}.\n`,
  }
}

const SOUND = {
  'package.json': { name: 'miniature', devDependencies: { vitest: '1' } },
  ...packageNamed('core', {
    files: {
      'src/index.ts': "export type { Layer } from './layer.js'\n",
      'src/layer.ts': 'export interface Layer {\n  step(): number\n}\n',
    },
  }),
  ...packageNamed('codec', {
    dependencies: ['core'],
    files: { 'src/index.ts': "import type { Layer } from '@testudo/core'\nexport const pair: readonly Layer[] = []\n" },
  }),
  ...packageNamed('echo-multicast', {
    dependencies: ['core', 'codec'],
    files: {
      'src/index.ts': "export { Echo } from './echo.js'\n",
      'src/echo.ts': layerWith(CITATIONS),
      'README.md': readmeWith(ROWS),
    },
  }),
}
