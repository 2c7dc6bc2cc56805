import { execFileSync } from 'node:child_process'

/** Where all of them listen: for iperf3, which wants its connections to end in one place, and for HTTP. */
export const ports = { bulk: 5201, web: 80 } as const

/** What else could carry connections to a backend: files, and programs that are told the folder of these. */
export interface Rival {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly argvs: (folder: string) => readonly (readonly string[])[]
}

const haproxy = ([one, two]: readonly [string, string]): string => `
global
  nbthread 2
  maxconn 4096
defaults
  mode tcp
  option splice-auto
  balance roundrobin
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen bulk
  bind :${ports.bulk}
  server one ${one}:${ports.bulk}
listen web
  bind :${ports.web}
  server one ${one}:${ports.web}
  server two ${two}:${ports.web}
`

const nginxBase = `
pid none.pid;
worker_processes 2;
worker_rlimit_nofile 16384;
error_log stderr crit;
events { worker_connections 8192; }
`

const nginxStream = ([one, two]: readonly [string, string]): string => `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
${nginxBase}
stream {
  upstream web { server ${one}:${ports.web}; server ${two}:${ports.web}; }
  server { listen ${ports.bulk}; proxy_pass ${one}:${ports.bulk}; }
  server { listen ${ports.web} backlog=4096; proxy_pass web; }
}
`

/** A backend's web server, which gives the same short answer to whatever it is asked. */
export const webServer = `${nginxBase}
http {
  access_log off;
  keepalive_requests 10000000;
  server { listen ${ports.web} backlog=4096; return 200 "here"; }
}
`

export const nginx = (folder: string, file: string): readonly string[] => [
  ...['nginx', '-p', folder, '-c', file, '-g', 'daemon off;'],
]

/** Each as its manual recommends for this; socat knows one goal only. */
export const rivals = (backends: readonly [string, string]): readonly Rival[] => [
  {
    name: 'HAProxy',
    files: { 'haproxy.cfg': haproxy(backends) },
    argvs: (folder) => [['haproxy', '-db', '-f', `${folder}/haproxy.cfg`]],
  },
  {
    name: 'nginx stream',
    files: { 'stream.conf': nginxStream(backends) },
    argvs: (folder) => [nginx(folder, 'stream.conf')],
  },
  {
    name: 'socat',
    files: {},
    argvs: () =>
      Object.values(ports).map((port) => [
        ...['socat', `TCP-LISTEN:${port},fork,reuseaddr,backlog=4096`, `TCP:${backends[0]}:${port}`],
      ]),
  },
]

/** What is measured with, and against, by Debian's packages; the last is no program. */
const packages = {
  nft: 'nftables',
  ip: 'iproute2',
  iperf3: 'iperf3',
  ab: 'apache2-utils',
  haproxy: 'haproxy',
  nginx: 'nginx-light',
  '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
  socat: 'socat',
}

/** Throws where one of them is not installed. */
export function demandRivals(): void {
  const isThere = (program: string) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$0" || test -e "$0"', program], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  const missing = Object.entries(packages).filter(([program]) => !isThere(program))
  if (missing.length === 0) return
  const line = `apt-get install --no-install-recommends ${missing.map(([, name]) => name).join(' ')}`
  throw new Error(`${missing.map(([program]) => program).join(', ')}: not installed, run: ${line}`)
}
