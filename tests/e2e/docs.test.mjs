// What docs/api.md shows in a shell does what it says.
import test from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { a_server } from '../lib/scene.mjs'

test('a token minted with openssl joins as whom it names', { timeout: 60_000 }, async (t) => {
  const server = await a_server(t)
  const { code } = await server.make_meeting()
  const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
  const script = [...text.matchAll(/```sh\n([^`]*)```/g)].map((m) => m[1]).find((block) => block.includes('openssl'))
  const [first, ...rest] = script.split('\n')
  assert.match(first, /^CODE=\S+ KEY=\S+ SECRET=/)
  const answer = JSON.parse(execFileSync('sh', ['-euc', ['curl() { command curl --insecure "$@"; }', ...rest].join('\n')], {
    encoding: 'utf8', env: { ...process.env, CURIA: server.url, CODE: code, KEY: 'tests', SECRET: server.secret } }))
  assert.deepEqual([answer.name, answer.meeting?.code], ['Ann', code], JSON.stringify(answer))
  assert.equal(answer.identity, 'user-7')
})
