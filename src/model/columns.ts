/** Rows of cells as lines, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(printable))
  const count = Math.max(0, ...shown.map(({ length }) => length))
  const widths = Array.from({ length: count }, (_, at) =>
    shown.reduce((widest, row) => Math.max(widest, row[at]?.length ?? 0), 0),
  )
  return shown.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Whoever may name a container or write a key must not speak to the reader's terminal. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
