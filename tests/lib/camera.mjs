// A camera without a browser that sends simulcast: three VP8 layers of real pictures with temporal layers, padded to the
// bitrate that such layers have. layers.json was made with a browser's own encoder; after the key picture the film goes
// round without another one, so that who tunes in has to ask.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Header, sender_report } from './rtp.mjs'

const films = Object.entries(JSON.parse(readFileSync(new URL('./layers.json', import.meta.url))))
  .map(([rid, { width, height, pictures }]) => ({ rid, width, height, pictures: pictures.map((p) => Buffer.from(p, 'base64')) }))
/** Highest first, as in the offer. */
export const RIDS = ['h', 'm', 'l']
export const SIZES = Object.fromEntries(films.map(({ rid, width, height }) => [rid, { width, height }]))
export const BITRATES = { h: 1_100_000, m: 320_000, l: 80_000 }
const PAYLOAD_BYTES = 1100, PICTURE_MS = 60, REPORT_EVERY = 16
/** Temporal layer, and bytes against the average, of four pictures in a row. */
const PATTERN = [[0, 1.6], [2, 0.7], [1, 1], [2, 0.7]]
const KEY_SHARE = 2.5

/** One layer: what it is told to send, as payloads of RTP. */
class Layer {
  constructor ({ rid, pictures }, header) {
    Object.assign(this, { rid, pictures, header, at: 0, id: randomBytes(2).readUInt16BE() & 0x7fff, tl0: randomBytes(1)[0], packets: 0, bytes: 0,
      sent: 0, key_pictures: 0, active: true })
  }

  restart () { this.at = 0 }

  /** Payloads of the next picture (RFC 7741: picture id, tl0picidx, temporal layer). */
  next () {
    const key = this.at === 0
    const [temporal, share] = PATTERN[this.at % PATTERN.length]
    const average = BITRATES[this.rid] / 8 * PICTURE_MS / 1000
    const picture = this.pictures[this.at]
    const length = Math.round(average * (key ? KEY_SHARE : share))
    // What follows the last partition of a VP8 picture is not read.
    const padded = Buffer.concat([picture, Buffer.alloc(Math.max(0, length - picture.length))])
    this.at = this.at + 1 < this.pictures.length ? this.at + 1 : 1
    this.id = this.id + 1 & 0x7fff
    if (temporal === 0) this.tl0 = this.tl0 + 1 & 0xff
    this.key_pictures += key
    this.sent++
    const parts = []
    for (let from = 0; from < padded.length; from += PAYLOAD_BYTES) {
      const first = 0x80 | (temporal === 2 ? 0x20 : 0) | (from === 0 ? 0x10 : 0)
      parts.push(Buffer.concat([Buffer.from([first, 0xe0, 0x80 | this.id >> 8, this.id & 255, this.tl0, temporal << 6 | (temporal ? 0x20 : 0)]),
        padded.subarray(from, from + PAYLOAD_BYTES)]))
    }
    return parts
  }
}

export class Camera {
  /** peer: a LightPeer; section: { mid, rids: [{ rid, ssrc }] } as it was offered. */
  constructor (peer, { mid, rids }, payload_type) {
    this.peer = peer
    this.layers = rids.map(({ rid, ssrc }) => new Layer(films.find((film) => film.rid === rid), new Header({ payload_type, ssrc, mid, rid })))
    this.history = []
  }

  layer (rid) { return this.layers.find((layer) => layer.rid === rid) }

  /** Somebody asked for a key picture: all layers give one, as browsers do. */
  restart () { for (const layer of this.layers) layer.restart() }

  /** Sends these layers only; one that runs again begins with a key picture. */
  want (rids) {
    for (const layer of this.layers) {
      const active = rids.includes(layer.rid)
      if (active && !layer.active) layer.restart()
      layer.active = active
    }
    this.history.push({ at: Date.now(), wanted: rids })
  }

  /** The next picture of every layer that runs. */
  tick (ts) {
    for (const layer of this.layers) {
      if (!layer.active) continue
      const { header } = layer
      header.ts = ts
      const parts = layer.next()
      parts.forEach((part, i) => {
        header.marker = i === parts.length - 1 ? 1 : 0
        this.peer.send_rtp(header, part)
        header.sequenceNumber = header.sequenceNumber + 1 & 0xffff
        layer.packets++
        layer.bytes += part.length
      })
      if (layer.sent % REPORT_EVERY === 1) this.peer.send_rtcp(sender_report(header.ssrc, ts, layer.packets, layer.bytes))
    }
  }
}
