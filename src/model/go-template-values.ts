/** What a template sees, and what its parts give: a record is a struct of Go, whose fields are known; a map has any key. */
export type TemplateValue =
  | string
  | number
  | boolean
  /** What a map has not. */
  | undefined
  | readonly TemplateValue[]
  | ReadonlyMap<string, TemplateValue>
  | { readonly [field: string]: TemplateValue }

/** A template that cannot be read, or that does not fit what it is shown. */
export class TemplateError extends Error {}

export const isList = (value: TemplateValue): value is readonly TemplateValue[] => Array.isArray(value)

export const isMap = (value: TemplateValue): value is ReadonlyMap<string, TemplateValue> =>
  value instanceof Map

/** As Go has it: nothing, 0, false, and what is empty are no. */
export function isTruth(value: TemplateValue): boolean {
  if (isList(value)) return value.length > 0
  if (isMap(value)) return value.size > 0
  return Boolean(value)
}

/** As Go prints it: `[a b]`, `map[k:v]`. */
export function formatValue(value: TemplateValue): string {
  if (value === undefined) return '<no value>'
  if (typeof value !== 'object') return String(value)
  if (isList(value)) return `[${value.map(formatValue).join(' ')}]`
  const pairs = isMap(value) ? [...value] : Object.entries(value)
  const texts = pairs.map(([key, one]) => (isMap(value) ? `${key}:${formatValue(one)}` : formatValue(one)))
  return isMap(value) ? `map[${texts.sort().join(' ')}]` : `{${texts.join(' ')}}`
}
