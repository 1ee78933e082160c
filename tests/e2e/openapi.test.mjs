// The served description of the REST API holds: it has every route of docs/protocol.md, its references resolve, and what the
// server answers is what it says.
import test from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { api_request } from '../lib/rest.mjs'
import { a_server } from '../lib/scene.mjs'

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Rows of the table in docs/protocol.md: [method, path]. */
function documented () {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  return [...text.matchAll(/^\| `([A-Z]+) (\/[^`?]*)[^`]*` \|/mg)].map((m) => [m[1].toLowerCase(), m[2]])
}

function resolve (api, reference) {
  return reference.slice(2).split('/').reduce((node, key) => node?.[key.replace(/~1/g, '/').replace(/~0/g, '~')], api)
}

test('the OpenAPI description', { timeout: 60_000 }, async (t) => {
  const server = await a_server(t)
  const { status, body: api } = await api_request(server.url, 'GET', '/api/v1/openapi.json')
  assert.equal(status, 200)
  assert.match(api.openapi, /^3\.1\./)

  await t.test('has every documented route', () => {
    const rows = documented()
    assert.ok(rows.length >= 8, `${rows.length} rows found in docs/protocol.md`)
    for (const [method, path] of rows) assert.ok(api.paths[path]?.[method], `${method} ${path}`)
  })

  await t.test('resolves all its references', () => {
    for (const [, reference] of JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)) assert.ok(resolve(api, reference), reference)
  })

  await t.test('tells every status that the server answers', async (t) => {
    const meeting = await server.make_meeting()
    let calls = 0
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of METHODS.filter((m) => item[m])) {
        for (const code of [meeting.code, 'zzzz-zzzz-zzzz']) {
          for (const headers of [{}, { authorization: `Bearer ${meeting.host_token}` }, { authorization: 'Bearer nonsense' }]) {
            for (const body of method === 'get' ? [undefined] : [{}, { title: 7, name: 7 }, { unknown: true }]) {
              const answer = await api_request(server.url, method.toUpperCase(), path.replace(/\{\w+\}/, code), { headers, body })
              calls++
              const declared = item[method].responses
              assert.ok(declared[answer.status] ?? declared.default, `${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`)
              assert.ok(answer.status < 500, `${method} ${path}: ${answer.status}`)
              if (answer.status >= 400) {
                assert.match(answer.headers['content-type'], /application\/problem\+json/)
                assert.equal(answer.body.status, answer.status)
                assert.ok(answer.body.title && answer.body.detail, answer.text)
              }
            }
          }
        }
      }
    }
    t.diagnostic(`${calls} calls`)
  })

  await t.test('answers unknown paths and methods with problem documents', async () => {
    const unknown = await api_request(server.url, 'GET', '/api/v1/nothing')
    assert.equal(unknown.status, 404)
    const wrong = await api_request(server.url, 'DELETE', '/api/v1/meetings')
    assert.equal(wrong.status, 405)
    assert.ok(wrong.headers.allow.includes('POST'))
  })
})
