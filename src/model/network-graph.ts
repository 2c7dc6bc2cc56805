import { columns } from './columns.ts'
import { formatRoundTrip, peersByName, type NetworkView, type PeerView } from './network-view.ts'

/** A line that is broken carries nothing, and one of dots is not there. */
const strokes = { up: '─', silent: '╌', lost: '┈', 'left out': '┈' } as const

/** Holds `1234 ms`, and leaves of 80 columns a name of 18 letters and any IPv4 address. */
const tunnelWidth = 20
const addressMax = '255.255.255.255'.length
const boxTextMax = '255.255.255.255/32'.length
const nameMin = 8

/**
 * This host in a box, and a line from it to each peer, with its state and round trip in it: of `widthColumns` at most,
 * where that is 72 or more.
 */
export function networkPicture(view: NetworkView, widthColumns: number): string[] {
  const peers = peersByName(view)
  const box = boxOf(view, peers.length > 0)
  const height = Math.max(box.length, peers.length)
  const boxTop = Math.floor((height - box.length) / 2)
  const first = Math.floor((height - peers.length) / 2)
  const centre = boxTop + Math.floor(box.length / 2)
  const blank = ' '.repeat(box[0]?.length ?? 0)
  const ends = endsOf(peers, widthColumns - blank.length - tunnelWidth - 3)
  const rows = Array.from({ length: height }, (_, row) => {
    const left = box[row - boxTop] ?? blank
    const peer = peers[row - first]
    if (peer === undefined) return left
    const fork = forkOf(row > first, row < first + peers.length - 1, row === centre)
    return `${left}${row === centre ? '──' : '  '}${fork}${tunnelOf(peer)}${ends[row - first] ?? ''}`
  })
  return columns(rows.map((row) => [row]))
}

function boxOf({ host }: NetworkView, isLinked: boolean): string[] {
  const texts = [host.name, host.address, host.subnet ?? 'no lease yet'].map((text) => cut(text, boxTextMax))
  const inner = columns(texts.map((text) => [text]))
  const title = '─ this host '
  const width = Math.max(title.length - 2, ...inner.map(({ length }) => length))
  return [
    `┌${title.padEnd(width + 2, '─')}┐`,
    ...inner.map((text, row) => `│ ${text.padEnd(width)} ${isLinked && row === 1 ? '├' : '│'}`),
    `└${'─'.repeat(width + 2)}┘`,
  ]
}

/** Where the line from the box comes to those of the peers: the one goes on to each of these. */
function forkOf(goesUp: boolean, goesDown: boolean, isCentre: boolean): string {
  if (goesUp && goesDown) return isCentre ? '┼' : '├'
  if (goesUp) return isCentre ? '┴' : '└'
  if (goesDown) return isCentre ? '┬' : '┌'
  return '─'
}

function tunnelOf({ state, roundTripMs }: PeerView): string {
  const stroke = strokes[state]
  const [before, after] = [`${stroke} ${state} `, `${stroke}${stroke} `]
  const trip = state !== 'up' || roundTripMs === undefined ? '' : ` ${formatRoundTrip(roundTripMs)} `
  const rest = Math.max(1, tunnelWidth - `${before}${trip}${after}`.length)
  return `${before}${stroke.repeat(rest)}${trip}${after}`
}

/** Who is at the other end of each line; without the subnets where they do not fit, with shorter names if need be. */
function endsOf(peers: readonly PeerView[], widthColumns: number): string[] {
  const whole = columns(peers.map(({ host, address, subnet }) => [host, address, subnet]))
  if (whole.every(({ length }) => length <= widthColumns)) return whole
  const addresses = peers.map(({ address }) => cut(address, addressMax))
  const nameWidth = widthColumns - Math.max(...addresses.map(({ length }) => length)) - 2
  return columns(peers.map(({ host }, at) => [cut(host, Math.max(nameMin, nameWidth)), addresses[at] ?? '']))
}

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text
