/** A smallest change. Those that follow one another and are of one program can be one batch of it. */
export type FirewallStep = {
  readonly verb: 'make' | 'change' | 'add' | 'move' | 'remove'
  readonly target: string
  readonly reason: string
  readonly lines: readonly string[]
} & (
  | { readonly program: 'nft' }
  | { readonly program: 'iptables'; readonly engine: 'nft' | 'legacy'; readonly table: string }
)
