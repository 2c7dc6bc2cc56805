import type Client from 'consul'
import type { Attempt } from './attempt.ts'
import type { Values } from './consul.ts'
import { question, type Ask } from './question.ts'

/** An entry as the library gives it; the value of an empty key is null. */
interface Item {
  readonly Key: string
  readonly Value: string | null
}

export function values(client: Client, attempt: Attempt): Values {
  const entry = ({ Key, Value }: Item) => ({ key: Key, value: Value ?? '' })
  return {
    under: async (folder, asked) => {
      const ask = (options: object) =>
        client.kv.get({ key: `${folder}/`, recurse: true, ...options }) as unknown
      const { index, value } = await question(attempt, ask as Ask<readonly Item[] | undefined>, asked)
      return { index, value: (value ?? []).map(entry) }
    },
    at: async (key, asked) => {
      const ask = (options: object) => client.kv.get({ key, ...options }) as unknown
      const { index, value } = await question(attempt, ask as Ask<Item | undefined>, asked)
      return { index, value: value === undefined ? [] : [entry(value)] }
    },
  }
}
