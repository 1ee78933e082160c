// One PeerConnection without a browser: host ICE (always controlling), DTLS, SRTP over one UDP socket. Cheap enough to
// run dozens in one process, and able to vanish without a word. Built from werift's parts.
import { EventEmitter, once } from 'node:events'
import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import * as werift from 'werift'
import { read_sdp, write_offer } from './sdp.mjs'
import { read_header, read_rtcp } from './rtp.mjs'

const PROFILES = [werift.ProtectionProfileAeadAes128Gcm, werift.ProtectionProfileAes128CmHmacSha1_80]
const KEEP_ALIVE_MS = 2500, CHECK_MS = 50, HELLO_MS = 20

let certificate
function make_certificate () {
  certificate ??= (async () => {
    const made = await werift.CipherContext.createSelfSignedCertificateWithKey(
      { signature: werift.SignatureAlgorithm.ecdsa_3, hash: werift.HashAlgorithm.sha256_4 },
      werift.NamedCurveAlgorithm.secp256r1_23)
    const fingerprint = new werift.RTCCertificate(made.keyPem, made.certPem, made.signatureHash).getFingerprints()[0].value
    return { ...made, fingerprint }
  })()
  return certificate
}

const token = (bytes) => randomBytes(bytes).toString('hex')

/** Events: 'connected', 'rtp' (header, payload, packet), 'rtcp' (part). */
export class LightPeer extends EventEmitter {
  constructor ({ address = '10.99.0.2' } = {}) {
    super()
    Object.assign(this, { address, closed: false, connected: false, candidates: [], ice: { ufrag: token(4), pwd: token(12) } })
    this.tie_breaker = BigInt('0x' + token(8))
  }

  async open () {
    this.certificate = await make_certificate()
    this.socket = createSocket('udp4')
    this.socket.on('message', (data, from) => { if (!this.closed) this.#receive(data, from) })
    this.socket.on('error', (e) => console.log('SE', e))
    this.socket.bind(0, this.address)
    await once(this.socket, 'listening')
    this.socket.setRecvBufferSize(1 << 20)
    return this
  }

  offer (sections) {
    this.sections = sections
    return write_offer({ sections, ice: this.ice, fingerprint: this.certificate.fingerprint,
      candidate: { address: this.address, port: this.socket.address().port } })
  }

  /** Reads the answer and connects; gives the answer's sections. */
  async accept (sdp) {
    const answer = read_sdp(sdp)
    this.remote = answer
    this.candidates = answer.candidates
    if (!this.candidates.length) throw new Error('the answer names no candidate')
    this.check_timer = setInterval(() => this.#check(), CHECK_MS)
    this.#check()
    if (!this.connected) await once(this, 'connected')
    return answer.sections
  }

  send_rtp (header, payload) {
    if (this.connected && !this.closed) this.#send(this.srtp.encrypt(payload, header))
  }

  send_rtcp (packet) {
    if (this.connected && !this.closed) this.#send(this.srtcp.encrypt(packet))
  }

  /** No farewell of any kind: the other side hears nothing more. */
  vanish () {
    if (this.closed) return
    this.closed = true
    clearInterval(this.check_timer)
    this.socket?.close()
    this.emit('closed')
  }

  #send (data) {
    if (!this.closed && this.peer) this.socket.send(data, this.peer.port, this.peer.address)
  }

  #check () {
    if (this.peer && Date.now() - this.checked < KEEP_ALIVE_MS) return
    this.checked = Date.now();
    for (const { address, port } of this.peer ? [this.peer] : this.candidates) {
      const request = new werift.Message(werift.methods.BINDING, werift.classes.REQUEST)
      request.setAttribute('USERNAME', `${this.remote.ice.ufrag}:${this.ice.ufrag}`)
      request.setAttribute('PRIORITY', 1853824767)
      request.setAttribute('ICE-CONTROLLING', this.tie_breaker)
      request.setAttribute('USE-CANDIDATE', null)
      request.addMessageIntegrity(Buffer.from(this.remote.ice.pwd)).addFingerprint()
      this.socket.send(request.bytes, port, address)
    }
  }

  #receive (data, from) {
    if (data[0] < 4) this.#on_stun(data, from)
    else if (data[0] >= 20 && data[0] < 64) this.transport?.onData?.(data, [from.address, from.port])
    else if (data[0] >= 128 && this.connected) this.#on_media(data)
  }

  #on_stun (data, from) {
    const message = werift.parseMessage(data)
    if (!message) return
    if (message.messageClass === werift.classes.REQUEST) {
      const answer = new werift.Message(werift.methods.BINDING, werift.classes.RESPONSE, message.transactionId)
      answer.setAttribute('XOR-MAPPED-ADDRESS', [from.address, from.port])
      answer.addMessageIntegrity(Buffer.from(this.ice.pwd)).addFingerprint()
      this.socket.send(answer.bytes, from.port, from.address)
    } else if (message.messageClass === werift.classes.RESPONSE && !this.peer) {
      this.peer = { address: from.address, port: from.port }
      this.#start_dtls()
    }
  }

  #start_dtls () {
    this.transport = { type: 'udp', send: async (data) => this.#send(data), close: async () => {}, onData: null }
    const options = { cert: this.certificate.certPem, key: this.certificate.keyPem, signatureHash: this.certificate.signatureHash,
      transport: this.transport, srtpProfiles: PROFILES, extendedMasterSecret: true, certificateRequest: true }
    this.dtls = this.remote.setup === 'active' ? new werift.DtlsServer(options) : new werift.DtlsClient(options)
    this.dtls.onConnect.subscribe(() => this.#on_keys())
    // A hello that comes with the very nomination may be dropped by Janus; the next try would be half a second later.
    if (this.remote.setup !== 'active') setTimeout(() => { if (!this.closed) this.dtls.connect().catch(() => {}) }, HELLO_MS)
  }

  #on_keys () {
    if (this.connected || this.closed) return
    const profile = this.dtls.srtp.srtpProfile
    const length = [16, profile === werift.ProtectionProfileAeadAes128Gcm ? 12 : 14]
    const { localKey, localSalt, remoteKey, remoteSalt } = this.dtls.extractSessionKeys(...length)
    const config = { profile, keys: { localMasterKey: localKey, localMasterSalt: localSalt, remoteMasterKey: remoteKey,
      remoteMasterSalt: remoteSalt } }
    this.srtp = new werift.SrtpSession(config)
    this.srtcp = new werift.SrtcpSession(config)
    this.connected = true
    this.emit('connected')
  }

  #on_media (data) {
    try {
      if (data[1] >= 192 && data[1] < 224) {
        for (const part of read_rtcp(this.srtcp.decrypt(data))) this.emit('rtcp', part)
      } else {
        const packet = this.srtp.decrypt(data)
        const header = read_header(packet)
        this.emit('rtp', header, packet.subarray(header.payload_offset))
      }
    } catch (error) {
      this.unreadable = (this.unreadable ?? 0) + 1
      this.last_error = error
    }
  }
}
