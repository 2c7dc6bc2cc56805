import { ambassador } from './ambassador.ts'
import { backends } from './backends.ts'
import { cadvisor } from './cadvisor.ts'
import { consul } from './consul.ts'
import { fleetstreet } from './fleetstreet.ts'
import { registrator } from './registrator.ts'
import { tunnel } from './tunnel.ts'

/** What `start:stack` starts, in this order, once Consul has a leader. */
export const stack = [tunnel, registrator, fleetstreet, backends, ambassador, cadvisor] as const

/** Everything that runs on a host, in the order in which it starts; it stops the other way round. */
export const services = [consul, ...stack] as const
