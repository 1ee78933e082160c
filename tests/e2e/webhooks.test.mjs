// Webhooks as an application sees them: LiveKit's own SDK makes the token and verifies what comes; the receiver is down, Janus is killed.
import test from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { AccessToken, WebhookReceiver } from 'livekit-server-sdk'
import { LightClient } from '../lib/light-client.mjs'
import { ADDRESS } from '../lib/server.mjs'
import { a_server, setting } from '../lib/scene.mjs'
import { api_request } from '../lib/rest.mjs'
import { until } from '../lib/wait.mjs'

const DOWN_MS = setting('WEBHOOK_DOWN_MS', 5000)
const OPTIONS = { webhooks: { allow_http: true, allow_private: true, timeout_ms: 1000, retry_min_ms: 100, retry_max_ms: 1000 } }
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Takes webhooks and verifies each; `answer` says with which status. */
class Application {
  constructor (server) { Object.assign(this, { server, verifier: new WebhookReceiver('tests', server.secret), received: [], wrong: [], answer: () => 200 }) }

  async start () {
    this.http = createServer((request, response) => this.#take(request, response)).listen(this.port ?? 0, ADDRESS)
    await once(this.http, 'listening')
    this.port = this.http.address().port
    return this
  }

  get url () { return `http://${ADDRESS}:${this.port}/hook` }

  async #take (request, response) {
    const parts = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString()
    try {
      assert.equal(request.headers['content-type'], 'application/webhook+json')
      const event = await this.verifier.receive(text, request.headers.authorization)
      const { sequence, meeting } = JSON.parse(text).curia
      assert.equal(request.headers['curia-sequence'], String(sequence))
      this.received.push({ event, sequence, meeting, text })
    } catch (error) {
      this.wrong.push(`${error.message}: ${text}`)
    }
    const status = this.answer()
    if (status) response.writeHead(status).end()
    else request.socket.destroy()
  }

  stop () {
    this.http.closeAllConnections()
    this.http.close()
  }
}

/** A server, an application, and a webhook between them. */
async function a_webhook (t, body = {}) {
  const server = await a_server(t, OPTIONS)
  const application = await new Application(server).start()
  t.after(() => application.stop())
  const grant = new AccessToken('tests', server.secret)
  grant.addGrant({ roomAdmin: true })
  const headers = { authorization: `Bearer ${await grant.toJwt()}` }
  const made = await api_request(server.url, 'POST', '/api/v1/webhooks', { headers, body: { url: application.url, ...body } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const deliveries = async (state) =>
    (await api_request(server.url, 'GET', `/api/v1/webhooks/${made.body.id}/deliveries?state=${state}&limit=200`, { headers })).body.deliveries
  return { server, application, headers, webhook: made.body, deliveries }
}

/** Each meeting's numbers are 1, 2, 3..., each as often as it was sent; what came twice is the same, letter for letter. */
function assert_in_order (received) {
  const meetings = new Map()
  for (const { sequence, meeting, text, event } of received) {
    const seen = meetings.get(meeting) ?? []
    if (sequence <= seen.length) assert.equal(text, seen[sequence - 1].text, 'what comes again is the same')
    else assert.equal(sequence, seen.length + 1, `${event.event} of ${meeting} comes in its turn`)
    if (sequence > seen.length) seen.push({ text, event })
    meetings.set(meeting, seen)
  }
  return meetings
}

async function visit (server, code, name) {
  const client = await new LightClient(server, code, { name }).join()
  await client.publish()
  await sleep(300)
  await client.leave()
}

test('an application is told of a meeting, in order and signed', { timeout: 60_000 }, async (t) => {
  const { server, application, deliveries } = await a_webhook(t)
  const meeting = await server.make_meeting({ title: 'Told' })
  await visit(server, meeting.code, 'Ann')
  await until('the room is finished', () => application.received.some(({ event }) => event.event === 'room_finished'), { timeout_ms: 20_000 })
  assert.deepEqual(application.wrong, [])
  const [told] = assert_in_order(application.received).values()
  const names = told.map(({ event }) => event.event)
  assert.deepEqual(names.filter((name) => !name.startsWith('track')), ['room_started', 'participant_joined', 'participant_left', 'room_finished'])
  assert.deepEqual(new Set(names.filter((name) => name.startsWith('track'))), new Set(['track_published', 'track_unpublished']))
  const [started, joined] = told.map(({ event }) => event)
  assert.equal(started.room.name, meeting.code)
  assert.match(started.room.sid, /^CA_/)
  assert.equal(started.room.numParticipants, 0)
  assert.ok(Math.abs(Number(started.room.creationTime) - Date.now() / 1000) < 60)
  assert.equal(joined.participant.name, 'Ann')
  assert.equal(joined.room.numParticipants, 1)
  assert.match(joined.participant.sid, /^PA_/)
  const track = told.find(({ event }) => event.event === 'track_published').event.track
  assert.match(track.sid, /^TR_/)
  assert.equal(new Set(told.map(({ event }) => event.id)).size, told.length)
  await until('all is written down', async () => (await deliveries('delivered')).length === told.length)
})

test('with the receiver down and Janus killed nothing is lost', { timeout: 180_000 + DOWN_MS }, async (t) => {
  const { server, application, deliveries } = await a_webhook(t)
  const codes = []
  for (let i = 0; i < 2; i++) codes.push((await server.make_meeting({ title: `Lasting ${i}` })).code)
  // some get through, some are answered with an error, some with nothing
  let n = 0
  application.answer = () => [200, 503, 0][n++ % 3]
  await Promise.all(codes.map((code) => visit(server, code, 'Ann')))
  application.stop()
  await Promise.all(codes.map((code) => visit(server, code, 'Bob')))
  await sleep(DOWN_MS)
  await application.start()
  await until('deliveries go on', () => n > 4, { timeout_ms: 30_000 })
  await server.kill()
  await server.restart()
  application.answer = () => 200
  await Promise.all(codes.map((code) => visit(server, code, 'Cid')))
  await until('all are told of Cid', () => application.received.filter(({ event }) => event.event === 'participant_left' &&
    event.participant.name === 'Cid').length >= codes.length, { timeout_ms: 90_000 })
  await until('nothing waits', async () => (await deliveries('waiting')).length === 0, { timeout_ms: 60_000 })
  assert.deepEqual(application.wrong, [])
  assert.deepEqual(await deliveries('dead'), [])
  const told = assert_in_order(application.received)
  assert.equal(told.size, codes.length)
  const all = await deliveries('delivered')
  for (const [meeting, events] of told) {
    assert.equal(events.length, all.filter((d) => d.meeting === meeting).length)
    assert.deepEqual(events.filter(({ event }) => event.event === 'participant_joined').map(({ event }) => event.participant.name),
      ['Ann', 'Bob', 'Cid'])
  }
  t.diagnostic(`${all.length} deliveries, sent ${application.received.length} times`)
})

test('what is dead is told when it is replayed, before what waits', { timeout: 60_000 }, async (t) => {
  const { server, application, headers, webhook, deliveries } = await a_webhook(t, { events: ['room_started', 'room_finished'] })
  const meeting = await server.make_meeting({ title: 'Again' })
  await visit(server, meeting.code, 'Ann')
  await until('it was told', () => application.received.length === 2, { timeout_ms: 20_000 })
  const [, first] = await until('all is written down', async () => {
    const done = await deliveries('delivered')
    return done.length === 2 && done.sort((a, b) => b.sequence - a.sequence)
  })
  const answer = await api_request(server.url, 'POST', `/api/v1/webhooks/${webhook.id}/replay`, { headers, body: { delivery: first.id } })
  assert.deepEqual(answer.body, { replayed: 1 })
  await until('it is told again', () => application.received.length === 3)
  assert.equal(application.received[2].text, application.received[0].text)
  assert.deepEqual(application.wrong, [])
})
