import { inTheEmulatedKernel } from '../support/emulated-tests.ts'
import { carryByWireguard } from '../support/wireguard-tests.ts'

describe('wireguard by the kernel', function () {
  this.timeout(300_000)
  carryByWireguard('kernel', inTheEmulatedKernel(import.meta.filename, 600_000))
})
