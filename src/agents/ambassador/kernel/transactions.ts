/** Changes the kernel's rules, all of a script or nothing. */
type Apply = (script: string) => Promise<void>

/**
 * Makes one transaction of all scripts that are handed in at the same moment, in their order. Where it is refused each
 * is tried alone, so that a faulty one stops nobody else's.
 */
export function inOneTransaction(apply: Apply): Apply {
  let waiting: { script: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  const flush = async () => {
    const all = waiting
    waiting = []
    try {
      await apply(all.map(({ script }) => script).join('\n'))
      for (const { resolve } of all) resolve()
    } catch (error) {
      if (all.length === 1) all[0]?.reject(error)
      else for (const { script, resolve, reject } of all) await apply(script).then(resolve, reject)
    }
  }
  return (script) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(() => void flush())
      waiting.push({ script, resolve, reject })
    })
}
