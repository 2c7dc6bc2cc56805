import { usage } from '../errors.ts'
import { nearest } from '../model/nearest.ts'

/** The services named, in the order of the table; all of them where none is. Throws a usage error for a wrong name. */
export function chooseServices<S extends { readonly name: string }>(
  command: string,
  services: readonly S[],
  names: readonly string[],
): readonly S[] {
  const known = services.map(({ name }) => name)
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) {
    const meant = nearest(wrong, known)
    throw usage(
      `${command}: unknown service "${wrong}", ${meant === undefined ? `expected ${known.join(' or ')}` : `did you mean ${meant}?`}`,
      `arpanet ${command} --help`,
    )
  }
  return names.length === 0 ? services : services.filter(({ name }) => names.includes(name))
}
