import type { Shell } from '../../drivers/shell.ts'

/** A routing table of ours in the ambassador's namespace; its number is Redis's port and means nothing. */
const table = 6379
const [mainPriority, ownPriority] = [6378, 6379]

/** A rule or a route as `ip -json` gives it, as far as we look. */
interface Item {
  readonly priority?: number
  readonly table?: string | number
  readonly dst?: string
  readonly gateway?: string
  readonly suppress_prefixlen?: number
}

/**
 * Docker gives a container that joins a network the default route of whichever network it likes best, and connections
 * that left by the bridge would leave by another, with an address that is not of there. So it has no say: what has no
 * route but the default goes by Docker's default bridge.
 */
export function defaultRoute(shell: Shell, gateway: string) {
  const ip = async (...words: string[]): Promise<readonly Item[]> => {
    const text = await shell.run(['ip', '-json', '-4', ...words])
    return text.trim() === '' ? [] : (JSON.parse(text) as Item[])
  }
  return {
    isThere: async (): Promise<boolean> => {
      const [rules, routes] = [await ip('rule', 'show'), await ip('route', 'show', 'table', 'all')]
      return (
        rules.some((rule) => rule.priority === mainPriority && rule.suppress_prefixlen === 0) &&
        rules.some((rule) => rule.priority === ownPriority && String(rule.table) === String(table)) &&
        routes.some((route) => String(route.table) === String(table) && route.gateway === gateway)
      )
    },
    make: async (): Promise<void> => {
      const script = [
        `ip route replace default via ${gateway} table ${table}`,
        `ip rule del priority ${mainPriority} 2>/dev/null`,
        `ip rule del priority ${ownPriority} 2>/dev/null`,
        `ip rule add priority ${ownPriority} lookup ${table}`,
        `ip rule add priority ${mainPriority} lookup main suppress_prefixlength 0`,
      ].join('\n')
      await shell.run(['sh', '-c', script])
    },
  }
}
