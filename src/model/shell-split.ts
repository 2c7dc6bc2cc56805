/**
 * The words of a line as a POSIX shell splits it: at blanks, with quotes and backslashes taken away. Nothing is expanded;
 * `$`, `*`, `|` and `;` are plain characters. Undefined where a quote does not end, and for what no program can be
 * handed: a NUL.
 */
export function splitWords(line: string): string[] | undefined {
  if (line.includes('\0')) return undefined
  const words: string[] = []
  let word: string | undefined
  let rest = line
  while (rest !== '') {
    const blanks = /^[ \t\n]+/.exec(rest)
    if (blanks) {
      if (word !== undefined) words.push(word)
      word = undefined
      rest = rest.slice(blanks[0].length)
      continue
    }
    const found = piece(rest)
    if (found === undefined) return undefined
    word = (word ?? '') + found.text
    rest = rest.slice(found.length)
  }
  if (word !== undefined) words.push(word)
  return words
}

/** The next run of one kind of quoting, and how much of the line it takes. */
function piece(rest: string): { text: string; length: number } | undefined {
  const single = /^'([^']*)'/.exec(rest)
  if (single) return { text: single[1] ?? '', length: single[0].length }
  const double = /^"((?:[^"\\]|\\[^])*)"/.exec(rest)
  if (double) {
    // A backslash inside double quotes is one of these, or itself; before the end of a line both go.
    const text = (double[1] ?? '').replace(/\\([$`"\\\n])/g, (_, after: string) =>
      after === '\n' ? '' : after,
    )
    return { text, length: double[0].length }
  }
  const escaped = /^\\([^])/u.exec(rest)
  if (escaped) return { text: escaped[1] === '\n' ? '' : (escaped[1] ?? ''), length: escaped[0].length }
  const plain = /^[^ \t\n'"\\]+/.exec(rest)
  return plain ? { text: plain[0], length: plain[0].length } : undefined
}
