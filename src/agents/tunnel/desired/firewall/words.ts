/** The words of a rule as iptables-save(8) writes it: one with blanks stands in double quotes, and stays in them. */
export const wordsOf = (rule: string): string[] => rule.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []

/** What an option of a rule says; undefined where it says nothing, or the opposite. */
export function optionOf(words: readonly string[], name: string): string | undefined {
  const index = words.indexOf(name)
  return index === -1 || words[index - 1] === '!' ? undefined : words[index + 1]
}

/** Where a rule sends packets; '' where it only counts them. */
export const targetOf = (words: readonly string[]): string =>
  optionOf(words, '-j') ?? optionOf(words, '-g') ?? ''
