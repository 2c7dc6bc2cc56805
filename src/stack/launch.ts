import { sleep } from '../drivers/clock.ts'
import type { Containers, Docker } from '../drivers/docker/docker.ts'
import type { HttpStatus } from '../drivers/http.ts'
import { conflict, unavailable } from '../errors.ts'
import { isUp, type Container } from '../model/container.ts'
import type { ContainerSpec } from '../model/container-spec.ts'
import { PullBoard, type Paper } from '../model/pull-board.ts'
import type { Readiness } from '../services/service.ts'
import { explainCrash } from './crash.ts'
import { labelsOf, planContainer, type Step } from './plan.ts'

/** Told of everything that is about to be done, a line each; how far a pull is, is shown on a paper instead. */
export type Progress = (line: string) => void

/**
 * Makes the service's container what `spec` says, and does nothing where it is so already. The steps that were taken;
 * none means up to date. Throws a conflict where the name is held by a container that is not ours.
 */
export async function launch(
  service: string,
  spec: ContainerSpec,
  docker: Docker,
  progress: Progress,
  paper: Paper,
): Promise<readonly Step[]> {
  const { imageId, steps } = await readPlan(service, spec, docker)
  if (imageId === undefined && steps.some(({ verb }) => verb === 'create')) {
    // Before the first step: what runs now goes on when the image cannot be had.
    await pull(spec.image, docker, paper)
  }
  for (const step of steps) {
    progress(`${step.verb} ${step.target}: ${step.reason}`)
    for (const detail of step.details ?? []) progress(`  ${detail}`)
    await apply(step, service, spec, docker.containers)
  }
  return steps
}

async function pull(image: string, docker: Docker, paper: Paper): Promise<void> {
  const board = new PullBoard([image], paper)
  let end = 'not pulled'
  try {
    await docker.images.pull(image, (event) => board.event(image, event))
    end = 'pulled'
  } finally {
    // Why it was not pulled is the command's error, which comes next.
    board.end(image, end)
  }
}

/** What `launch` would do. Throws a conflict where the name is held by a container that is not ours. */
export async function readPlan(
  service: string,
  spec: ContainerSpec,
  docker: Docker,
): Promise<{ imageId: string | undefined; steps: readonly Step[] }> {
  const [imageId, actual] = await Promise.all([
    docker.images.id(spec.image),
    docker.containers.find(spec.name),
  ])
  const plan = planContainer({ service, spec, imageId }, actual)
  if (plan.kind === 'steps') return { imageId, steps: plan.steps }
  throw conflict(
    `${service}: container ${spec.name} (${plan.image}) was not made by arpanet, expected the name free`,
    `docker rename ${spec.name} ${spec.name}_other`,
  )
}

const stopBudgetMs = 20_000

async function apply(
  step: Step,
  service: string,
  spec: ContainerSpec,
  containers: Containers,
): Promise<void> {
  switch (step.verb) {
    case 'remove':
      await containers.stop(step.target, 'SIGTERM', stopBudgetMs)
      return containers.remove(step.target)
    case 'create':
      return containers.create(spec, labelsOf(service, spec))
    case 'start':
      return containers.start(step.target)
  }
}

/**
 * Waits until the service answers. One that ends instead is stopped, so that Docker does not start it over and over,
 * and what it wrote last is the error.
 */
export async function waitUntilReady(
  service: string,
  container: string,
  readiness: Readiness,
  containers: Containers,
  http: HttpStatus,
): Promise<void> {
  const begun = performance.now()
  const { kind, budgetMs } = readiness
  for (;;) {
    if (kind === 'http' && (await http(readiness.url)) === 200) return
    const actual = await containers.find(container)
    if (actual === undefined)
      throw unavailable(`${service}: container ${container} was removed while it started`)
    if (!isUp(actual) || actual.restarts > 0) {
      const exitCode = await statusOf(containers, actual)
      const log = await containers.lastLines(container, 20)
      await containers.stop(container, 'SIGTERM', stopBudgetMs)
      throw explainCrash(service, container, exitCode, log)
    }
    const waitedMs = performance.now() - begun
    if (kind === 'up' && waitedMs > readiness.forMs) return
    if (waitedMs > budgetMs) {
      const missing = kind === 'http' ? `no answer at ${readiness.url}` : 'not up'
      throw unavailable(`${service}: ${missing} in ${budgetMs / 1000} s`, `docker logs ${container}`)
    }
    await sleep(100)
  }
}

/** Docker forgets with what status a container ended once it runs again; it will end once more, and soon. */
async function statusOf(containers: Containers, crashed: Container): Promise<number> {
  let seen = crashed
  for (let polls = 0; isUp(seen) && seen.exitCode === 0 && polls < 20; polls += 1) {
    await sleep(100)
    seen = (await containers.find(crashed.name)) ?? seen
  }
  return seen.exitCode
}
