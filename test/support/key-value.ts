import type { Entry, KeyValue } from '../../src/drivers/consul/consul.ts'
import { isWithin } from '../../src/model/key.ts'

/** A key-value store in memory; every change has the next index. It refuses a key that no driver should be given. */
export function fakeKeyValue(values: Readonly<Record<string, string>> = {}): KeyValue {
  const entries = new Map<string, { value: Buffer; index: number }>()
  let last = 0
  const put = (key: string, value: Buffer) => void entries.set(key, { value, index: (last += 1) })
  for (const [key, value] of Object.entries(values)) put(key, Buffer.from(value))

  const normal = (key: string): string => {
    if (key === '' || key.startsWith('/') || key.endsWith('/')) throw new Error(`no normal key: "${key}"`)
    return key
  }
  const entryOf = (key: string): Entry | undefined => {
    const found = entries.get(normal(key))
    if (found === undefined) return undefined
    const raw = { Key: key, ModifyIndex: found.index, Value: found.value.toString('base64') }
    return { value: found.value, raw }
  }
  return {
    entry: (key) => Promise.resolve(entryOf(key)),
    keys: (prefix) => Promise.resolve([...entries.keys()].filter((key) => key.startsWith(prefix)).sort()),
    set: (key, value, ifIndex) => {
      const index = entries.get(normal(key))?.index ?? 0
      const may = ifIndex === undefined || ifIndex === index
      if (may) put(key, value)
      return Promise.resolve(may)
    },
    remove: (key) => Promise.resolve(void entries.delete(normal(key))),
    removeTree: (folder) => {
      for (const key of entries.keys()) if (isWithin(normal(folder), key)) entries.delete(key)
      return Promise.resolve()
    },
  }
}
