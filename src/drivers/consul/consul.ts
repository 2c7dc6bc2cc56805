import type { Member } from '../../model/member.ts'
import type { CheckStatus, Registration } from '../../model/registration.ts'

/** One Consul agent, in our words. Every method throws an ArpanetError that names the address it tried. */
export interface Consul {
  readonly kv: KeyValue
  readonly cluster: Cluster
  readonly agent: Agent
  readonly sessions: Sessions & SessionNames
}

/** What can be asked of the same agent again and again, and answers once it is another. */
export interface Inquiry {
  readonly health: Health
  readonly values: Values
  readonly nodes: Nodes
}

/** What Consul keeps for one key. */
export interface Entry {
  readonly value: Buffer
  /** The entry as Consul's API gives it, its value in base64. */
  readonly raw: unknown
}

/** Keys are as `normaliseKey` gives them: no slash at either end. */
export interface KeyValue {
  entry(key: string): Promise<Entry | undefined>
  /** Every key that begins with `prefix`, whole, in Consul's order. */
  keys(prefix: string): Promise<string[]>
  /** False where `ifIndex` is given and the key has another ModifyIndex; 0 means that it must not exist yet. */
  set(key: string, value: Buffer, ifIndex?: number): Promise<boolean>
  remove(key: string): Promise<void>
  /** Removes the key and all under it in one transaction. */
  removeTree(key: string): Promise<void>
  /** All that lies under `folder`, with its values, in one request; `known` itself where it still is so. */
  tree(folder: string, known?: Tree): Promise<Tree>
  /**
   * Sets keys in the name of a session, with which they go, and removes keys; as many at once as Consul takes, and each
   * only if it still is as it was seen. What was not done, and why.
   */
  change(session: string, changes: readonly Change[]): Promise<readonly Refusal[]>
}

/** One key of a tree. */
export interface Leaf {
  readonly key: string
  readonly value: Buffer
  /** Its ModifyIndex. */
  readonly index: number
  /** The session that holds it. */
  readonly session: string | undefined
}

export interface Tree {
  /** In Consul's order. */
  readonly leaves: readonly Leaf[]
  /** Another one means that something under the folder is another. */
  readonly index: string
}

/** What is to become of a key that was seen at `index`; 0 means that there was none. */
export type Change = { readonly key: string; readonly index: number } & (
  | { readonly verb: 'remove' }
  | { readonly verb: 'set'; readonly value: Buffer; readonly heldBy: string | undefined }
)

/** A change that was not made. */
export interface Refusal {
  readonly key: string
  readonly why: string
}

/** What keys can be tied to: they are removed when it ends. */
export interface Sessions {
  /**
   * A session of this agent's node. It ends when it was not renewed for `ttlSeconds`, which Consul counts as up to
   * twice that, and when the other nodes no longer see this one.
   */
  create(name: string, ttlSeconds: number): Promise<string>
  /** False where there is none of that id. */
  renew(id: string): Promise<boolean>
  /** Ends it, and with it its keys; none is no error. */
  destroy(id: string): Promise<void>
}

export interface SessionNames {
  /** The sessions of this name, of whichever node, the oldest first. */
  named(name: string): Promise<readonly string[]>
}

export interface Cluster {
  /** Whether this agent is a server. Fails while the agent does not answer. */
  role(): Promise<'server' | 'client'>
  /** Everybody that this agent knows, the departed included. */
  members(): Promise<Member[]>
  /** The leader's address; undefined where there is none, or no server to ask. */
  leader(): Promise<string | undefined>
  /** Addresses of the servers with a vote; none before the first leader, or where there is no server to ask. */
  voters(): Promise<string[]>
}

/** A service that this host's agent answers for. */
export interface AgentService {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly port: number
  /** Who registered it; undefined where it was not arpanet. */
  readonly owner: string | undefined
  /** `markOf` the registration that it was made from. */
  readonly mark: string | undefined
  /** What its checks say, by their ids. */
  readonly checks: Readonly<Record<string, CheckStatus>>
}

/** The services that this host's agent answers for. */
export interface Agent {
  services(): Promise<AgentService[]>
  /** Registers it, or replaces what the agent has under its id, in the name of `owner`. */
  register(registration: Registration, owner: string): Promise<void>
  /** Removes a registration by its id; none is no error. */
  deregister(id: string): Promise<void>
  /**
   * Calls `changed` whenever the catalogue has something else for this host, until Consul does not answer or `signal`
   * is aborted; from `opened` on no change is missed. An agent that comes back without its data is a change, too.
   */
  changes(changed: () => void, opened: () => void, signal: AbortSignal): Promise<void>
  /** Says how a check of kind ttl or health is, and why. */
  report(checkId: string, status: CheckStatus, note: string): Promise<void>
}

/** How something is asked for that is asked for again and again. */
export interface Asked {
  /** Of the last answer. Without one it is asked with all certainty that there is, and at once. */
  readonly index?: string
  /** With an index, is answered once there is another one, or after a minute. */
  readonly waits: boolean
  readonly signal: AbortSignal
}

export interface Heard<T> {
  readonly value: T
  /** A lower one than before means that Consul counts anew: what comes with it is not to be believed. */
  readonly index: string
}

/** Which instances of the catalogue. */
export interface ServiceQuestion {
  readonly service: string
  readonly tag?: string
  /** Default: that of the agent. */
  readonly datacenter?: string
}

/** An instance of a service as it was registered. */
export interface Passing {
  /** An address, or a name. */
  readonly host: string
  /** 0 where it was registered without one. */
  readonly port: number
  /** Its weight while its checks pass. */
  readonly weight: number
  /** The address of its node. */
  readonly node: string
}

/** What services can be reached at. Each question has a connection of its own, which ends with it. */
export interface Health {
  /** The instances whose checks all pass. Fails where there is no leader to say so. */
  passing(question: ServiceQuestion, asked: Asked): Promise<Heard<readonly Passing[]>>
}

/** The hosts of the cluster, as the leader sees them. Each question has a connection of its own, which ends with it. */
export interface Nodes {
  /** The names of those that the others no longer hear of, and that did not leave. */
  failed(asked: Asked): Promise<Heard<readonly string[]>>
  /** All that are in the cluster, or were and failed lately. */
  known(asked: Asked): Promise<Heard<readonly string[]>>
}

/** A key and its text. */
export interface Text {
  readonly key: string
  readonly value: string
}

/** Keys that are followed. Each question has a connection of its own, which ends with it. */
export interface Values {
  /** All that lies under `folder`, at any depth. */
  under(folder: string, asked: Asked): Promise<Heard<readonly Text[]>>
  /** The key itself; none where there is none. */
  at(key: string, asked: Asked): Promise<Heard<readonly Text[]>>
}
