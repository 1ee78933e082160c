// floor.js, doorway.js and person-menu.js: what the server says one may do, who waits, and what is offered for whom.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Doorway, leadsIn } from '../../html/js/curia/doorway.js'
import { Floor, outranks, ROLES } from '../../html/js/curia/floor.js'
import { deedsFor } from '../../html/js/ui/person-menu.js'

const token = (claims) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

function floor (more = {}) {
  const events = []
  const made = new Floor((type, detail) => events.push([type, detail]))
  made.joined({ you: { participant: 'p1', role: 'moderator', can: { publish: [], actions: ['admit', 'mute-others'] } },
    settings: { locked: false }, hands: [], spotlight: [], waiting: [], ...more })
  return { made, events }
}

test('outranks: lower ones, and hosts their own', () => {
  for (const [a, actor] of ROLES.entries())
    for (const [t, target] of ROLES.entries())
      assert.equal(outranks(actor, target), a > t || (a === t && a >= ROLES.indexOf('host')), `${actor} ${target}`)
  assert.equal(outranks('moderator', 'emperor'), true, 'a role nobody knows is below all')
  assert.equal(outranks('emperor', 'viewer'), false)
})

test('Floor: rights and role change with the rules, or alone', () => {
  const { made, events } = floor()
  assert.equal(made.may('admit'), true)
  assert.equal(made.may('end'), false)
  made.take({ room: 'settings', settings: { locked: true }, role: 'host', can: { publish: [], actions: ['end'] } })
  assert.deepEqual([made.may('end'), made.may('admit'), made.you.role, made.you.participant], [true, false, 'host', 'p1'])
  assert.equal(events.at(-1)[1].settings.locked, true)
  assert.equal(made.take({ room: 'roster' }), false, 'what is not for it is left to others')
})

test('Floor: who waits is told once each, and is gone with the right to know', () => {
  const { made, events } = floor()
  const came = () => events.filter(([type]) => type === 'waiting').map(([, { came }]) => came.map((w) => w.id).join())
  made.take({ room: 'waiting', waiting: [{ id: 'w1', name: 'Gus' }] })
  made.take({ room: 'waiting', waiting: [{ id: 'w1', name: 'Gus' }, { id: 'w2', name: 'Hal' }], more: 3 })
  assert.deepEqual(came(), ['w1', 'w2'])
  assert.equal(made.waiting.more, 3)
  made.take({ room: 'settings', settings: {}, role: 'participant', can: { publish: [], actions: [] } })
  assert.deepEqual(made.waiting.list, [])
  assert.equal(events.at(-1)[0], 'waiting')
})

test('Floor: hands and spotlight are news only when they differ', () => {
  const { made, events } = floor()
  const hands = [{ participant: 'p2', raised_at: '1' }]
  for (let i = 0; i < 2; i++) made.take({ room: 'hands', hands })
  for (let i = 0; i < 2; i++) made.take({ room: 'spotlight', participants: ['p3'] })
  assert.deepEqual(events.filter(([type]) => type !== 'settings').map(([type]) => type), ['hands', 'spotlight'])
  made.take({ room: 'hands', hands: [...hands, { participant: 'p4', raised_at: '2' }] })
  assert.deepEqual(events.at(-1)[1].raised.map((hand) => hand.participant), ['p4'])
})

test('leadsIn: only where nobody has to wait', () => {
  const role = (name) => ({ attributes: { 'curia.role': name } })
  const rows = [
    [{}, undefined, true], [{ waiting_room: 'off', join_before_host: true }, undefined, true],
    [{ waiting_room: 'guests' }, undefined, false], [{ waiting_room: 'off', join_before_host: false }, role('participant'), false],
    [{ waiting_room: 'everybody' }, role('moderator'), true], [{ join_before_host: false }, role('owner'), true],
    [{ waiting_room: 'everybody' }, { video: { roomAdmin: true } }, true], [{ waiting_room: 'guests' }, { video: {} }, false],
  ]
  for (const [settings, claims, expected] of rows)
    assert.equal(leadsIn({ token: token(claims ?? {}), meeting: { settings } }), expected, JSON.stringify([settings, claims]))
  assert.equal(leadsIn(null), true)
})

test('Doorway: let in, sent away, or gone', async () => {
  const door = new Doorway()
  const admitted = door.wait()
  assert.equal(door.isWaiting, true)
  door.admit()
  await admitted
  assert.equal(door.isWaiting, false)
  const denied = door.wait()
  door.leave('denied')
  await assert.rejects(denied, { code: 'denied' })
  door.leave('left') // nobody waits: nothing happens
})

test('deedsFor: what is offered is what may be done', () => {
  const live = [{ source: 'microphone', muted: false }, { source: 'camera', muted: false }]
  const ACTIONS = { moderator: ['mute-others', 'remove', 'spotlight', 'lower-hands'],
    host: ['mute-others', 'remove', 'spotlight', 'lower-hands', 'change-roles'], participant: ['raise-hand'] }
  const rights = (role) => ({ you: { role }, spotlight: ['p9'], may: (action) => ACTIONS[role].includes(action),
    mayTouch: (person) => outranks(role, person.role) })
  const ids = (mine, person) =>
    deedsFor({ participant: 'p2', role: 'participant', tracks: [], ...person }, rights(mine)).map((deed) => deed.id)
  const rows = [
    ['participant', {}, []],
    ['moderator', {}, ['ask-unmute', 'spotlight', 'remove']],
    ['moderator', { tracks: live, hand: true }, ['mute', 'stop-video', 'lower-hand', 'spotlight', 'remove']],
    ['moderator', { role: 'moderator', tracks: live }, ['spotlight']],
    ['moderator', { role: 'host', hand: true }, ['spotlight']],
    ['host', {}, ['ask-unmute', 'spotlight', 'make-host', 'make-moderator', 'remove']],
    ['host', { role: 'moderator' }, ['ask-unmute', 'spotlight', 'make-host', 'make-participant', 'remove']],
    ['host', { role: 'owner' }, ['spotlight']],
  ]
  for (const [mine, person, expected] of rows) assert.deepEqual(ids(mine, person), expected, `${mine} ${JSON.stringify(person)}`)
  const [spot] = deedsFor({ participant: 'p9', role: 'owner', tracks: [] }, rights('moderator'))
  assert.deepEqual([spot.words, spot.what], ['End spotlight', { participants: [] }])
})
