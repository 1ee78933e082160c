// Stands before a server as its own web site: passes pages, REST and the WebSocket on, and can close, freeze or refuse
// them. With a relay it rewrites the candidates in what passes, so that media takes the relay and no other way.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:https'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket, { WebSocketServer } from 'ws'

let keys
function certificate () {
  if (keys) return keys
  const folder = mkdtempSync(join(tmpdir(), 'curia-front-'))
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=front', '-addext', 'subjectAltName=IP:10.99.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  keys = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return keys
}

const CANDIDATE = /^a=candidate:.*\r?\n/mg
const UDP_HOST = /^a=candidate:\S+ 1 udp (\d+) ([\d.]+) (\d+) typ host/mi

export class Front {
  /** relayed: names of the requests whose PeerConnections take the relay: 'publish', 'subscribe'. */
  static async start (server, { relay, relayed = ['publish', 'subscribe'], address = '10.99.0.1' } = {}) {
    const front = new Front()
    Object.assign(front, { server, relay, relayed: new Set(relayed), pairs: new Set(), handles: new Map(), asked: new Map(),
      refusing: false, frozen: false, opened: 0, parked: new Set() })
    front.web = createServer(certificate(), (incoming, outgoing) => front.#pass_request(incoming, outgoing))
    front.sockets = new WebSocketServer({ noServer: true, autoPong: false, perMessageDeflate: false,
      handleProtocols: (offered) => offered.has('janus-protocol') ? 'janus-protocol' : false })
    front.web.on('upgrade', (incoming, socket, head) => front.#pass_upgrade(incoming, socket, head))
    front.web.listen(0, address)
    await once(front.web, 'listening')
    front.url = `https://${address}:${front.web.address().port}`
    return front
  }

  #pass_request (incoming, outgoing) {
    if (this.refusing || this.frozen) return incoming.socket.destroy()
    const passed = request(this.server.url + incoming.url, { method: incoming.method, headers: incoming.headers, rejectUnauthorized: false,
      agent: false })
    passed.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers)
      answer.pipe(outgoing)
    })
    passed.once('error', () => outgoing.destroy())
    incoming.pipe(passed)
  }

  #pass_upgrade (incoming, socket, head) {
    if (this.refusing) return socket.destroy()
    if (this.frozen) return this.parked.add(socket)
    const { host, origin } = incoming.headers
    const behind = new WebSocket(this.server.url.replace('http', 'ws') + incoming.url, incoming.headers['sec-websocket-protocol'] ?? [],
      { rejectUnauthorized: false, autoPong: false, perMessageDeflate: false, headers: { host, ...(origin && { origin }) } })
    behind.once('unexpected-response', (_, answer) => {
      socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
      answer.destroy()
    })
    behind.on('error', () => socket.destroy())
    behind.once('open', () => this.sockets.handleUpgrade(incoming, socket, head, (before) => this.#join(before, behind)))
  }

  /** Ties the two halves of one WebSocket together; messages of a direction stay in order. */
  #join (before, behind) {
    const pair = { before, behind }
    this.pairs.add(pair)
    this.opened++
    const pass = (from, to, rewrite) => {
      let last = Promise.resolve()
      from.on('message', (data, binary) => {
        if (this.frozen) return
        last = last.then(async () => to.send(binary ? data : await rewrite(data.toString()), { binary }, () => {}))
      })
      from.on('ping', (data) => { if (!this.frozen && to.readyState === WebSocket.OPEN) to.ping(data) })
      from.on('pong', (data) => { if (!this.frozen && to.readyState === WebSocket.OPEN) to.pong(data) })
      from.on('error', () => {})
      from.on('close', (code, reason) => {
        this.pairs.delete(pair)
        if (this.frozen) return
        if (code === 1005 || code === 1006) to.terminate()
        else if (to.readyState === WebSocket.OPEN) to.close(code, reason)
      })
    }
    pass(before, behind, (text) => this.#from_client(text))
    pass(behind, before, (text) => this.#from_server(text))
  }

  #takes_relay (name) { return this.relay && this.relayed.has(name) }

  #from_client (text) {
    const message = JSON.parse(text)
    const name = message.body?.request
    if (message.janus === 'message' && message.jsep && this.#takes_relay(name)) {
      this.handles.set(message.handle_id, name)
      this.asked.set(message.transaction, name)
      message.jsep.sdp = message.jsep.sdp.replace(CANDIDATE, '')
      return JSON.stringify(message)
    }
    // A browser starts its candidates right after its offer; on a relayed connection Janus must not learn them.
    if (message.janus === 'trickle' && this.handles.has(message.handle_id)) {
      delete message.candidates
      message.candidate = { completed: true }
      return JSON.stringify(message)
    }
    return text
  }

  async #from_server (text) {
    const message = JSON.parse(text)
    if (!message.jsep || !this.asked.has(message.transaction)) return text
    const found = message.jsep.sdp.match(UDP_HOST)
    if (!found) return text
    const way = await this.relay.open({ address: found[2], port: Number(found[3]) })
    const line = `a=candidate:1 1 udp ${found[1]} ${way.address} ${way.port} typ host\r\n`
    message.jsep.sdp = message.jsep.sdp.replace(CANDIDATE, '').replace(/^(a=mid:.*\r?\n)/mg, `$1${line}`)
    return JSON.stringify(message)
  }

  /** Drops every WebSocket without a closing handshake. */
  drop_sockets () {
    for (const { before, behind } of this.pairs) { before.terminate(); behind.terminate() }
    for (const socket of this.parked) socket.destroy()
    this.parked.clear()
  }

  /** The network is gone: media stops, open sockets break, new ones fail; until `mend`. */
  cut () {
    this.refusing = true
    if (this.relay) this.relay.cut = true
    this.drop_sockets()
  }

  /** The network is gone without a sign: nothing moves, nothing is closed. */
  freeze () {
    this.frozen = true
    if (this.relay) this.relay.cut = true
  }

  mend () {
    this.refusing = this.frozen = false
    if (this.relay) this.relay.cut = false
  }

  async stop () {
    this.frozen = false
    this.drop_sockets()
    this.sockets.close()
    this.web.closeAllConnections()
    await new Promise((resolve) => this.web.close(resolve))
    this.relay?.close()
  }
}
