// `npm run generate`: writes what is made from the table of settings into the files that hold it.
import { readFileSync, writeFileSync } from 'node:fs'
import { exampleFile, readmeTable, replaceBetween, wrapperSettings } from './documents.ts'

/** Each generated file, and its text as it should be now. */
export function generated(read = (path: string) => readFileSync(path, 'utf8')): Record<string, string> {
  return {
    '.arpanetrc.example': exampleFile(),
    'README.md': replaceBetween(read('README.md'), 'settings', readmeTable()),
    wrapper: replaceBetween(read('wrapper'), 'settings', wrapperSettings()),
  }
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generated())) writeFileSync(path, text)
}
