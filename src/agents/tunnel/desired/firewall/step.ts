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

/** A step of nft(8). */
export const nftStep = (
  verb: FirewallStep['verb'],
  target: string,
  reason: string,
  lines: readonly string[],
): FirewallStep => ({ program: 'nft', verb, target, reason, lines })
