import type { Asked, Heard } from '../../drivers/consul/consul.ts'
import type { Source } from '../reconciler.ts'

/** Something of Consul that is asked again and again, and what was last heard of it. */
export class Following<T> {
  readonly source: Source
  #value: T | undefined

  constructor(name: string, ask: (asked: Asked) => Promise<Heard<T>>) {
    this.source = {
      name,
      listen: async (trigger, opened, signal) => {
        // Who was not heard for a while may have missed everything.
        let heard = await ask({ waits: false, signal })
        this.#value = heard.value
        opened()
        for (;;) {
          const next = await ask({ index: heard.index, waits: true, signal })
          const isAnother = next.index !== heard.index
          // One that counts anew is asked with all certainty.
          heard = Number(next.index) < Number(heard.index) ? await ask({ waits: false, signal }) : next
          this.#value = heard.value
          // Somebody waits for it.
          if (isAnother) trigger(`${name} is another`, 'urgent')
        }
      },
    }
  }

  /** Undefined before the first answer. */
  get value(): T | undefined {
    return this.#value
  }
}
