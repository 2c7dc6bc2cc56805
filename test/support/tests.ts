/** Those functions of mocha that declare what runs; what is declared with them can run elsewhere than mocha does. */
export interface Tests {
  readonly it: (title: string, body: Mocha.AsyncFunc) => void
  readonly beforeEach: (body: Mocha.AsyncFunc) => void
  readonly afterEach: (body: Mocha.AsyncFunc) => void
}
