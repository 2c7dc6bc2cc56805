import type Client from 'consul'
import type { Attempt } from './attempt.ts'
import type { SessionNames } from './consul.ts'

/** A session as `/v1/session/list` gives it. */
interface Listed {
  readonly ID: string
  readonly Name: string
  readonly CreateIndex: number
}

export function sessionNames(client: Client, attempt: Attempt): SessionNames {
  return {
    named: (name) =>
      attempt(async (options) => {
        const asked = { consistent: true, ...options } as never
        const listed = (await client.session.list(asked)) as unknown as Listed[]
        return listed
          .filter(({ Name }) => Name === name)
          .sort((a, b) => a.CreateIndex - b.CreateIndex)
          .map(({ ID }) => ID)
      }),
  }
}
