/**
 * Marks routes that the tunnel made (rtnetlink(7), rtm_protocol); a route of another protocol is somebody else's. Linux
 * and iproute2 know no other program by this number.
 */
export const tunnelProtocol = 210
