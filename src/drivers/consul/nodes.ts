import type Client from 'consul'
import type { Attempt } from './attempt.ts'
import type { Nodes } from './consul.ts'
import { question, type Ask } from './question.ts'

/** A check as `/v1/health/state` gives it. */
interface Check {
  readonly Node: string
  readonly CheckID: string
}

/** Every node has one, kept by the leader from what gossip says. */
const gossipCheck = 'serfHealth'

interface Node {
  readonly Node: string
}

export function nodes(client: Client, attempt: Attempt): Nodes {
  return {
    failed: async (asked) => {
      const ask = (options: object) => client.health.state({ state: 'critical', ...options }) as unknown
      const { index, value } = await question(attempt, ask as Ask<readonly Check[]>, asked)
      return {
        index,
        value: value.filter(({ CheckID }) => CheckID === gossipCheck).map(({ Node }) => Node),
      }
    },
    known: async (asked) => {
      const ask = (options: object) => client.catalog.node.list(options) as unknown
      const { index, value } = await question(attempt, ask as Ask<readonly Node[]>, asked)
      return { index, value: value.map((each) => each.Node) }
    },
  }
}
