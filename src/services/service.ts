import type { ContainerSpec } from '../model/container-spec.ts'
import type { Host } from '../model/host.ts'
import type { Registration } from '../model/registration.ts'
import type { SettingName, Settings } from '../settings/table.ts'

/** How a service is known to be ready. */
export type Readiness =
  /** It answers with status 200 at this address. */
  | { readonly kind: 'http'; readonly url: string; readonly budgetMs: number }
  /** It has been up for so long: all that can be known of an image that answers nobody. */
  | { readonly kind: 'up'; readonly forMs: number; readonly budgetMs: number }

/** A container of the stack, declared as data: adding one is a file, a line in index.ts and a test. */
export interface Service<Uses extends SettingName, Options = void> {
  readonly name: string
  readonly summary: string
  readonly uses: readonly Uses[]
  /** The setting that names its container. */
  readonly named: Uses & `${string}_NAME`
  /** Whether it says goodbye to its peers before it stops: always, or where a cluster is left that can decide. */
  readonly leaves: boolean | 'unless it takes the quorum'
  readonly spec: (settings: Pick<Settings, Uses>, host: Host, options: Options) => ContainerSpec
  readonly ready: (settings: Pick<Settings, Uses>) => Readiness
  /** The address at which a person finds it. */
  readonly page: (settings: Pick<Settings, Uses>) => string
  /** What Consul's catalogue is told of it; Consul itself and what the registrator sees need no telling. */
  readonly registration?: (settings: Pick<Settings, Uses>) => Registration | undefined
}
