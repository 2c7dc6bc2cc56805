// The lab for a person to play in: bin/lab says what it can do. It outlives the command that starts it.
import { spawnSync } from 'node:child_process'
import { detachedHosts, detachLab, removeLab, removeLeftovers } from './removal.ts'
import { createLab, openLab, type Lab } from './lab.ts'
import { builtImages, cadvisorImage, consulImage, productImage } from './image.ts'
import { engines, releases, type Release } from './rootfs.ts'

const name = 'playground'

const actions: Record<string, (...args: string[]) => Promise<void> | void> = {
  async up(...words) {
    const hosts = Object.fromEntries(choose(words).map((release, n) => [`h${n + 1}`, release]))
    removeLeftovers()
    const lab = await createLab({
      name,
      hosts,
      images: [productImage(), consulImage, cadvisorImage].filter((image) => image in builtImages()),
      arpanetrc: { CONSUL_IMAGE: consulImage, CADVISOR_IMAGE: cadvisorImage },
    })
    detachLab(name, hosts)
    show(lab)
    console.log(`\nTry:\n  bin/lab sh h1\n  bin/lab sh h1 arpanet start:consul boot\n  bin/lab down`)
  },
  down() {
    removeLeftovers()
    detachedHosts(name)
    removeLab(name)
    console.log('the lab is down')
  },
  status() {
    show(openLab(name))
  },
  sh(host = 'h1', ...words) {
    const inside = words.length > 0 ? ['bash', '-c', words.join(' ')] : ['bash', '--login']
    const environment = ['env', `TERM=${process.env.TERM ?? 'dumb'}`, 'HOME=/root', 'LANG=C.UTF-8']
    const [enter = '', ...args] = [...openLab(name).host(host).enter, ...environment, ...inside]
    process.exitCode = spawnSync(enter, args, { stdio: 'inherit' }).status ?? 1
  },
  lose: (host = '') => openLab(name).host(host).lose(),
  boot: (host = '') => openLab(name).host(host).boot(),
  cut: partition('cut'),
  heal: partition('heal'),
}

function partition(verb: 'cut' | 'heal') {
  return (host = '', ...peers: string[]): Promise<void> => {
    const lab = openLab(name)
    const [peer] = peers
    return lab.host(host)[verb](peer === undefined ? undefined : lab.host(peer))
  }
}

/** `3`, or releases by name. */
function choose(words: readonly string[]): Release[] {
  const [first = '3'] = words
  if (/^[1-9]$/.test(first))
    return Array.from({ length: Number(first) }, (_, n) => releases[n % releases.length]!)
  return words.map((word) => {
    if (word in engines) return word as Release
    throw new Error(
      `bin/lab: expected a number of hosts or names out of ${releases.join(', ')}, got "${word}"`,
    )
  })
}

function show(lab: Lab): void {
  console.log('HOST  ADDRESS     RELEASE   DOCKER')
  for (const { name, ip, release, isUp } of lab.hosts) {
    console.log([name.padEnd(5), ip.padEnd(11), release.padEnd(9), isUp ? engines[release] : 'off'].join(' '))
  }
}

const [action = 'status', ...args] = process.argv.slice(2)
try {
  const act = actions[action]
  if (act === undefined)
    throw new Error(`bin/lab: expected one of ${Object.keys(actions).join(', ')}, got "${action}"`)
  await act(...args)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
