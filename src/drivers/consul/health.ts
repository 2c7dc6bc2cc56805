import type Client from 'consul'
import type { Attempt } from './attempt.ts'
import type { Health } from './consul.ts'
import { question, type Ask } from './question.ts'

/** An instance as `/v1/health/service` gives it. */
interface Entry {
  readonly Node: { readonly Address: string }
  readonly Service: {
    readonly Address: string
    readonly Port: number
    /** Consul before 1.2.3 has none. */
    readonly Weights?: { readonly Passing: number } | null
  }
}

export function health(client: Client, attempt: Attempt): Health {
  return {
    passing: async ({ service, tag, datacenter }, asked) => {
      const what = {
        service,
        passing: true,
        ...(tag !== undefined && { tag }),
        ...(datacenter !== undefined && { dc: datacenter }),
      }
      const ask = (options: object) => client.health.service({ ...what, ...options }) as unknown
      const { index, value } = await question(attempt, ask as Ask<readonly Entry[]>, asked)
      return {
        index,
        value: value.map(({ Node, Service }) => ({
          host: Service.Address === '' ? Node.Address : Service.Address,
          port: Service.Port,
          weight: Service.Weights?.Passing ?? 1,
          node: Node.Address,
        })),
      }
    },
  }
}
