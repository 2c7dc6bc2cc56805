import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { ArpanetError, precondition } from '../errors.ts'
import { knowsDirectRouting } from '../model/engine-version.ts'
import { subnetOf } from '../model/subnet.ts'
import { bipOf, isOwnBridge } from '../setup/bridge.ts'
import { applySteps, checkWritable, describeStep } from '../setup/apply.ts'
import { checkHost, type SetupSettings } from '../setup/checks.ts'
import { describeFaults, type Fault } from '../setup/fault.ts'
import { planSetup } from '../setup/plan.ts'
import { needsRestart, readAtStart, type SetupStep, type ActualFiles } from '../setup/steps.ts'
import { planUndo } from '../setup/undo.ts'
import { isOlder, readBridge, readFacts, readFiles, tcpOf } from '../setup/read.ts'
import { parseRecord, recordPath } from '../setup/record.ts'
import { certificatesToIssue } from '../setup/tls.ts'
import { contextLine, verifyEngine, verifyNames, type Probes } from '../setup/verify.ts'
import type { HostFacts } from '../setup/facts.ts'

/** What the wrapper does when this process has ended: Docker cannot be restarted by a container that it runs. */
const exitToRestart = { thenVerify: 10, thenUndo: 11, only: 12 } as const

/** What is to be done to this host, and what that entails. */
interface Work {
  readonly steps: readonly SetupStep[]
  /** What is to be done after the restart. */
  readonly later: readonly SetupStep[]
  readonly restart: boolean
  readonly actual: ActualFiles
}

export default class Setup extends BaseCommand {
  static override summary =
    'prepare this host: Docker, its names and its TCP socket, and the folder for Consul'
  static override description = `Asks Docker to give containers addresses of this host's part of ARPANET_CIDR, to look names up in Consul first, and
to listen at ARPANET_IP with TLS; then restarts it. Run again, it changes what is not so and nothing else.`
  static override examples = [
    'sudo -E arpanet setup --dry-run',
    'sudo -E arpanet setup',
    'sudo -E arpanet setup --undo',
  ]
  static override uses: (keyof SetupSettings)[] = [
    'HOSTNAME',
    'ARPANET_IP',
    'DOCKER_PORT',
    'ARPANET_INSECURE_DOCKER',
    'ARPANET_BRIDGE',
    'ARPANET_CIDR',
    'ARPANET_SUBNET',
    'ARPANET_IMAGE',
    'CONSUL_PORT',
    'CONSUL_DATA',
    'CONSUL_NAME',
  ]
  static override flags = {
    'dry-run': Flags.boolean({ description: 'show what would be changed, and change nothing' }),
    undo: Flags.boolean({ description: 'put back what setup changed', exclusive: ['verify'] }),
    verify: Flags.boolean({
      description: 'look whether the host is as setup makes it, and change nothing',
      exclusive: ['dry-run'],
    }),
    json: Flags.boolean({ description: 'with --dry-run: print JSON', dependsOn: ['dry-run'] }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Setup)
    const machine = await this.world.machine()
    if (!(await machine.isShown())) {
      throw precondition(
        "setup: cannot see this host's files, expected them at /host",
        'sudo -E arpanet setup',
      )
    }
    if (flags.verify) return this.verify()
    const work = await (flags.undo ? this.planUndo() : this.planSetup())
    if (flags['dry-run']) return this.show(work, flags.json)
    const left = await this.apply(work)
    for (const line of left) this.print(line)
    if (flags.undo && work.later.length === 0) {
      this.print(
        work.steps.length > 0
          ? 'this host is as it was before setup'
          : 'setup has changed nothing on this host',
      )
    }
    if (work.restart) {
      this.progress('restart Docker: it reads its configuration only when it starts')
      process.exitCode =
        exitToRestart[!flags.undo ? 'thenVerify' : work.later.length > 0 ? 'thenUndo' : 'only']
    }
    if (work.restart || flags.undo) return
    if (work.steps.length === 0) this.print('nothing to change on this host')
    await this.verify()
  }

  /** What makes this host as it should be. Throws all faults of the host at once. */
  private async planSetup(): Promise<Work> {
    const machine = await this.world.machine()
    const faults: Fault[] = []
    if (!machine.isRoot) {
      faults.push({ what: 'setup: expected to be run by root', mend: 'sudo -E arpanet setup' })
    }
    const settings = await this.settings(...Setup.uses).catch((error: unknown) => {
      if (!(error instanceof ArpanetError)) throw error
      faults.push({ what: error.message, mend: error.hint ?? 'arpanet setup --help' })
      return undefined
    })
    if (settings === undefined || !machine.isRoot) throw refused(faults)

    const docker = await this.docker()
    const host = await this.world.host(settings.HOSTNAME)
    const subnet = settings.ARPANET_SUBNET ?? subnetOf(settings.ARPANET_CIDR, settings.ARPANET_IP)
    const facts = await readFacts(machine, docker, host, settings)
    faults.push(...checkHost(facts, settings, subnet))
    const actual = await readFiles(machine.files, settings.CONSUL_DATA)
    const tls = await this.certificates(settings, facts, actual)
    faults.push(...tls.faults)
    const plan = planSetup(
      {
        daemon: {
          bip: bipOf(settings, subnet ?? settings.ARPANET_CIDR, facts),
          resolvers: facts.resolvers,
          searches: facts.searches,
          underlayMtuBytes: facts.underlayMtuBytes,
          knowsDirectRouting: knowsDirectRouting(facts.engine.version),
          tcp: tcpOf(settings),
          tls: !settings.ARPANET_INSECURE_DOCKER,
        },
        consulData: settings.CONSUL_DATA,
        issues: tls.issues,
        unitCommand: facts.unitCommand,
        bridge: facts.bridge,
      },
      actual,
      parseRecord(actual.get(recordPath)?.text),
    )
    faults.push(...plan.faults, ...(await checkWritable(plan.steps, machine.files)))
    if (faults.length > 0) throw refused(faults)
    if (settings.ARPANET_INSECURE_DOCKER) {
      this.progress(
        `warning: ARPANET_INSECURE_DOCKER=1: whoever reaches ${tcpOf(settings)} is root on this host, with no password`,
      )
    }
    return {
      steps: plan.steps,
      later: [],
      restart: needsRestart(plan.steps) || isStale(facts, actual),
      actual,
    }
  }

  private async certificates(settings: SetupSettings, facts: HostFacts, actual: ActualFiles) {
    if (settings.ARPANET_INSECURE_DOCKER) return { issues: [], faults: [] }
    const texts = new Map([...actual].map(([path, { text }]) => [path, text ?? '']))
    return certificatesToIssue(texts, settings.ARPANET_IP, facts.now, await this.world.certificates())
  }

  /** What puts this host back as it was. */
  private async planUndo(): Promise<Work> {
    const machine = await this.world.machine()
    if (!machine.isRoot) {
      throw refused([{ what: 'setup: expected to be run by root', mend: 'sudo -E arpanet setup --undo' }])
    }
    const settings = await this.settings('HOSTNAME', 'CONSUL_DATA', 'CONSUL_NAME')
    const docker = await this.docker()
    const actual = await readFiles(machine.files, settings.CONSUL_DATA)
    const record = parseRecord(actual.get(recordPath)?.text)
    const host = await this.world.host(settings.HOSTNAME)
    const bridge = await readBridge(machine, docker, host, record.bridge)
    const { steps, faults, restart, later } = planUndo(record, actual, bridge)
    const consul = await docker.containers.find(settings.CONSUL_NAME)
    const stands = [
      ...(steps.length > 0 && consul?.state === 'running'
        ? [
            {
              what: `setup: ${settings.CONSUL_NAME} runs, and answers at the bridge's address, which goes; expected it stopped`,
              mend: 'arpanet stop',
            },
          ]
        : []),
      ...faults,
      ...(await checkWritable(steps, machine.files)),
    ]
    if (stands.length > 0) throw refused(stands)
    return { steps, later, restart, actual }
  }

  private async show({ steps, restart, later }: Work, asJson: boolean): Promise<void> {
    const ends = restart ? await this.running() : []
    if (asJson) {
      const facts = [...steps, ...later].map(({ verb, path, reason, details = [] }) => ({
        verb,
        path,
        reason,
        details,
      }))
      this.print(JSON.stringify({ steps: facts, restart, ends }, null, 2))
      return
    }
    for (const line of steps.flatMap(describeStep)) this.print(line)
    if (restart) this.print('restart Docker')
    for (const line of later.flatMap(describeStep)) this.print(line)
    for (const line of endsLines(ends)) this.print(line)
    if (steps.length === 0 && !restart) this.print('nothing to change on this host')
  }

  private async apply({ steps, actual, restart }: Work): Promise<string[]> {
    if (steps.length === 0) return []
    // Named before anything is changed.
    if (restart) for (const line of endsLines(await this.running())) this.progress(line)
    const [{ files }, certificates, settings] = await Promise.all([
      this.world.machine(),
      this.world.certificates(),
      this.settings('HOSTNAME', 'ARPANET_IP'),
    ])
    const host = { name: settings.HOSTNAME, address: settings.ARPANET_IP }
    return applySteps(steps, actual, { files, certificates, host }, this.progress)
  }

  private async running() {
    return (await this.docker()).containers.running()
  }

  /** Looks whether Docker does what setup asked for. */
  private async verify(): Promise<void> {
    const settings = await this.settings(...Setup.uses)
    const [machine, docker, http, tls, names, consul] = await Promise.all([
      this.world.machine(),
      this.docker(),
      this.world.http(),
      this.world.tls(),
      this.world.names(),
      this.consul(),
    ])
    const probes: Probes = { docker, files: machine.files, http, tls, names }
    const subnet =
      settings.ARPANET_SUBNET ?? subnetOf(settings.ARPANET_CIDR, settings.ARPANET_IP) ?? settings.ARPANET_CIDR
    const host = await this.world.host(settings.HOSTNAME)
    const facts = await readFacts(machine, docker, host, settings)
    for (const line of await verifyEngine(settings, isOwnBridge(settings) ? subnet : undefined, probes))
      this.print(line)
    const leader = facts.consulRuns ? await consul.cluster.leader().catch(() => undefined) : undefined
    for (const line of await verifyNames(settings, facts.resolvers, leader !== undefined, probes)) {
      this.print(line)
    }
    this.print(`Use its Docker from elsewhere:   ${contextLine(settings)}`)
    const network = settings.ARPANET_BRIDGE
    const who = isOwnBridge(settings) ? 'containers' : `once the tunnel runs, containers in ${network}`
    this.print(`${settings.HOSTNAME} is set up: ${who} get addresses of ${subnet}`)
  }
}

const refused = (faults: readonly Fault[]): ArpanetError =>
  precondition(
    `setup: nothing was changed, for ${faults.length === 1 ? 'one fault' : `${faults.length} faults`} of this host:\n${describeFaults(faults)}`,
  )

/** Whether Docker runs with an older configuration than is written: a setup broke off before the restart. */
const isStale = ({ daemonStartedAt }: HostFacts, actual: ActualFiles): boolean =>
  readAtStart.some((path) => isOlder(daemonStartedAt, actual.get(path)?.facts.changedAt))

function endsLines(running: readonly { name: string; comesBack: boolean }[]): string[] {
  const names = (comesBack: boolean) =>
    running.filter((each) => each.comesBack === comesBack).map(({ name }) => name)
  const [back, gone] = [names(true), names(false)]
  return [
    ...(back.length > 0
      ? [`The restart ends these containers and starts them again: ${back.join(', ')}`]
      : []),
    ...(gone.length > 0
      ? [
          `The restart ends these containers, and Docker does not start them again: ${gone.join(', ')}`,
          `  docker start ${gone.join(' ')}`,
        ]
      : []),
  ]
}
