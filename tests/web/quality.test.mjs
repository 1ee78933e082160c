// quality.js and quality-words.js: figures out of two looks at getStats, and words out of figures.
import test from 'node:test'
import assert from 'node:assert/strict'
import { rateLine, rateReceived, rateSent, receivedRows, reportFigures, roundTrip, sentRows, worst } from '../../html/js/curia/quality.js'
import { advice, lineFigures, receivedLine, sentLine } from '../../html/js/ui/quality-words.js'
import { bitrateWords, percentWords } from '../../html/js/ui/signal.js'

const report = (...rows) => new Map(rows.map((row) => [row.id, row]))
const sourceOf = (mid) => ({ 0: 'microphone', 1: 'camera' })[mid] ?? null

test('sent: a row for each layer, the highest first, with what happened since', () => {
  const row = (id, rid, height, bytesSent, framesSent, more) => ({ id, type: 'outbound-rtp', mid: '1', rid, ssrc: 1, frameWidth: height * 16 / 9,
    frameHeight: height, bytesSent, framesSent, framesPerSecond: 20, timestamp: 1000, qualityLimitationReason: 'none', ...more })
  const before = report(row('l', 'l', 180, 0, 0), row('h', 'h', 720, 5000, 7))
  const now = report(row('l', 'l', 180, 20000, 40, { timestamp: 3000, qualityLimitationReason: 'cpu' }),
    row('h', 'h', 720, 5000, 7, { timestamp: 3000, active: false }), row('x', undefined, 9, 1, 1, { mid: '7' }),
    { id: 'r', type: 'remote-inbound-rtp', localId: 'l', fractionLost: 0.25 })
  const rows = sentRows(now, before, sourceOf)
  assert.deepEqual(rows.map(({ rid, bps, fps, active, loss, limit }) => [rid, bps, fps, active, loss, limit]),
    [['h', 0, 0, false, 0, null], ['l', 80000, 20, true, 0.25, 'cpu']])
  assert.deepEqual(sentRows(undefined, undefined, sourceOf), [])
})

const slot = (mid, more = {}) => ({ mid, kind: 'video', index: 0, participant: 'p1', source: 'camera', layer: 1, layers: 3, paused: null,
  stream: { getTracks: () => [{ id: `track-${mid}` }] }, ...more })

test('received: one row for each slot that is taken; by mid or by track', () => {
  const row = (id, more) => ({ id, type: 'inbound-rtp', timestamp: 3000, bytesReceived: 100000, packetsReceived: 90, packetsLost: 10,
    framesDecoded: 60, framesPerSecond: 24.4, frameWidth: 640, frameHeight: 360, freezeCount: 2, ...more })
  const before = report(row('a', { mid: '3', timestamp: 1000, bytesReceived: 0, packetsReceived: 0, packetsLost: 0, framesDecoded: 0, freezeCount: 1 }))
  const now = report(row('a', { mid: '3' }), row('b', { trackIdentifier: 'track-4' }))
  const rows = receivedRows(now, before, [slot('3'), slot('4'), slot('5', { participant: null }), slot('6')])
  assert.deepEqual(rows.map(({ mid, bps, fps, loss, freezes, freezes_total }) => [mid, bps, fps, loss, freezes, freezes_total]),
    [['3', 400000, 24, 0.1, 1, 2], ['4', 0, 24, 0.1, 0, 2], ['6', 0, 0, 0, 0, 0]])
  assert.deepEqual([rows[0].layer, rows[0].layers], [1, 3])
})

test('round trip: of the pair in use', () => {
  const pairs = [{ id: 'p1', type: 'candidate-pair', currentRoundTripTime: 0.024 }, { id: 'p2', type: 'candidate-pair', currentRoundTripTime: 9 }]
  assert.equal(roundTrip([report({ id: 't', type: 'transport', selectedCandidatePairId: 'p1' }, ...pairs), undefined]), 24)
  assert.equal(roundTrip([report({ ...pairs[0], nominated: true }, pairs[1])]), 24)
  assert.equal(roundTrip([undefined]), null)
})

const received = (more = {}) => ({ mid: '3', participant: 'p1', source: 'camera', kind: 'video', layer: 1, layers: 3, paused: null, width: 640,
  height: 360, fps: 24, bps: 310000, loss: 0, freezes: 0, freezes_total: 0, ...more })
const sent = (more = {}) => ({ key: 'camera/h', source: 'camera', rid: 'h', active: true, width: 1280, height: 720, fps: 30, bps: 1100000, loss: 0,
  limit: null, ...more })

test('rates', () => {
  const rows = [
    [received(), 'good'], [received({ paused: 'bandwidth' }), 'poor'], [received({ paused: 'muted', loss: 1 }), 'good'],
    [received({ loss: 0.05 }), 'fair'], [received({ loss: 0.2 }), 'poor'], [received({ freezes: 1 }), 'fair'], [received({ freezes: 3 }), 'poor'],
  ]
  for (const [row, rate] of rows) assert.equal(rateReceived(row), rate, JSON.stringify(row))
  assert.equal(rateSent({ rtt_ms: 20, sent: [sent()] }), 'good')
  assert.equal(rateSent({ rtt_ms: 20, sent: [sent({ limit: 'bandwidth' })] }), 'fair')
  assert.equal(rateSent({ rtt_ms: 20, sent: [sent({ limit: 'bandwidth', active: false })] }), 'good')
  assert.equal(rateSent({ rtt_ms: 700, sent: [] }), 'poor')
  assert.equal(rateLine({ rtt_ms: null, sent: [], received: [] }), 'good')
  assert.equal(rateLine({ rtt_ms: 20, sent: [], received: [received(), received(), received({ freezes: 3 })] }), 'fair', 'one of many')
  assert.equal(rateLine({ rtt_ms: 20, sent: [], received: [received(), received(), received({ paused: 'bandwidth' })] }), 'poor')
  assert.equal(worst('good', 'poor', 'fair'), 'poor')
})

test('a line that makes pictures smaller than wished is fair at best', () => {
  const server = (...reasons) => ({ slots: reasons.map((reason, i) => ({ mid: String(3 + i), reason })) })
  const line = (row, said) => rateLine({ rtt_ms: 20, sent: [sent()], received: [received(), received(row)] }, said)
  const rows = [
    [{}, null, 'good'], [{}, server(), 'good'], [{}, server('as_wished', 'nothing_sent'), 'good'],
    [{}, server('as_wished', 'limited'), 'fair'], [{}, server('no_bandwidth'), 'fair'],
    [{ paused: 'bandwidth' }, server('limited'), 'poor'], [{ loss: 0.05 }, server('as_wished'), 'fair'],
  ]
  for (const [row, said, rate] of rows) assert.equal(line(row, said), rate, JSON.stringify([row, said]))
})

test('words', () => {
  assert.deepEqual([0, 80000, 999400, 999600, 1250000].map(bitrateWords), ['0 kbit/s', '80 kbit/s', '999 kbit/s', '1.0 Mbit/s', '1.3 Mbit/s'])
  assert.deepEqual([0, 0.004, 0.12].map(percentWords), ['0 %', '0.4 %', '12 %'])
  assert.deepEqual(receivedLine(received(), 'Ann', null), { title: 'Ann', chip: 'medium: 2 of 3', figures: '640 × 360 · 24 fps · 310 kbit/s', note: '', warn: false })
  const server = { estimate_bps: 600000, sent_bps: 1, loss_permille: 12, rtt_ms: null, state: 'congested', slots: [{ mid: '3', reason: 'limited' }] }
  assert.match(receivedLine(received({ freezes_total: 1 }), 'Ann', server).note, /slow · 1 freeze$/)
  assert.equal(receivedLine(received({ paused: 'bandwidth' }), 'Ann', server).figures, '')
  assert.match(receivedLine(received({ paused: 'bandwidth' }), 'Ann', server).note, /^paused/)
  assert.equal(receivedLine(received({ kind: 'audio' }), 'Ann', null).chip, '')
  assert.equal(sentLine(sent({ active: false }), ['l']).figures, 'off: nobody needs it now')
  assert.equal(sentLine(sent(), ['h']).figures, '1280 × 720 · 30 fps · 1.1 Mbit/s')
  const sample = { rtt_ms: 24, sent: [sent()], received: [received({ paused: 'bandwidth' })] }
  assert.match(advice('poor', sample, server), /^One video is paused/)
  assert.match(advice('fair', { ...sample, received: [received()] }, server), /fit your line/)
  const figures = Object.fromEntries(lineFigures(sample, server))
  assert.equal(figures['Round trip'], '24 ms')
  assert.equal(figures['Lost on the way to you'], '1.2 %')
  assert.equal(figures['Your line carries about'], '600 kbit/s')
  assert.ok(!Object.keys(Object.fromEntries(lineFigures(sample, null))).includes('Your line carries about'))
})

test('report: freezes since the last look, the worst of what we send, nothing unknown, nothing beyond what is allowed', () => {
  const video = (freezeCount, totalFreezesDuration) => report({ id: 'v', type: 'inbound-rtp', kind: 'video', freezeCount, totalFreezesDuration },
    { id: 'a', type: 'inbound-rtp', kind: 'audio', freezeCount: 9 })
  const up = report({ id: 'r1', type: 'remote-inbound-rtp', fractionLost: 0.02, jitter: 0.004 }, { id: 'r2', type: 'remote-inbound-rtp', fractionLost: 0.01, jitter: 0.009 },
    { id: 'p', type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.03 })
  assert.deepEqual(reportFigures({ view: video(5, 2.5), publish: up }, { view: video(3, 2) }),
    { freezes: 2, frozen_ms: 500, up_loss_ppm: 20000, up_jitter_us: 9000, rtt_us: 30000 })
  assert.deepEqual(reportFigures({}, {}), { freezes: 0, frozen_ms: 0 })
  assert.deepEqual(reportFigures({ view: video(20000, 9000) }, {}), { freezes: 10000, frozen_ms: 600000 })
})
