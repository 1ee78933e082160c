// transactions.js, socket.js and recovery.js: what is sent again after a drop, what is heard twice, what gives up when.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Sequence, Transactions } from '../../html/js/curia/transactions.js'
import { JanusSocket } from '../../html/js/curia/socket.js'
import { decide, LIMITS, newHealth, observe } from '../../html/js/curia/recovery.js'

// Debian 12's Node.js (18) has no CustomEvent yet.
globalThis.CustomEvent ??= class extends Event {
  constructor (type, options = {}) {
    super(type, options)
    this.detail = options.detail ?? null
  }
}

test('Transactions: an ack does not answer a message, but all else', () => {
  const rows = [
    { request: 'message', answer: 'ack', settles: false },
    { request: 'message', answer: 'event', settles: true },
    { request: 'message', answer: 'error', settles: true },
    { request: 'trickle', answer: 'ack', settles: true },
    { request: 'create', answer: 'success', settles: true },
  ]
  for (const { request, answer, settles } of rows) {
    const list = new Transactions()
    const { message } = list.add({ janus: request }, 1000)
    assert.equal(list.settle({ janus: answer, transaction: message.transaction }) !== null, settles, `${request} ${answer}`)
  }
})

test('Transactions: unanswered requests keep their order and their transaction', () => {
  const list = new Transactions()
  const made = [1, 2, 3].map((n) => list.add({ janus: 'message', n }, 1000).message)
  list.settle({ janus: 'event', transaction: made[1].transaction })
  assert.deepEqual(list.unanswered(), [made[0], made[2]])
})

test('Transactions: time-outs count only while a socket is open', () => {
  const list = new Transactions()
  const { message } = list.add({ janus: 'create' }, 1000)
  assert.equal(list.expired(99999).length, 0)
  list.sent(message.transaction, 100)
  assert.equal(list.expired(1099).length, 0)
  list.suspend()
  assert.equal(list.expired(5000).length, 0)
  list.sent(message.transaction, 5000)
  assert.equal(list.expired(6000).length, 1)
})

test('Sequence: nothing twice', () => {
  const sequence = new Sequence()
  assert.deepEqual([1, 2, 2, 1, 3, undefined, 3].map((seq) => sequence.accept(seq)), [true, true, false, false, true, true, false])
})

/** A WebSocket whose server is this test. */
class FakeSocket {
  static all = []
  static get last () { return FakeSocket.all.at(-1) }
  readyState = 0
  sent = []
  constructor (url, protocol) {
    Object.assign(this, { url, protocol })
    FakeSocket.all.push(this)
  }

  open () { this.readyState = 1; this.onopen?.() }
  send (text) { this.sent.push(JSON.parse(text)) }
  receive (message) { this.onmessage?.({ data: JSON.stringify(message) }) }
  close () { this.readyState = 3 }
  die () { this.readyState = 3; this.onclose?.() }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for a condition, however slow the machine is. */
async function until (what, condition) {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return
    await sleep(5)
  }
  assert.fail(`never: ${what}`)
}

/** The next socket that the client opens after this one. */
async function next_socket (old) {
  await until('a new socket', () => FakeSocket.last !== old)
  return FakeSocket.last
}

/** Sockets of the running test; a test that fails must not keep the process alive. */
let open_sockets = []
test.afterEach(() => {
  for (const socket of open_sockets) socket.close()
  open_sockets = []
})
const options = { retry_ms: 20, connect_ms: 60, connect_step_ms: 0, timeout_ms: 400, first_attempts: 3 }

async function session (more = {}) {
  FakeSocket.all = []
  const socket = new JanusSocket({ url: 'wss://x/janus', token: 'T', WebSocket: FakeSocket, options, ...more })
  open_sockets.push(socket)
  const opened = socket.open()
  FakeSocket.last.open()
  await opened
  const created = socket.create()
  const [request] = FakeSocket.last.sent
  FakeSocket.last.receive({ janus: 'success', transaction: request.transaction, data: { id: 7 }, seq: 1 })
  await created
  return socket
}

test('socket: carries the token and the sub-protocol', async () => {
  const socket = await session()
  assert.equal(FakeSocket.last.url, 'wss://x/janus?access_token=T')
  assert.equal(FakeSocket.last.protocol, 'janus-protocol')
  socket.close()
  assert.equal(FakeSocket.last.sent.at(-1).janus, 'destroy')
})

test('socket: a drop is claimed with last_seq, the replay heard once, requests said again', async () => {
  const socket = await session()
  const events = []
  const attached = socket.attach('p')
  FakeSocket.last.receive({ janus: 'success', transaction: FakeSocket.last.sent.at(-1).transaction, data: { id: 9 }, seq: 2 })
  const handle = await attached
  handle.onevent = (message) => events.push(message.plugindata.data.n)
  const event = (n, seq) => ({ janus: 'event', sender: 9, seq, plugindata: { data: { n } } })
  FakeSocket.last.receive(event('a', 3))
  const pending = handle.message({ request: 'view' })
  const first = FakeSocket.last
  const { transaction } = first.sent.at(-1)
  first.die()
  assert.equal(socket.state, 'reconnecting')
  const queued = handle.message({ request: 'pause' }) // made while away
  const second = await next_socket(first)
  second.open()
  assert.deepEqual({ ...second.sent[0], transaction: null }, { janus: 'claim', session_id: 7, last_seq: 3, transaction: null })
  assert.equal(second.sent.length, 1, 'nothing goes out before the claim is answered')
  second.receive({ janus: 'success', session_id: 7, transaction: second.sent[0].transaction, seq: 6 })
  assert.equal(socket.state, 'open')
  assert.deepEqual(second.sent.slice(1).map((m) => m.body.request), ['view', 'pause'])
  assert.equal(second.sent[1].transaction, transaction)
  second.receive(event('a', 3))
  second.receive(event('b', 4))
  second.receive({ janus: 'event', sender: 9, seq: 5, transaction, plugindata: { data: { room: 'viewing' } } })
  second.receive(event('c', 7))
  assert.deepEqual(events, ['a', 'b', 'c'])
  assert.equal((await pending).data.room, 'viewing')
  second.receive({ janus: 'event', sender: 9, seq: 8, transaction: second.sent[2].transaction, plugindata: { data: { room: 'paused' } } })
  assert.equal((await queued).data.room, 'paused')
  first.receive(event('ghost', 9)) // the old socket is not listened to
  assert.deepEqual(events, ['a', 'b', 'c'])
})

test('socket: an unknown session is lost, pending requests fail, the socket stays', async () => {
  const socket = await session()
  const lost = new Promise((resolve) => socket.addEventListener('lost', (e) => resolve(e.detail.reason)))
  const pending = socket.attach('p')
  const old = FakeSocket.last
  old.die()
  await next_socket(old)
  FakeSocket.last.open()
  FakeSocket.last.receive({ janus: 'error', transaction: FakeSocket.last.sent[0].transaction, error: { code: 458, reason: 'No such session' } })
  await assert.rejects(pending, { code: 'session-lost' })
  assert.equal((await lost).code, 'session-lost')
  assert.equal(socket.state, 'open')
  assert.equal(socket.sessionId, null)
})

test('socket: tries at once and then again and again; a new token now and then', async () => {
  let tokens = 0
  await session({ refresh: async () => `T${++tokens}` })
  const before = FakeSocket.all.length
  for (let i = 0; i < 6; i++) {
    const old = FakeSocket.last
    old.die()
    await next_socket(old)
  }
  assert.equal(FakeSocket.all.length - before, 6)
  assert.ok(tokens >= 1)
  assert.match(FakeSocket.last.url, /access_token=T\d/)
})

test('socket: the first connection fails after a few attempts', async () => {
  FakeSocket.all = []
  const socket = new JanusSocket({ url: 'wss://x/janus', token: 'T', WebSocket: FakeSocket, options })
  open_sockets.push(socket)
  const opened = socket.open()
  const die = setInterval(() => { if (FakeSocket.last.readyState === 0) FakeSocket.last.die() }, 5)
  await assert.rejects(opened, { code: 'offline' })
  clearInterval(die)
  assert.equal(FakeSocket.all.length, 3)
})

test('socket: an attempt that hangs is given up', async () => {
  await session()
  const old = FakeSocket.last
  old.die()
  await next_socket(await next_socket(old))
})

test('socket: after silence it asks, and then it drops', async () => {
  await session({ options: { ...options, ping_ms: 300, silence_ms: 900 } })
  const first = FakeSocket.last
  await until('a question', () => first.sent.at(-1).janus === 'keepalive')
  await next_socket(first)
})

test('socket: an error 458 on a live socket loses the session', async () => {
  const socket = await session()
  let lost = 0
  socket.addEventListener('lost', () => lost++)
  const pending = socket.attach('p')
  FakeSocket.last.receive({ janus: 'error', session_id: 7, transaction: FakeSocket.last.sent.at(-1).transaction, error: { code: 458, reason: 'no' } })
  await assert.rejects(pending, { code: 'session-lost' })
  assert.equal(lost, 1)
})

test('recovery: rows', () => {
  const health = (more) => ({ ...newHealth(), since_ms: 0, ...more })
  const rows = [
    { name: 'all is well', health: health({ state: 'connected' }), now: 60000, expect: 'wait' },
    { name: 'a short gap', health: health({ state: 'disconnected' }), now: LIMITS.disconnected_ms - 1, expect: 'wait' },
    { name: 'a long gap', health: health({ state: 'disconnected' }), now: LIMITS.disconnected_ms, expect: 'restart' },
    { name: 'a long gap without socket', up: false, health: health({ state: 'disconnected' }), now: 9000, expect: 'wait' },
    { name: 'failed', health: health({ state: 'failed' }), now: 0, expect: 'restart' },
    { name: 'a restart gets its time', health: health({ state: 'failed', restarts: 1, restarted_ms: 100 }), now: 4000, expect: 'wait' },
    { name: 'a second restart', health: health({ state: 'failed', restarts: 1, restarted_ms: 100 }), now: 6000, expect: 'restart' },
    { name: 'then a new one', health: health({ state: 'failed', restarts: 2, restarted_ms: 100 }), now: 6000, expect: 'rebuild' },
    { name: 'never connects', health: health({ state: 'connecting' }), now: LIMITS.connect_ms, expect: 'rebuild' },
    { name: 'hung up', health: health({ state: 'connected', hungup: true }), now: 1, expect: 'rebuild' },
    { name: 'hung up again and again', health: health({ hungup: true, builds: 3, built_ms: 0 }), now: 1500, expect: 'wait' },
    { name: 'hung up again and again, later', health: health({ hungup: true, builds: 3, built_ms: 0 }), now: 2000, expect: 'rebuild' },
  ]
  for (const { name, health, up = true, now, expect } of rows) assert.equal(decide(health, up, now), expect, name)
  const well = observe(health({ state: 'failed', restarts: 2, restarted_ms: 5 }), 'connected', 10)
  assert.equal(well.restarts, 0)
  assert.equal(well.since_ms, 10)
})

test('a new session takes the place of the old one, whose last numbers do not count', async () => {
  const socket = await session()
  const made = socket.create()
  await until('the old one is ended first', () => FakeSocket.last.sent.length === 2)
  const [, destroy] = FakeSocket.last.sent
  assert.deepEqual([destroy.janus, destroy.session_id], ['destroy', 7])
  FakeSocket.last.receive({ janus: 'success', transaction: destroy.transaction, seq: 9 })
  await until('then the new one is asked for', () => FakeSocket.last.sent.length === 3)
  FakeSocket.last.receive({ janus: 'success', transaction: FakeSocket.last.sent[2].transaction, data: { id: 8 }, seq: 1 })
  await made
  assert.equal(socket.sessionId, 8)
})
