/**
 * The name of an image without registry, tag and digest: `web` of `registry:5000/team/web:1@sha256:…`. Undefined where
 * a container was made from an image's number, which is no name.
 */
export function imageBasename(image: string): string | undefined {
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(image)) return undefined
  const [name] = image.slice(image.lastIndexOf('/') + 1).split(/[:@]/)
  return name === '' ? undefined : name
}

/**
 * Why Consul cannot keep something under this id, or undefined. Its API takes the id from the path of an address, where
 * it refuses what cannot be printed (hashicorp/go-cleanhttp, handlers.go) and folds empty and dotted segments.
 */
export function idFault(id: string): string | undefined {
  if (/(^|\/)\.{0,2}\//.test(id) || /(^|\/)\.{1,2}$/.test(id))
    return 'has a path with empty or dotted segments'
  return nameFault(id)
}

/** Why Consul cannot be asked for a service of this name, or undefined. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(name) ? undefined : 'has characters that cannot be printed'
}

/** A text in a message: quoted, on one line, and not without end. */
export function quoted(text: string): string {
  const line = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text).slice(1, -1)
  return `'${line.replaceAll('\\"', '"')}'`
}
