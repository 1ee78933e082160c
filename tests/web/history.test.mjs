// The page of past meetings, as far as it is arithmetic: scales, gaps, bars, lists, words.
import test from 'node:test'
import assert from 'node:assert/strict'
import { highest, HEIGHT, pathOf, pieces, ticks, timeAt, timeTicks, valueAt, WIDTH, xOf, yOf } from '../../html/js/history/plot.js'
import { bars } from '../../html/js/history/attendance.js'
import { byPerson, momentWords, numbersOf, plotsOf } from '../../html/js/history/quality.js'
import { feed } from '../../html/js/history/feed.js'
import { isFresh, isToken, newest } from '../../html/js/history/access.js'
import { bitrate, clock, count, delay, duration, joinTime, percent } from '../../html/js/history/words.js'

test('ticks: round, from 0, up to the highest value', () => {
  const rows = [[1, [0, 0.25, 0.5, 0.75, 1]], [100, [0, 25, 50, 75, 100]], [130, [0, 50, 100, 150]], [20000, [0, 5000, 10000, 15000, 20000]],
    [7, [0, 2, 4, 6, 8]], [1e6, [0, 250000, 500000, 750000, 1e6]], [9.7e6, [0, 2.5e6, 5e6, 7.5e6, 1e7]]]
  for (const [most, expect] of rows) assert.deepEqual(ticks(most), expect, String(most))
  for (let most = 1; most < 1e7; most = Math.ceil(most * 1.37)) {
    const found = ticks(most)
    assert.ok(found.at(-1) >= most && found.length >= 2 && found.length <= 6, `${most}: ${found}`)
  }
})

test('scales: there and back, within the picture', () => {
  const span = { from: 1000, to: 61000 }
  for (const time of [1000, 30000, 61000]) assert.ok(Math.abs(timeAt(span, xOf(span, time)) - time) < 1e-6)
  assert.equal(timeAt(span, -50), 1000)
  assert.equal(timeAt(span, 5000), 61000)
  assert.ok(xOf(span, 61000) <= WIDTH && yOf(10, 0) <= HEIGHT && yOf(10, 10) >= 0)
  assert.ok(Number.isFinite(xOf({ from: 5, to: 5 }, 5)))
})

test('pieces: null and silence are gaps, a usual step is none', () => {
  const rows = [
    [[], []],
    [[[0, 1], [10, 2], [20, 3]], [3]],
    [[[0, 1], [10, null], [20, 3]], [1, 1]],
    [[[0, 1], [10, 2], [20, 2], [30, 1], [300, 3], [310, 3]], [4, 2]],
    [[[0, null], [10, null]], []],
    [[[5, 1]], [1]],
  ]
  for (const [points, lengths] of rows) assert.deepEqual(pieces(points).map((p) => p.length), lengths)
  assert.match(pathOf({ from: 0, to: 20 }, 10, [[0, 1], [10, 2], [20, 3]]), /^M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+$/)
  assert.equal(pathOf({ from: 0, to: 20 }, 10, []), '')
})

test('valueAt and highest', () => {
  const points = [[0, 1], [10, null], [20, 3]]
  assert.equal(valueAt(points, 2, 5), 1)
  assert.equal(valueAt(points, 10, 5), null)
  assert.equal(valueAt(points, 16, 5), 3)
  assert.equal(highest([{ points }], 2), 3)
  assert.equal(highest([{ points }], 20), 20)
  assert.equal(highest([], 7), 7)
})

test('timeTicks: few and round', () => {
  const hour = Date.UTC(2026, 0, 31, 9)
  assert.deepEqual(timeTicks({ from: hour, to: hour + 3600000 }).map((t) => (t - hour) / 60000), [0, 10, 20, 30, 40, 50, 60])
  for (let length = 1000; length < 5e8; length *= 3) assert.ok(timeTicks({ from: hour, to: hour + length }).length <= 7, String(length))
})

test('bars: within the whole, and never too thin to be seen', () => {
  const at = (s) => new Date(s * 1000).toISOString()
  const span = { from: 0, to: 1000_000 }
  assert.deepEqual(bars([{ joined_at: at(100), left_at: at(600) }, { joined_at: at(900), left_at: null }], span),
    [{ x: 100, width: 500, present: false }, { x: 900, width: 100, present: true }])
  assert.deepEqual(bars([{ joined_at: at(1000), left_at: at(1000) }], span), [{ x: 996, width: 4, present: false }])
  assert.deepEqual(bars([{ joined_at: at(-5), left_at: at(2000) }], span), [{ x: 0, width: 1000, present: false }])
})

const sample = (s, more = {}) => ({ time: new Date(s * 1000).toISOString(), rtt_us: 20000, down_bps: 1e6, down_loss_ppm: 10000, up_bps: null,
  up_loss_ppm: null, freezes: 1, frozen_ms: 0, paused_slots: 0, ...more })

test('quality: stays of a person are one line; of one person both ways', () => {
  const series = [{ participation: 'PA_1', identity: 'ann', name: 'Ann', samples: [sample(30), sample(40)] },
    { participation: 'PA_2', identity: 'bob', name: 'Bob', samples: [sample(10)] },
    { participation: 'PA_3', identity: 'ann', name: 'Ann', samples: [sample(20, { rtt_us: null, down_loss_ppm: 40000 })] }]
  const people = byPerson(series)
  assert.deepEqual(people.map(({ name, samples }) => [name, samples.length]), [['Ann', 3], ['Bob', 1]])
  assert.deepEqual(people[0].samples.map(({ time }) => Date.parse(time) / 1000), [20, 30, 40])
  assert.equal(series[0].samples.length, 2, 'what was given is left alone')
  assert.deepEqual(plotsOf(people).map(({ title, lines }) => [title, lines.length]), [['Packet loss', 2], ['Round trip', 2], ['Bitrate', 2]])
  assert.deepEqual(plotsOf([people[0]]).map(({ lines }) => lines.length), [2, 1, 2])
  assert.deepEqual(numbersOf(people)[0], ['Ann', '2.0 %', '4.0 %', '–', '20 ms', '20 ms', '1.0 Mbit/s', '–', '3'])
  assert.match(momentWords(plotsOf(people), 20000, 1000), /^Packet loss: Ann 4\.0 %; Round trip: not known; Bitrate: Ann 1\.0 Mbit\/s$/)
})

test('feed: several lists as one, newest first, each page asked for once', async () => {
  const asked = []
  const source = (name, pages) => async (cursor) => {
    asked.push(`${name}${cursor ?? ''}`)
    const at = Number(cursor ?? 0)
    return { calls: pages[at].map((t) => ({ id: `${name}${t}`, started_at: String(t) })), next_cursor: at + 1 < pages.length ? String(at + 1) : null }
  }
  const calls = feed([source('a', [[9, 5], [2]]), source('b', [[7, 6, 1]]), source('c', [[]])])
  assert.deepEqual((await calls.next(3)).map(({ id }) => id), ['a9', 'b7', 'b6'])
  assert.equal(calls.ended, false)
  assert.deepEqual((await calls.next(9)).map(({ id }) => id), ['a5', 'a2', 'b1'])
  assert.equal(calls.ended, true)
  assert.deepEqual(asked, ['a', 'b', 'c', 'a1'])
  assert.equal(feed([]).ended, true)
  await assert.rejects(feed([async () => { throw new Error('away') }]).next(1), /away/)
})

test('access: the newest meetings, without tokens that have ended', () => {
  const token = (claims) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
  const kept = [{ code: 'old', token: token({ nbf: 1, exp: 900 }) }, { code: 'ended', token: token({ nbf: 5, exp: 99 }) },
    { code: 'new', token: token({ nbf: 9, exp: 900 }) }, { code: 'odd', token: 'x' }]
  assert.deepEqual(newest(kept, 100).map(({ code }) => code), ['new', 'old', 'odd'])
  assert.equal(newest(Array.from({ length: 99 }, (_, i) => ({ code: `${i}`, token: token({ nbf: i }) })), 100).length, 24)
  assert.equal(isFresh(token({ exp: 100 }), 100), false)
  assert.equal(isToken(token({ exp: 100 })), true)
  for (const text of ['nonsense', 'a.b.c', 'eyJ.eyJ', 'https://a.example.org/m']) assert.equal(isToken(text), false, text)
})

test('words', () => {
  const rows = [[duration, 0, '0 s'], [duration, 59400, '59 s'], [duration, 60000, '1 min'], [duration, 3599000, '1 h'], [duration, 3900000, '1 h 5 min'],
    [clock, 3920000, '1:05:20'], [clock, 59600, '0:01:00'], [percent, 12000, '1.2 %'], [percent, 250000, '25 %'], [delay, 20400, '20 ms'],
    [bitrate, 999400, '999 kbit/s'], [bitrate, 1250000, '1.3 Mbit/s'], [joinTime, null, 'unknown'], [joinTime, 640, '640 ms'], [joinTime, 1540, '1.5 s']]
  for (const [words, value, expect] of rows) assert.equal(words(value), expect, `${words.name} ${value}`)
  assert.equal(count(1, 'person', 'people'), '1 person')
  assert.equal(count(2, 'meeting'), '2 meetings')
})
