import type { Host } from './host.ts'

const questions = [
  'ip -brief address',
  'ip route show table all type unicast',
  'ip neighbour',
  // Docker's iptables rules are in it: they are nftables rules too.
  'nft list ruleset',
  'docker ps --all',
  // The last words of every container of the stack.
  `docker ps --all --format '{{.Names}}' | grep arpanet | while read -r name; do
    echo "-- $name"; docker logs --tail 40 "$name" 2>&1; done`,
  // Where systemd runs, Docker has no file to write to.
  '{ cat /var/log/docker.log || journalctl --unit docker --output cat; } 2>/dev/null | grep -v level=info | tail -n 10',
]

/** What each host's kernel, engine and agents have to say. */
export async function diagnose(hosts: readonly Host[]): Promise<string> {
  const reports = await Promise.all(hosts.map(diagnoseHost))
  return reports.join('\n')
}

async function diagnoseHost(host: Host): Promise<string> {
  const title = `======== ${host.name} (${host.ip}, ${host.release}, Docker ${host.engine})`
  if (!host.isUp) return `${title} is off`
  const answers = await Promise.all(
    questions.map(async (question) => {
      const { stdout, stderr } = await host.exec(question, { timeoutMs: 10_000 })
      return `---- ${question.split('\n')[0] ?? ''}\n${stdout}${stderr}`
    }),
  )
  return [title, ...answers].join('\n')
}
