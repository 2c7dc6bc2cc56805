import { consul } from './consul.ts'

/** The stack, in the order in which its services start; they stop the other way round. */
export const services = [consul] as const
