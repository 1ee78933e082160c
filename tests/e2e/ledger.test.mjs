// What the books say of real meetings: attendance as it was, also when the database is away and Janus is killed meanwhile.
import test from 'node:test'
import assert from 'node:assert/strict'
import { startPostgres } from '../lib/databases.mjs'
import { LightClient } from '../lib/light-client.mjs'
import { a_server } from '../lib/scene.mjs'
import { api_request } from '../lib/rest.mjs'
import { until } from '../lib/wait.mjs'

const EXACT_MS = 1000
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** GET with a token. */
async function get (server, path, token) {
  const answer = await api_request(server.url, 'GET', path, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

const calls_of = async (server, meeting) => (await get(server, `/api/v1/calls?meeting=${meeting.code}`, meeting.host_token)).calls

/** Until the call is written to its end. */
async function ended_call (server, meeting) {
  return until('the call is in the books', async () => (await calls_of(server, meeting)).find((call) => call.ended_at), { timeout_ms: 20_000 })
}

const ms = (text) => Date.parse(text)

const packets_of = (client) => [...client.received.values()].reduce((sum, { packets }) => sum + packets, 0)

function assert_near (actual, expected, what) {
  assert.ok(Math.abs(actual - expected) <= EXACT_MS, `${what}: ${actual} is not within ${EXACT_MS} ms of ${expected}`)
}

test('attendance is as scripted, to the second', { timeout: 120_000 }, async (t) => {
  const server = await a_server(t, { room: { quality_interval_ms: 1000 } })
  const meeting = await server.make_meeting({ title: 'Scripted', max_participants: 3 })
  const script = { Ann: [0, 6000], Bob: [1500, 4000], Cid: [2500, 6500] }
  const was = {}
  const begun = Date.now()
  await Promise.all(Object.entries(script).map(async ([name, [from, to]]) => {
    await sleep(from)
    const client = await new LightClient(server, meeting.code, { name }).join()
    was[name] = { joined: Date.now() }
    await client.publish()
    if (name === 'Ann') {
      await sleep(3000)
      await assert.rejects(new LightClient(server, meeting.code, { name: 'Dan' }).join(), /all of its 3|full/)
      await client.configure({ tracks: [{ source: 'microphone', muted: true }] })
    }
    await sleep(begun + to - Date.now())
    await client.leave()
    was[name].left = Date.now()
  }))
  const call = await ended_call(server, meeting)
  const { people } = await get(server, `/api/v1/calls/${call.id}/attendance`, meeting.host_token)
  assert.deepEqual(people.map(({ name }) => name), ['Ann', 'Bob', 'Cid'])
  for (const row of people.flatMap(({ name, participations }) => participations.map((stay) => ({ name, ...stay })))) {
    assert_near(ms(row.joined_at), was[row.name].joined, `${row.name} joined`)
    assert_near(ms(row.left_at), was[row.name].left, `${row.name} left`)
    assert.equal(row.leave_reason, 'left')
  }
  const { failures } = await get(server, `/api/v1/calls/${call.id}`, meeting.host_token)
  assert.deepEqual(failures.map(({ error }) => error), ['meeting-full'], 'Dan could not get in')
  assert_near(ms(call.started_at), was.Ann.joined, 'the call began')
  assert_near(ms(call.ended_at), was.Cid.left, 'the call ended')
})

test('PostgreSQL away, Janus killed: all that was told is in the books once, in order', { timeout: 240_000 }, async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  const server = await a_server(t, { store: { url: postgres.url }, room: { quality_interval_ms: 1000 } })
  postgres.sql("INSERT INTO webhooks (id, url, key_id, events, meeting, enabled, created_ms) VALUES ('WH_0123456789abcdef', 'https://192.0.2.1/', '', '', '', 1, 1)")
  const meeting = await server.make_meeting()
  const ann = await new LightClient(server, meeting.code, { name: 'Ann' }).join()
  t.after(() => ann.vanish())
  await ann.publish()
  const bob = await new LightClient(server, meeting.code, { name: 'Bob' }).join()
  t.after(() => bob.vanish())
  await bob.subscribe()
  await until('media flows', () => packets_of(bob) > 20, { timeout_ms: 10_000 })

  await postgres.kill()
  const before = packets_of(bob)
  for (let n = 0; n < 20; n++) { // events while nobody can write them down
    await ann.configure({ tracks: [{ source: 'camera', muted: n % 2 === 0 }] })
    await sleep(150)
  }
  assert.ok(packets_of(bob) > before + 50, 'the meeting went on without the database')
  await sleep(1000) // what is in the spool by now survives anything
  await server.kill()
  ann.vanish()
  bob.vanish()
  await postgres.start()
  await server.restart()

  const seqs = await until('the spool is drained', () => {
    const rows = postgres.sql(`SELECT type, seq, meeting_seq, id FROM events WHERE meeting = '${meeting.id}' ORDER BY seq`)
    return rows.filter(([type]) => /^track_(un)?muted$/.test(type)).length === 20 && rows
  }, { timeout_ms: 30_000, every_ms: 250 })
  assert.equal(new Set(seqs.map(([, , , id]) => id)).size, seqs.length, 'ids are unique')
  assert.deepEqual(seqs.map(([, , n]) => Number(n)), seqs.map((_, i) => i + 1), 'numbered in order, without a hole')
  const mutes = seqs.map(([type]) => type).filter((type) => /^track_(un)?muted$/.test(type))
  assert.deepEqual(mutes, mutes.map((_, i) => i % 2 === 0 ? 'track_muted' : 'track_unmuted'))
  const [call] = await until('the call of the killed server is closed', async () => {
    const calls = await calls_of(server, meeting)
    return calls.length === 1 && calls[0].ended_at && calls
  }, { timeout_ms: 20_000 })
  assert.equal(call.end_reason, 'crashed')
  const told = await until('webhooks tell of the end', () => {
    const rows = postgres.sql(`SELECT type FROM deliveries WHERE meeting = '${meeting.id}' ORDER BY number`).map(([type]) => type)
    return rows.includes('room_finished') && rows
  })
  assert.deepEqual(told.slice(-3), ['participant_left', 'participant_left', 'room_finished'])
})
