import { deviceName } from '../links.ts'
import { greName, outsideMac, wireName, wireTable } from './switch.ts'

/** What a switch of ours is called, and what belongs to it, for its driver. */
export const switchNames = {
  bridge: deviceName,
  wire: wireName,
  gre: greName,
  table: wireTable,
  outsideMac,
} as const
