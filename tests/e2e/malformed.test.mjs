// Damaged requests, messages, offers and frames: each gets a clear error, a harmless success or a closed connection, and the
// meeting beside goes on. MALFORMED_COUNT=2000 for the long run.
import test from 'node:test'
import assert from 'node:assert/strict'
import { connect } from 'node:tls'
import { randomBytes } from 'node:crypto'
import { LightClient } from '../lib/light-client.mjs'
import { Mutator } from '../lib/mutate.mjs'
import { ADDRESS } from '../lib/server.mjs'
import { a_server, light_clients, setting, until_empty } from '../lib/scene.mjs'
import { until, within } from '../lib/wait.mjs'

const COUNT = setting('MALFORMED_COUNT', 200)
const SHARE = Math.ceil(COUNT / 5)
const mutator = new Mutator(setting('MALFORMED_SEED', 99))
const ANSWER_LIMIT_MS = 5000

// A transaction that was used before is not carried out again.
let transactions = 0
const next_transaction = () => `m${++transactions}`

/** Sends bytes on a TLS connection of their own, then its end; gives all that comes back. */
function exchange (server, bytes) {
  return within(ANSWER_LIMIT_MS, `an end to the connection that sent ${JSON.stringify(String(bytes).slice(0, 300))}`, new Promise((resolve) => {
    const socket = connect({ host: ADDRESS, port: server.port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    const parts = []
    // A request whose length lies keeps the server waiting: our end of the connection tells it that nothing more comes.
    socket.once('secureConnect', () => socket.write(bytes, () => setTimeout(() => socket.end(), 300)))
    socket.on('data', (part) => parts.push(part))
    socket.on('error', () => {})
    socket.once('close', () => resolve(Buffer.concat(parts).toString('latin1')))
  }))
}

/** What came back, as one word; throws when it is no clear error. */
function judge_http (answer) {
  if (!answer) return 'closed'
  const status = Number(answer.match(/^HTTP\/1\.[01] (\d{3})/)?.[1])
  assert.ok(status, `no HTTP answer: ${answer.slice(0, 200)}`)
  assert.ok(status < 500 || status === 501 || status === 505, `status ${status}: ${answer.slice(0, 600)}`)
  return status < 400 ? 'accepted' : 'refused'
}

function judge_message (message) {
  if (message.janus === 'error') {
    assert.ok(Number.isInteger(message.error?.code) && message.error.reason?.length > 3, `unclear: ${JSON.stringify(message)}`)
    return 'refused'
  }
  const data = message.plugindata?.data
  if (data?.room !== 'error') return 'accepted'
  assert.ok(Number.isInteger(data.error_code) && data.error?.length > 3, `unclear: ${JSON.stringify(data)}`)
  return 'refused'
}

/** What is no JSON (a NUL in a string is enough) is answered without a transaction. */
const is_answer = (message) => message.transaction === `m${transactions}` || (message.janus === 'error' && !message.transaction)

/**
 * Sends one damaged text, then a ping; gives a word for what came back before the pong. When only the `body` is damaged the
 * answer must come as well.
 */
async function probe (client, text, { body = false } = {}) {
  const { ws } = client.socket
  const seen = []
  let pong = false, take, stop
  try {
    const outcome = await within(ANSWER_LIMIT_MS, `${body ? 'an answer' : 'a pong'} or a closed socket after ${String(text).slice(0, 600)}`,
      new Promise((resolve, reject) => {
        take = (data) => {
          try {
            const message = JSON.parse(data)
            if (message.janus === 'pong') pong = true
            else if (message.janus !== 'ack' && (!body || is_answer(message))) seen.push(judge_message(message))
            if (pong && (seen.length || !body)) resolve('alive')
          } catch (error) {
            reject(error)
          }
        }
        stop = (code) => resolve(`closed ${code}`)
        ws.on('message', take)
        ws.once('close', stop)
        ws.send(text)
        ws.send(JSON.stringify({ janus: 'ping', transaction: 'probe' }))
      }))
    return outcome === 'alive' ? seen[0] ?? 'no answer' : outcome
  } finally {
    ws.off('message', take)
    ws.off('close', stop)
  }
}

test(`${5 * SHARE} damaged requests, messages, offers and frames`, { timeout: 60_000 + COUNT * 1000 }, async (t) => {
  const server = await a_server(t, { api: { messages_per_s: 100_000, requests_per_s: 100_000, max_connections_per_address: 2000 } })
  const meeting = await server.make_meeting({ max_participants: 50 })
  const beside = await light_clients(t, server, meeting.code, ['Ann', 'Bob'], { view: { video_slots: 2 } })
  const other = await server.make_meeting({ max_participants: 200 })
  const target = await server.make_meeting() // damaged requests may change or end this one
  const pictures = () => beside.map((c) => Math.max(...[...c.received.values()].map((r) => r.pictures)))
  await until('pictures flow', () => pictures().every((n) => n > 5))

  let guest
  t.after(() => guest?.vanish())
  /** A guest of the other meeting who is still connected. */
  async function a_guest () {
    if (guest && guest.socket.ws.readyState === 1) return guest
    guest = await new LightClient(server, other.code, { name: 'Guest' }).join()
    return guest
  }

  const attacks = {
    async 'HTTP requests' () {
      const body = JSON.stringify({ title: 'Weekly', max_participants: 10, video_codec: 'vp8' })
      const samples = ['POST /api/v1/meetings', `POST /api/v1/meetings/${target.code}/join`, `GET /api/v1/meetings/${target.code}`,
        'GET /', 'GET /js/curia.js', 'GET /readyz', `PATCH /api/v1/meetings/${target.code}`]
        .map((line) => `${line} HTTP/1.1\r\nHost: ${ADDRESS}:${server.port}\r\nContent-Type: application/json\r\nAccept: */*\r\n` +
          `Authorization: Bearer ${target.host_token}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
      const whole = mutator.pick(samples)
      return judge_http(await exchange(server, mutator.dice(2) ? mutator.text(whole) : mutator.lines(whole)))
    },

    async 'room requests' () {
      const client = await a_guest()
      const body = mutator.pick([
        { request: 'configure', tracks: [{ source: 'camera', muted: false }], name: 'Ann' },
        { request: 'view', slots: [{ mid: '4', want: { participant: 'p1', source: 'camera' }, height: 360 }, { mid: '5', want: 'auto' }], pinned: ['p1'] },
        { request: 'pause', paused: true, mids: ['4'] }, { request: 'sync' }, { request: 'join', token: client.token },
        { request: 'subscribe', ticket: 'x' }, { request: 'publish', tracks: [{ mid: '0', source: 'microphone' }] }, { request: 'unpublish' }])
      const handle_id = mutator.pick([client.publish_handle, client.view_handle])
      return probe(client, JSON.stringify({ janus: 'message', session_id: client.socket.session, handle_id, transaction: next_transaction(), body: mutator.json(body) }),
        { body: true })
    },

    async 'Janus messages' () {
      const client = await a_guest()
      const whole = mutator.pick([
        { janus: 'message', session_id: client.socket.session, handle_id: client.view_handle, transaction: next_transaction(), body: { request: 'sync' } },
        { janus: 'trickle', session_id: client.socket.session, handle_id: client.view_handle, transaction: next_transaction(),
          candidate: { candidate: 'candidate:1 1 udp 1 10.99.0.2 9 typ host', sdpMid: '0', sdpMLineIndex: 0 } },
        { janus: 'keepalive', session_id: client.socket.session, transaction: next_transaction() },
        { janus: 'claim', session_id: client.socket.session, transaction: next_transaction(), last_seq: 1 },
        { janus: 'attach', session_id: client.socket.session, transaction: next_transaction(), plugin: 'janus.plugin.curia.room' }])
      return probe(client, mutator.dice(2) ? JSON.stringify(mutator.json(whole)) : mutator.text(JSON.stringify(whole)).toString('latin1'))
    },

    async 'offers' () {
      const client = await new LightClient(server, other.code, { name: 'Offerer' }).join()
      try {
        const view = mutator.dice(2) === 1
        const { message } = client.socket
        client.socket.message = function (handle_id, body, jsep) { // everything is as always but the offer
          return message.call(this, handle_id, body, jsep && { ...jsep, sdp: mutator.lines(jsep.sdp) })
        }
        try {
          await within(1500, 'the offer works', view ? client.subscribe() : client.publish())
          return 'accepted'
        } catch (error) {
          if (error.code !== undefined) assert.ok(Number.isInteger(error.code) && error.reason?.length > 3, `unclear: ${error.message}`)
          else if (client.socket.ws.readyState === 1) await probe(client, '{}') // no error told, but does it live?
          return error.code !== undefined ? 'refused' : 'accepted, but it cannot connect'
        }
      } finally {
        if (client.socket.ws.readyState === 1) await client.socket.request({ janus: 'destroy' }).catch(() => {})
        client.vanish()
      }
    },

    async 'WebSocket frames' () {
      const client = await a_guest()
      const upgrade = `GET /janus?access_token=${client.token} HTTP/1.1\r\nHost: ${ADDRESS}:${server.port}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Protocol: janus-protocol\r\n\r\n'
      const text = Buffer.from('{"janus":"ping","transaction":"x"}')
      const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text])
      const answer = await exchange(server, mutator.dice(3)
        ? Buffer.concat([Buffer.from(upgrade), mutator.text(frame)]) : mutator.text(upgrade))
      if (!answer.startsWith('HTTP/1.1 101')) return judge_http(answer)
      return answer.includes('"pong"') ? 'accepted' : 'refused'
    },
  }

  for (const [what, attack] of Object.entries(attacks)) {
    await t.test(what, async (t) => {
      const outcomes = {}
      t.after(() => t.diagnostic(JSON.stringify(outcomes)))
      for (let i = 0; i < SHARE; i++) {
        const outcome = await attack()
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        assert.ok(server.alive, 'Janus lives')
      }
      assert.ok(Object.keys(outcomes).some((o) => o !== 'accepted'), 'some of the damage was refused')
    })
  }

  await t.test('the meeting beside goes on', async () => {
    const before = pictures()
    await until('pictures still flow to both', () => pictures().every((n, i) => n > before[i] + 10))
    for (const c of beside) {
      assert.equal(c.roster.size, 1, 'both are still there')
      assert.equal(c.gaps, undefined)
    }
  })
  guest?.vanish()
  for (const c of beside) c.vanish()
  for (const { code } of [meeting, other]) await until_empty(server, code)
})
