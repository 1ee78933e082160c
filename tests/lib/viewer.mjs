// Looks at a viewer's page again and again: what its slots carry, what its decoders did, how long a picture stood still.
const LOOK = async () => {
  const { curia, connections_made } = window
  const inbound = []
  for (const pc of connections_made) {
    if (pc.connectionState === 'closed') continue
    for (const s of (await pc.getStats()).values()) {
      if (s.type !== 'inbound-rtp') continue
      inbound.push({ mid: s.mid, kind: s.kind, height: s.frameHeight ?? 0, frames: s.framesDecoded ?? 0, freezes: s.freezeCount ?? 0,
        frozen_s: s.totalFreezesDuration ?? 0, lost: s.packetsLost, packets: s.packetsReceived,
        samples: s.totalSamplesReceived ?? 0, concealed: (s.concealedSamples ?? 0) - (s.silentConcealedSamples ?? 0) })
    }
  }
  const slots = curia.slots.filter((s) => s.participant).map(({ mid, kind, participant, source, layer, layers, paused }) =>
    ({ mid, kind, participant, source, layer, layers, paused, name: curia.participant(participant)?.name }))
  return { at: performance.now(), inbound, slots, quality: await curia.quality() }
}

export class Viewing {
  /** visitor: a Visitor that is in a meeting. */
  constructor (visitor) { Object.assign(this, { visitor, samples: [], still: new Map() }) }

  /** One look; gives { at, inbound, slots, quality } and notes for how long each picture that should move has stood. */
  async look () {
    const sample = await this.visitor.page.evaluate(LOOK)
    for (const slot of sample.slots.filter((s) => s.kind === 'video')) {
      const row = sample.inbound.find((i) => i.mid === slot.mid)
      const key = `${slot.mid}/${slot.participant}`
      const before = this.still.get(key)
      const moved = !before || row?.frames !== before.frames || slot.paused !== null || before.paused !== null
      const since = moved ? sample.at : before.since
      this.still.set(key, { frames: row?.frames, paused: slot.paused, since })
      slot.still_ms = sample.at - since
      slot.height = row?.height ?? 0
    }
    this.samples.push(sample)
    return sample
  }

  /** What happened between two looks: { voices: share concealed, longest_still_ms, longest_freeze_ms, fps: [[name, fps]] }. */
  between (first, last) {
    const seconds = (last.at - first.at) / 1000
    const delta = (row, field) => row[field] - (first.inbound.find((i) => i.mid === row.mid && i.kind === row.kind)?.[field] ?? 0)
    const audio = last.inbound.filter((i) => i.kind === 'audio' && delta(i, 'packets') > 10)
    const samples = audio.reduce((n, i) => n + delta(i, 'samples'), 0)
    const inside = this.samples.filter((s) => s.at >= first.at && s.at <= last.at)
    const since = (s) => Math.min(s.still_ms, Infinity)
    const videos = last.slots.filter((s) => s.kind === 'video')
    return {
      seconds,
      concealed: samples ? audio.reduce((n, i) => n + delta(i, 'concealed'), 0) / samples : 1,
      longest_still_ms: Math.max(0, ...inside.flatMap((s) => s.slots.filter((v) => v.kind === 'video' && v.paused === null)
        .map((v) => Math.min(since(v), s.at - first.at)))),
      fps: videos.map((v) => [v.name, delta(last.inbound.find((i) => i.mid === v.mid) ?? { frames: 0 }, 'frames') / seconds, v.layer, v.paused, v.height]),
    }
  }
}
