import type { Container } from '../model/container.ts'
import { isUp } from '../model/container.ts'
import {
  differences,
  formatSpec,
  serviceLabel,
  specLabel,
  type ContainerSpec,
} from '../model/container-spec.ts'

/** The smallest change to a container, and why. */
export interface Step {
  readonly verb: 'remove' | 'create' | 'start'
  readonly target: string
  readonly reason: string
  /** What differs, a line each, where that is the reason. */
  readonly details?: readonly string[]
}

export type ContainerPlan =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  /** A container of that name that arpanet did not make. */
  | { readonly kind: 'conflict'; readonly image: string }

export interface Wanted {
  readonly service: string
  readonly spec: ContainerSpec
  /** What the image's name stands for on this host now; undefined where it is not here. */
  readonly imageId: string | undefined
}

/** What it takes to turn the container that is there into the one that is wanted; no steps when it is up to date. */
export function planContainer(wanted: Wanted, actual: Container | undefined): ContainerPlan {
  const { service, spec, imageId } = wanted
  const step = (verb: Step['verb'], reason: string): Step => ({ verb, target: spec.name, reason })
  if (actual === undefined) {
    return { kind: 'steps', steps: [step('create', 'there is none'), step('start', 'created')] }
  }
  if (actual.labels[serviceLabel] !== service) return { kind: 'conflict', image: actual.image }

  const changed = differences(actual.labels[specLabel], spec)
  const isOlder = imageId !== undefined && imageId !== actual.imageId
  if (changed.length === 0 && isOlder && !spec.outlivesImage) {
    changed.push(`${spec.image} stands for a newer image`)
  }
  if (changed.length > 0) {
    const remove: Step = { ...step('remove', 'it is not what is wanted now'), details: changed }
    return { kind: 'steps', steps: [remove, step('create', 'in its place'), step('start', 'created')] }
  }
  if (!isUp(actual)) return { kind: 'steps', steps: [step('start', `it is ${actual.state}`)] }
  return { kind: 'steps', steps: [] }
}

/** The labels that a container made from `spec` carries, so that the next plan knows it. */
export const labelsOf = (service: string, spec: ContainerSpec): Record<string, string> => ({
  [serviceLabel]: service,
  [specLabel]: formatSpec(spec),
})
