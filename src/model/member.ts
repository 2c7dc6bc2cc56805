/** A Consul member, as its gossip knows it. */
export interface Member {
  readonly name: string
  readonly address: string
  readonly role: 'server' | 'client'
  readonly status: 'alive' | 'leaving' | 'left' | 'failed'
  /** The version of its Consul. */
  readonly version: string
}

export const isAliveServer = (member: Member): boolean =>
  member.role === 'server' && member.status === 'alive'
