/** A way that goes from each state to each state once, and ends where it began. */
export function circuit(names: readonly string[]): string[] {
  const left = new Map(names.map((name) => [name, [...names]]))
  const [stack, way] = [[names[0]!], [] as string[]]
  while (stack.length > 0) {
    const next = left.get(stack.at(-1)!)!.pop()
    if (next === undefined) way.push(stack.pop()!)
    else stack.push(next)
  }
  return way.reverse()
}
