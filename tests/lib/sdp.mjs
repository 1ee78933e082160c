// Just enough SDP for a light client: write an offer, read Janus' answer.

const EXTENSIONS = {
  audio: ['1 urn:ietf:params:rtp-hdrext:ssrc-audio-level', '4 urn:ietf:params:rtp-hdrext:sdes:mid'],
  video: ['2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', '4 urn:ietf:params:rtp-hdrext:sdes:mid',
    '5 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id'],
}
export const AUDIO_LEVEL_ID = 1
export const MID_ID = 4
export const RID_ID = 5
const CODECS = {
  audio: { payload_types: '111', lines: ['rtpmap:111 opus/48000/2', 'fmtp:111 minptime=10;useinbandfec=1'] },
  video: {
    payload_types: '96 97',
    lines: ['rtpmap:96 VP8/90000', 'rtcp-fb:96 nack', 'rtcp-fb:96 nack pli', 'rtcp-fb:96 ccm fir', 'rtcp-fb:96 goog-remb',
      'rtpmap:97 rtx/90000', 'fmtp:97 apt=96'],
  },
}

/** sections: [{ mid, kind, direction, ssrc }], with `rids` [{ rid }] instead of `ssrc` for simulcast; ice: { ufrag, pwd }; candidate: { address, port }. */
export function write_offer ({ sections, ice, fingerprint, candidate, version = 1 }) {
  const lines = ['v=0', `o=- 4611731400430051336 ${version} IN IP4 127.0.0.1`, 's=-', 't=0 0',
    `a=group:BUNDLE ${sections.map((s) => s.mid).join(' ')}`, 'a=extmap-allow-mixed', 'a=msid-semantic: WMS *']
  for (const { mid, kind, direction, ssrc, rids } of sections) {
    const codec = CODECS[kind]
    lines.push(`m=${kind} 9 UDP/TLS/RTP/SAVPF ${codec.payload_types}`, 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0',
      `a=candidate:1 1 udp 2130706431 ${candidate.address} ${candidate.port} typ host`, 'a=end-of-candidates',
      `a=ice-ufrag:${ice.ufrag}`, `a=ice-pwd:${ice.pwd}`, `a=fingerprint:sha-256 ${fingerprint}`, 'a=setup:actpass',
      `a=mid:${mid}`, ...EXTENSIONS[kind].map((e) => `a=extmap:${e}`), `a=${direction}`, 'a=rtcp-mux', 'a=rtcp-rsize',
      ...codec.lines.map((l) => `a=${l}`))
    if (rids) lines.push(...rids.map(({ rid }) => `a=rid:${rid} send`), `a=simulcast:send ${rids.map(({ rid }) => rid).join(';')}`, `a=msid:light light-${mid}`)
    else if (direction.startsWith('send')) lines.push(`a=msid:light light-${mid}`, `a=ssrc:${ssrc} cname:light`)
  }
  return lines.join('\r\n') + '\r\n'
}

/** Gives { ice, setup, fingerprint, candidates, sections: [{ mid, kind, direction, ssrcs, payload_types, lines }] }. */
export function read_sdp (sdp) {
  const parts = sdp.replace(/\r/g, '').split(/\n(?=m=)/)
  const attribute = (text, name) => text.match(new RegExp(`^a=${name}:(.*)$`, 'm'))?.[1].trim()
  const sections = parts.slice(1).map((text) => ({
    mid: attribute(text, 'mid'),
    kind: text.slice(2, text.indexOf(' ')),
    port: Number(text.match(/^m=\S+ (\d+)/)[1]),
    direction: text.match(/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m)?.[1] ?? 'sendrecv',
    ssrcs: [...new Set([...text.matchAll(/^a=ssrc:(\d+)/mg)].map((m) => Number(m[1])))],
    payload_types: text.match(/^m=\S+ \S+ \S+ (.*)$/m)[1].trim().split(' ').map(Number),
    text,
  }))
  return {
    ice: { ufrag: attribute(sdp, 'ice-ufrag'), pwd: attribute(sdp, 'ice-pwd') },
    setup: attribute(sdp, 'setup'),
    fingerprint: attribute(sdp, 'fingerprint')?.split(' ')[1],
    candidates: [...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host/mgi)]
      .map((m) => ({ address: m[1], port: Number(m[2]) })),
    sections,
  }
}
