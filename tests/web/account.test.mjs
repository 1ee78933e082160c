// account.js and what the pages of accounts decide by themselves: sessions, words, settings.
import test from 'node:test'
import assert from 'node:assert/strict'
import { changed, GROUPS, optionsOf } from '../../html/js/account/settings.js'
import { deviceName, nextPath, wordsFor } from '../../html/js/account/words.js'
import { CuriaError } from '../../html/js/curia/errors.js'

const ANN = { id: 'AC_1', email: 'ann@example.org', name: 'Ann', role: 'user' }
const session = (token, expires_in = 600) => ({ access_token: token, expires_in, account: ANN })
const problem = (status, slug) => new Response(JSON.stringify({ type: `/docs/errors#${slug}`, detail: slug }), { status })
let copies = 0

/** A fresh client, as every page has one, whose requests `answer` gets as (method, path, headers, body). */
async function client (t, answer, { storage = new Map() } = {}) {
  const asked = [], real = globalThis.fetch
  globalThis.localStorage = { getItem: (k) => storage.get(k) ?? null, setItem: (k, v) => storage.set(k, v), removeItem: (k) => storage.delete(k) }
  globalThis.fetch = async (url, { method, headers, body, keepalive }) => {
    const path = url.replace('/api/v1', '')
    asked.push(`${method} ${path}${headers.Authorization ? ` ${headers.Authorization.slice(7)}` : ''}`)
    const given = await answer(method, path, headers, body && JSON.parse(body), keepalive)
    return given instanceof Response ? given : new Response(JSON.stringify(given))
  }
  t.after(() => {
    globalThis.fetch = real
    delete globalThis.localStorage
  })
  return { ...await import(`../../html/js/account.js?copy=${++copies}`), asked, storage }
}

test('nobody was ever signed in: accessToken asks nobody, whoAmI asks once', async (t) => {
  const { accessToken, whoAmI, asked } = await client(t, () => problem(401, 'unauthorized'))
  assert.equal(await accessToken(), null)
  assert.deepEqual(asked, [])
  assert.equal(await whoAmI(), null)
  assert.deepEqual(asked, ['POST /sessions/refresh'])
})

test('a page takes the session over by the cookie, with our header, outliving the page; once for all who ask', async (t) => {
  const { accessToken, whoAmI, request, asked, storage } = await client(t, (method, path, headers, body, keepalive) => {
    if (path !== '/sessions/refresh') return { meetings: [] }
    assert.equal(headers['X-Curia'], '1')
    assert.equal(keepalive, true)
    return session('A1')
  }, { storage: new Map([['curia.account', '1']]) })
  const found = await Promise.all([accessToken(), whoAmI(), request('GET', '/me/meetings'), accessToken()])
  assert.deepEqual([found[0], found[1].id, found[3]], ['A1', 'AC_1', 'A1'])
  assert.deepEqual(asked, ['POST /sessions/refresh', 'GET /me/meetings A1'])
  assert.deepEqual([...storage], [['curia.account', '1']], 'no token is kept')
})

test('a token about to end is renewed before it is used', async (t) => {
  let n = 0
  const { accessToken, signIn } = await client(t, (method, path) => path === '/sessions' ? session('A0', 15) : session(`R${++n}`))
  await signIn('ann@example.org', 'correct horse')
  assert.equal(await accessToken(), 'R1')
  assert.equal(await accessToken(), 'R1')
})

test('401: renewed and asked again, once', async (t) => {
  let n = 0
  const { request, signIn, asked } = await client(t, (method, path, headers) =>
    path === '/sessions' ? session('A0') : path === '/sessions/refresh' ? session(`R${++n}`)
      : path === '/ok' && headers.Authorization === 'Bearer R1' ? { fine: true } : problem(401, 'unauthorized'))
  await signIn('ann@example.org', 'correct horse')
  assert.deepEqual(await request('GET', '/ok'), { fine: true })
  await assert.rejects(request('GET', '/never'), { code: 'unauthorized' })
  assert.deepEqual(asked.slice(1), ['GET /ok A0', 'POST /sessions/refresh', 'GET /ok R1', 'GET /never R1', 'POST /sessions/refresh', 'GET /never R2'])
})

test('several requests that fail together renew once', async (t) => {
  let n = 0
  const { request, signIn, asked } = await client(t, (method, path, headers) =>
    path === '/sessions' ? session('A0') : path === '/sessions/refresh' ? session(`R${++n}`)
      : headers.Authorization === 'Bearer R1' ? {} : problem(401, 'unauthorized'))
  await signIn('ann@example.org', 'correct horse')
  await Promise.all(['/a', '/b', '/c'].map((path) => request('GET', path)))
  assert.equal(asked.filter((line) => line === 'POST /sessions/refresh').length, 1)
})

test('a session that has ended: said so, and the other tabs are told', async (t) => {
  const { changes, request, signIn, maybeSignedIn, storage } = await client(t, (method, path) => path === '/sessions' ? session('A0') : problem(401, 'session-ended'))
  await signIn('ann@example.org', 'correct horse')
  const told = []
  changes.addEventListener('changed', ({ detail }) => told.push(detail))
  await assert.rejects(request('GET', '/me/meetings'), { code: 'session-ended' })
  assert.deepEqual(told, [{ account: null, elsewhere: false }])
  assert.equal(maybeSignedIn(), false)
  assert.equal(storage.size, 0)
})

test('a server out of reach ends no session; a wrong password renews none', async (t) => {
  let up = true
  const { request, signIn, maybeSignedIn, accessToken, asked } = await client(t, (method, path) => {
    if (!up) throw new TypeError('Failed to fetch')
    return path === '/sessions' ? session('A0', 1) : path === '/me/password' ? problem(403, 'forbidden') : session('R1')
  })
  await signIn('ann@example.org', 'correct horse')
  up = false
  await assert.rejects(request('GET', '/me'), { code: 'offline' })
  await assert.rejects(accessToken(), { code: 'offline' })
  assert.equal(maybeSignedIn(), true)
  up = true
  await assert.rejects(request('POST', '/me/password', { body: {} }), { code: 'forbidden' })
  assert.equal(asked.filter((line) => line.startsWith('POST /me/password')).length, 1)
})

test('tabs renew one after the other', async (t) => {
  let busy = 0, most = 0, held = Promise.resolve()
  const locks = { request: (name, run) => (held = held.then(run, run)) }
  const had = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
  t.after(() => had ? Object.defineProperty(globalThis, 'navigator', had) : delete globalThis.navigator)
  const answer = async () => {
    most = Math.max(most, ++busy)
    await new Promise((resolve) => setTimeout(resolve, 5))
    busy--
    return session('A')
  }
  const tabs = [await client(t, answer), await client(t, answer), await client(t, answer)]
  await Promise.all(tabs.map((tab) => tab.whoAmI()))
  assert.equal(most, 1)
})

test('a page that was left while it renewed: the next waits for its answer, as the cookie is not there before', async (t) => {
  const { whoAmI, storage } = await client(t, () => session('A'), { storage: new Map([['curia.account', '1'], ['curia.account.renewing', String(Date.now())]]) })
  const begun = Date.now()
  assert.equal((await whoAmI()).id, 'AC_1')
  assert.ok(Date.now() - begun >= 1000, 'it waited')
  assert.equal(storage.has('curia.account.renewing'), false)
})

test('waysIn: a server without accounts', async (t) => {
  const { waysIn } = await client(t, () => problem(404, 'not-found'))
  assert.deepEqual(await waysIn(), { on: false, signUp: false, providers: [] })
})

test('nextPath: only to this server', () => {
  const rows = [['/meetings?m=a#b', '/meetings?m=a#b'], ['/m/abcd-efgh-jkmn', '/m/abcd-efgh-jkmn'], [null, '/meetings'], ['', '/meetings'],
    ['https://evil.example/', '/meetings'], ['//evil.example/', '/meetings'], ['/\\evil.example/', '/meetings'], ['/.//evil.example', '/meetings'],
    ['javascript:alert(1)', '/meetings'], ['/\t/evil.example', '/meetings'], ['/%2f/evil.example', '/%2f/evil.example'], ['evil', '/meetings']]
  for (const [wanted, expect] of rows) assert.equal(nextPath(wanted, 'https://meet.example.org'), expect, String(wanted))
})

test('wordsFor: the page first, then the code, then what the server says of a field', () => {
  const rows = [
    [new CuriaError('unauthorized', 'x', { status: 401 }), { unauthorized: 'Wrong.' }, 'Wrong.'],
    [new CuriaError('nothing-known', 'x', { status: 409 }), { 409: 'There already.' }, 'There already.'],
    [new CuriaError('forbidden', 'x', { status: 403 }), {}, 'You are not allowed to do this.'],
    [new CuriaError('invalid-field', 'url must begin with https', { field: 'url' }), {}, 'Url must begin with https.'],
    [new CuriaError('offline', 'x'), {}, 'The server cannot be reached. Check your network connection, then try again.'],
  ]
  for (const [error, own, expect] of rows) assert.equal(wordsFor(error, own), expect)
})

test('deviceName', () => {
  const rows = [['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36', 'Chrome on Linux'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0', 'Edge on Windows'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1', 'Safari on iOS'],
    ['Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0', 'Firefox on Android'], ['curl/8.5.0', 'curl/8.5.0'], ['', 'Unknown device']]
  for (const [agent, expect] of rows) assert.equal(deviceName(agent), expect)
})

test('settings: only what was changed is sent, as what it is', () => {
  const before = { title: 'Weekly', max_participants: 100, end_when_empty_min: 0, password: true, waiting_room: 'off', guests: true, join_before_host: true,
    mute_on_entry: false, locked: false, unmute: 'everybody', share_screen: 'everybody', chat: 'everybody', rename: 'everybody', record: 'hosts' }
  /** What the untouched form sends: ticked boxes as "on", others not at all, and no password. */
  const sent = () => new Map(Object.entries(before).flatMap(([name, value]) => value === true ? (name === 'password' ? [[name, '']] : [[name, 'on']])
    : value === false ? [] : [[name, String(value)]]))
  const rows = [
    [{}, {}], [{ title: ' Weekly ' }, {}], [{ title: '' }, { title: '' }], [{ max_participants: '12' }, { max_participants: 12 }],
    [{ end_when_empty_min: '15' }, { end_when_empty_min: 15 }], [{ password: ' two words ' }, { password: ' two words ' }],
    [{ waiting_room: 'guests', locked: 'on', guests: null }, { waiting_room: 'guests', locked: true, guests: false }],
    [{ record: 'nobody' }, { record: 'nobody' }],
  ]
  for (const [touched, expect] of rows) {
    const data = sent()
    for (const [name, value] of Object.entries(touched)) value === null ? data.delete(name) : data.set(name, value)
    assert.deepEqual(changed({ get: (name) => data.get(name) ?? null }, before), expect, JSON.stringify(touched))
  }
  const empty = GROUPS.flatMap(({ settings }) => settings).find(({ name }) => name === 'end_when_empty_min')
  assert.deepEqual(optionsOf(empty, '7').at(-1), ['7', 'After 7 minutes'])
  assert.equal(optionsOf(empty, '5').length, empty.options.length)
})
