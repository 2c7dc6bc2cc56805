/** A chain of iptables and its rules in their order, each as iptables-save(8) writes it after the name of the chain. */
export interface IptablesChain {
  readonly table: string
  readonly chain: string
  readonly rules: readonly string[]
}

/** What iptables-save wrote. */
export function readChains(text: string): readonly IptablesChain[] {
  const chains = new Map<string, { table: string; chain: string; rules: string[] }>()
  let table = ''
  for (const line of text.split('\n')) {
    const [, named] = /^\*(\S+)/.exec(line) ?? []
    if (named !== undefined) table = named
    const [, chain] = /^:(\S+)/.exec(line) ?? []
    if (chain !== undefined) chains.set(`${table} ${chain}`, { table, chain, rules: [] })
    const [, of, rule] = /^-A (\S+) ?(.*)$/.exec(line) ?? []
    if (of !== undefined && rule !== undefined) chains.get(`${table} ${of}`)?.rules.push(withNumber(rule))
  }
  return [...chains.values()]
}

/** Whether the protocol has a name depends on a file of the host (/etc/protocols). */
const withNumber = (rule: string): string => rule.replace(/(^| )-p gre(?= |$)/, '$1-p 47')
