// From a step of a paper to the method that does it and the test that shows it. In a README, between
// `<!-- step-map -->` and `<!-- /step-map -->`, stands a table: paper step | method | test. The check fails where a
// method or test of that name is gone, where a step of the paper has no row, and where no comment in src cites it.
//   | 4.1 step 2 | `#echo` in `src/echo-multicast.ts` | echoes the first digest of a sender's number, and no other |
// Several methods stand in backticks of their own; several tests are separated by <br>.
// Run: node scripts/check/step-map.mjs
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, parse } from './source.mjs'
import { filesBelow, isSkeleton, packagesOf, place, readIf, runAsProgram } from './workspace.mjs'

/** The numbered steps of the papers, by package: its tag, then section → steps. Those of 4.2 have names of ours. */
export const STEPS = {
  'echo-multicast': {
    tag: 'R94',
    sections: { 4.1: ['1', '2', '3', '4', '5'], 4.2: ['announce', 'stable', 'forward', 'remove'] },
  },
  'reliable-multicast': {
    tag: 'R94',
    sections: { 5: ['1', '2a', '2b', '3a', '3b', '4a', '4b', '5a', '5b.i', '5b.ii'] },
  },
  'atomic-multicast': {
    tag: 'R94',
    sections: { 6: ['1', '2a', '2b', '2c', '3a', '3b', '4', '5a', '5b', '5c', '6a', '6b', '6c'] },
  },
}

/** The problems of every step map below `root`. */
export function stepMap(root) {
  return packagesOf(root)
    .filter((one) => !isSkeleton(one))
    .flatMap((one) => problemsOf(one, root))
}

function problemsOf(one, root) {
  const readme = join(one.folder, 'README.md')
  const rows = rowsOf(readIf(readme) ?? '')
  const paper = one.area === 'packages' ? STEPS[one.name] : undefined
  if (rows === undefined) {
    return paper === undefined
      ? []
      : [`${place(root, readme)} has no table between <!-- step-map --> and <!-- /step-map -->`]
  }
  const sources = sourcesOf(one.folder)
  const titles = titlesOf(one.folder)
  const problems = rows.flatMap(({ cells, line }) =>
    rowProblems(cells, { folder: one.folder, sources, titles }).map((what) => `${place(root, readme, line)} ${what}`),
  )
  return paper === undefined
    ? problems
    : [...problems, ...missing(paper, { rows, sources, readme: place(root, readme), name: one.name })]
}

/** The rows below the table's head, or undefined where there is no step map. */
function rowsOf(text) {
  const lines = text.split('\n')
  const from = lines.indexOf('<!-- step-map -->')
  const to = lines.indexOf('<!-- /step-map -->')
  if (from < 0 || to < from) return undefined
  return lines
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .slice(from + 1, to)
    .filter(({ content }) => content.startsWith('|'))
    .slice(2)
    .map(({ content, line }) => ({ cells: cellsOf(content), line }))
}

function cellsOf(row) {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}

function rowProblems([step, method, test], { folder, sources, titles }) {
  if (method === undefined || test === undefined) return [`'${step}' needs three columns: paper step | method | test`]
  const quoted = [...method.matchAll(/`([^`]+)`/g)].map((match) => match[1])
  const paths = quoted.filter((text) => text.startsWith('src/'))
  const names = quoted.filter((text) => !text.startsWith('src/')).map((text) => text.replace(/\(.*$/, ''))
  const tests = test
    .split(/\s*<br\s*\/?>\s*/)
    .map((title) => title.replace(/^`(.*)`$/, '$1'))
    .filter((title) => title !== '')
  const lost = paths.filter((path) => !existsSync(join(folder, path)))
  const searched = sources.filter(({ path }) => paths.length === 0 || paths.includes(path))
  const gone = names.filter((name) => !searched.some(({ declared }) => declared.has(name)))
  return [
    ...(names.length === 0 ? [`'${step}' names no method (in backticks)`] : []),
    ...lost.map((path) => `'${step}': there is no ${path}`),
    ...(lost.length > 0
      ? []
      : gone.map((name) => `'${step}': no '${name}' is declared in ${paths.join(', ') || 'src'}`)),
    ...(tests.length === 0 ? [`'${step}' names no test`] : []),
    ...tests.filter((title) => !titles.has(title)).map((title) => `'${step}': no test is called '${title}'`),
  ]
}

/** The steps of the paper without a row, and those that no comment cites. */
function missing({ tag, sections }, { rows, sources, readme, name }) {
  const mapped = new Set(rows.flatMap(({ cells }) => citedIn(`[${tag}] ${cells[0].replace(`[${tag}] `, '')}`, tag)))
  const cited = new Set(sources.flatMap(({ comments }) => comments.flatMap((comment) => citedIn(comment, tag))))
  return Object.entries(sections).flatMap(([section, steps]) =>
    steps.flatMap((step) => {
      const key = `${section} ${step}`
      const citation = /^\d/.test(step) ? `// [${tag}] ${section} step ${step}` : `// [${tag}] ${section} ${step}`
      return [
        ...(mapped.has(key) ? [] : [`${readme} has no row for [${tag}] ${section} step ${step}`]),
        ...(cited.has(key) ? [] : [`packages/${name}/src has no comment '${citation}'`]),
      ]
    }),
  )
}

/** The steps a text cites, as `4.1 2`: from `[R94] 4.1 step 2`, `[R94] 5 steps 2a and 2b`, `[R94] 4.2 announce`. */
function citedIn(text, tag) {
  const citation = new RegExp(
    `\\[${tag}\\]\\s+(\\d+(?:\\.\\d+)*)[,:]?\\s+(?:steps?\\s+)?(${ITEM}(?:(?:\\s*,\\s*(?:and\\s+)?|\\s+and\\s+)${ITEM})*)`,
    'g',
  )
  return [...text.matchAll(citation)].flatMap(([, section, items]) =>
    items.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).map((item) => `${section} ${item}`),
  )
}

const ITEM = '(?:\\d+[a-z]?(?:\\.i+)?|announce|stable|forward|remove)'

/** What src declares and what its comments say: `{ path, declared, comments }` for each file. */
function sourcesOf(folder) {
  return filesBelow(join(folder, 'src'), ['.ts', '.tsx']).map((file) => {
    const { program, comments } = parse(file)
    const declared = new Set()
    collect(program, (node) => {
      const name = node.id ?? node.key
      if (!DECLARATIONS.has(node.type) || !name?.name) return
      declared.add(name.type === 'PrivateIdentifier' ? `#${name.name}` : name.name)
    })
    return {
      path: place(folder, file),
      declared,
      comments: comments.map(({ value }) => value.replaceAll(/\s*\n\s*\*?\s*/g, ' ')),
    }
  })
}

const DECLARATIONS = new Set([
  'FunctionDeclaration',
  'ClassDeclaration',
  'MethodDefinition',
  'PropertyDefinition',
  'VariableDeclarator',
  'Property',
])

/** The titles of all tests: the first argument of test() or it(), and the `name` or `title` of rows of a table of tests. */
function titlesOf(folder) {
  const titles = new Set()
  for (const file of filesBelow(join(folder, 'test'), ['.test.ts'])) {
    collect(parse(file).program, (node) => {
      const text = node.type === 'CallExpression' && isTest(node.callee) ? textOf(node.arguments[0]) : rowTitle(node)
      if (text !== undefined) titles.add(text)
    })
  }
  return titles
}

function isTest(callee) {
  if (callee.type === 'Identifier') return callee.name === 'test' || callee.name === 'it'
  if (callee.type === 'CallExpression') return isTest(callee.callee) // the test of a table: each(rows), then the title
  return callee.type === 'MemberExpression' && isTest(callee.object)
}

function rowTitle(node) {
  if (node.type !== 'Property' || node.key.type !== 'Identifier') return undefined
  return node.key.name === 'name' || node.key.name === 'title' ? textOf(node.value) : undefined
}

function textOf(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked
  return undefined
}

function collect(node, see) {
  see(node)
  for (const [, child] of childrenOf(node)) collect(child, see)
}

await runAsProgram(import.meta.url, stepMap)
