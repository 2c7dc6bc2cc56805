const nanoseconds: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}
const part = String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)`
const whole = new RegExp(`^(?:${part})+$`)

/**
 * Milliseconds of a duration as Go writes it: `10s`, `1m30s`, `1.5h`. Undefined where Go would not read it, where it is
 * not above zero, and beyond the 292 years that Go counts (https://pkg.go.dev/time#ParseDuration).
 */
export function durationMs(text: string): number | undefined {
  if (!whole.test(text)) return undefined
  const parts = [...text.matchAll(/([\d.]+)([a-zµμ]+)/g)]
  const total = parts.reduce(
    (sum, [, amount = '', unit = '']) => sum + Number(amount) * (nanoseconds[unit] ?? NaN),
    0,
  )
  return total >= 1 && total < 2 ** 63 ? total / 1e6 : undefined
}
