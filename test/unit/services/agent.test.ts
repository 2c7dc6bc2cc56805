import assert from 'node:assert/strict'
import { dockerRun } from '../../../src/model/container-spec.ts'
import { shellLine } from '../../../src/model/shell-words.ts'
import { agentSpec, type AgentService } from '../../../src/services/agent.ts'

const service: AgentService = {
  agent: 'registrator',
  settings: { HOSTNAME: 'h1', ARPANET_IP: '192.0.2.1', ARPANET_IMAGE: 'arpanet:1', CONSUL_PORT: 8500 },
  container: 'arpanet_registrator',
  image: 'arpanet:1',
  port: 9610,
  args: ['consul://192.0.2.1:8500'],
}
const line = (image: string) => shellLine(dockerRun(agentSpec({ ...service, image }), {}))

describe('the container of an agent', () => {
  it('spends time rather than memory, where the image is ours', () => {
    assert.match(
      line('arpanet:1'),
      / --entrypoint \/usr\/local\/bin\/node .* arpanet:1 --lite-mode --max-semi-space-size=2 \/opt\/arpanet\/bin\/run\.js consul:/,
    )
  })

  it("starts another image as that image wants to be started, with the original's arguments", () => {
    const original = line('gliderlabs/registrator:v7')
    assert.ok(original.endsWith(' gliderlabs/registrator:v7 consul://192.0.2.1:8500'), original)
    assert.doesNotMatch(original, /--entrypoint/)
  })
})
