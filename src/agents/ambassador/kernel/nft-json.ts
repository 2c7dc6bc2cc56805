/** An object of nft's JSON, of any kind (libnftables-json(5)). */
export type Properties = Readonly<Record<string, unknown>>

/** Those of an object; none where it is no object. */
export const propertiesOf = (value: unknown): Properties =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Properties) : {}

/** The members of a list; none where it is no list. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : []

/** nft writes the properties of an object always in the same order. */
export const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
