// Two nodes with one PostgreSQL and one Redis: whichever is asked, meetings are found, joined and commanded where they run; and
// while Redis is away those that run go on.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Visitor } from '../lib/browser.mjs'
import { startPostgres, startRedis } from '../lib/databases.mjs'
import { LightClient } from '../lib/light-client.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_browser, a_server, setting } from '../lib/scene.mjs'
import { mint } from '../lib/token.mjs'
import { pause, until } from '../lib/wait.mjs'

const REDIS_DOWN_S = setting('REDIS_DOWN_S', 8)
const SECRET = '0123456789abcdef0123456789abcdef0123'

/** Nodes a and b, who know of each other. */
async function two_nodes (t) {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  t.after(() => Promise.all([postgres.stop(), redis.stop()]))
  const options = (name) => (server) => ({ general: { node_name: name }, store: { url: postgres.url }, bus: { url: redis.url },
    token: { keys: [`tests:${SECRET}`] }, cluster: { url: server.url }, ledger: { crashed_after_s: 10 } })
  const a = await a_server(t, options('a'))
  const b = await a_server(t, options('b'))
  await until('the nodes know of each other', async () => (await nodes(a)).nodes.length === 2 && (await nodes(b)).nodes.length === 2)
  return { a, b, redis, postgres }
}

const bearer = (token) => ({ authorization: `Bearer ${token}` })
const operator = () => bearer(mint('tests', SECRET, { roomList: true, roomAdmin: true }))

async function nodes (server) {
  const answer = await api_request(server.url, 'GET', '/api/v1/nodes', { headers: operator() })
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

const ask = (server, method, path, headers = operator(), body = undefined) =>
  api_request(server.url, method, `/api/v1/meetings/${path}`, { headers, body })

/** The url that a join through this server gives. */
async function joined_url (server, code) {
  const answer = await ask(server, 'POST', `${code}/join`, {}, { name: 'Who' })
  assert.equal(answer.status, 200, answer.text)
  return answer.body.url
}

const socket_of = (server) => `${server.url.replace('http', 'ws')}/janus`

/** A meeting that runs on this node, with its clients. */
async function meeting_on (t, home, other, names) {
  for (let n = 0; n < 20; n++) {
    const meeting = await other.make_meeting({ title: `On ${home.url}` })
    if (await joined_url(other, meeting.code) !== socket_of(home)) continue
    const clients = []
    t.after(() => { for (const client of clients) client.vanish() })
    for (const name of names) { // through either node
      const client = await new LightClient(clients.length % 2 ? home : other, meeting.code, { name, follow: true }).join()
      clients.push(client)
      await client.publish({})
      assert.equal(client.url, socket_of(home))
    }
    await clients[0].subscribe({ video_slots: 1 })
    return { ...meeting, clients }
  }
  throw new Error('twenty meetings, and none on the other node')
}

const packets = (client) => [...client.received.values()].reduce((sum, r) => sum + r.packets, 0)

async function hears_on (client, what) {
  const before = packets(client)
  await until(what, () => packets(client) > before + 20)
}

test('two nodes are one service', { timeout: 240_000 + REDIS_DOWN_S * 1000 }, async (t) => {
  const { a, b, redis, postgres } = await two_nodes(t)
  const on_a = await meeting_on(t, a, b, ['Ann', 'Bob'])
  const on_b = await meeting_on(t, b, a, ['Cid', 'Dan', 'Eve'])

  await t.test('whichever is asked, a meeting is where it is', async () => {
    for (const asked of [a, b]) {
      assert.equal(await joined_url(asked, on_a.code), socket_of(a))
      assert.equal(await joined_url(asked, on_b.code), socket_of(b))
      assert.equal(await asked.count(on_a.code), 2)
      assert.equal(await asked.count(on_b.code), 3)
    }
  })

  await t.test('new meetings go to either, and to one place each', async () => {
    const places = { [socket_of(a)]: 0, [socket_of(b)]: 0 }
    for (let n = 0; n < 10; n++) {
      const { code } = await a.make_meeting()
      const [one, other] = await Promise.all([joined_url(a, code), joined_url(b, code)])
      assert.equal(one, other)
      places[one]++
    }
    t.diagnostic(`ten new meetings: ${Object.values(places).join(' and ')}`)
    assert.ok(Math.min(...Object.values(places)) >= 2, 'no node gets all')
  })

  await t.test('the list of nodes says who holds what', async () => {
    await until('the heartbeats say so', async () => {
      const { nodes: list, connected } = await nodes(b)
      const [own, other] = list
      return connected && own.name === 'b' && own.own && own.participants === 3 && own.meetings === 1 && own.connections === 3 &&
        other.name === 'a' && !other.own && other.url === a.url && other.participants === 2 && other.meetings === 1
    })
    const answer = await api_request(a.url, 'GET', '/api/v1/nodes')
    assert.equal(answer.status, 401)
  })

  await t.test('the wrong node says which is right', async () => {
    const lost = new LightClient(a, on_b.code, { name: 'Fay' })
    await assert.rejects(lost.join(), ({ code, url }) => code === 449 && url === socket_of(b))
    lost.vanish()
  })

  await t.test('commands reach the meeting through the other node', async () => {
    const { status, body } = await ask(a, 'GET', `${on_b.code}/participants`)
    assert.equal(status, 200)
    assert.deepEqual(body.participants.map((p) => p.name).sort(), ['Cid', 'Dan', 'Eve'])
    const eve = body.participants.find((p) => p.name === 'Eve')
    const muted = await ask(a, 'POST', `${on_b.code}/participants/${encodeURIComponent(eve.identity)}/mute`, operator(), { source: 'microphone' })
    assert.equal(muted.status, 200, muted.text)
    const kicked = await ask(a, 'DELETE', `${on_b.code}/participants/${encodeURIComponent(eve.identity)}`)
    assert.equal(kicked.status, 200, kicked.text)
    await until('Eve is gone', async () => await a.count(on_b.code) === 2)
    assert.equal((await ask(b, 'DELETE', `${on_a.code}/participants/nobody`)).status, 404)
  })

  await t.test('a page from one node goes to a meeting on the other, and after a wrong address to the right one', async (t) => {
    const browser = await a_browser(t)
    const guest = await Visitor.open(browser, { name: 'Gus' })
    await guest.join(a.url, on_b.code)
    await guest.hears_and_sees({ videos: 0, audios: 0 })
    await until('Gus is in', async () => await b.count(on_b.code) === 3)
    const misled = await Visitor.open(browser, { name: 'Hal' })
    await misled.page.route('**/join', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...await answer.json(), url: socket_of(a) } })
    })
    await misled.join(a.url, on_b.code)
    await until('Hal is in', async () => await b.count(on_b.code) === 4, { timeout_ms: 20_000 })
    await until('and sees it', () => misled.page.evaluate(() => document.documentElement.dataset.state === 'meeting'))
    assert.deepEqual([...guest.errors, ...misled.errors], [])
    await guest.close()
    await misled.close()
  })
  await until('the browsers are gone', async () => await b.count(on_b.code) === 2, { timeout_ms: 20_000 })

  const ends_unheard = await meeting_on(t, b, a, ['Ida'])

  await t.test(`Redis is away for ${REDIS_DOWN_S} s: meetings go on`, async () => {
    await redis.kill()
    const down_until = Date.now() + REDIS_DOWN_S * 1000
    await until('the nodes notice', async () => !(await nodes(a)).connected && !(await nodes(b)).connected)
    await hears_on(on_a.clients[0], 'sound goes on on a')
    await hears_on(on_b.clients[0], 'sound goes on on b')
    const late = await new LightClient(b, on_b.code, { name: 'Joe', follow: true }).join() // where it runs one can come and go
    await late.leave()
    assert.equal((await ask(a, 'GET', `${on_b.code}/participants`)).status, 503)
    assert.equal(await a.count(on_b.code), null)
    assert.equal((await ask(a, 'POST', `${on_b.code}/join`, {}, { name: 'Kim' })).status, 503)
    assert.equal((await ask(a, 'POST', `${ends_unheard.code}/end`)).status, 200)
    await pause(Math.max(0, down_until - Date.now()))
    await hears_on(on_b.clients[0], 'sound still goes on')
  })

  await t.test('Redis is back: commands work again without a restart', async (t) => {
    await redis.start()
    const started = Date.now()
    await until('a hears of the meeting on b', async () => await a.count(on_b.code) === 2, { timeout_ms: 15_000 })
    t.diagnostic(`commands work ${Date.now() - started} ms after Redis takes connections`)
    await until('b ends what was ended meanwhile', async () => await b.count(ends_unheard.code) === 0)
    for (const asked of [a, b]) { // each connection to Redis comes back by itself, some up to 2 s after the first
      await until('joins work', async () => (await ask(asked, 'POST', `${on_a.code}/join`, {}, { name: 'Nia' })).status === 200)
      assert.equal(await joined_url(asked, on_a.code), socket_of(a))
      assert.equal(await joined_url(asked, on_b.code), socket_of(b))
    }
    t.diagnostic(`and joins ${Date.now() - started} ms after`)
    const ended = []
    for (const client of on_b.clients) client.on('room', (data) => { if (data.room === 'ended') ended.push(client.name) })
    assert.equal((await ask(a, 'POST', `${on_b.code}/end`)).status, 200)
    await until('those inside hear of the end', () => ended.includes('Cid') && ended.includes('Dan'))
  })

  await t.test('what a dead node held is held anew after its time', async (t) => {
    const browser = await a_browser(t)
    const guest = await Visitor.open(browser, { name: 'Mia' })
    await guest.join(b.url, on_a.code) // a page from b
    await until('Mia is in', async () => await b.count(on_a.code) === 3, { timeout_ms: 20_000 })
    await a.kill()
    const killed = Date.now()
    const url = await until('the meeting moves', async () => {
      const answer = await ask(b, 'POST', `${on_a.code}/join`, {}, { name: 'Lea' })
      return answer.status === 200 && answer.body.url === socket_of(b) && answer.body.url
    }, { timeout_ms: 25_000, every_ms: 500 })
    t.diagnostic(`after ${Date.now() - killed} ms`)
    assert.equal(url, socket_of(b))
    await until('Mia is back by herself', async () => await b.count(on_a.code) === 1, { timeout_ms: 40_000, every_ms: 200 })
    t.diagnostic(`the browser is back after ${Date.now() - killed} ms`)
    await guest.close()
    const ends = () => postgres.sql(`SELECT c.end_reason, (SELECT COUNT (*) FROM events e WHERE e.call_id = c.id AND e.type = 'call_ended')
      FROM calls c WHERE c.node = 'a' AND c.code = '${on_a.code}'`)
    await until('the other node ends what a left open', () => ends().every(([reason]) => reason === 'crashed'), { timeout_ms: 40_000, every_ms: 500 })
    t.diagnostic(`its call is ended after ${Date.now() - killed} ms`)
    assert.deepEqual(ends(), [['crashed', '1']])
    await a.restart()
    assert.equal(await until('a knows of it', () => joined_url(a, on_a.code)), socket_of(b))
  })
})
