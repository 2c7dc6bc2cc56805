import type Client from 'consul'
import { onceMs, type Attempt } from './attempt.ts'
import type { Sessions } from './consul.ts'
import { isMissing } from './errors.ts'

export function sessions(client: Client, attempt: Attempt): Sessions {
  return {
    // Asked again after it was done unseen, it would leave a session behind; that one ends by itself.
    create: (name, ttlSeconds) =>
      attempt(async (options) => {
        const { ID } = await client.session.create({
          name,
          ttl: `${ttlSeconds}s`,
          behavior: 'delete',
          // What a lost host held is gone with it; nobody else waits for it.
          lockdelay: '0s',
          ...options,
        })
        return ID
      }),
    renew: (id) =>
      attempt(async (options) => {
        try {
          await client.session.renew({ id, ...options })
          return true
        } catch (error) {
          if (isMissing(error)) return false
          throw error
        }
      }),
    destroy: (id) =>
      attempt(async (options) => {
        await client.session.destroy({ id, ...options })
      }, onceMs),
  }
}
