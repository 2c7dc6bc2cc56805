import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ArpanetError } from '../../../src/errors.ts'
import { resolve, type Source } from '../../../src/settings/resolve.ts'
import { declaration, settingNames, type SettingName } from '../../../src/settings/table.ts'

/** The message of the error that the sources give. */
function fault(names: readonly SettingName[], ...sources: Source[]): ArpanetError {
  try {
    resolve(names, sources)
  } catch (error) {
    assert.ok(error instanceof ArpanetError)
    assert.equal(error.kind, 'usage')
    return error
  }
  throw new assert.AssertionError({ message: 'nothing was wrong' })
}

describe('settings', () => {
  it('come from the first source that has them: flag, environment, .arpanetrc, default', () => {
    const flag = { CONSUL_NAME: 'from_flag' }
    const environment = { CONSUL_NAME: 'from_environment', CONSUL_IMAGE: 'environment' }
    const file = { CONSUL_NAME: 'from_file', CONSUL_IMAGE: 'file', CONSUL_DATA: '/file' }
    assert.deepEqual(
      resolve(['CONSUL_NAME', 'CONSUL_IMAGE', 'CONSUL_DATA', 'CONSUL_PORT'], [flag, environment, file]),
      { CONSUL_NAME: 'from_flag', CONSUL_IMAGE: 'environment', CONSUL_DATA: '/file', CONSUL_PORT: 8500 },
    )
  })

  it('that are empty count as not set', () => {
    const sources = [{ CONSUL_PORT: '' }, { CONSUL_PORT: '8501' }]
    assert.deepEqual(resolve(['CONSUL_PORT'], sources), { CONSUL_PORT: 8501 })
    assert.deepEqual(resolve(['CONSUL_PORT'], [{ CONSUL_PORT: '' }]), { CONSUL_PORT: 8500 })
  })

  it('that hold only blanks are set, and wrong', () => {
    assert.equal(
      fault(['CONSUL_PORT'], { CONSUL_PORT: ' ' }).message,
      'CONSUL_PORT: expected a port from 1 to 65535, got " "',
    )
  })

  it('are looked at only where they are asked for', () => {
    const source = { CONSUL_PORT: 'nope', CONSUL_IMAGE: '!' }
    assert.deepEqual(resolve(['CONSUL_NAME'], [source]), { CONSUL_NAME: 'arpanet_consul' })
  })

  it('of a source that is not taken are not looked at', () => {
    assert.deepEqual(resolve(['CONSUL_PORT'], [{ CONSUL_PORT: '1' }, { CONSUL_PORT: 'nope' }]), {
      CONSUL_PORT: 1,
    })
  })

  it('that are wrong are named with what was expected, what is there and an example', () => {
    const error = fault(['ARPANET_IP'], { ARPANET_IP: 'nope' })
    assert.equal(error.message, 'ARPANET_IP: expected an IPv4 address of this host, got "nope"')
    assert.equal(error.hint, 'export ARPANET_IP=192.168.8.120')
    assert.equal(error.exitCode, 2)
  })

  it('that nobody set and that have no default are named', () => {
    const error = fault(['ARPANET_IP'], {})
    assert.equal(error.message, 'ARPANET_IP: expected an IPv4 address of this host, but it is not set')
  })

  it('are all named at once where several are wrong', () => {
    const error = fault(['ARPANET_IP', 'CONSUL_PORT', 'CONSUL_NAME'], {
      CONSUL_PORT: '0',
      ARPANET_IPP: '192.0.2.1',
    })
    assert.deepEqual(error.message.split('\n'), [
      'ARPANET_IPP: unknown setting, did you mean ARPANET_IP?',
      'ARPANET_IP: expected an IPv4 address of this host, but it is not set',
      'CONSUL_PORT: expected a port from 1 to 65535, got "0"',
    ])
    assert.deepEqual(error.hint?.split('\n'), ['export ARPANET_IP=192.168.8.120', 'export CONSUL_PORT=8500'])
  })

  it('that are one of a few names say which was meant', () => {
    const error = fault(['ARPANET_TUNNEL'], { ARPANET_TUNNEL: 'vxlam' })
    assert.match(
      error.message,
      /^ARPANET_TUNNEL: expected auto, .* or .*, got "vxlam", did you mean vxlan\?$/,
    )
    assert.equal(error.hint, 'export ARPANET_TUNNEL=vxlan')
    const other = fault(['ARPANET_TUNNEL'], { ARPANET_TUNNEL: 'something else' })
    assert.match(other.message, /, got "something else"$/)
    assert.equal(other.hint, 'export ARPANET_TUNNEL=auto')
  })

  const unknown: Record<string, string> = {
    ARPANET_IMAGES: 'ARPANET_IMAGES: unknown setting, did you mean ARPANET_IMAGE?',
    ARPANET_PI: 'ARPANET_PI: unknown setting, did you mean ARPANET_IP?',
    ARPANET_ip: 'ARPANET_ip: unknown setting, did you mean ARPANET_IP?',
    ARPANET_SOMETHING_ELSE_ENTIRELY: 'ARPANET_SOMETHING_ELSE_ENTIRELY: unknown setting',
  }
  for (const [name, message] of Object.entries(unknown)) {
    it(`called ${name} do not exist, whichever source has them and whatever is asked for`, () => {
      assert.equal(fault([], { [name]: 'x' }).message, message)
      assert.equal(fault(['CONSUL_NAME'], {}, { [name]: 'x' }, { [name]: 'y' }).message, message)
    })
  }

  it("of other programs are nobody's business", () => {
    assert.deepEqual(resolve([], [{ ARPANETRC: 'x', CONSUL_HTTP_ADDR: 'x', arpanet_ip: 'x' }]), {})
  })

  const borrowers: SettingName[] = ['AMBASSADORD_IMAGE', 'REGISTRATOR_IMAGE', 'FLEETSTREET_IMAGE']
  for (const name of borrowers) {
    it(`give ${name} the image of arpanet unless it has its own`, () => {
      const file = { ARPANET_IMAGE: 'mine:1' }
      assert.equal(resolve([name], [file])[name], 'mine:1')
      assert.equal(resolve([name], [{ [name]: 'other:2' }, file])[name], 'other:2')
      assert.equal(resolve([name], [{}])[name], declaration('ARPANET_IMAGE').default)
    })
  }

  it('are the same whatever else is set', () => {
    const name = fc.constantFrom(...settingNames.filter((each) => !each.startsWith('ARPANET_')))
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), (others) => {
        const source = { ...others, CONSUL_NAME: 'mine' }
        assert.deepEqual(resolve(['CONSUL_NAME'], [source]), { CONSUL_NAME: 'mine' })
      }),
    )
  })
})
