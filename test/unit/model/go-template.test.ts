import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseTemplate } from '../../../src/model/go-template.ts'
import { TemplateError } from '../../../src/model/go-template-values.ts'

const data = {
  ID: '0123456789abcdef',
  Name: '/web',
  Count: 3,
  Config: {
    Env: ['A=1', 'B=x', 'B2=y'],
    Labels: new Map([
      ['team', 'red'],
      ['a.b', 'c'],
    ]),
  },
}

describe('a template of Go', () => {
  const made: Record<string, string> = {
    'plain, }} and { too': 'plain, }} and { too',
    '{{.ID}}-{{ $.Name }}': '0123456789abcdef-/web',
    '{{.Config.Labels.team}} {{.Config.Labels.none}}': 'red <no value>',
    '{{index .Config.Labels "a.b"}}{{index .Config.Labels "none"}}': 'c',
    '{{index .Config.Env 1}} {{len .Config.Env}} {{len .Name}} {{len .Config.Labels}}': 'B=x 3 4 2',
    '{{.Config.Env}} {{.Config.Labels}}': '[A=1 B=x B2=y] map[a.b:c team:red]',
    'a {{- /* nothing */ -}} b': 'ab',
    'a{{- " x "}}b': 'a x b',
    '{{"}}"}}{{`{{`}}': '}}{{',
    '{{"\\"a\\n\\u00e9"}}': '"a\né',
    '{{if .Name}}a{{end}}{{if not .Name}}b{{else}}c{{end}}': 'ac',
    '{{if eq .Count 1}}a{{else if eq .Count 2 3}}b{{else}}c{{end}}': 'b',
    '{{if and .Name (ne .Count 3)}}a{{end}}{{or "" "x"}}{{if .Config.Labels.none}}b{{end}}': 'x',
    '{{if .Name}}{{if .ID}}in{{end}}out{{end}}': 'inout',
    '{{print .Name 1 true}}': '/web1true',
    '{{strSlice .ID 0 4}} {{strSlice .ID 12}} {{strSlice .ID 3 99}}': '0123 cdef 3456789abcdef',
    '{{.Config.Env | sIndex 0}} {{sIndex -1 .Config.Env}}': 'A=1 B2=y',
    '{{mIndex "team" .Config.Labels}}': 'red',
    '{{.Name | toUpper | replace -1 "/" "_"}} {{toLower "ÀB"}}': '_WEB àb',
    '{{replace 1 "a" "b" "aaa"}} {{replace 0 "a" "b" "aaa"}} {{replace 9 "a" "b" "aaa"}}': 'baa aaa bbb',
    '{{split "," "a,b" | join "+"}} {{splitIndex 1 "," "a,b"}}': 'a+b b',
    '{{matchFirstElement "^B" .Config.Env}}.{{matchFirstElement "^C" .Config.Env}}.': 'B=x..',
    '{{matchAllElements "^B" .Config.Env | join ","}}': 'B=x,B2=y',
    '{{index (split "/" .Name) 1}}': 'web',
  }
  for (const [text, expected] of Object.entries(made)) {
    it(`${JSON.stringify(text)} gives ${JSON.stringify(expected)}`, () => {
      assert.equal(parseTemplate(text)(data), expected)
    })
  }

  const unreadable: Record<string, string> = {
    'a{{.ID': "'{{.ID' has no end",
    '{{}}': 'a value is missing',
    '{{if .ID}}a': "'{{if}}' without '{{end}}'",
    '{{if .ID}}a{{else}}b': "'{{else}}' without '{{end}}'",
    '{{end}}': "'{{end}}' without '{{if}}'",
    '{{range .Config.Env}}{{end}}': "'{{range}}' is not supported",
    '{{httpGet "http://x"}}': "there is no function 'httpGet' here",
    '{{constructor}}': "there is no function 'constructor' here",
    '{{$x := .ID}}': "'$x := .ID' is not understood",
    '{{(.ID}}': "')' is missing",
    '{{.ID .Name}}': "'.Name' is one too many in '.ID .Name'",
    '{{.ID | .Name}}': 'only a function can stand after a |',
    '{{print |}}': 'a value is missing',
    '{{"\\x41"}}': '"\\x41" has an escape that is not understood',
  }
  for (const [text, message] of Object.entries(unreadable)) {
    it(`${text} is refused`, () => {
      assert.throws(() => parseTemplate(text), new TemplateError(message))
    })
  }

  const unfit: Record<string, string> = {
    '{{.Nothing}}': "there is no '.Nothing' here",
    '{{.constructor}}': "there is no '.constructor' here",
    '{{.ID.length}}': "there is no '.ID.length' here",
    '{{index .Config.Env 9}}': 'there is no element 9 of 3',
    '{{index .ID 0}}': '0123456789abcdef has no elements',
    '{{len 3}}': '3 has no length',
    '{{toUpper .Count}}': '3 is no text',
    '{{split ","}}': '<no value> is no text',
    '{{splitIndex "1" "," .ID}}': '1 is no whole number',
    '{{join "," .ID}}': '0123456789abcdef is no list',
    '{{matchAllElements "(" .Config.Env}}': "'(' is no regular expression",
  }
  for (const [text, message] of Object.entries(unfit)) {
    it(`${text} does not fit`, () => {
      const template = parseTemplate(text)
      assert.throws(() => template(data), new TemplateError(message))
    })
  }

  it('gives text or says what is wrong, whatever it is', () => {
    const part = fc.constantFrom(
      ...'{{ }} {{- -}} .ID .Config.Env $ . | ( ) if else end index len split "," -1 2 /* */ ` " eq and not x'.split(
        ' ',
      ),
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 2 }))), (parts) => {
        try {
          assert.equal(typeof parseTemplate(parts.join(' '))(data), 'string')
        } catch (error) {
          assert.ok(error instanceof TemplateError, String(error))
        }
      }),
      { numRuns: 3000 },
    )
  })
})
