import type { Commands } from '../help.ts'

/** Every command by what a person types; loaded when it is run, so that none pays for the others. */
export const commands: Commands = {
  setup: () => import('./setup.ts'),
  'start:consul': () => import('./start/consul.ts'),
  pull: () => import('./pull.ts'),
  'start:stack': () => import('./start/stack.ts'),
  plan: () => import('./plan.ts'),
  logs: () => import('./logs.ts'),
  restart: () => import('./restart.ts'),
  stop: () => import('./stop.ts'),
  info: () => import('./info.ts'),
  ps: () => import('./ps.ts'),
  routes: () => import('./routes.ts'),
  network: () => import('./network.ts'),
  'kv get': () => import('./kv/get.ts'),
  'kv set': () => import('./kv/set.ts'),
  'kv ls': () => import('./kv/ls.ts'),
  'kv del': () => import('./kv/del.ts'),
  'kv info': () => import('./kv/info.ts'),
  consul: () => import('./consul.ts'),
  registrator: () => import('./registrator.ts'),
  fleetstreet: () => import('./fleetstreet.ts'),
  ambassador: () => import('./ambassador.ts'),
  tunnel: () => import('./tunnel.ts'),
  lookup: () => import('./lookup.ts'),
  wrapper: () => import('./wrapper.ts'),
}
