/** What a server must know of its cluster before it goes. */
export interface Quorum {
  /** Servers with a vote, this one included. */
  readonly voters: number
  /** Those of them that answer, this one included. */
  readonly alive: number
}

/**
 * Whether a server may leave, that is give up its vote, and the cluster goes on deciding. The last server never may:
 * its data is the cluster's. With 3 of 3 alive the two that stay decide alone; with 2 of 3 the one that stays would
 * wait for the dead one for ever.
 */
export function mayLeave({ voters, alive }: Quorum): boolean {
  const votersAfter = voters - 1
  const aliveAfter = alive - 1
  return votersAfter > 0 && aliveAfter >= Math.floor(votersAfter / 2) + 1
}
