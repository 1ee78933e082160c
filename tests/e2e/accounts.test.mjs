// Passwords are expensive to check, and anybody may have one checked: 200 wrong ones at a time must not be felt in a meeting or by
// other requests, and must not fill the memory.
import test from 'node:test'
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { api_request } from '../lib/rest.mjs'
import { a_server, light_clients, setting } from '../lib/scene.mjs'
import { pause } from '../lib/wait.mjs'

const WAVE = 200
const MEASURE_S = setting('ACCOUNTS_S', 4)
const PASSWORD = 'correct horse battery'

const options = { accounts: { sign_up: true }, api: { https_address: '', requests_per_s: 10000, max_connections: 5000 } }
/** Through a proxy on the server's own machine, as it were: so each has an address of its own. */
const from = (n) => ({ 'x-forwarded-for': `198.51.${n >> 8}.${n & 255}` })
const near = (server) => `https://127.0.0.1:${server.port}`
const rss_mib = (server) => server.figures().rss_kb / 1024

/** Milliseconds of each request, asked one after the other until told to stop. */
async function watch (server, path, stop) {
  const took = []
  while (!stop.done) {
    const begun = performance.now()
    const { status } = await api_request(near(server), 'GET', path)
    took.push(performance.now() - begun)
    assert.equal(status, 200, path)
    await pause(10)
  }
  return took.sort((a, b) => a - b)
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
const words = (sorted) => `p50 ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms of ${sorted.length}`
const packets = (clients) => clients.reduce((sum, { received }) => sum + [...received.values()].reduce((n, r) => n + r.packets, 0), 0)

/** What others feel while `load` runs: both requests' times, media, memory. */
async function feel (server, code, clients, load) {
  const stop = { done: false }
  const watched = Promise.all([watch(server, '/healthz', stop), watch(server, `/api/v1/meetings/${code}`, stop)])
  const before = packets(clients), begun = performance.now()
  let peak = rss_mib(server)
  const looking = setInterval(() => { peak = Math.max(peak, rss_mib(server)) }, 50)
  try {
    const loaded = await load()
    const media = (packets(clients) - before) / ((performance.now() - begun) / 1000)
    stop.done = true
    const [health, meeting] = await watched
    return { health, meeting, media, peak, loaded }
  } finally {
    stop.done = true
    clearInterval(looking)
  }
}

async function attack (server) {
  const statuses = {}, until = performance.now() + MEASURE_S * 1000
  let n = 0
  while (performance.now() < until) {
    const wave = Array.from({ length: WAVE }, () => api_request(near(server), 'POST', '/api/v1/sessions',
      { headers: from(++n), body: { email: n % 2 ? 'ann@example.org' : `nobody${n}@example.org`, password: `guess ${n}` } }).catch(() => ({ status: 'late' })))
    for (const { status } of await Promise.all(wave)) statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

test('wrong passwords delay nobody', { timeout: 180_000 }, async (t) => {
  const server = await a_server(t, options)
  const { code } = await server.make_meeting({ title: 'Undisturbed' })
  const clients = await light_clients(t, server, code, ['Ann', 'Bob'], { view: { video_slots: 1 } })
  const made = await api_request(near(server), 'POST', '/api/v1/accounts', { body: { email: 'ann@example.org', password: PASSWORD, name: 'Ann' } })
  assert.equal(made.status, 201, made.text)
  await pause(2000)

  const idle = await feel(server, code, clients, () => pause(MEASURE_S * 1000))
  const busy = await feel(server, code, clients, () => attack(server))
  t.diagnostic(`/healthz: idle ${words(idle.health)}; under attack ${words(busy.health)}`)
  t.diagnostic(`meeting:  idle ${words(idle.meeting)}; under attack ${words(busy.meeting)}`)
  t.diagnostic(`media: ${idle.media.toFixed(0)} and ${busy.media.toFixed(0)} packets/s; memory: ${idle.peak.toFixed(0)} and ${busy.peak.toFixed(0)} MiB at most; ` +
    `answers ${JSON.stringify(busy.loaded)}`)
  // 401: looked at; 429: Ann's account waits; 503: too many wait already; late: not within 10 s, where the machine is busy with more
  assert.deepEqual(Object.keys(busy.loaded).filter((status) => !['401', '429', '503', 'late'].includes(status)), [])
  assert.ok(busy.loaded[401] >= 20, 'some were looked at')
  assert.ok(busy.peak - idle.peak < 150, 'two hashes of 32 MiB, and what 200 requests take')
  assert.ok(at(busy.health, 0.99) < 1500 && at(busy.meeting, 0.99) < 1500, 'nobody waits for the passwords of others')
  assert.ok(busy.media > idle.media / 5, 'media goes on: the two share this process with 200 requests')

  await t.test('and they make the next tries wait, the right one too, but not who is in', async () => {
    const sign_in = () => api_request(near(server), 'POST', '/api/v1/sessions', { headers: from(65000), body: { email: 'ann@example.org', password: PASSWORD } })
    const refused = await sign_in()
    assert.equal(refused.status, 429, refused.text)
    assert.ok(Number(refused.headers['retry-after']) >= 1)
    const cookie = made.headers['set-cookie'][0].split(';')[0]
    const refreshed = await api_request(near(server), 'POST', '/api/v1/sessions/refresh', { headers: { cookie, 'x-curia': '1' } })
    assert.equal(refreshed.status, 200, refreshed.text)
    const me = await api_request(near(server), 'GET', '/api/v1/me', { headers: { authorization: `Bearer ${refreshed.body.access_token}` } })
    assert.equal(me.body.email, 'ann@example.org')
  })
})

test('the first administrator comes by the link in the state folder', { timeout: 60_000 }, async (t) => {
  const server = await a_server(t, options)
  const file = join(server.state, 'data', 'first-admin.url')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const secret = new URL(readFileSync(file, 'utf8').trim()).hash.replace('#once=', '')
  const use = () => api_request(near(server), 'POST', '/api/v1/one-time', { body: { secret, email: 'Root@example.org', name: 'Root', password: PASSWORD } })
  const made = await use()
  assert.equal(made.status, 200, made.text)
  assert.equal(made.body.account.role, 'admin')
  assert.match(made.headers['set-cookie'][0], /^curia_refresh=[^;]+; Path=\/api\/v1\/sessions; .*HttpOnly; SameSite=Strict; Secure$/)
  assert.equal((await use()).status, 404)
  assert.equal(existsSync(file), false)
  assert.doesNotMatch(server.log, new RegExp(secret), 'no secret in the log')
  const listed = await api_request(near(server), 'GET', '/api/v1/accounts', { headers: { authorization: `Bearer ${made.body.access_token}` } })
  assert.equal(listed.body.accounts[0].email, 'root@example.org')
})
