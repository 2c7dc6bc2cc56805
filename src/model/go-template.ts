import { functions } from './go-template-functions.ts'
import { formatValue, isMap, isTruth, TemplateError, type TemplateValue } from './go-template-values.ts'

/** Throws a `TemplateError` where the data is not what the template was written for. */
export type Template = (data: TemplateValue) => string

type Expression = (data: TemplateValue) => TemplateValue

type Item = { readonly kind: 'text' | 'action'; readonly text: string }

/**
 * Reads the part of Go's text/template that tags are made with: fields, pipelines, parentheses, `if` and `else`,
 * comments, trim marks, and the functions of go-template-functions.ts. Throws a `TemplateError` for all else.
 */
export function parseTemplate(text: string): Template {
  const items = itemsOf(text)
  const template = block(items)
  const [left] = items
  if (left) throw new TemplateError(`'{{${left.text}}}' without '{{if}}'`)
  return template
}

// Texts in quotes may hold braces.
const action =
  /^\{\{(-(?=\s))?(\s*\/\*[^]*?\*\/|(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)(?:\s(-))?\}\}/

function itemsOf(text: string): Item[] {
  const items: Item[] = []
  let rest = text
  let trims = false
  while (rest !== '') {
    const open = rest.indexOf('{{')
    const found = open < 0 ? null : action.exec(rest.slice(open))
    if (open >= 0 && found === null) throw new TemplateError(`'${rest.slice(open)}' has no end`)
    let plain = open < 0 ? rest : rest.slice(0, open)
    if (trims) plain = plain.trimStart()
    if (found?.[1] !== undefined) plain = plain.trimEnd()
    if (plain !== '') items.push({ kind: 'text', text: plain })
    if (found === null) break
    const body = (found[2] ?? '').trim()
    if (!/^\/\*[^]*\*\/$/.test(body)) items.push({ kind: 'action', text: body })
    trims = found[3] !== undefined
    rest = rest.slice(open + found[0].length)
  }
  return items
}

/** Takes items off the front up to an `else` or `end`, or all. */
function block(items: Item[]): Template {
  const parts: Template[] = []
  for (let item = items[0]; item !== undefined; item = items[0]) {
    const { kind, text } = item
    if (kind === 'action' && /^(else|end)\b/.test(text)) break
    items.shift()
    const [, keyword = '', rest = ''] =
      /^(if|range|with|define|template|block|break|continue)\b([^]*)$/.exec(text) ?? []
    if (kind === 'text') parts.push(() => text)
    else if (keyword === 'if') parts.push(choice(rest, items))
    else if (keyword !== '') throw new TemplateError(`'{{${keyword}}}' is not supported`)
    else {
      const expression = parsePipeline(text)
      parts.push((data) => formatValue(expression(data)))
    }
  }
  return (data) => parts.map((part) => part(data)).join('')
}

/** What follows an `if` or an `else if`, its `end` included. */
function choice(condition: string, items: Item[]): Template {
  const when = parsePipeline(condition)
  const yes = block(items)
  const next = items.shift()
  if (next === undefined) throw new TemplateError("'{{if}}' without '{{end}}'")
  const [, elseIf] = /^else\s+if\b([^]*)$/.exec(next.text) ?? []
  let no: Template = () => ''
  if (elseIf !== undefined) no = choice(elseIf, items)
  else if (next.text === 'else') {
    no = block(items)
    if (items.shift()?.text !== 'end') throw new TemplateError("'{{else}}' without '{{end}}'")
  } else if (next.text !== 'end') throw new TemplateError(`'{{${next.text}}}' is not understood`)
  return (data) => (isTruth(when(data)) ? yes(data) : no(data))
}

interface Token {
  readonly kind: 'text' | 'number' | 'field' | 'word' | 'mark'
  readonly text: string
}

const token =
  /\s+|(?<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<number>[+-]?\d+(?:\.\d+)?)(?![\w.])|(?<field>\$?(?:\.[A-Za-z_]\w*)+|\.|\$(?!\w))|(?<word>[A-Za-z_]\w*)|(?<mark>[()|])/y

function tokensOf(text: string): Token[] {
  const found: Token[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const rest = text.slice(token.lastIndex)
    const match = token.exec(text)
    if (match === null) throw new TemplateError(`'${rest}' is not understood`)
    const groups = Object.entries(match.groups ?? {}) as [Token['kind'], string | undefined][]
    for (const [kind, part] of groups) if (part !== undefined) found.push({ kind, text: part })
  }
  return found
}

function parsePipeline(text: string): Expression {
  const tokens = tokensOf(text)
  const expression = pipeline(tokens)
  if (tokens[0] !== undefined)
    throw new TemplateError(`'${tokens[0].text}' is one too many in '${text.trim()}'`)
  return expression
}

/** Takes tokens off the front up to a closing parenthesis or the end. */
function pipeline(tokens: Token[]): Expression {
  let expression = command(tokens)
  while (take(tokens, '|')) expression = command(tokens, expression)
  return expression
}

function command(tokens: Token[], piped?: Expression): Expression {
  const call = functionOf(tokens[0])
  if (call === undefined) {
    const value = operand(tokens)
    if (piped) throw new TemplateError('only a function can stand after a |')
    return value
  }
  tokens.shift()
  const operands: Expression[] = []
  while (tokens[0] !== undefined && !isMark(tokens[0], '|') && !isMark(tokens[0], ')'))
    operands.push(operand(tokens))
  if (piped) operands.push(piped)
  return (data) => call(operands.map((one) => one(data)))
}

function functionOf(found: Token | undefined): (typeof functions)[string] | undefined {
  if (found?.kind !== 'word' || found.text === 'true' || found.text === 'false') return undefined
  const call = Object.hasOwn(functions, found.text) ? functions[found.text] : undefined
  if (call === undefined) throw new TemplateError(`there is no function '${found.text}' here`)
  return call
}

function operand(tokens: Token[]): Expression {
  const next = tokens.shift()
  if (next === undefined) throw new TemplateError('a value is missing')
  const call = functionOf(next)
  if (call) return () => call([])
  if (isMark(next, '(')) {
    const inner = pipeline(tokens)
    if (!take(tokens, ')')) throw new TemplateError("')' is missing")
    return inner
  }
  if (next.kind === 'field') return field(next.text)
  if (next.kind === 'mark') throw new TemplateError(`'${next.text}' is no value`)
  const value = literal(next)
  return () => value
}

const isMark = (found: Token | undefined, mark: string) => found?.kind === 'mark' && found.text === mark

function take(tokens: Token[], mark: string): boolean {
  const isNext = isMark(tokens[0], mark)
  if (isNext) tokens.shift()
  return isNext
}

function literal({ kind, text }: Token): TemplateValue {
  if (kind === 'word') return text === 'true'
  if (kind === 'number') return Number(text)
  if (text.startsWith('`')) return text.slice(1, -1)
  try {
    return JSON.parse(text) as string
  } catch {
    throw new TemplateError(`${text} has an escape that is not understood`)
  }
}

function field(path: string): Expression {
  const names = path.split('.').filter((name) => name !== '' && name !== '$')
  return (data) =>
    names.reduce<TemplateValue>((value, name) => {
      if (isMap(value)) return value.get(name)
      const isStruct = typeof value === 'object' && !Array.isArray(value)
      if (isStruct && Object.hasOwn(value, name)) return (value as Record<string, TemplateValue>)[name]
      throw new TemplateError(`there is no '${path}' here`)
    }, data)
}
