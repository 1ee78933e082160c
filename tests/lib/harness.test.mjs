// The harness itself: a relay that does not lose what it should, or a client that counts wrongly, would prove nothing.
import test from 'node:test'
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Relay } from '../relay/relay.mjs'
import { BITRATES, Camera, RIDS, SIZES } from './camera.mjs'
import { LightPeer } from './light-peer.mjs'
import { Mutator } from './mutate.mjs'
import { Film, Header, read_header, read_rtcp, receiver_report, sender_report, voice, voice_word } from './rtp.mjs'
import { read_sdp } from './sdp.mjs'
import { percentile, until, within } from './wait.mjs'

const HERE = '127.0.0.1'
const MEDIA = Buffer.from([0x80, 96, 0, 1])

async function udp () {
  const socket = createSocket('udp4')
  socket.bind(0, HERE)
  await once(socket, 'listening')
  return socket
}

/** Sends `count` media packets through a relay with `conditions`; gives arrivals as [delay ms] and whether replies came back. */
async function through (t, conditions, count) {
  const relay = new Relay({ address: HERE }), [client, server] = [await udp(), await udp()]
  t.after(() => { relay.close(); client.close(); server.close() })
  Object.assign(relay.up, { conditions })
  const front = await relay.open(server.address())
  const delays = []
  server.on('message', (data, from) => {
    delays.push(performance.now() - data.readDoubleBE(4))
    server.send('back', from.port, from.address)
  })
  let replies = 0
  client.on('message', () => { replies++ })
  for (let n = 0; n < count; n++) {
    const packet = Buffer.concat([MEDIA, Buffer.alloc(100)])
    packet.writeDoubleBE(performance.now(), 4)
    client.send(packet, front.port, front.address)
    if (n % 20 === 0) await new Promise(setImmediate)
  }
  await until('all is through or lost', () => relay.up.passed + relay.up.lost === count && delays.length === relay.up.passed &&
    replies === delays.length)
  return { relay, delays }
}

test('the relay passes both ways', async (t) => {
  const { delays } = await through(t, {}, 200)
  assert.equal(delays.length, 200)
})

test('the relay loses what it is told to', async (t) => {
  const { relay } = await through(t, { loss: 0.05 }, 2000)
  assert.ok(relay.up.lost > 60 && relay.up.lost < 140, `${relay.up.lost} of 2000 lost`)
})

test('the relay delays', async (t) => {
  const { delays } = await through(t, { delay_ms: 50 }, 20)
  assert.ok(Math.min(...delays) >= 48, `${Math.min(...delays)} ms`)
})

test('the relay narrows: what does not fit in the queue is lost', async (t) => {
  const { relay } = await through(t, { rate_bps: 400_000, queue_ms: 100 }, 200)
  assert.ok(relay.up.passed >= 40 && relay.up.passed < 120, `${relay.up.passed} passed`)
})

test('the relay takes new conditions at any time, and packets keep their order', async (t) => {
  const relay = new Relay({ address: HERE }), [client, server] = [await udp(), await udp()]
  t.after(() => { relay.close(); client.close(); server.close() })
  const front = await relay.open(server.address())
  const order = []
  server.on('message', (data) => order.push(data.readUInt16BE(4)))
  for (let n = 0; n < 60; n++) {
    relay.up.set({ delay_ms: [40, 5, 0][n % 3], ...(n > 30 && { rate_bps: 2e6, queue_ms: 1000 }) })
    const packet = Buffer.concat([MEDIA, Buffer.alloc(300)])
    packet.writeUInt16BE(n, 4)
    client.send(packet, front.port, front.address)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await until('all have come', () => order.length === 60)
  assert.deepEqual(order, [...order].sort((a, b) => a - b))
  assert.equal(relay.up.offered_bytes, 60 * 304)
})

test('a camera of three layers: sizes, bitrates, key pictures when asked, and only what is wanted', () => {
  const sent = []
  const peer = { send_rtp: (header, payload) => sent.push({ rid: header.rid, marker: header.marker, payload }), send_rtcp () {} }
  const camera = new Camera(peer, { mid: '1', rids: RIDS.map((rid, i) => ({ rid, ssrc: i + 100 })) }, 96)
  const of = (rid) => sent.filter((s) => s.rid === rid)
  const size = (rid) => { const { payload } = of(rid)[0]; return [payload.readUInt16LE(12) & 0x3fff, payload.readUInt16LE(14) & 0x3fff] }
  for (let n = 0; n < 200; n++) camera.tick(n * 5400)
  for (const rid of RIDS) {
    assert.deepEqual(size(rid), [SIZES[rid].width, SIZES[rid].height])
    assert.equal(camera.layer(rid).key_pictures, 1, 'no key picture unasked')
    assert.equal(of(rid).filter((s) => s.marker).length, 200)
    const bps = of(rid).reduce((n, s) => n + s.payload.length, 0) * 8 / (200 * 0.06)
    assert.ok(Math.abs(bps / BITRATES[rid] - 1) < 0.1, `${rid}: ${Math.round(bps)} bit/s`)
  }
  camera.want(['l'])
  sent.length = 0
  camera.tick(0)
  assert.deepEqual([...new Set(sent.map((s) => s.rid))], ['l'])
  camera.want(['h', 'l'])
  sent.length = 0
  camera.tick(0)
  assert.equal(of('h')[0].payload[6] & 1, 0, 'one that runs again begins with a key picture')
  assert.equal(of('l')[0].payload[6] & 1, 1)
})

test('a cut relay carries nothing', async (t) => {
  const relay = new Relay({ address: HERE }), [client, server] = [await udp(), await udp()]
  t.after(() => { relay.close(); client.close(); server.close() })
  const front = await relay.open(server.address())
  let got = 0
  server.on('message', () => { got++ })
  relay.cut = true
  client.send(MEDIA, front.port, front.address)
  await assert.rejects(until('something comes', () => got, { timeout_ms: 200 }))
  relay.cut = false
  client.send(MEDIA, front.port, front.address)
  await until('something comes', () => got)
})

test('RTP headers come back as they were written', () => {
  const header = new Header({ payload_type: 111, ssrc: 0xdeadbeef, mid: '12' })
  Object.assign(header, { sequenceNumber: 65535, ts: 0xfffffff0, marker: 1, level: 20 })
  const packet = Buffer.concat([header.serialize(), voice('Ann', 7)])
  const read = read_header(packet)
  assert.deepEqual({ ...read, payload_offset: 0 },
    { marker: 1, payload_type: 111, sequence: 65535, ts: 0xfffffff0, ssrc: 0xdeadbeef, payload_offset: 0 })
  assert.equal(voice_word(packet.subarray(read.payload_offset)), 'Ann')
})

test('RTCP compounds are taken apart', () => {
  const parts = read_rtcp(Buffer.concat([sender_report(1, 2, 3, 4), receiver_report(1, [{ ssrc: 5, highest: 6 }], [7])]))
  assert.deepEqual(parts.map(({ type, format }) => [type, format]), [[200, 0], [201, 1], [206, 1]])
  assert.equal(parts[2].body.readUInt32BE(8), 7)
})

test('a film begins anew with a key picture', () => {
  const film = new Film()
  const is_key = (payload) => (payload[4] & 1) === 0
  assert.deepEqual([is_key(film.next()), is_key(film.next())], [true, false])
  film.restart()
  assert.ok(is_key(film.next()))
})

test('two light peers connect and exchange media', async (t) => {
  const [caller, callee] = await Promise.all([new LightPeer({ address: HERE }).open(), new LightPeer({ address: HERE }).open()])
  t.after(() => { caller.vanish(); callee.vanish() })
  const sections = [{ mid: '0', kind: 'audio', direction: 'sendonly', ssrc: 77 }]
  const offer = caller.offer(sections)
  const answer = callee.offer([{ mid: '0', kind: 'audio', direction: 'recvonly' }]).replaceAll('actpass', 'passive')
  assert.equal(read_sdp(offer).sections[0].ssrcs[0], 77)
  await within(5000, 'both connect', Promise.all([caller.accept(answer), callee.accept(offer.replaceAll('actpass', 'active'))]))
  const heard = once(callee, 'rtp')
  caller.send_rtp(new Header({ payload_type: 111, ssrc: 77, mid: '0' }), voice('Ann', 1))
  const [header, payload] = await within(2000, 'a packet arrives', heard)
  assert.deepEqual([header.ssrc, voice_word(payload)], [77, 'Ann'])
})

test('damage is the same for the same seed', () => {
  const sample = { a: [1, { b: 'c' }], d: 'e' }
  const damage = (seed) => { const m = new Mutator(seed); return Array.from({ length: 50 }, () => [JSON.stringify(m.json(sample)), m.text('hello').toString('hex')]) }
  assert.deepEqual(damage(5), damage(5))
  assert.notDeepEqual(damage(5), damage(6))
})

test('percentiles', () => {
  const numbers = [5, 1, 4, 2, 3]
  assert.deepEqual([percentile(numbers, 0.5), percentile(numbers, 0.95), percentile(numbers, 0)], [3, 5, 1])
})
