const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Seconds since 1970, from an age such as `10m` before `nowMs`, or from a time by ISO 8601; undefined for neither. */
export function parseSince(text: string, nowMs: number): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Math.floor((nowMs - Number(count) * (unitMs[unit] ?? 0)) / 1_000)
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(time) ? undefined : Math.floor(time / 1_000)
}
