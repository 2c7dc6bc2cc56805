import { spawn } from 'node:child_process'
import { switchIp, type Network } from './network.ts'

/** Names of the outside world that the lab's resolver knows; the addresses are of documentation networks. */
export const outsideNames: Record<string, string> = {
  'www.example.com': '198.51.100.80',
  'mail.example.org': '198.51.100.25',
}

/** SRV records that the lab's resolver has: the host's name, and the port there. */
export const outsideServices: Record<string, readonly (readonly [string, number])[]> = {
  '_echo._tcp.example.com': [
    ['h1', 7007],
    ['h2', 7007],
  ],
}

/** Starts the lab's DNS server on the switch. It ends with the switch's namespace. */
export function startResolver(network: Network, hosts: readonly { name: string; ip: string }[]): void {
  const names = [...hosts.map(({ name, ip }) => [name, ip] as const), ...Object.entries(outsideNames)]
  const records = names.map(([name, ip]) => `--host-record=${name},${ip}`)
  const services = Object.entries(outsideServices).flatMap(([name, places]) =>
    places.map(([target, port]) => `--srv-host=${name},${target},${port}`),
  )
  const flags = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-hosts',
    '--no-resolv',
    '--pid-file=',
    '--user=root',
  ]
  const listen = [`--listen-address=${switchIp}`, '--bind-interfaces']
  spawn(
    'nsenter',
    [`--net=/run/netns/${network.netns}`, 'dnsmasq', ...flags, ...listen, ...records, ...services],
    {
      detached: true,
      stdio: 'ignore',
    },
  ).unref()
}
