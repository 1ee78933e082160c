// rest.js and errors.js: codes out of what people paste, errors out of what servers answer.
import test from 'node:test'
import assert from 'node:assert/strict'
import { parseCode, readClaims, joinMeeting } from '../../html/js/curia/rest.js'
import { CuriaError, httpError, isFinal, roomError } from '../../html/js/curia/errors.js'

test('parseCode', () => {
  const rows = [
    ['abcd-efgh-jkmn', 'abcd-efgh-jkmn'], ['  ABCD-EFGH-JKMN ', 'abcd-efgh-jkmn'], ['abcdefghjkmn', 'abcd-efgh-jkmn'],
    ['abcd efgh jkmn', 'abcd-efgh-jkmn'], ['https://meet.example.org/m/abcd-efgh-jkmn?name=x#y', 'abcd-efgh-jkmn'],
    ['meet.example.org:8443/m/abcd-efgh-jkmn/', 'abcd-efgh-jkmn'], ['/m/room1', 'room1'],
    ['', null], ['   ', null], ['a/b', null], ['<script>', null], ['-abc', null], ['x'.repeat(65), null],
  ]
  for (const [text, expect] of rows) assert.equal(parseCode(text), expect, text)
})

test('readClaims: what a token says, or nothing', () => {
  const part = Buffer.from(JSON.stringify({ sub: 'é', video: { room: 'r' } })).toString('base64url')
  assert.deepEqual(readClaims(`h.${part}.s`), { sub: 'é', video: { room: 'r' } })
  for (const bad of ['', 'a', 'a.b.c', 'a.%%%.c']) assert.deepEqual(readClaims(bad), {})
})

test('httpError: the slug of the problem, or the status', () => {
  const rows = [
    [404, { type: '/docs/errors#no-such-meeting', detail: 'd' }, 'no-such-meeting'],
    [409, { type: '/docs/errors#meeting-full' }, 'meeting-full'],
    [410, null, 'meeting-ended'], [502, 'bad gateway', 'unavailable'], [418, null, 'internal'],
  ]
  for (const [status, problem, code] of rows) {
    const error = httpError(status, problem)
    assert.equal(error.code, code)
    assert.ok(error.message.length > 0)
  }
})

test('roomError and isFinal', () => {
  assert.equal(roomError({ error_code: 432, error: 'full' }).code, 'meeting-full')
  assert.equal(roomError({ error_code: 9999 }).code, 'internal')
  assert.equal(isFinal(roomError({ error_code: 439 })), true)
  assert.equal(isFinal(new CuriaError('offline')), false)
  assert.equal(isFinal(new Error('x')), false)
})

test('joinMeeting: asks as host when there is a host token; says offline when nobody answers', async () => {
  const real = globalThis.fetch
  try {
    let seen
    globalThis.fetch = async (url, init) => {
      seen = { url, ...init }
      return new Response(JSON.stringify({ token: 't' }), { status: 200 })
    }
    await joinMeeting('a b', { name: 'Ann', identity: 's' }, { server: 'https://x', token: 'H' })
    assert.equal(seen.url, 'https://x/api/v1/meetings/a%20b/join')
    assert.equal(seen.headers.Authorization, 'Bearer H')
    assert.deepEqual(JSON.parse(seen.body), { name: 'Ann', identity: 's' })
    globalThis.fetch = async () => { throw new TypeError('Failed to fetch') }
    await assert.rejects(joinMeeting('a', { name: 'Ann' }), { code: 'offline' })
    globalThis.fetch = async () => new Response('<html>', { status: 503 })
    await assert.rejects(joinMeeting('a', { name: 'Ann' }), { code: 'unavailable' })
  } finally {
    globalThis.fetch = real
  }
})
