// Reads TypeScript sources. TypeScript 7 has no JavaScript API, so the parser is oxc's: comments and strings cannot fool it.
import { readFileSync } from 'node:fs'
import { parseSync, visitorKeys } from 'oxc-parser'

/** Parses a file: `{ program, comments, lineAt }`. A file that does not parse is an error, not a pass. */
export function parse(file) {
  const text = readFileSync(file, 'utf8')
  const { program, comments, errors } = parseSync(file, text, { sourceType: 'module' })
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`)
  return { program, comments, lineAt: (offset) => text.slice(0, offset).split('\n').length }
}

/** The children of a node, in source order, as `[key, node]`. */
export function* childrenOf(node) {
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key]
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === 'object') yield [key, child]
    }
  }
}

/** Every import of a file, whatever its form: `{ specifier, line }`; `specifier` is undefined where it is computed. */
export function importsOf(file) {
  const { program, lineAt } = parse(file)
  const found = []
  const add = (node, source) =>
    found.push({ specifier: typeof source?.value === 'string' ? source.value : undefined, line: lineAt(node.start) })
  const visit = (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        add(node, node.source)
        break
      case 'ExportNamedDeclaration':
        if (node.source !== null) add(node, node.source)
        break
      case 'TSImportEqualsDeclaration':
        if (node.moduleReference.type === 'TSExternalModuleReference') add(node, node.moduleReference.expression)
        break
      case 'CallExpression':
        if (isRequire(node.callee)) add(node, node.arguments[0])
        break
    }
    for (const [, child] of childrenOf(node)) visit(child)
  }
  visit(program)
  return found
}

function isRequire(callee) {
  if (callee.type === 'Identifier') return callee.name === 'require'
  return callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.object.name === 'require'
}
