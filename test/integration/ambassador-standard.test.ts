// The ambassador that leads whoever connects to its own container, as a program in a namespace of its own.
//
//                                  ┌── one    (10.77.2.2)
//     client ───── ambassador ─────┤
//                                  └── two    (10.77.3.2)
//
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../lab/eventually.ts'
import { startAmbassador, type AmbassadorProgram, type Start } from '../support/ambassador-program.ts'
import { ConsulServer } from '../support/consul-server.ts'
import { NetworkNamespace, type Running } from '../support/network-namespace.ts'

const ours = '10.77.1.1'
const port = 80
const refused = /Connection refused/

describe('the ambassador of one backend, or of links', function () {
  this.timeout(60_000)
  const all: NetworkNamespace[] = []
  const running = new Set<AmbassadorProgram>()
  let ambassador: NetworkNamespace, client: NetworkNamespace

  before(async () => {
    for (const name of ['ambassador', 'client', 'one', 'two']) all.push(await NetworkNamespace.create(name))
    const [first, ...outer] = all
    ambassador = first!
    client = outer[0]!
    for (const [index, each] of outer.entries()) await ambassador.plug(each, index + 1)
    await ambassador.forward()
    await outer[1]!.serve('one', port)
    await outer[2]!.serve('two', port)
  })

  afterEach(async () => {
    for (const each of running) await each.terminate()
    running.clear()
    await ambassador.shell.run(['nft', 'flush', 'ruleset'])
    await ambassador.shell.run(['conntrack', '-F'])
  })

  after(async () => {
    for (const each of all) await each.delete()
  })

  const start = (given: Start): AmbassadorProgram => {
    const program = startAmbassador(ambassador, given)
    running.add(program)
    return program
  }
  const ready = async (given: Start): Promise<AmbassadorProgram> => {
    const program = start(given)
    await program.ready()
    return program
  }
  /** All rules, without what they have counted. */
  const rules = () => ambassador.shell.run(['nft', '--stateless', 'list', 'ruleset'])
  const says = (connection: Running, text: string) =>
    eventually(`it says ${text}`, () => connection.written().includes(text), { everyMs: 10 })

  /** Nobody sends a datagram again, and a machine that is busy answers too late for one. */
  const saysByUdp = (at: number, text: string) =>
    eventually(`${text} answers`, async (seen) => seen(await client.askUdp(ours, at)) === text)

  it('leads everybody to its backend, by TCP and by UDP, and refuses all else at once', async () => {
    await ready({ args: [`10.77.2.2:${port}`] })
    assert.equal(await client.ask(ours, 10_000), 'one')
    await saysByUdp(10_000, 'one')
    await assert.rejects(client.ask(ours, 10_001), refused)
    await assert.rejects(client.ask('fd77:1::1', 10_000), refused)
  })

  it('is at the port that PORT says', async () => {
    await ready({ args: [`10.77.2.2:${port}`], variables: { PORT: '6379' } })
    assert.equal(await client.ask(ours, 6379), 'one')
    await assert.rejects(client.ask(ours, 10_000), refused)
  })

  it('takes the members of a list in turn', async () => {
    await ready({ args: [`10.77.2.2:${port},10.77.3.2:${port}`] })
    const said = []
    for (let n = 0; n < 4; n += 1) said.push(await client.ask(ours, 10_000))
    assert.deepEqual(said.sort(), ['one', 'one', 'two', 'two'])
  })

  it('leads each port of a link to the container that Docker named', async () => {
    await ready({
      args: ['--links'],
      variables: {
        ONE_PORT_81_TCP: `tcp://10.77.2.2:${port}`,
        ONE_PORT_81_TCP_ADDR: '10.77.2.2',
        TWO_PORT_82_UDP: `udp://10.77.3.2:${port}`,
      },
    })
    assert.equal(await client.ask(ours, 81), 'one')
    await saysByUdp(82, 'two')
    await assert.rejects(client.ask(ours, 82), refused)
  })

  it('keeps its own loopback, and shows others how it does', async () => {
    await ready({ args: [`10.77.2.2:${port}`], variables: { ARPANETHEALTH: '0.0.0.0:9612' } })
    for (const [where, address] of [
      [ambassador, '127.0.0.1'],
      [client, ours],
    ] as const) {
      await eventually(`it is well at ${address}`, async () =>
        (await where.shell.run(['curl', '-s', `http://${address}:9612/readyz`])).startsWith('ok'),
      )
    }
  })

  it('leaves its rules and open connections when it ends, and changes nothing when it starts again', async () => {
    const given = { args: [`10.77.2.2:${port}?drain=reset`] }
    const first = await ready(given)
    const connection = client.open(ours, 10_000)
    await says(connection, 'one')
    const before = await rules()
    assert.equal(await first.terminate(), 0)
    assert.equal(await rules(), before)
    assert.equal(await client.ask(ours, 10_000), 'one')
    const second = start({ ...given, variables: { ARPANETHEALTH: '127.0.0.1:9612' } })
    await eventually('it has looked', async () =>
      (await ambassador.shell.run(['curl', '-s', 'http://127.0.0.1:9612/readyz'])).startsWith('ok'),
    )
    connection.write('still there\n')
    await says(connection, 'still there')
    assert.equal(await second.terminate(), 0)
    assert.equal(await rules(), before)
    assert.doesNotMatch(second.written(), /set up|add|change|remove|cut/)
    await connection.stop()
  })

  it('puts back what is gone when it starts again', async () => {
    const given = { args: [`10.77.2.2:${port}`] }
    assert.equal(await (await ready(given)).terminate(), 0)
    const before = await rules()
    await ambassador.shell.run(['nft', 'delete', 'element', 'inet', 'arpanet', 'open', '{ ipv4 }'])
    await ready(given)
    assert.equal(await rules(), before)
    assert.equal(await client.ask(ours, 10_000), 'one')
  })

  describe('of a service', () => {
    let consul: ConsulServer, folder: string

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'arpanet-ambassador-'))
      await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n')
      consul = await ConsulServer.make()
      await consul.start()
      await consul.register({ Name: 'redis', ID: 'one', Address: '10.77.2.2', Port: port })
    })
    after(async () => {
      await consul.remove()
      await rm(folder, { recursive: true })
    })

    /** What listens in the ambassador's namespace, and asks Consul on this machine's loopback. */
    const lend = (listen: string, connect: string) => {
      const program = `nsenter --net=/proc/${process.pid}/ns/net socat - ${connect}`
      return ambassador.start(['socat', `${listen},fork`, `EXEC:${program.replaceAll(':', '\\:')}`])
    }
    const leadsTo = (expected: string) =>
      eventually(`it leads to ${expected}`, async (seen) => seen(await client.ask(ours, 10_000)) === expected)
    const readyWhen = /: 1 instance$[^]*set up the routing table/m

    it('asks the agent that CONSUL_HTTP_ADDR names, and hears at once of another instance', async () => {
      const lent = lend('TCP-LISTEN:8500,reuseaddr', `TCP:127.0.0.1:${consul.port}`)
      await ready({ args: ['redis'], variables: { CONSUL_HTTP_ADDR: '127.0.0.1:8500' }, readyWhen })
      assert.equal(await client.ask(ours, 10_000), 'one')
      await consul.register({ Name: 'redis', ID: 'one', Address: '10.77.3.2', Port: port })
      await leadsTo('two')
      await consul.register({ Name: 'redis', ID: 'one', Address: '10.77.2.2', Port: port })
      await leadsTo('one')
      await lent.stop()
    })

    it('asks the agent of this host where ARPANET_IP says which that is', async () => {
      const lent = lend('TCP-LISTEN:8501,reuseaddr', `TCP:127.0.0.1:${consul.port}`)
      const variables = { ARPANET_IP: ours, CONSUL_PORT: '8501', CONSUL_HTTP_ADDR: '127.0.0.1:1' }
      await ready({ args: ['redis'], variables, readyWhen })
      assert.equal(await client.ask(ours, 10_000), 'one')
      await lent.stop()
    })

    it("asks Consul's DNS where nobody named an agent", async () => {
      const lent = lend('UDP-RECVFROM:53', `UDP:127.0.0.1:${consul.dnsPort}`)
      const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
      const by = ['unshare', '--mount', 'sh', '-c', script, join(folder, 'resolv.conf')]
      const program = await ready({ args: ['redis'], by, readyWhen })
      assert.match(program.written(), /redis\.service\.consul: 1 instance/)
      assert.equal(await client.ask(ours, 10_000), 'one')
      await lent.stop()
    })
  })

  const mend =
    /docker run --user 0 --cap-add NET_ADMIN --sysctl net\.ipv4\.ip_forward=1 IMAGE ambassador --links/
  const links = { args: ['--links'], variables: { ONE_PORT_81_TCP: `tcp://10.77.2.2:${port}` } }

  it('says what it lacks where it may write no rules', async () => {
    const by = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
    const program = start({ ...links, by })
    assert.equal(await program.ended(), 3)
    assert.match(program.written(), /^nft: operation not permitted/m)
    assert.match(program.written(), mend)
  })

  it('says what it lacks where the kernel passes nothing on', async () => {
    await ambassador.shell.run(['sysctl', '-qw', 'net.ipv4.ip_forward=0'])
    try {
      const program = start(links)
      assert.equal(await program.ended(), 3)
      assert.match(program.written(), /^net\.ipv4\.ip_forward: is 0/m)
      assert.match(program.written(), mend)
      assert.equal(await rules(), '')
    } finally {
      await ambassador.forward()
    }
  })

  it('sets up no iptables, and says so', async () => {
    const program = start({ args: ['--setup-iptables'] })
    assert.equal(await program.ended(), 0)
    assert.equal(program.written().trim().split('\n').length, 1)
    assert.equal(await rules(), '')
  })
})
