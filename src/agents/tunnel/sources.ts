import type { Watch } from '../../drivers/docker/docker.ts'
import type { Ip } from '../../drivers/ip.ts'
import type { Nft } from '../../drivers/nft.ts'
import { tunnelProtocol } from '../../model/route-protocol.ts'
import type { Source, Trigger } from '../reconciler.ts'
import { deviceName } from './desired/links.ts'
import { followFirewall } from './firewall/read.ts'

/** Lines of iproute2 about what we keep: our device, and routes with our mark. */
const isAboutUs = new RegExp(`\\b${deviceName}\\b|\\bproto ${tunnelProtocol}\\b`)

/** What of this host says when to look again. `take` is given the trigger, for who has a reason of its own. */
export const hereabouts = (
  { ip, nft, watch }: { ip: Pick<Ip, 'changes'>; nft: Pick<Nft, 'changes'>; watch: Pick<Watch, 'events'> },
  take: (trigger: Trigger) => void,
): readonly Source[] => [
  {
    name: "the kernel's devices and routes",
    listen: (trigger, opened, signal) =>
      ip.changes(
        (line) => {
          if (isAboutUs.test(line)) trigger('a device, route or neighbour is another')
        },
        opened,
        signal,
      ),
  },
  {
    name: "the kernel's rules",
    listen: (trigger, opened, signal) =>
      followFirewall(nft, () => trigger('a rule is another'), opened, signal),
  },
  {
    // Docker that starts writes its rules anew.
    name: "Docker's events",
    listen: (trigger, opened, signal) => {
      take(trigger)
      return watch.events(() => undefined, opened, signal)
    },
  },
]
