import type { Agent as Catalogue } from '../../drivers/consul/consul.ts'
import type { Watch } from '../../drivers/docker/docker.ts'
import type { Log } from '../../log.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import type { Agent } from '../reconciler.ts'
import { desired, type Desired } from './desired.ts'
import { plan, type Entry, type Step } from './plan.ts'
import { Remarks } from './remarks.ts'

interface Wish extends Desired {
  readonly containers: readonly DockerContainer[]
}

/** While the catalogue still names it, clients go to an instance that ends, has ended or is ill. */
const costsConnections = /^(kill|die|health_status: unhealthy)$/

/** Keeps this host's part of Consul's catalogue equal to what its containers say. */
export function registrator(
  docker: Watch,
  consul: Catalogue,
  policy: RegistrationPolicy,
  log: Log,
): Agent<readonly DockerContainer[], Wish, readonly Entry[], Step> {
  const remarks = new Remarks(log)
  return {
    name: 'registrator',
    sources: [
      {
        name: "Docker's events",
        listen: (trigger, opened, signal) =>
          docker.events(
            ({ action, id }) =>
              trigger(`${action} ${id.slice(0, 12)}`, costsConnections.test(action) ? 'urgent' : undefined),
            opened,
            signal,
          ),
      },
      {
        name: "Consul's catalogue",
        listen: (trigger, opened, signal) =>
          consul.changes(() => trigger('Consul has something else'), opened, signal),
      },
    ],
    read: () => docker.list(),
    desired: (containers) => {
      const wish = desired(containers, policy)
      remarks.ignored(wish.ignored)
      return { ...wish, containers }
    },
    observe: () => consul.services(),
    plan: ({ registrations, containers }, actual) => {
      const wanted = registrations.map(({ registration }) => registration)
      const { steps, conflicts } = plan(wanted, actual, containers, policy)
      remarks.warn(
        conflicts.map(
          ({ target, owner }) => `${target} is ${owner}'s in Consul and stays so, expected it ours`,
        ),
      )
      return steps
    },
    together: 16,
    apply: (step) => {
      switch (step.verb) {
        case 'register':
          return consul.register(step.registration, policy.owner)
        case 'deregister':
          return consul.deregister(step.target)
        case 'report':
          return consul.report(step.checkId, step.status, step.reason)
      }
    },
  }
}
