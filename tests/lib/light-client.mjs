// A participant without a browser: speaks docs/protocol.md over one WebSocket, sends and receives real RTP, and can
// vanish at any step. One timer drives what all of them send.
import { EventEmitter } from 'node:events'
import { randomBytes } from 'node:crypto'
import WebSocket from 'ws'
import { api_request } from './rest.mjs'
import { Camera, RIDS } from './camera.mjs'
import { LightPeer } from './light-peer.mjs'
import { Film, Header, receiver_report, sender_report, speech, voice, voice_word } from './rtp.mjs'
import { within } from './wait.mjs'

const PLUGIN = 'janus.plugin.curia.room'
const TICK_MS = 20, OPUS_TICKS = 960, VIDEO_EVERY_TICKS = 3, VIDEO_TS = 90 * TICK_MS * VIDEO_EVERY_TICKS
const SILENT_DBOV = 127
const TIMEOUT_MS = 10_000

const random_ssrc = () => randomBytes(4).readUInt32BE(0) % 0x7ffffff0 + 16

const senders = new Set()
let timer
function drive (client) {
  senders.add(client)
  timer ??= setInterval(() => { for (const c of senders) c.tick() }, TICK_MS)
}
function undrive (client) {
  senders.delete(client)
  if (!senders.size) timer = void clearInterval(timer)
}

/** What Janus or the room answered instead of success. */
export class Refused extends Error {
  constructor (where, code, reason, field, url) {
    super(`${where}: ${code} ${reason}`)
    Object.assign(this, { code, reason, field, url })
  }
}

/** A Janus session on one WebSocket. Events: 'event' (handle id, data, jsep), 'janus' (message), 'closed' (code). */
export class JanusSocket extends EventEmitter {
  constructor (url) {
    super()
    Object.assign(this, { url, pending: new Map(), next: 1, seq: 0 })
  }

  async open () {
    this.ws = new WebSocket(this.url, 'janus-protocol', { rejectUnauthorized: false, perMessageDeflate: false })
    this.ws.on('message', (text) => this.#on_message(JSON.parse(text)))
    this.ws.once('close', (code) => {
      for (const { reject } of this.pending.values()) reject(new Error(`the WebSocket closed (${code})`))
      this.pending.clear()
      this.emit('closed', code)
    })
    await within(TIMEOUT_MS, 'the WebSocket opens', new Promise((resolve, reject) => {
      this.ws.once('open', resolve)
      this.ws.once('unexpected-response', (_, answer) => reject(new Refused('upgrade', answer.statusCode, answer.statusMessage)))
      this.ws.on('error', reject)
    }))
    return this
  }

  #on_message (message) {
    if (message.seq !== undefined) this.seq = message.seq
    const waiting = this.pending.get(message.transaction)
    if (waiting && !(message.janus === 'ack' && waiting.wants_event)) {
      this.pending.delete(message.transaction)
      if (message.janus === 'error') waiting.reject(new Refused(waiting.what, message.error.code, message.error.reason))
      else waiting.resolve(message)
    } else if (message.janus === 'event') {
      this.emit('event', message.sender, message.plugindata.data, message.jsep)
    } else if (message.janus !== 'ack') {
      this.emit('janus', message)
    }
  }

  /** Sends a Janus request; gives the whole answer. A 'message' is answered by its event. */
  request (request) {
    const transaction = `t${this.next++}`
    const what = request.body?.request ?? request.janus
    const answer = new Promise((resolve, reject) =>
      this.pending.set(transaction, { resolve, reject, what, wants_event: request.janus === 'message' }))
    answer.catch(() => {})
    this.ws.send(JSON.stringify({ ...request, transaction, ...(this.session && { session_id: this.session }) }))
    return within(TIMEOUT_MS, `an answer to ${what}`, answer)
  }

  async create () { this.session = (await this.request({ janus: 'create' })).data.id }

  async attach (plugin = PLUGIN) { return (await this.request({ janus: 'attach', plugin })).data.id }

  /** A request to the room; gives { data, jsep } or throws Refused with the room's error. */
  async message (handle_id, body, jsep) {
    const { plugindata: { data }, jsep: answer } = await this.request({ janus: 'message', handle_id, body, ...(jsep && { jsep }) })
    if (data.error_code !== undefined) throw new Refused(body.request, data.error_code, data.error, data.field, data.url)
    return { data, jsep: answer }
  }

  terminate () { this.ws?.terminate() }
}

/** Fields to look at: participant, roster (Map id -> participant), slots (Map mid -> slot), received (Map mid -> counters). */
export class LightClient extends EventEmitter {
  /** follow: goes where the answer to `join` says, as browsers do, and not to the server that was asked. */
  constructor (server, code, { name = 'Light', identity, address, token, follow = false } = {}) {
    super()
    Object.assign(this, { follow, server, code, name, identity, address, token, roster: new Map(), slots: new Map(), received: new Map(),
      history: [], level: SILENT_DBOV, words_heard: new Set(), gone: false })
  }

  /** Takes a token and a seat. */
  async join () {
    await this.connect()
    await this.enter()
    return this
  }

  async get_token () {
    const answer = await api_request(this.server.url, 'POST', `/api/v1/meetings/${this.code}/join`,
      { body: { name: this.name, ...(this.identity && { identity: this.identity }) } })
    if (answer.status !== 200) throw new Refused('join over REST', answer.status, answer.body?.detail ?? answer.text)
    this.token = answer.body.token
    this.url = answer.body.url
    return answer.body
  }

  async connect () {
    if (!this.token) await this.get_token()
    const url = this.follow && this.url ? this.url : `${this.server.url.replace('http', 'ws')}/janus`
    this.socket = new JanusSocket(`${url}?access_token=${this.token}`)
    this.socket.on('event', (sender, data) => this.#on_event(data))
    this.socket.on('janus', (message) => this.history.push({ at: Date.now(), janus: message.janus, message }))
    this.socket.on('closed', (code) => this.emit('closed', code))
    await this.socket.open()
    await this.socket.create()
    this.publish_handle = await this.socket.attach()
    this.view_handle = await this.socket.attach()
  }

  async enter () {
    const { data } = await this.socket.message(this.publish_handle, { request: 'join', token: this.token })
    this.joined = data
    this.participant = data.you.participant
    this.rev = data.rev
    for (const other of data.participants) this.roster.set(other.participant, other)
  }

  #on_event (data) {
    this.history.push({ at: Date.now(), ...data })
    if (data.room === 'roster') {
      if (data.rev !== this.rev + 1) this.gaps = (this.gaps ?? 0) + 1
      this.rev = data.rev
      for (const p of [...data.joined ?? [], ...data.changed ?? []]) this.roster.set(p.participant, p)
      for (const p of data.left ?? []) this.roster.delete(p.participant)
    } else if (data.room === 'slots') {
      this.#take_slots(data)
    } else if (data.room === 'layers') {
      this.#take_layers(data.tracks)
    }
    this.emit('room', data)
  }

  #take_slots ({ slots, rev }) {
    this.slot_rev = rev
    for (const slot of slots) this.slots.set(slot.mid, slot)
  }

  #take_layers (tracks = []) {
    for (const { source, wanted } of tracks) if (source === 'camera') this.camera?.want(wanted)
  }

  /**
   * Offers a microphone and a camera (either may be left out) and starts sending. simulcast: three layers of real size;
   * sound: 'speech' that decodes instead of a word that is read by light clients.
   */
  async publish ({ audio = true, video = true, muted = [], simulcast = false, sound = 'word' } = {}) {
    const peer = this.publish_peer = await new LightPeer({ address: this.address }).open()
    const wanted = [...(audio ? [['audio', 'microphone']] : []), ...(video ? [['video', 'camera']] : [])]
    const sections = wanted.map(([kind], i) => ({ mid: String(i), kind, direction: 'sendonly', ...(simulcast && kind === 'video'
      ? { rids: RIDS.map((rid) => ({ rid, ssrc: random_ssrc() })) } : { ssrc: random_ssrc() }) }))
    const tracks = wanted.map(([, source], i) => ({ mid: String(i), source, ...(muted.includes(source) && { muted: true }) }))
    const { data, jsep } = await this.socket.message(this.publish_handle, { request: 'publish', tracks },
      { type: 'offer', sdp: peer.offer(sections) })
    this.published = data.tracks
    const answered = await within(TIMEOUT_MS, 'the publish connection', peer.accept(jsep.sdp))
    this.sound = sound
    const at = sections.findIndex(({ rids }) => rids)
    if (at >= 0) this.camera = new Camera(peer, sections[at], answered[at].payload_types[0])
    this.tracks = sections.flatMap(({ mid, kind, ssrc, rids }, i) => rids ? [] : [{ kind, ssrc, packets: 0, bytes: 0,
      header: new Header({ payload_type: answered[i].payload_types[0], ssrc, mid }) }])
    this.#take_layers(data.layers)
    this.film = new Film()
    this.plis = 0
    peer.on('rtcp', ({ type, format }) => {
      if (type !== 206 || (format !== 1 && format !== 4)) return
      this.plis++
      this.film.restart()
      this.camera?.restart()
    })
    this.ticks = 0
    this.stopped = new Set()
    drive(this)
    return data
  }

  /** One step of what is sent: 20 ms of voice, every third time a picture, every 50th a report. */
  tick () {
    this.ticks++
    if (this.ticks % VIDEO_EVERY_TICKS === 0 && !this.stopped.has('video')) this.camera?.tick(this.ticks * 90 * TICK_MS >>> 0)
    for (const track of this.tracks) {
      const { kind, header } = track
      if (this.stopped.has(kind)) continue
      if (kind === 'audio') header.level = this.level
      else if (this.ticks % VIDEO_EVERY_TICKS) continue
      header.marker = kind === 'video' ? 1 : 0
      const payload = kind === 'video' ? this.film.next() : this.sound === 'speech' ? speech(this.ticks) : voice(this.word ?? this.name, this.ticks)
      this.publish_peer.send_rtp(header, payload)
      header.sequenceNumber = header.sequenceNumber + 1 & 0xffff
      header.ts = header.ts + (kind === 'audio' ? OPUS_TICKS : VIDEO_TS) >>> 0
      track.packets++
      track.bytes += payload.length
      if (this.ticks % 50 < VIDEO_EVERY_TICKS) this.publish_peer.send_rtcp(sender_report(track.ssrc, header.ts, track.packets, track.bytes))
    }
  }

  /** Offers recvonly slots and starts counting what comes. */
  async subscribe ({ audio_slots = 3, video_slots = 4 } = {}) {
    const peer = this.view_peer = await new LightPeer({ address: this.address }).open()
    const sections = [...Array(audio_slots).fill('audio'), ...Array(video_slots).fill('video')]
      .map((kind, i) => ({ mid: String(i), kind, direction: 'recvonly' }))
    const { data, jsep } = await this.socket.message(this.view_handle, { request: 'subscribe', ticket: this.joined.you.ticket },
      { type: 'offer', sdp: peer.offer(sections) })
    this.#take_slots(data)
    peer.on('rtp', (header, payload) => this.#on_rtp(header, payload))
    const answered = await within(TIMEOUT_MS, 'the view connection', peer.accept(jsep.sdp))
    this.by_ssrc = new Map(answered.flatMap(({ mid, kind, ssrcs }) => ssrcs.map((ssrc, i) => [ssrc, { mid, kind, repair: i > 0 }])))
    for (const { mid, kind } of answered)
      this.received.set(mid, { mid, kind, packets: 0, pictures: 0, key_pictures: 0, words: new Map(), last_word: null, gaps: 0 })
    this.report_timer = setInterval(() => this.#report(), 1000)
    return data
  }

  #on_rtp (header, payload) {
    const known = this.by_ssrc?.get(header.ssrc)
    const counters = known && this.received.get(known.mid)
    if (!counters) { this.strays = (this.strays ?? 0) + 1; return }
    if (known.repair || !payload.length) return
    counters.packets++
    counters.ssrc = header.ssrc
    const step = counters.highest === undefined ? 1 : header.sequence - counters.highest & 0xffff
    if (step < 0x8000) {
      if (step > 1) counters.gaps++
      counters.highest = header.sequence
    }
    if (known.kind === 'audio') {
      const word = counters.last_word = voice_word(payload)
      counters.words.set(word, (counters.words.get(word) ?? 0) + 1)
      this.words_heard.add(word)
    } else {
      if (header.marker) counters.pictures++
      if (payload.length > 4 && (payload[4] & 1) === 0 && payload[7] === 0x9d) counters.key_pictures++
    }
  }

  #report (pli = []) {
    const streams = [...this.received.values()].filter((r) => r.ssrc)
    this.view_peer.send_rtcp(receiver_report(1, streams, pli))
  }

  ask_key_picture (mid) { this.#report([this.received.get(mid).ssrc]) }

  view (body) { return this.socket.message(this.view_handle, { request: 'view', ...body }) }

  configure (body) { return this.socket.message(this.publish_handle, { request: 'configure', ...body }) }

  /** Stops sending one kind ('audio', 'video') without telling anybody. */
  stop_sending (kind) { this.stopped.add(kind) }

  /** Says goodbye and goes. */
  async leave () {
    await this.socket.message(this.publish_handle, { request: 'leave' })
    this.vanish()
  }

  /** Goes without a word: sockets vanish, nothing is closed in the protocol's sense. */
  vanish ({ socket = true } = {}) {
    this.gone = true
    undrive(this)
    clearInterval(this.report_timer)
    this.publish_peer?.vanish()
    this.view_peer?.vanish()
    if (socket) this.socket?.terminate()
  }
}
