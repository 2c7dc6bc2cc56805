const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/** One that a single device can have: no group's (its lowest bit) and not all zeros, lower case. */
export function isMac(text: string): boolean {
  return mac.test(text) && parseInt(text.slice(0, 2), 16) % 2 === 0 && !/^[0:]+$/.test(text)
}

/** The MAC of the device of the host with this address: locally administered, and so nobody's by birth. */
export function macOf(address: string): string {
  let mac = '02:d2'
  for (const octet of address.split('.')) mac += `:${hex[Number(octet)]}`
  return mac
}

/** Of each octet: a thousand hosts are asked for theirs several times a pass. */
const hex = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))
