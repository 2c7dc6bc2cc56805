import { sessionContract } from '../../support/session-contract.ts'
import { fakeKeyValue, fakeSessions, keyValueState } from '../../support/key-value.ts'

describe('the key-value store in memory', () => {
  const state = keyValueState()
  const consul = { kv: fakeKeyValue({}, state), sessions: fakeSessions(state) }
  sessionContract(() => consul)
})
