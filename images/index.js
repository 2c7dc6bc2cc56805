// index.js FILE REFERENCE TAR: notes in FILE which tar holds the image REFERENCE.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

const [file, reference, tar] = process.argv.slice(2)
let index = {}
try {
  index = JSON.parse(readFileSync(file, 'utf8'))
} catch (error) {
  if (error.code !== 'ENOENT') throw error
}
index[reference] = tar
writeFileSync(`${file}.new`, JSON.stringify(index, null, 2))
renameSync(`${file}.new`, file)
