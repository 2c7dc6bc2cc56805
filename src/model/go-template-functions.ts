import {
  formatValue,
  isList,
  isMap,
  isTruth,
  TemplateError,
  type TemplateValue,
} from './go-template-values.ts'

type Values = readonly TemplateValue[]

/** Functions of text/template, and those that registrator adds: what is worked on comes last, so that it can be piped. */
export const functions: Readonly<Record<string, (values: Values) => TemplateValue>> = {
  index: ([value, ...keys]) => keys.reduce(element, value),
  len: ([value]) => {
    if (typeof value === 'string') return Buffer.byteLength(value)
    if (isList(value)) return value.length
    if (isMap(value)) return value.size
    throw new TemplateError(`${formatValue(value)} has no length`)
  },
  print: (values) => values.map(formatValue).join(''),
  not: ([value]) => !isTruth(value),
  and: (values) => values.find((value) => !isTruth(value)) ?? values.at(-1),
  or: (values) => values.find(isTruth) ?? values.at(-1),
  eq: ([value, ...others]) => others.some((other) => other === value),
  ne: ([a, b]) => a !== b,

  strSlice: ([value, from, to]) => {
    const bytes = Buffer.from(text(value))
    const end = to === undefined ? bytes.length : integer(to)
    return bytes.subarray(integer(from), Math.max(integer(from), end)).toString()
  },
  sIndex: ([index, value]) => at(list(value), integer(index)),
  mIndex: ([key, value]) => element(value, key),
  toUpper: ([value]) => text(value).toUpperCase(),
  toLower: ([value]) => text(value).toLowerCase(),
  replace: ([count, from, to, value]) => replaced(text(value), text(from), text(to), integer(count)),
  join: ([separator, value]) => list(value).join(text(separator)),
  split: ([separator, value]) => text(value).split(text(separator)),
  splitIndex: ([index, separator, value]) => at(text(value).split(text(separator)), integer(index)),
  matchFirstElement: ([pattern, value]) => list(value).find(matches(text(pattern))) ?? '',
  matchAllElements: ([pattern, value]) => list(value).filter(matches(text(pattern))),
}

function element(value: TemplateValue, key: TemplateValue): TemplateValue {
  // An index gives a map's empty value where a field gives none.
  if (isMap(value)) return value.get(text(key)) ?? ''
  if (isList(value)) return at(value, integer(key))
  throw new TemplateError(`${formatValue(value)} has no elements`)
}

/** Counted from the end where it is negative. */
function at<T>(values: readonly T[], index: number): T {
  const found = values.at(index)
  if (found === undefined) throw new TemplateError(`there is no element ${index} of ${values.length}`)
  return found
}

function replaced(value: string, from: string, to: string, count: number): string {
  const parts = value.split(from)
  const cut = count < 0 ? parts.length : Math.min(count + 1, parts.length)
  const last = parts.slice(cut - 1).join(from)
  return count < 0 ? parts.join(to) : [...parts.slice(0, cut - 1), last].join(to)
}

function matches(pattern: string): (value: string) => boolean {
  try {
    const expression = new RegExp(pattern)
    return (value) => expression.test(value)
  } catch {
    throw new TemplateError(`'${pattern}' is no regular expression`)
  }
}

function text(value: TemplateValue): string {
  if (typeof value === 'string') return value
  throw new TemplateError(`${formatValue(value)} is no text`)
}

function integer(value: TemplateValue): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new TemplateError(`${formatValue(value)} is no whole number`)
}

function list(value: TemplateValue): readonly string[] {
  if (isList(value)) return value.map(text)
  throw new TemplateError(`${formatValue(value)} is no list`)
}
