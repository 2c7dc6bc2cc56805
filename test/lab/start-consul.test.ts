// start:consul on one host: what it makes, when it changes something, and what it refuses.
//
//     h1 192.0.2.1, Docker 28.5 ── 192.0.2.254 resolver
//
import assert from 'node:assert/strict'
import type { Outcome } from './program.ts'
import { linesOf, seen, useProductLab } from '../support/product-lab.ts'
import { eventually } from './eventually.ts'
import { consulImage } from './image.ts'

const boot = 'CONSUL_EXPECT=1 arpanet start:consul boot'

describe('start:consul', () => {
  const lab = useProductLab('start', { h1: 'forky' })
  const containerId = async () => (await lab().h1.run('docker inspect -f {{.Id}} arpanet_consul')).stdout
  const clear = async () => {
    await lab().h1.exec('docker rm -f $(docker ps -aq); rm -rf /mnt/arpanet-consul')
  }

  describe('on a host without Consul', () => {
    let first: Outcome
    before(async () => {
      first = await lab().h1.run(boot)
    })
    after(clear)

    it('starts a leader of one and says where it is', () => {
      assert.equal(linesOf(first)[0], 'consul runs on h1 at http://192.0.2.1:8500: 1 server, leader h1')
    })

    it('listens where it should and nowhere else', async () => {
      const { h1 } = lab()
      const sockets = (await h1.run('ss -Hlntu')).stdout
        .split('\n')
        .map((line) => line.split(/\s+/))
        .filter(([, , , , local]) => local && !local.endsWith(':22'))
        .map(([protocol, , , , local]) => `${protocol} ${local}`)
      assert.deepEqual(sockets.sort(), [
        'tcp 127.0.0.1:8500',
        'tcp 172.17.0.1:53',
        'tcp 192.0.2.1:8300',
        'tcp 192.0.2.1:8301',
        'tcp 192.0.2.1:8302',
        'tcp 192.0.2.1:8500',
        'udp 172.17.0.1:53',
        'udp 192.0.2.1:8301',
        'udp 192.0.2.1:8302',
      ])
    })

    it("answers names of services and, through the host's resolver, of the world, over udp and tcp", async () => {
      const { h1 } = lab()
      for (const transport of ['+notcp', '+tcp']) {
        const ask = async (name: string) =>
          (await h1.run(`dig @172.17.0.1 ${transport} +short ${name}`)).stdout.trim()
        assert.equal(await ask('consul.service.consul'), '192.0.2.1')
        assert.equal(await ask('www.example.com'), (await h1.run('dig +short www.example.com')).stdout.trim())
      }
    })

    it('changes nothing when it is run again', async () => {
      const before = await containerId()
      const again = await lab().h1.run(boot)
      assert.equal(linesOf(again)[0], 'consul is up to date')
      assert.equal(again.stderr, '')
      assert.equal(await containerId(), before)
    })

    it('starts what was stopped', async () => {
      const { h1 } = lab()
      const before = await containerId()
      await h1.run('docker stop arpanet_consul')
      const again = await h1.run(boot)
      assert.match(again.stderr, /^start arpanet_consul: it is exited$/m)
      assert.equal(await containerId(), before)
    })
  })

  describe('on a host where something is different', () => {
    afterEach(clear)

    it('asks the resolvers behind a loopback stub, never the stub', async () => {
      const { h1 } = lab()
      await h1.run(`cp /etc/resolv.conf /tmp/resolv.conf && mkdir -p /run/systemd/resolve &&
      echo 'nameserver 192.0.2.254' > /run/systemd/resolve/resolv.conf && echo 'nameserver 127.0.0.53' > /etc/resolv.conf`)
      try {
        await h1.run(boot)
        const { stdout } = await h1.run('docker inspect -f "{{.Args}}" arpanet_consul')
        assert.match(stdout, /-recursor=192\.0\.2\.254/)
        assert.doesNotMatch(stdout, /127\.0\.0\.53/)
      } finally {
        await h1.run('cat /tmp/resolv.conf > /etc/resolv.conf; rm -r /run/systemd/resolve')
      }
    })

    it('makes it anew when a setting changed, names the change and keeps the data', async () => {
      const { h1 } = lab()
      await h1.run(boot)
      await h1.run('arpanet kv set kept yes')
      const changed = await h1.run(`CONSUL_PORT=8600 ${boot}`)
      assert.match(changed.stderr, /^ {2}- argument -http-port=8500$[^]*^ {2}\+ argument -http-port=8600$/m)
      assert.match(changed.stdout, /at http:\/\/192\.0\.2\.1:8600: 1 server, leader h1/)
      assert.equal((await h1.run('CONSUL_PORT=8600 arpanet kv get kept')).stdout, 'yes')
    })

    it('makes it anew when its image was built anew under the same name', async () => {
      const { h1 } = lab()
      await h1.run(boot)
      const tag = (image: string, as: string) => h1.run(`docker tag ${image} ${as}`)
      await tag(consulImage, 'local/before')
      try {
        await h1.run(`echo 'FROM ${consulImage}\nLABEL new=yes' | docker build -t ${consulImage} -`)
        const changed = await h1.run(boot)
        assert.match(changed.stderr, /arpanet\/consul:debian stands for a newer image/)
      } finally {
        await tag('local/before', consulImage)
      }
    })

    it("leaves a container alone that has the name and is not arpanet's", async () => {
      const { h1 } = lab()
      await h1.run(`docker run -d --name arpanet_consul --entrypoint sleep ${consulImage} 1000`)
      const before = await containerId()
      assert.equal(
        seen(await h1.exec(boot)),
        `consul: container arpanet_consul (${consulImage}) was not made by arpanet, expected the name free
  docker rename arpanet_consul arpanet_consul_other
=> 5`,
      )
      assert.equal((await h1.exec('arpanet stop')).exitCode, 5)
      assert.equal(await containerId(), before)
      assert.equal((await h1.run('docker inspect -f {{.State.Running}} arpanet_consul')).stdout, 'true\n')
    })

    it('is not disturbed by containers whose names merely contain its own', async () => {
      const { h1 } = lab()
      for (const name of [
        'arpanet_consul0',
        'my_arpanet_consul',
        'arpanet.consul',
        'arpanet_consul.node10',
      ]) {
        await h1.run(`docker create --name ${name} --entrypoint sleep ${consulImage} 1000`)
      }
      assert.match((await h1.run(boot)).stdout, /leader h1/)
      await h1.run('arpanet stop')
      assert.equal((await h1.run('docker ps -aq')).stdout.trim().split('\n').length, 5)
    })

    it('passes arguments of Consul on as they are, the old names of some too', async () => {
      const { h1 } = lab()
      await h1.run(`${boot} -node mycustomname -dc dc34`)
      assert.match((await h1.run('arpanet consul members')).stdout, /^mycustomname .* dc34 /m)
    })

    it('refuses an argument that Consul does not know, with what Consul said', async () => {
      const { h1 } = lab()
      const refused = await h1.exec(`${boot} -nosuch`)
      assert.equal(refused.exitCode, 4)
      assert.match(refused.stderr, /^consul: ended with status 1 right after its start: .*-nosuch/m)
      assert.equal((await h1.run('docker inspect -f {{.State.Status}} arpanet_consul')).stdout, 'exited\n')
    })

    it('names the port that another program holds', async () => {
      const { h1 } = lab()
      for (const [socket, sentence] of [
        [
          'Proto => "tcp", Listen => 1, ReuseAddr => 1, LocalAddr => "192.0.2.1:8500"',
          '192.0.2.1:8500 (tcp)',
        ],
        ['Proto => "udp", LocalAddr => "172.17.0.1:53"', '172.17.0.1:53 (udp)'],
      ]) {
        const held = `$s = IO::Socket::INET->new(${socket!}) or die; sleep 60`
        await h1.run(`setsid perl -MIO::Socket::INET -e '${held}' > /dev/null 2>&1 & echo $! > /tmp/held.pid`)
        await eventually('the port is held', async (see) =>
          see((await h1.run('ss -Hlntup')).stdout).includes('perl'),
        )
        const refused = await h1.exec(boot)
        await h1.exec('kill $(cat /tmp/held.pid)')
        assert.equal(refused.exitCode, 3, seen(refused))
        assert.match(
          refused.stderr,
          new RegExp(`^consul: ${sentence!.replace(/[.()]/g, '\\$&')} is taken by another program`, 'm'),
        )
        await h1.run('docker rm -f arpanet_consul')
      }
    })

    it("refuses an address that is not this host's, and offers those that are", async () => {
      assert.equal(
        seen(await lab().h1.exec(`ARPANET_IP=192.0.2.77 ${boot}`)),
        `ARPANET_IP: expected an IPv4 address of this host, got "192.0.2.77"
  export ARPANET_IP=192.0.2.1
=> 2`,
      )
    })

    it('says who cannot be reached, and keeps trying', async () => {
      const { h1 } = lab()
      const alone = await h1.exec('arpanet start:consul client 192.0.2.99')
      assert.equal(alone.exitCode, 4)
      assert.match(
        alone.stderr,
        /^consul: runs on h1 but has not reached 192\.0\.2\.99:8301 in 15 s; it keeps trying$/m,
      )
      assert.equal((await h1.run('docker inspect -f {{.State.Status}} arpanet_consul')).stdout, 'running\n')
    })

    it('says which image cannot be had', async () => {
      const missing = await lab().h1.exec(`CONSUL_IMAGE=192.0.2.254:5000/none:1 ${boot}`)
      assert.equal(missing.exitCode, 4)
      assert.match(missing.stderr, /^Docker: cannot pull 192\.0\.2\.254:5000\/none:1: /m)
      assert.equal((await lab().h1.run('docker ps -aq')).stdout, '')
    })
  })
})
