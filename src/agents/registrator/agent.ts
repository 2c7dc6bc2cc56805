import type { Agent as Catalogue } from '../../drivers/consul/consul.ts'
import type { Watch } from '../../drivers/docker/docker.ts'
import type { Log } from '../../log.ts'
import type { DockerContainer } from '../../model/docker-container.ts'
import type { RegistrationPolicy } from '../../model/registration-policy.ts'
import type { Agent } from '../reconciler.ts'
import { desired, type Desired, type Ignored } from './desired.ts'
import { plan, type Entry, type Step } from './plan.ts'

interface Wish extends Desired {
  readonly containers: readonly DockerContainer[]
}

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
          docker.events(({ action, id }) => trigger(`${action} ${id.slice(0, 12)}`), opened, signal),
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
      remarks.say(wish.ignored.map(sentence))
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

const sentence = ({ container, port, reason }: Ignored): string =>
  `ignores ${container}${port === undefined ? '' : ` ${port}`}: ${reason}`

/** What is said once, when it becomes so, however often it is looked at. */
class Remarks {
  readonly #log: Log
  #said = { say: new Set<string>(), warn: new Set<string>() }

  constructor(log: Log) {
    this.#log = log
  }

  say(lines: readonly string[]): void {
    for (const line of this.#news('say', lines)) this.#log.info(line)
  }

  warn(lines: readonly string[]): void {
    for (const line of this.#news('warn', lines)) this.#log.warn(line)
  }

  #news(kind: 'say' | 'warn', lines: readonly string[]): string[] {
    const before = this.#said[kind]
    this.#said = { ...this.#said, [kind]: new Set(lines) }
    return lines.filter((line) => !before.has(line))
  }
}
