// RTP and RTCP as a light client needs them: build a packet, read a header, reports, and pictures to send.
import { readFileSync } from 'node:fs'
import { AUDIO_LEVEL_ID, MID_ID, RID_ID } from './sdp.mjs'

/** A header in the shape that werift's SRTP asks for: ssrc, sequenceNumber, serialize(). */
export class Header {
  constructor ({ payload_type, ssrc, mid, rid }) {
    Object.assign(this, { payload_type, ssrc, mid, rid, sequenceNumber: Math.floor(Math.random() * 30000), ts: 0, marker: 0 })
    this.level = null
  }

  /** Voice level of the packet, RFC 6464: 0 loudest, 127 silence; null leaves it out. */
  serialize () {
    const extension = [...(this.level === null ? [] : [AUDIO_LEVEL_ID << 4, 0x80 | this.level]),
      ...(this.mid === undefined ? [] : [MID_ID << 4 | this.mid.length - 1, ...Buffer.from(this.mid)]),
      ...(this.rid === undefined ? [] : [RID_ID << 4 | this.rid.length - 1, ...Buffer.from(this.rid)])]
    while (extension.length % 4) extension.push(0)
    const out = Buffer.alloc(12 + (extension.length ? 4 + extension.length : 0))
    out[0] = extension.length ? 0x90 : 0x80
    out[1] = this.marker << 7 | this.payload_type
    out.writeUInt16BE(this.sequenceNumber, 2)
    out.writeUInt32BE(this.ts >>> 0, 4)
    out.writeUInt32BE(this.ssrc, 8)
    if (extension.length) {
      out.writeUInt16BE(0xbede, 12)
      out.writeUInt16BE(extension.length / 4, 14)
      Buffer.from(extension).copy(out, 16)
    }
    return out
  }

  get serializeSize () { return this.serialize().length }
}

export function read_header (packet) {
  let offset = 12 + (packet[0] & 15) * 4
  if (packet[0] & 0x10) offset += 4 + packet.readUInt16BE(offset + 2) * 4
  return { marker: packet[1] >> 7, payload_type: packet[1] & 127, sequence: packet.readUInt16BE(2), ts: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8), payload_offset: offset }
}

/** A receiver report with a block for each `streams` [{ ssrc, highest, lost }], and a PLI for each of `pli`. */
export function receiver_report (sender_ssrc, streams, pli = []) {
  const count = Math.min(31, streams.length)
  const report = Buffer.alloc(8 + 24 * count)
  report.set([0x80 | count, 201])
  report.writeUInt16BE(report.length / 4 - 1, 2)
  report.writeUInt32BE(sender_ssrc, 4)
  streams.slice(0, count).forEach(({ ssrc, highest }, i) => {
    report.writeUInt32BE(ssrc, 8 + 24 * i)
    report.writeUInt32BE(highest >>> 0, 16 + 24 * i)
  })
  return Buffer.concat([report, ...pli.map((ssrc) => {
    const out = Buffer.alloc(12)
    out.set([0x81, 206, 0, 2])
    out.writeUInt32BE(sender_ssrc, 4)
    out.writeUInt32BE(ssrc, 8)
    return out
  })])
}

export function sender_report (ssrc, ts, packets, bytes) {
  const out = Buffer.alloc(28)
  out.set([0x80, 200, 0, 6])
  out.writeUInt32BE(ssrc, 4)
  const now = Date.now()
  out.writeUInt32BE(Math.floor(now / 1000) + 2208988800, 8)
  out.writeUInt32BE(Math.floor((now % 1000) / 1000 * 2 ** 32), 12)
  out.writeUInt32BE(ts >>> 0, 16)
  out.writeUInt32BE(packets >>> 0, 20)
  out.writeUInt32BE(bytes >>> 0, 24)
  return out
}

/** The parts of a compound RTCP packet: [{ type, format, body }]. */
export function read_rtcp (packet) {
  const parts = []
  for (let at = 0; at + 8 <= packet.length;) {
    const length = (packet.readUInt16BE(at + 2) + 1) * 4
    parts.push({ type: packet[at + 1], format: packet[at] & 31, body: packet.subarray(at, at + length) })
    at += length
  }
  return parts
}

/** A short film of small VP8 pictures; the first of each turn is a key picture. */
const pictures = JSON.parse(readFileSync(new URL('./pictures.json', import.meta.url))).map((p) => Buffer.from(p, 'base64'))

/** Gives the next picture as a VP8 payload with a 15-bit picture id. */
export class Film {
  constructor () { Object.assign(this, { at: 0, id: Math.floor(Math.random() * 0x7fff), key_pictures: 0 }) }

  restart () { this.at = 0 }

  next () {
    if (this.at === 0) this.key_pictures++
    const picture = pictures[this.at]
    this.at = (this.at + 1) % pictures.length
    this.id = this.id + 1 & 0x7fff
    return Buffer.concat([Buffer.from([0x90, 0x80, 0x80 | this.id >> 8, this.id & 255]), picture])
  }
}

/** 20 ms of something like Opus that tells who speaks: a frame type byte, `word`, a number. */
export function voice (word, number) {
  const out = Buffer.alloc(60)
  out[0] = 0x78
  out.write(word.padEnd(12), 1, 'latin1')
  out.writeUInt32BE(number >>> 0, 16)
  return out
}

/** A second of something like speech in real Opus with in-band FEC, over and over: what a browser's decoder can judge. */
const packets = JSON.parse(readFileSync(new URL('./speech.json', import.meta.url))).map((p) => Buffer.from(p, 'base64'))
export const speech = (number) => packets[number % packets.length]

export const voice_word = (payload) => payload.toString('latin1', 1, 13).trim()
