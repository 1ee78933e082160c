// Tokens: those that npm livekit-server-sdk mints do what they grant and no more; forged ones open nothing, and disturb nobody.
import test from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessToken, TrackSource } from 'livekit-server-sdk'
import { forgeries, jwt, key_pairs, signed_by } from '../lib/forge.mjs'
import { JanusSocket, LightClient, Refused } from '../lib/light-client.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_server, light_clients } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const FORBIDDEN = 438, UNAUTHORIZED = 433, MISSING = 429, INVALID = 430 /* a token that is too long is an invalid field */

async function mint (server, identity, grant, more = {}) {
  const token = new AccessToken('tests', server.secret, { identity, ttl: '10m', ...more })
  token.addGrant(grant)
  return token.toJwt()
}

const rest_join = (server, code, token) => api_request(server.url, 'POST', `/api/v1/meetings/${code}/join`,
  { body: { name: 'Somebody else' }, headers: { authorization: `Bearer ${token}` } })

async function enters (t, server, code, token) {
  const client = new LightClient(server, code, { token })
  t.after(() => client.vanish())
  return client.join()
}

test('a token of livekit-server-sdk joins with exactly its grants', { timeout: 120_000 }, async (t) => {
  const server = await a_server(t)
  const { code } = await server.make_meeting()
  const { code: other } = await server.make_meeting()
  const token = await mint(server, 'ann', { roomJoin: true, room: code, canPublish: true, canSubscribe: true,
    canPublishSources: [TrackSource.MICROPHONE] }, { name: 'Dr. Ann' })

  await t.test('it is who it says, and publishes what it may', async () => {
    const client = await enters(t, server, code, token)
    const { identity, name, role, can } = client.joined.you
    assert.deepEqual({ identity, name, role, publish: can.publish, subscribe: can.subscribe, admin: can.admin },
      { identity: 'ann', name: 'Dr. Ann', role: 'participant', publish: ['microphone'], subscribe: true, admin: false })
    await assert.rejects(client.publish({ audio: true, video: true }), (error) => error instanceof Refused && error.code === FORBIDDEN)
    await client.leave()
    const modest = await enters(t, server, code, token)
    await modest.publish({ audio: true, video: false })
    await modest.leave()
  })

  await t.test('over REST as well: the seat is the same, the name is not for the form to say', async () => {
    const answer = await rest_join(server, code, token)
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual([answer.body.identity, answer.body.name, answer.body.role], ['ann', 'Dr. Ann', 'participant'])
    const client = await enters(t, server, code, answer.body.token)
    assert.deepEqual([client.joined.you.identity, client.joined.you.can.publish], ['ann', ['microphone']])
    await client.leave()
  })

  await t.test('not another meeting, nor what takes more', async () => {
    assert.equal((await rest_join(server, other, token)).status, 403)
    const headers = { authorization: `Bearer ${token}` }
    for (const [method, path, body] of [['PATCH', `/api/v1/meetings/${code}`, { title: 'Mine' }], ['POST', `/api/v1/meetings/${code}/end`],
      ['POST', `/api/v1/meetings/${code}/moderate`, { action: 'lock', locked: true }], ['GET', `/api/v1/meetings/${code}/members`],
      ['GET', `/api/v1/meetings/${code}/participants`], ['GET', '/api/v1/meetings'], ['GET', '/api/v1/audit'], ['GET', '/api/v1/webhooks'],
      ['POST', '/api/v1/meetings', {}], ['GET', '/api/v1/me/meetings']])
      assert.equal((await api_request(server.url, method, path, { body, headers })).status, 403, `${method} ${path}`)
  })

  await t.test('who may only watch watches', async () => {
    const viewer = await mint(server, 'vic', { roomJoin: true, room: code, canPublish: false, canSubscribe: true })
    const client = await enters(t, server, code, viewer)
    assert.deepEqual([client.joined.you.role, client.joined.you.can.publish], ['viewer', []])
    await assert.rejects(client.publish({ video: false }), (error) => error instanceof Refused && error.code === FORBIDDEN)
    await client.leave()
  })

  await t.test('roomAdmin is a host, and the role in an attribute counts', async () => {
    for (const [grant, attributes, role] of [[{ roomAdmin: true }, undefined, 'host'], [{}, { 'curia.role': 'moderator' }, 'moderator']]) {
      const client = await enters(t, server, code, await mint(server, role, { roomJoin: true, room: code, ...grant }, { attributes }))
      assert.equal(client.joined.you.role, role)
      await client.leave()
    }
  })
})

test('forged tokens open nothing, and disturb nobody', { timeout: 240_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'curia-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const pairs = key_pairs()
  for (const name of ['rsa', 'ec']) writeFileSync(join(folder, `${name}.pem`), pairs[name].publicKey)
  const server = await a_server(t, (here) => ({ token: { keys: [`tests:${here.secret}`],
    public_keys: ['rsa', 'ec'].map((name) => `${name}:${join(folder, `${name}.pem`)}`) } }))
  const { code } = await server.make_meeting()
  const { code: other_code } = await server.make_meeting()

  const grant = { roomJoin: true, room: code }
  const good = await mint(server, 'victim', grant, { name: 'Victim' })
  const claims = JSON.parse(Buffer.from(good.split('.')[1], 'base64url'))
  const victim = await enters(t, server, code, good)
  await victim.publish({})
  const [watcher] = await light_clients(t, server, code, ['Watcher'], { publish: null, view: {} })
  await until('the victim is heard', () => watcher.words_heard.has(victim.name), { timeout_ms: 20_000 })
  let closed = null
  victim.on('closed', (why) => { closed = why })
  const told = () => watcher.history.filter(({ room }) => room === 'roster').length
  const before = told(), others = watcher.roster.size

  await t.test('what is signed as it should be opens all of it', async () => {
    for (const [iss, alg] of [['rsa', 'RS256'], ['ec', 'ES256']]) {
      const token = jwt({ alg, typ: 'JWT' }, { ...claims, iss, sub: `by-${iss}` }, signed_by(pairs[iss].privateKey))
      assert.equal((await rest_join(server, code, token)).status, 200, alg)
      const client = await enters(t, server, code, token)
      assert.equal(client.joined.you.identity, `by-${iss}`)
      await until('the watcher sees it', () => watcher.roster.size === others + 1, { timeout_ms: 10_000 })
      await client.leave()
      await until('the watcher sees it go', () => watcher.roster.size === others, { timeout_ms: 10_000 })
    }
  })
  const settled = told()
  assert.ok(settled > before)

  const variants = forgeries({ key: 'tests', secret: server.secret, pairs, good, claims, other_code })
  assert.ok(variants.length >= 30)
  const stranger = new JanusSocket(`${server.url.replace('http', 'ws')}/janus?access_token=${await mint(server, 'stranger', grant)}`)
  t.after(() => stranger.terminate())
  await stranger.open()
  await stranger.create()
  for (const [name, token, { elsewhere = false } = {}] of variants) {
    await t.test(name, async () => {
      const answer = await rest_join(server, code, token)
      assert.ok([401, 403].includes(answer.status), `REST: ${answer.status} ${answer.text}`)
      assert.equal(answer.body.token, undefined)

      const socket = new JanusSocket(`${server.url.replace('http', 'ws')}/janus?access_token=${encodeURIComponent(token)}`)
      t.after(() => socket.terminate())
      if (elsewhere) await socket.open()
      else await assert.rejects(socket.open(), (error) => error instanceof Refused && [401, 403].includes(error.code))

      const handle = await stranger.attach()
      if (elsewhere) {
        await stranger.message(handle, { request: 'join', token })
        assert.deepEqual([await server.count(code), await server.count(other_code)], [2, 1])
      } else {
        await assert.rejects(stranger.message(handle, { request: 'join', token }),
          (error) => error instanceof Refused && [UNAUTHORIZED, FORBIDDEN, MISSING, INVALID].includes(error.code))
      }
      await stranger.request({ janus: 'detach', handle_id: handle })
    })
  }

  await t.test('the person inside noticed nothing', async () => {
    assert.equal(closed, null)
    assert.equal(told(), settled, 'nobody was told of anybody')
    const packets = () => [...watcher.received.values()].reduce((sum, { packets: n }) => sum + n, 0)
    const heard = packets()
    await until('media goes on', () => packets() > heard + 20, { timeout_ms: 10_000 })
    assert.equal(await server.count(code), 2)
    await victim.configure({ tracks: [{ source: 'camera', muted: true }] })
  })
})
