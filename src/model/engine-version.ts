/**
 * Whether an engine of this version drops what is sent straight to a container, and has options against it
 * (`allow-direct-routing`, `trusted_host_interfaces`): from 28.2 on. An older one does not start with a key that it does
 * not know.
 */
export function knowsDirectRouting(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 28 || (major === 28 && minor >= 2)
}
