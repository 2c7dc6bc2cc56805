import { distance } from 'fastest-levenshtein'

/** The name nearest to `word`, or nothing where none is near enough to be what was meant (a third of its letters). */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const limit = Math.ceil(word.length / 3)
  return names
    .map((name) => ({ name, edits: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits)[0]?.name
}
