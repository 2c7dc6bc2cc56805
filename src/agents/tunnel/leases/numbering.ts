import type { OverlayConfig } from '../../../model/overlay-config.ts'
import { prefixOf } from '../../../model/subnet.ts'

/** The subnets of an overlay by their numbers, from 0 on. */
export interface Numbering {
  readonly count: number
  readonly at: (number: number) => string
  /** Of one that is the overlay's. */
  readonly numberOf: (subnet: string) => number
}

export function numbering({ cidr, bits }: OverlayConfig): Numbering {
  const first = firstAddressOf(cidr)
  const size = 2 ** (32 - bits)
  return {
    count: 2 ** (bits - prefixOf(cidr)),
    at: (number) => {
      const address = first + number * size
      return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${bits}`
    },
    numberOf: (subnet) => (firstAddressOf(subnet) - first) / size,
  }
}

const firstAddressOf = (cidr: string): number =>
  (cidr.split('/')[0] ?? '').split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
