/** What a text in Graphviz's language says. */
export interface Dot {
  readonly nodes: Map<string, Record<string, string>>
  readonly edges: {
    readonly from: string
    readonly to: string
    readonly attributes: Record<string, string>
  }[]
  readonly attributes: Record<string, string>
}

/** Of https://graphviz.org/doc/info/lang.html what an undirected graph needs: no ports, no HTML, no numbers. */
const tokens = /\s*(?:("(?:[^"\\]|\\[^])*")|([A-Za-z_]\w*)|(--|[{}[\]=,;]))/y

/** Reads it as Graphviz would, and throws where that would refuse it. */
export function parseDot(text: string): Dot {
  const words = wordsOf(text)
  const dot: Dot = { nodes: new Map(), edges: [], attributes: {} }
  let at = 0
  const next = () => words[at++] ?? fail('the end')
  const take = (word: string) => (words[at] === word ? Boolean(++at) : false)
  const expect = (word: string) => take(word) || fail(words[at] ?? 'the end', word)
  const id = () => {
    const word = next()
    if (word.startsWith('"')) return word.slice(1, -1).replaceAll('\\"', '"')
    return /^\w+$/.test(word) ? word : fail(word, 'a name')
  }
  const attributes = () => {
    const found: Record<string, string> = {}
    if (!take('[')) return found
    while (!take(']')) {
      const name = id()
      expect('=')
      found[name] = id()
      if (!take(',')) take(';')
    }
    return found
  }
  const end = () => {
    if (!take('{')) return [id()]
    const ids: string[] = []
    while (!take('}')) ids.push(id())
    return ids
  }
  const statement = () => {
    if (['graph', 'node', 'edge'].includes(words[at] ?? '')) {
      const isOfGraph = next() === 'graph'
      const found = attributes()
      if (isOfGraph) Object.assign(dot.attributes, found)
      return
    }
    const ends = [end()]
    while (take('--')) ends.push(end())
    const found = attributes()
    for (const each of ends.flat()) dot.nodes.set(each, dot.nodes.get(each) ?? {})
    const [[only = ''] = []] = ends
    if (ends.length === 1) Object.assign(dot.nodes.get(only) ?? {}, found)
    for (const [index, tos] of ends.slice(1).entries()) {
      for (const from of ends[index] ?? []) {
        for (const to of tos) dot.edges.push({ from, to, attributes: found })
      }
    }
  }
  take('strict')
  expect('graph')
  if (words[at] !== '{') id()
  expect('{')
  while (!take('}')) {
    statement()
    take(';')
  }
  if (at < words.length) fail(words[at] ?? '', 'the end')
  return dot
}

function wordsOf(text: string): string[] {
  const words: string[] = []
  tokens.lastIndex = 0
  for (;;) {
    const { lastIndex } = tokens
    const found = tokens.exec(text)
    if (found === null) return text.slice(lastIndex).trim() === '' ? words : fail(text.slice(lastIndex))
    words.push(found[1] ?? found[2] ?? found[3] ?? '')
  }
}

function fail(got: string, expected = 'something else'): never {
  throw new Error(`DOT: got ${got}, ${expected} was expected`)
}

/** A label as it is drawn, line by line: `\n` ends one, any other character after a backslash is itself. */
export function linesOf(label: string): string[] {
  const drawn = label.replaceAll(/\\([^])|\n/g, (_, each?: string) => (each === 'n' ? '\n' : (each ?? '')))
  return drawn.replaceAll('&amp;', '&').split('\n')
}
