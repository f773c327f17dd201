// The determinism wall. A protocol is a function of its inputs: what its source may reach from outside is listed here,
// and everything else is refused. `declare const X` does not open the wall, and types are free unless they promise
// asynchrony. Run: node scripts/check/wall.mjs
import { join } from 'node:path'
import { childrenOf, parse } from './source.mjs'
import { filesBelow, packagesOf, place, runAsProgram, SOURCES } from './workspace.mjs'

/** The packages behind the wall. */
export const PURE = new Set([
  'core',
  'codec',
  'link',
  'packing',
  'membership',
  'echo-multicast',
  'reliable-multicast',
  'atomic-multicast',
  'rampart',
  'securering',
  'worm-it',
  'group-rekey',
])

/** The globals that a pure source may use: all of them depend on their arguments alone. WeakMap shows no collection. */
const ALLOWED = new Set(
  `undefined NaN Infinity Object Array Map Set WeakMap WeakSet Number BigInt Boolean String Symbol RegExp JSON
  Error TypeError RangeError AggregateError isNaN isFinite parseInt parseFloat arguments
  ArrayBuffer DataView Uint8Array Uint16Array Uint32Array Int8Array Int16Array Int32Array BigInt64Array BigUint64Array
  Float32Array Float64Array TextEncoder TextDecoder structuredClone`.split(/\s+/),
)

/** What Math may be used for. The other functions (log, pow, sin) may round differently on another engine. */
const MATH = new Set([
  'abs',
  'ceil',
  'floor',
  'round',
  'trunc',
  'sign',
  'min',
  'max',
  'imul',
  'clz32',
  'fround',
  'sqrt',
])

/** Methods that answer by the machine's language or time zone. */
const LOCAL_METHODS = new Set(['localeCompare', 'toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase'])

const LOCAL_TYPES = new Set(
  'Promise PromiseLike AsyncIterable AsyncIterator AsyncGenerator AsyncIterableIterator Date WeakRef NodeJS Intl'.split(
    ' ',
  ),
)

/** Types that a package may name all the same: core's ports say what the runtime and the transports promise. */
const TYPES_ALLOWED = { core: new Set(['Promise']) }

const REASONS = {
  Date: 'time comes in as `now`',
  performance: 'time comes in as `now`',
  process: 'no process in a core',
  console: 'hand a value up instead of printing',
  crypto: 'ask for a port (Random, Hasher, Signer)',
  Promise: 'a core is synchronous',
  queueMicrotask: 'a core is synchronous',
  setTimeout: 'return a set-timer effect',
  setInterval: 'return a set-timer effect',
  setImmediate: 'return a set-timer effect',
  globalThis: 'it is a way around the wall',
  WeakRef: 'garbage collection must not be seen',
  FinalizationRegistry: 'garbage collection must not be seen',
}

/** The problems of every pure package below `root`. */
export function wall(root) {
  return packagesOf(root)
    .filter(({ name, area }) => area === 'packages' && PURE.has(name))
    .flatMap(({ name, folder }) =>
      filesBelow(join(folder, 'src'), SOURCES).flatMap((file) =>
        breachesOf(file, TYPES_ALLOWED[name] ?? new Set()).map(
          ({ line, what }) => `${place(root, file, line)} ${what}`,
        ),
      ),
    )
}

function breachesOf(file, typesAllowed) {
  const { program, lineAt } = parse(file)
  const breaches = []
  const report = (node, what) => breaches.push({ line: lineAt(node.start), what })
  visit(program, { scopes: [], report, typesAllowed })
  return breaches
}

function visit(node, context) {
  if (isAmbient(node)) return
  const declared = declaredIn(node)
  const inner = declared === undefined ? context : { ...context, scopes: [...context.scopes, declared] }
  judge(node, inner)
  for (const [key, child] of childrenOf(node)) {
    if (child.type === 'Identifier') {
      if (isReference(node, key)) judgeName(child, node, inner)
      for (const [, below] of childrenOf(child)) visit(below, inner) // its type annotation
    } else {
      visit(child, inner)
    }
  }
}

/** Says what is wrong with a node whatever the names around it mean. */
function judge(node, { report, typesAllowed }) {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      if (node.async) report(node, 'async function: a core is synchronous')
      return
    case 'AwaitExpression':
      report(node, 'await: a core is synchronous')
      return
    case 'ForOfStatement':
      if (node.await) report(node, 'for await: a core is synchronous')
      return
    case 'ImportExpression':
      report(node, 'import(): a core is synchronous')
      return
    case 'MetaProperty':
      if (node.meta.name === 'import') report(node, 'import.meta depends on where the code lies')
      return
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      if (node.source && !/^(\.|@testudo\/)/.test(node.source.value)) {
        report(node, `import of '${node.source.value}': a pure package imports its siblings only`)
      }
      return
    case 'MemberExpression': {
      const name = node.computed ? node.property.value : node.property.name
      if (name === 'constructor') report(node, '.constructor is a way around the wall')
      if (LOCAL_METHODS.has(name)) report(node, `${name} depends on the machine's language: compare bytes`)
      return
    }
    case 'TSTypeReference': {
      const name = leftmost(node.typeName).name
      if (LOCAL_TYPES.has(name) && !typesAllowed.has(name)) report(node, `type ${name}: ${REASONS[name] ?? 'not here'}`)
      return
    }
  }
}

function judgeName(identifier, parent, { scopes, report }) {
  const { name } = identifier
  if (scopes.some((scope) => scope.has(name)) || ALLOWED.has(name)) return
  if (name === 'Math') {
    const plain = parent.type === 'MemberExpression' && !parent.computed
    if (plain && MATH.has(parent.property.name)) return
    report(
      identifier,
      plain ? `Math.${parent.property.name} is not the same everywhere` : 'Math may only be used as Math.name',
    )
    return
  }
  report(identifier, `${name}: ${REASONS[name] ?? 'not among the globals that a pure package may use'}`)
}

/** Whether the identifier under `key` of `node` reads or writes a variable (rather than naming a member or a type). */
function isReference(node, key) {
  switch (node.type) {
    case 'MemberExpression':
      return key === 'object' || node.computed
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      return key !== 'key' || node.computed
    case 'ExportSpecifier':
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
    case 'ExportAllDeclaration':
    case 'ImportAttribute':
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
      return false
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSInstantiationExpression':
    case 'TSTypeAssertion':
    case 'TSEnumMember':
    case 'TSExportAssignment':
      return key === 'expression' || key === 'initializer'
    default:
      return !node.type.startsWith('TS') && key !== 'label'
  }
}

/** Declarations that only tell the compiler that something is there. */
function isAmbient(node) {
  return node.declare === true || node.type === 'TSDeclareFunction' || node.type === 'TSEmptyBodyFunctionExpression'
}

function leftmost(name) {
  return name.type === 'TSQualifiedName' ? leftmost(name.left) : name
}

/** The names that a node brings into scope for what is below it, or undefined if it opens no scope. */
function declaredIn(node) {
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
    case 'StaticBlock':
      return new Set(node.body.flatMap(namesDeclaredBy))
    case 'SwitchStatement':
      return new Set(node.cases.flatMap((one) => one.consequent.flatMap(namesDeclaredBy)))
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return new Set([...(node.id ? [node.id.name] : []), ...node.params.flatMap(namesIn)])
    case 'ClassExpression':
      return new Set(node.id ? [node.id.name] : [])
    case 'CatchClause':
      return new Set(node.param ? namesIn(node.param) : [])
    case 'ForStatement':
      return new Set(node.init ? namesDeclaredBy(node.init) : [])
    case 'ForOfStatement':
    case 'ForInStatement':
      return new Set(namesDeclaredBy(node.left))
  }
}

function namesDeclaredBy(statement) {
  if (isAmbient(statement)) return []
  switch (statement.type) {
    case 'VariableDeclaration':
      return statement.declarations.flatMap((declarator) => namesIn(declarator.id))
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'TSEnumDeclaration':
      return statement.id ? [statement.id.name] : []
    case 'ImportDeclaration':
      return statement.specifiers.map((specifier) => specifier.local.name)
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      return statement.declaration ? namesDeclaredBy(statement.declaration) : []
    default:
      return []
  }
}

/** The names that a pattern binds. */
function namesIn(pattern) {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name]
    case 'AssignmentPattern':
      return namesIn(pattern.left)
    case 'RestElement':
      return namesIn(pattern.argument)
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []))
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === 'RestElement' ? property : property.value),
      )
    case 'TSParameterProperty':
      return namesIn(pattern.parameter)
    default:
      return []
  }
}

await runAsProgram(import.meta.url, wall)
