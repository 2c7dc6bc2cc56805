#!/usr/bin/env node
// Runs the sources as they are, without a bundle: node bin/dev.js COMMAND
import { run } from '../src/cli.ts'

await run(process.argv.slice(2))
