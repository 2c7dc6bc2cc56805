import { carryByWireguard } from '../support/wireguard-tests.ts'

describe('wireguard by a process', function () {
  this.timeout(120_000)
  carryByWireguard('process', { it, beforeEach, afterEach })
})
