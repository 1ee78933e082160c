// encodings.js and publish-peer.js: which layers are sent, and that a browser that refuses goes on sending.
import test from 'node:test'
import assert from 'node:assert/strict'
import { adjust, covers, encodings, fitLayers, guessPlan, plainPlan, tellPlan } from '../../html/js/curia/encodings.js'
import { PublishPeer } from '../../html/js/curia/publish-peer.js'

const LAYERS = [{ rid: 'h', scale: 1, max_bitrate_bps: 1100000 }, { rid: 'm', scale: 2, max_bitrate_bps: 320000 },
  { rid: 'l', scale: 4, max_bitrate_bps: 80000 }]
const MEDIA = { publish: { camera: { max_bitrate_bps: 1500000, layers: LAYERS, temporal_layers: 3 },
  screen_share: { max_bitrate_bps: 2500000, layers: [], temporal_layers: 1 } } }
const plan = tellPlan(plainPlan(), MEDIA, 'vp8')

test('the plan: what the server says, by codec', () => {
  const rows = [
    { name: 'vp8', media: MEDIA, codec: 'vp8', rids: 'h m l', mode: 'L1T3' },
    { name: 'h264 has no temporal layers here', media: MEDIA, codec: 'h264', rids: 'h m l', mode: undefined },
    { name: 'vp9 is one stream', media: MEDIA, codec: 'vp9', rids: '', mode: undefined },
    { name: 'a server that names bitrates only', media: { video_bitrate_bps: 900000 }, codec: 'vp8', rids: '', mode: undefined },
    { name: 'a server that says nothing', media: undefined, codec: 'vp8', rids: '', mode: undefined },
  ]
  for (const { name, media, codec, rids, mode } of rows) {
    const list = encodings('camera', tellPlan(plainPlan(), media, codec))
    assert.equal(list.flatMap(({ rid }) => rid ?? []).join(' '), rids, name)
    assert.equal(list[0].scalabilityMode, mode, name)
  }
  assert.equal(encodings('camera', tellPlan(plainPlan(), { video_bitrate_bps: 900000 }, 'vp8'))[0].maxBitrate, 900000)
})

test('the plan is guessed from the settings, and what was offered may do for what is said later', () => {
  const guess = (settings) => guessPlan({ settings })
  assert.deepEqual(guess({ video_codec: 'vp8', simulcast_layers: 3 }).camera.layers.map(({ rid }) => rid), ['h', 'm', 'l'])
  assert.deepEqual(guess({ video_codec: 'vp8' }).camera.layers, [], 'a server of old')
  assert.deepEqual(guess({ video_codec: 'av1', simulcast_layers: 3 }).camera.layers, [])
  assert.deepEqual(guessPlan(undefined).camera.layers, [])
  assert.equal(covers(guess({ video_codec: 'vp8', simulcast_layers: 3 }), plan), true)
  assert.equal(covers(plan, plainPlan()), true)
  assert.equal(covers(plainPlan(), plan), false)
})

test('layers of a small camera', () => {
  const rows = [
    { height: 0, bitrates: [1100000, 320000, 80000], small: [false, false, false] },
    { height: 1080, bitrates: [1100000, 320000, 80000], small: [false, false, false] },
    { height: 720, bitrates: [1100000, 320000, 80000], small: [false, false, false] },
    { height: 480, bitrates: [320000, 80000, 80000], small: [false, false, true] },
    { height: 360, bitrates: [320000, 80000, 80000], small: [false, false, true] },
    { height: 180, bitrates: [80000, 80000, 80000], small: [false, true, true] },
    { height: 90, bitrates: [80000, 80000, 80000], small: [false, true, true] },
  ]
  for (const { height, bitrates, small } of rows) {
    const fitted = fitLayers(LAYERS, height)
    assert.deepEqual(fitted.map((l) => l.max_bitrate_bps), bitrates, String(height))
    assert.deepEqual(fitted.map((l) => l.tooSmall), small, String(height))
  }
})

test('what nobody receives is not sent', () => {
  const active = (wanted, source = 'camera', by = plan) => encodings(source, by, { wanted }).map((e) => e.active)
  assert.deepEqual(active(null), [true, true, true])
  assert.deepEqual(active(['m', 'l']), [false, true, true])
  assert.deepEqual(active([]), [false, false, false])
  assert.deepEqual(active(['f'], 'screen_share'), [true])
  assert.deepEqual(active([], 'screen_share'), [false])
})

test('adjust: what the other side did not take, what left the plan, what is as it should be', () => {
  const want = encodings('camera', plan, { wanted: ['l'] })
  const single = [{ active: true, maxBitrate: 5 }]
  assert.equal(adjust(single, want, ['f']), true)
  assert.equal(single[0].active, true)
  assert.equal(single[0].rid, undefined)
  adjust(single, want, [])
  assert.equal(single[0].active, false)
  const more = [...LAYERS, { rid: 'x' }].map(({ rid }) => ({ rid, active: true }))
  adjust(more, want, ['l'])
  assert.deepEqual(more.map((e) => e.active), [false, false, true, false])
  assert.equal(adjust(more, want, ['l']), false, 'nothing to do')
})

/** A sender whose setParameters answers when told to, and may refuse. */
class FakeSender {
  parameters = { encodings: [] }
  calls = []
  refuse = () => false
  getParameters () { return structuredClone(this.parameters) }
  async setParameters (parameters) {
    this.calls.push(parameters)
    await new Promise(setImmediate)
    if (this.refuse(parameters)) throw new DOMException('no', 'InvalidModificationError')
    this.parameters = structuredClone(parameters)
  }

  async replaceTrack () {}
}

/** A PublishPeer over made-up senders. */
function peer_of (by, { strict = false } = {}) {
  const peer = new PublishPeer()
  peer.plan = by
  const senders = []
  peer.setup({ addTransceiver (_, { sendEncodings }) {
    if (strict && sendEncodings.some((e) => e.scalabilityMode)) throw new DOMException('no', 'OperationError')
    const sender = new FakeSender()
    sender.parameters.encodings = structuredClone(sendEncodings)
    senders.push(sender)
    return { sender, mid: String(senders.length - 1) }
  } })
  return { peer, camera: senders[1] }
}

const settled = async () => { for (let i = 0; i < 20; i++) await new Promise(setImmediate) }
const running = (sender) => sender.parameters.encodings.filter((e) => e.active).map((e) => e.rid).join('')

test('publish peer: layers stop and run again; the last word counts', async () => {
  const { peer, camera } = peer_of(plan)
  await settled()
  assert.equal(running(camera), 'hml')
  peer.want([{ source: 'camera', wanted: ['l'] }])
  peer.want([{ source: 'camera', wanted: [] }])
  peer.want([{ source: 'camera', wanted: ['m', 'l'] }])
  await settled()
  assert.equal(running(camera), 'ml')
  assert.ok(camera.calls.length <= 2, 'not once for each')
  peer.want([{ source: 'hologram', wanted: ['x'] }, { source: 'camera' }])
  await settled()
  assert.equal(running(camera), 'ml', 'nonsense changes nothing')
  assert.equal(peer.sourceOf('1'), 'camera')
})

test('publish peer: a browser without temporal layers, and one that takes no bitrates', async () => {
  const { camera: plain } = peer_of(plan, { strict: true })
  assert.equal(plain.parameters.encodings[0].scalabilityMode, undefined)
  assert.equal(plain.parameters.encodings.length, 3)
  const { peer, camera } = peer_of(plan)
  await settled()
  camera.refuse = ({ encodings: list }) => list[0].maxBitrate !== 1100000
  peer.setPlan(tellPlan(plan, { publish: { camera: { layers: LAYERS.map((l) => ({ ...l, max_bitrate_bps: 5 })) } } }, 'vp8'))
  peer.want([{ source: 'camera', wanted: ['l'] }])
  await settled()
  assert.equal(running(camera), 'l', 'stopping works all the same')
  camera.refuse = () => true
  peer.want([{ source: 'camera', wanted: ['h'] }])
  await settled()
  camera.refuse = () => false
  peer.want([{ source: 'camera', wanted: ['h'] }])
  await settled()
  assert.equal(running(camera), 'h', 'and after a refusal it goes on')
})
