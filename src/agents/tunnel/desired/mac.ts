const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/** One that a single device can have: no group's (its lowest bit) and not all zeros, lower case. */
export function isMac(text: string): boolean {
  return mac.test(text) && parseInt(text.slice(0, 2), 16) % 2 === 0 && !/^[0:]+$/.test(text)
}

/** The MAC of the device of the host with this address: locally administered, and so nobody's by birth. */
export function macOf(address: string): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))
  return ['02', 'd2', ...octets].join(':')
}
