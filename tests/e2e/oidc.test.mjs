// Signing in at a provider of OpenID Connect: a real one (npm oidc-provider), a browser's cookies, and what attackers try.
import test from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as http_request } from 'node:http'
import { request as https_request } from 'node:https'
import { generateKeyPair, exportJWK, importJWK, decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import Provider from 'oidc-provider'
import { ADDRESS } from '../lib/server.mjs'
import { a_server } from '../lib/scene.mjs'
import { api_request } from '../lib/rest.mjs'
import { until } from '../lib/wait.mjs'

const SECRET = 'a secret of the client, with %&+ in it'
const PEOPLE = {
  ann: { email: 'Ann@example.org', email_verified: true, name: 'Ann Ä.', groups: ['people', 'staff'] },
  bob: { email: 'bob@example.org', email_verified: true, name: 'Bob', groups: ['people'] },
  eve: { email: 'ann@example.org', email_verified: false, name: 'Eve' },
  mallory: { email: 'ann@example.org', email_verified: 'true', name: 'Mallory' },
  nobody: { name: 'Nobody' },
}

async function a_key (alg, kid) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...await exportJWK(privateKey), kid, alg, use: 'sig' }
}

/** A provider at one address, which can come back with other keys; `tamper` changes what its token endpoint answers. */
class Idp {
  constructor () { Object.assign(this, { tamper: null, asked: [] }) }

  async start (callback, key) {
    this.http = createServer((request, response) => { this.asked.push(request.url); this.handler(request, response) }).listen(this.port ?? 0, ADDRESS)
    await once(this.http, 'listening')
    this.port = this.http.address().port
    this.callback = callback ?? this.callback
    this.use(key)
    return this
  }

  get issuer () { return `http://${ADDRESS}:${this.port}` }

  use (key) {
    this.key = key
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: 'curia', client_secret: SECRET, redirect_uris: [this.callback ?? 'https://none.example/'],
        id_token_signed_response_alg: key.alg }],
      jwks: { keys: [key] },
      cookies: { keys: ['of the tests'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      findAccount: (_context, id) => PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
    })
    provider.use(async (context, next) => {
      await next()
      if (context.path === '/token' && context.body?.id_token && this.tamper) context.body.id_token = await this.tamper(context.body.id_token)
    })
    this.handler = provider.callback()
  }

  /** Signs what the ID token says, with changes, by the provider's own key. */
  resign (changes, header = {}) {
    return async (token) => new SignJWT({ ...decodeJwt(token), ...changes }).setProtectedHeader({ ...decodeProtectedHeader(token), ...header })
      .sign(await importJWK(this.key, this.key.alg))
  }

  stop () {
    this.http.closeAllConnections()
    this.http.close()
  }
}

/** Cookies by origin, and one request at a time, which follows nothing by itself. */
class Browser {
  constructor () { this.jars = new Map() }

  jar (url) {
    const { origin } = new URL(url)
    if (!this.jars.has(origin)) this.jars.set(origin, new Map())
    return this.jars.get(origin)
  }

  async go (url, { form, headers = {}, method } = {}) {
    const jar = this.jar(url)
    const body = form && new URLSearchParams(form).toString()
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const outgoing = (url.startsWith('https:') ? https_request : http_request)(url, { method: method ?? (form ? 'POST' : 'GET'), rejectUnauthorized: false,
      agent: false, headers: { ...(cookie && { cookie }), ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), accept: 'text/html', ...headers } })
    outgoing.end(body)
    const [incoming] = await once(outgoing, 'response')
    let text = ''
    for await (const part of incoming) text += part
    for (const line of incoming.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return { status: incoming.statusCode, location: incoming.headers.location && new URL(incoming.headers.location, url).href, text,
      set_cookie: incoming.headers['set-cookie'] ?? [] }
  }

  /** Through the provider's own pages, as `login`; gives the address of the callback, which is not opened. */
  async agree (url, login, callback) {
    for (let i = 0; i < 12; i++) {
      if (url.startsWith(callback)) return url
      const page = await this.go(url)
      const form = /<form[^>]*action="([^"]+)"[\s\S]*?name="prompt" value="(\w+)"/.exec(page.text)
      if (form) url = (await this.go(new URL(form[1], url).href, { form: { prompt: form[2], login, password: 'x' } })).location
      else if (page.location) url = page.location
      else throw new Error(`${url}: ${page.status} ${page.text.slice(0, 500)}`)
    }
    throw new Error('the provider leads in circles')
  }
}

async function a_scene (t, { alg = 'RS256', options = {} } = {}) {
  const idp = await new Idp().start(null, await a_key(alg, 'first'))
  t.after(() => idp.stop())
  const server = await a_server(t, { oidc: { name: 'test', title: 'Test', issuer: idp.issuer, client_id: 'curia', client_secret: SECRET,
    role_claim: 'groups', admin_values: ['staff'], allow_http: true, ...options } })
  const callback = `${server.url}/api/v1/providers/test/callback`
  idp.callback = callback
  idp.use(idp.key)
  const start = (next = '/meetings') => `${server.url}/api/v1/providers/test/start?next=${encodeURIComponent(next)}`
  /** Begins, agrees, and gives the callback's address; the last step is the test's. */
  const come_back = async (browser, login, next) => {
    const begun = await browser.go(start(next))
    assert.equal(begun.status, 302)
    assert.ok(begun.location.startsWith(`${idp.issuer}/auth?`), begun.location)
    return browser.agree(begun.location, login, callback)
  }
  const sign_in = async (browser, login, next) => browser.go(await come_back(browser, login, next))
  const refresh = async (browser) => {
    const answer = await browser.go(`${server.url}/api/v1/sessions/refresh`, { method: 'POST', headers: { 'x-curia': '1', origin: server.url } })
    return { ...answer, body: JSON.parse(answer.text) }
  }
  return { idp, server, callback, start, come_back, sign_in, refresh }
}

const refresh_cookie = (answer) => answer.set_cookie.find((line) => line.startsWith('curia_refresh='))
const failed_as = (answer, word) => {
  assert.equal(answer.status, 302)
  assert.equal(new URL(answer.location).pathname + new URL(answer.location).search, `/sign-in?error=${word}`)
  assert.equal(refresh_cookie(answer), undefined, 'no session')
}

test('somebody signs in and has an account', async (t) => {
  const { server, sign_in, refresh, come_back, idp } = await a_scene(t)
  const { body: ways } = await api_request(server.url, 'GET', '/api/v1/providers')
  assert.deepEqual(ways.providers, [{ name: 'test', title: 'Test', url: '/api/v1/providers/test/start' }])

  const browser = new Browser()
  const begun = await browser.go(`${server.url}${ways.providers[0].url}?next=/meetings`)
  const query = new URL(begun.location).searchParams
  assert.equal(query.get('code_challenge_method'), 'S256')
  assert.ok(query.get('state').length >= 43 && query.get('nonce').length >= 43 && query.get('state') !== query.get('nonce'))
  assert.match(begun.set_cookie[0], /^curia_sign_in=[^;]+;.*HttpOnly/)
  assert.match(begun.set_cookie[0], /SameSite=Lax/)
  assert.match(begun.set_cookie[0], /Secure/)

  const answer = await sign_in(browser, 'ann', '/m/abcd-efgh-jkmn')
  assert.equal(answer.status, 302)
  assert.equal(answer.location, `${server.url}/m/abcd-efgh-jkmn`)
  assert.match(refresh_cookie(answer), /HttpOnly/)
  assert.match(refresh_cookie(answer), /SameSite=Strict/)
  const { status, body } = await refresh(browser)
  assert.equal(status, 200)
  assert.equal(body.account.email, 'ann@example.org')
  assert.equal(body.account.name, 'Ann Ä.')
  assert.equal(body.account.role, 'admin', 'her group says so')
  const me = await api_request(server.url, 'GET', '/api/v1/me', { headers: { authorization: `Bearer ${body.access_token}` } })
  assert.equal(me.body.id, body.account.id)

  await t.test('again, and it is the same account', async () => {
    const other = new Browser()
    await sign_in(other, 'ann')
    assert.equal((await refresh(other)).body.account.id, body.account.id)
  })
  await t.test('bob is no administrator', async () => {
    const other = new Browser()
    await sign_in(other, 'bob')
    assert.equal((await refresh(other)).body.account.role, 'user')
  })
  await t.test('a state works once, and in one browser', async () => {
    const mine = new Browser()
    const address = await come_back(mine, 'bob')
    const cookie = new Map(mine.jar(server.url))
    assert.ok(refresh_cookie(await mine.go(address)))
    failed_as(await mine.go(address), 'expired') // its cookie is gone
    mine.jars.set(new URL(server.url).origin, cookie)
    failed_as(await mine.go(address), 'expired') // and put back, it was used
    failed_as(await new Browser().go(await come_back(new Browser(), 'bob')), 'expired') // a victim is led to an attacker's callback
    const two = new Browser()
    const first = await come_back(two, 'bob')
    await two.go(`${server.url}/api/v1/providers/test/start`)
    failed_as(await two.go(first), 'expired') // the cookie is another sign-in's
  })
  await t.test('what comes back is looked at', async () => {
    const mine = new Browser()
    const address = await come_back(mine, 'bob')
    const changed = (name, value) => { const url = new URL(address); url.searchParams.set(name, value); return url.href }
    for (const [name, value, word] of [['state', 'x', 'expired'], ['state', '', 'expired'], ['code', 'x', 'failed'], ['code', '', 'failed'],
      ['iss', 'https://evil.example', 'failed']]) {
      const copy = new Browser()
      const own = new URL(await come_back(copy, 'bob'))
      own.searchParams.set(name, value)
      failed_as(await copy.go(own.href), word)
    }
    failed_as(await mine.go(changed('error', 'access_denied')), 'denied')
  })
  await t.test('it ends on this server only', async () => {
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      const answer = await sign_in(new Browser(), 'bob', next)
      assert.equal(answer.location, `${server.url}/meetings`, next)
    }
  })
  await t.test('an address that is not verified opens no account', async () => {
    failed_as(await sign_in(new Browser(), 'eve'), 'unverified')
    failed_as(await sign_in(new Browser(), 'mallory'), 'unverified')
    failed_as(await sign_in(new Browser(), 'nobody'), 'unverified')
  })
  await t.test('ID tokens that are not for this sign-in are refused', async () => {
    const foreign = await a_key('RS256', 'first')
    const now = Math.floor(Date.now() / 1000)
    const rows = {
      'another nonce': ['nonce', idp.resign({ nonce: 'another' })],
      'no nonce': ['nonce is required', idp.resign({ nonce: undefined })],
      'another audience': ['for somebody else', idp.resign({ aud: 'someone' })],
      'two audiences without azp': ['for somebody else', idp.resign({ aud: ['curia', 'someone'] })],
      'another issuer': ['another issuer', idp.resign({ iss: 'https://evil.example' })],
      'expired': ['has expired', idp.resign({ exp: now - 3600, iat: now - 7200 })],
      'from the future': ['not valid yet', idp.resign({ iat: now + 3600 })],
      'no expiry': ['exp is required', idp.resign({ exp: undefined })],
      'a key of its own in the header': ['bring no key', idp.resign({}, { jku: 'https://evil.example/keys' })],
      'crit': ['nothing critical', async (token) => token.replace(/^[^.]+/, Buffer.from('{"alg":"RS256","kid":"first","crit":["x"],"x":1}').toString('base64url'))],
      'the same kid, another key': ['signature is wrong', async (token) =>
        new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'RS256', kid: 'first' }).sign(await importJWK(foreign, 'RS256'))],
      'HS256 with the client secret': ['a key that the provider does not have', async (token) =>
        new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(new TextEncoder().encode(SECRET))],
      'alg none': ['header must say', async (token) => new UnsecuredJWT(decodeJwt(token)).encode()],
      'no token': ['not a signed JWT', async () => ''],
      'a huge one': ['too long', async () => `${'A'.repeat(20000)}.e30.AA`],
    }
    for (const [what, [reason, tamper]] of Object.entries(rows)) {
      idp.tamper = tamper
      const logged = server.log.length
      const answer = await sign_in(new Browser(), 'bob')
      assert.equal(new URL(answer.location).search, '?error=failed', what)
      assert.equal(refresh_cookie(answer), undefined, what)
      await until(`the log says of ${what}: ${reason}`, () => server.log.slice(logged).includes(reason))
    }
    idp.tamper = null
    assert.ok(refresh_cookie(await sign_in(new Browser(), 'bob')), 'and the right one is accepted')
  })
  await t.test('nothing of it is in the log', () => {
    for (const secret of [SECRET, 'code_verifier', 'id_token=']) assert.ok(!server.log.includes(secret), secret)
  })
})

test('the provider changes its keys, and is away for a while', async (t) => {
  const { idp, sign_in, refresh, start } = await a_scene(t)
  assert.ok(refresh_cookie(await sign_in(new Browser(), 'bob')))
  const asked = () => idp.asked.filter((url) => url === '/jwks').length
  const before = asked()

  idp.use(await a_key('ES256', 'second'))
  await until('the new key is known', async () => refresh_cookie(await sign_in(new Browser(), 'bob')), { timeout_ms: 20_000, every_ms: 1000 })
  assert.ok(asked() > before)
  const browser = new Browser()
  await sign_in(browser, 'bob')
  assert.equal((await refresh(browser)).body.account.email, 'bob@example.org')

  // tokens of keys that nobody knows do not make us ask each time
  idp.tamper = async (token) => new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', kid: 'unknown' }).sign(await importJWK(idp.key, 'ES256'))
  const so_far = asked()
  for (let i = 0; i < 5; i++) failed_as(await sign_in(new Browser(), 'bob'), 'failed')
  assert.ok(asked() - so_far <= 2, `asked ${asked() - so_far} times`)
  idp.tamper = null

  idp.stop()
  assert.equal((await new Browser().go(start())).status, 302) // to the provider that was known, or to words
  await idp.start(null, idp.key)
  await until('it is back', async () => refresh_cookie(await sign_in(new Browser(), 'bob')), { timeout_ms: 20_000, every_ms: 1000 })
})

test('a provider that gives another name than its own is not believed', async (t) => {
  const liar = createServer((request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({
    issuer: 'https://accounts.example.org', authorization_endpoint: 'https://evil.example/a', token_endpoint: 'https://evil.example/t',
    jwks_uri: 'https://evil.example/k' }))).listen(0, ADDRESS)
  await once(liar, 'listening')
  t.after(() => liar.close())
  const { start } = await a_scene(t, { options: { issuer: `http://${ADDRESS}:${liar.address().port}` } })
  failed_as(await new Browser().go(start()), 'unavailable')
})
