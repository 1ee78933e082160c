// roster.js and slots.js: deltas, gaps and snapshots; a random run against a server that keeps the truth.
import test from 'node:test'
import assert from 'node:assert/strict'
import { applyRoster, emptyRoster, isLive, replaceRoster } from '../../html/js/curia/roster.js'
import { Board } from '../../html/js/curia/board.js'
import { applySlots, emptySlots, replaceSlots } from '../../html/js/curia/slots.js'

const person = (id, more = {}) => ({ participant: id, name: id, role: 'participant', joined_at: '', away: false, tracks: [], ...more })
const start = (...ids) => replaceRoster(emptyRoster(), { rev: 10, participants: ids.map((id) => person(id)) }).roster

test('roster: a delta of each kind', () => {
  let roster = start('a', 'b')
  let change
  ({ roster, change } = applyRoster(roster, { rev: 11, joined: [person('c')] }))
  assert.deepEqual(change.joined.map((p) => p.participant), ['c']);
  ({ roster, change } = applyRoster(roster, { rev: 12, changed: [person('a', { away: true })] }))
  assert.equal(roster.participants.get('a').away, true)
  assert.equal(change.changed.length, 1);
  ({ roster, change } = applyRoster(roster, { rev: 13, left: [{ participant: 'b', reason: 'gone' }] }))
  assert.deepEqual(change.left.map((l) => [l.participant.name, l.reason]), [['b', 'gone']])
  assert.deepEqual([...roster.participants.keys()], ['a', 'c'])
})

test('roster: gaps, repetitions and what comes before the first list', () => {
  const rows = [
    { name: 'next', rev: 11, gap: false, size: 2 },
    { name: 'gap', rev: 12, gap: true, size: 1 },
    { name: 'seen', rev: 10, gap: false, size: 1 },
    { name: 'old', rev: 3, gap: false, size: 1 },
  ]
  for (const { name, rev, gap, size } of rows) {
    const result = applyRoster(start('a'), { rev, joined: [person('z')] })
    assert.equal(result.gap, gap, name)
    assert.equal(result.roster.participants.size, size, name)
  }
  const early = applyRoster(emptyRoster(), { rev: 5, joined: [person('z')] })
  assert.equal(early.gap, false)
  assert.equal(early.roster.participants.size, 0)
})

test('roster: a new snapshot tells only what differs', () => {
  const { change } = replaceRoster(start('a', 'b', 'c'), { rev: 20, participants: [person('a'), person('b', { name: 'B' }), person('d')] })
  assert.deepEqual([change.joined.map((p) => p.participant), change.changed.map((p) => p.participant),
    change.left.map((l) => l.participant.participant)], [['d'], ['b'], ['c']])
})

test('roster: a leave of somebody unknown changes nothing', () => {
  const { roster, change } = applyRoster(start('a'), { rev: 11, left: [{ participant: 'x', reason: 'left' }] })
  assert.equal(change.left.length, 0)
  assert.equal(roster.rev, 11)
})

test('roster: viewers are counted', () => {
  const { roster, change } = applyRoster(start('a'), { rev: 11, viewers: 413 })
  assert.deepEqual([roster.viewers, change.counted, change.joined.length], [413, true, 0])
  const same = applyRoster(roster, { rev: 12, joined: [person('b')] })
  assert.deepEqual([same.roster.viewers, same.change.counted], [413, false])
  assert.equal(replaceRoster(roster, { rev: 20, viewers: 5, participants: [] }).roster.viewers, 5)
})

test('isLive: only what is there and not muted', () => {
  const someone = person('a', { tracks: [{ source: 'camera', kind: 'video', muted: false }, { source: 'microphone', kind: 'audio', muted: true }] })
  assert.equal(isLive(someone, 'camera'), true)
  assert.equal(isLive(someone, 'microphone'), false)
  assert.equal(isLive(someone, 'screen_share'), false)
  assert.equal(isLive(undefined, 'camera'), false)
})

const slot = (mid, participant = null, more = {}) =>
  ({ mid, kind: 'video', participant, source: participant ? 'camera' : null, layer: 0, paused: null, ...more })

test('slots: deltas name only what changed', () => {
  const { table } = replaceSlots(emptySlots(), { rev: 1, slots: [slot('3', 'a'), slot('4')] })
  const same = applySlots(table, { rev: 2, slots: [slot('3', 'a')] })
  assert.deepEqual(same.changed, [])
  assert.equal(same.table.rev, 2)
  const other = applySlots(table, { rev: 2, slots: [slot('4', 'b'), slot('3', 'a', { paused: 'muted' })] })
  assert.deepEqual(other.changed, ['4', '3'])
  assert.equal(other.table.slots.get('3').paused, 'muted')
  assert.deepEqual(applySlots(table, { rev: 2, slots: [slot('3', 'a', { layers: 3 })] }).changed, ['3'])
  assert.equal(applySlots(table, { rev: 3, slots: [] }).gap, true)
  assert.equal(applySlots(emptySlots(), { rev: 7, slots: [] }).gap, false)
})

test('slots: after any run of deltas, losses and syncs the table is the server\'s', () => {
  for (let round = 0; round < 200; round++) {
    const truth = new Map(['3', '4', '5'].map((mid) => [mid, slot(mid)]))
    let rev = 1
    let { table } = replaceSlots(emptySlots(), { rev, slots: [...truth.values()] })
    for (let step = 0; step < 40; step++) {
      const mid = String(3 + Math.floor(Math.random() * 3))
      const next = slot(mid, [null, 'a', 'b', 'c'][Math.floor(Math.random() * 4)])
      truth.set(mid, next)
      rev++
      if (Math.random() < 0.2) continue // lost
      const result = applySlots(table, { rev, slots: [next] })
      table = result.gap ? replaceSlots(table, { rev, slots: [...truth.values()] }).table : result.table
    }
    ({ table } = replaceSlots(table, { rev, slots: [...truth.values()] }))
    assert.deepEqual([...table.slots.values()].map((s) => [s.mid, s.participant]), [...truth.values()].map((s) => [s.mid, s.participant]))
  }
})

test('board: after a gap the state is asked for once, and what the answer holds is taken', async () => {
  const events = []
  let answer
  let asked = 0
  const board = new Board({
    emit: (type, detail) => events.push([type, detail]),
    sync: () => { asked++; return new Promise((resolve) => { answer = resolve }) },
  })
  board.joined({ rev: 1, participants: [person('a')], speakers: { dominant: 'a', speaking: ['a'] } })
  assert.equal(board.speakers.dominant, 'a')
  events.length = 0
  board.rosterDelta({ rev: 3, joined: [person('c')] })
  board.rosterDelta({ rev: 4, joined: [person('d')] })
  assert.equal(asked, 1)
  assert.equal(events.length, 0)
  answer({ rev: 4, participants: ['a', 'b', 'c', 'd'].map((id) => person(id)), speakers: { dominant: null, speaking: [] } })
  await new Promise(setImmediate)
  assert.deepEqual(events[0][1].joined.map((p) => p.participant), ['b', 'c', 'd'])
  board.rosterDelta({ rev: 5, left: [{ participant: 'b', reason: 'left' }] })
  assert.deepEqual([...board.roster.participants.keys()], ['a', 'c', 'd'])
  assert.equal(asked, 1)
})

test('board: a sync that fails leaves all as it was, and may be asked for again', async () => {
  let asked = 0
  const board = new Board({ emit: () => {}, sync: async () => { asked++; return null } })
  board.slotsDelta({ rev: 9, slots: [slot('3', 'a')] }) // before subscribe: passed over
  assert.equal(asked, 0)
  board.subscribed({ rev: 1, slots: [slot('3')] })
  for (const rev of [5, 6]) {
    board.slotsDelta({ rev, slots: [slot('3', 'a')] })
    await new Promise(setImmediate)
  }
  assert.equal(asked, 2)
  assert.equal(board.slot('3', 'video').participant, null)
  assert.equal(board.slot('77', 'video').participant, null)
})
