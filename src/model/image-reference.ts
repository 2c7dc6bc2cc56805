const host = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)'
const path = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^${host}?${path}(?:/${path})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
)

/** Whether Docker would take `text` as an image: `[host[:port]/]path[:tag][@sha256:digest]` (distribution/reference). */
export function isImageReference(text: string): boolean {
  return text.length <= 255 && reference.test(text)
}

/** The reference with the tag that Docker would add; without one, `pull` would fetch every tag. */
export function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1)
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`
}
