import { fakeDocker } from '../../support/docker.ts'
import { dockerContract } from '../../support/docker-contract.ts'

describe('the fake engine of these tests', () => {
  const docker = fakeDocker({ images: { 'example/web:1': 'sha256:now' } })
  dockerContract(() => docker, 'example/web:1')
})
