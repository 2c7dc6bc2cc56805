import { cadvisorImage, consulImage, productImage } from '../lab/image.ts'
import type { Outcome } from '../lab/program.ts'
import type { LabPlan } from '../lab/lab.ts'
import { useLab } from './lab.ts'

/** A lab whose hosts have arpanet and Debian's Consul, which stands in for the public image. */
export const useProductLab = <Name extends string>(name: string, hosts: LabPlan<Name>['hosts']) =>
  useLab({
    name,
    hosts,
    images: [productImage(), consulImage, cadvisorImage],
    arpanetrc: { CONSUL_IMAGE: consulImage, CADVISOR_IMAGE: cadvisorImage },
  })

/** What a person sees of a command: its exit status, and both streams in the order of their names. */
export const seen = ({ exitCode, stdout, stderr }: Outcome): string => `${stdout}${stderr}=> ${exitCode}`

/** The lines of standard output. */
export const linesOf = ({ stdout }: Outcome): string[] => stdout.split('\n').filter(Boolean)
