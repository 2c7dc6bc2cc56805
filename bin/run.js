#!/usr/bin/env node
import { run } from '../dist/cli.js'

// As a service of the stack the image is an agent, and is given the very arguments of the original that it stands for.
const agent = process.env.ARPANETAGENT
const words = process.argv.slice(2)

await run(agent ? [agent, ...words] : words)
