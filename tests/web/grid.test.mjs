// Where tiles go and what is asked for: grid.js, scene.js, pages.js and wishes.js against rows and against a naive search.
import test from 'node:test'
import assert from 'node:assert/strict'
import { bestGrid, gridRects } from '../../html/js/ui/grid.js'
import { Pages, RETURN_MS } from '../../html/js/ui/pages.js'
import { makeScene, rank } from '../../html/js/ui/scene.js'
import { makeWishes, nameWishes, stepHeight } from '../../html/js/ui/wishes.js'

const inside = (rect, width, height) => rect.x >= 0 && rect.y >= 0 && rect.x + rect.w <= width + 1 && rect.y + rect.h <= height + 1
const apart = (a, b) => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y

test('bestGrid: columns for common stages', () => {
  const rows = [
    { count: 1, width: 1400, height: 760, cols: 1 },
    { count: 2, width: 1400, height: 760, cols: 2 },
    { count: 4, width: 1400, height: 760, cols: 2 },
    { count: 6, width: 1400, height: 760, cols: 3 },
    { count: 9, width: 1400, height: 760, cols: 3 },
    { count: 2, width: 374, height: 700, cols: 1 },
    { count: 6, width: 374, height: 700, cols: 2 },
    { count: 3, width: 2000, height: 300, cols: 3 },
  ]
  for (const { count, width, height, cols } of rows)
    assert.equal(bestGrid(count, { width, height }).cols, cols, `${count} in ${width}x${height}`)
})

test('bestGrid: hardly ever less than the best area of a naive search', () => {
  for (let i = 0; i < 2000; i++) {
    const count = 1 + Math.floor(Math.random() * 30)
    const space = { width: 200 + Math.random() * 2400, height: 200 + Math.random() * 1400, gap: 8, minAspect: 3 / 4, maxAspect: 16 / 9 }
    let most = 0
    for (let cols = 1; cols <= count; cols++) {
      const rows = Math.ceil(count / cols)
      let w = (space.width - 8 * (cols - 1)) / cols
      let h = (space.height - 8 * (rows - 1)) / rows
      w = Math.min(w, h * 16 / 9)
      h = Math.min(h, w * 4 / 3)
      if (w > 0 && h > 0) most = Math.max(most, w * h)
    }
    const { w, h } = bestGrid(count, space)
    assert.ok(w * h >= most * 0.94, `${count} in ${JSON.stringify(space)}: ${w * h} of ${most}`)
  }
})

test('gridRects: inside the stage and apart from each other', () => {
  for (let count = 0; count <= 30; count++) {
    for (const [width, height] of [[1408, 740], [374, 680], [900, 420]]) {
      const rects = gridRects(count, { width, height })
      assert.equal(rects.length, count)
      rects.forEach((a, i) => {
        assert.ok(inside(a, width, height), `${count} ${JSON.stringify(a)}`)
        for (const b of rects.slice(i + 1)) assert.ok(apart(a, b))
      })
    }
  }
})

const keys = (n) => Array.from({ length: n }, (_, i) => `p${i}/camera`)
const scene = (over) => makeScene({ width: 1408, height: 740, self: 'self/camera', others: [], focus: null, maxOthers: 9, ...over })

test('makeScene: where oneself is', () => {
  const rows = [
    { name: 'alone', others: 0, place: 'grid' },
    { name: 'one other', others: 1, place: 'pip' },
    { name: 'two others', others: 2, place: 'grid' },
    { name: 'two others on a phone', others: 2, width: 374, height: 680, place: 'pip' },
    { name: 'somebody is pinned', others: 3, focus: 'p1/camera', place: 'strip' },
  ]
  for (const { name, others, place, ...more } of rows)
    assert.equal(scene({ others: keys(others), ...more }).places.get('self/camera').place, place, name)
})

test('makeScene: everybody is on one page, and nothing overlaps but the corner', () => {
  for (const [width, height] of [[1408, 740], [374, 680], [700, 300]]) {
    for (let n = 0; n <= 25; n++) {
      for (const focus of [null, 'p0/camera', 'p0/screen_share']) {
        if (focus !== null && n === 0) continue
        const others = keys(n)
        const seen = []
        for (let page = 0, pages = 1; page < pages; page++) {
          const made = scene({ width, height, others, focus, page })
          pages = made.pages
          assert.equal(made.page, page)
          assert.equal(made.pager !== null, pages > 1)
          seen.push(...others.filter((key) => made.places.has(key) && (key !== focus || page === 0)))
          assert.ok(made.places.has('self/camera'))
          if (focus) assert.equal(made.places.get(focus).place, 'focus')
          const rects = [...made.places.values(), ...(made.pager ? [made.pager] : [])].filter((r) => r.place !== 'pip')
          rects.forEach((a, i) => {
            assert.ok(inside(a, width, height), `${n} ${focus} ${width}x${height} ${JSON.stringify(a)}`)
            for (const b of rects.slice(i + 1)) assert.ok(apart(a, b), `${n} ${focus} ${width}x${height}`)
          })
        }
        assert.deepEqual(seen.sort(), [...others].sort(), `${n} ${focus} ${width}x${height}`)
      }
    }
  }
})

test('makeScene: a page that is there no more is the last one', () => {
  assert.equal(scene({ others: keys(10), page: 7 }).page, 1)
  assert.equal(scene({ others: keys(3), page: 1 }).page, 0)
})

test('pages: the first is ranked, the others keep their order while one leafs', () => {
  const inOrder = keys(6)
  const pages = new Pages()
  const ranked = ['p4/camera', 'p1/camera', 'p0/camera', 'p2/camera', 'p3/camera', 'p5/camera']
  assert.deepEqual(pages.order(ranked, inOrder), ranked)
  assert.equal(pages.turn(-1, 3, [], 0), false)
  assert.equal(pages.turn(1, 3, ['p4/camera', 'p1/camera'], 0), true)
  const leafed = ['p4/camera', 'p1/camera', 'p0/camera', 'p2/camera', 'p3/camera', 'p5/camera']
  assert.deepEqual(pages.order(ranked, inOrder), leafed)
  assert.deepEqual(pages.order(['p5/camera', ...ranked.slice(0, 5)], inOrder), leafed, 'somebody speaks: nothing moves')
  assert.deepEqual(pages.named(['p0/camera', 'p2/camera'], 0), ['p0/camera', 'p2/camera'])
  assert.equal(pages.turn(1, 2, [], 0), false)
  assert.equal(pages.turn(-1, 3, ['p0/camera', 'p2/camera'], 1000), true)
  assert.deepEqual(pages.named([], 1000), ['p4/camera', 'p1/camera'], 'back: those who were here before')
  assert.ok(pages.isBack('p4/camera', 1000))
  assert.equal(pages.named([], 1000 + RETURN_MS), null, 'then the server chooses again')
})

test('rank: who matters is chosen, in the order they came', () => {
  const person = (id, order, more = {}) =>
    ({ id, order, hasSlot: false, dominant: false, pinned: false, spoke_ms: -1e9, shown: false, ...more })
  const rows = [
    { name: 'all fit', room: 5, list: [person('b', 1), person('a', 0)], expect: ['a', 'b'] },
    { name: 'the dominant speaker gets in', room: 1, list: [person('a', 0), person('b', 1, { dominant: true })], expect: ['b', 'a'] },
    { name: 'pinned before dominant', room: 1, list: [person('a', 0, { dominant: true }), person('b', 1, { pinned: true })], expect: ['b', 'a'] },
    { name: 'who spoke lately before who did not', room: 1, list: [person('a', 0), person('b', 1, { spoke_ms: 0 })], expect: ['b', 'a'] },
    { name: 'who is seen stays', room: 1, list: [person('a', 0), person('b', 1, { shown: true })], expect: ['b', 'a'] },
    { name: 'chosen ones keep their order', room: 2, list: [person('a', 0), person('b', 1), person('c', 2, { pinned: true })], expect: ['a', 'c', 'b'] },
  ]
  for (const { name, list, room, expect } of rows) assert.deepEqual(rank(list, room, 1000), expect, name)
})

test('makeWishes: keeps the slots that are seen, at the height of their tile', () => {
  const places = new Map([['p1/camera', { x: 0, y: 0, w: 640, h: 360, place: 'grid' }], ['p2/camera', { x: 0, y: 0, w: 160, h: 90, place: 'strip' }]])
  const slots = [{ key: null }, { key: 'p9/camera' }, { key: 'p1/camera' }, { key: 'p2/camera' }]
  const wishes = makeWishes(slots, places, 2)
  assert.deepEqual(wishes.map((w) => w.want), ['none', 'none', 'auto', 'auto'])
  assert.deepEqual(wishes.slice(2).map((w) => w.height), [360, 90])
  assert.deepEqual(makeWishes(slots, places, 4).map((w) => w.want), ['auto', 'auto', 'auto', 'auto'])
  for (const { height } of makeWishes(slots, places, 4)) assert.ok(height >= 0 && height <= 4320)
})

test('makeWishes: device pixels count, up to two for each', () => {
  const places = new Map([['p1/camera', { x: 0, y: 0, w: 320, h: 180, place: 'grid' }]])
  const height = (ratio) => makeWishes([{ key: 'p1/camera' }], places, 1, ratio)[0].height
  assert.deepEqual([0.5, 1, 1.5, 2, 3].map(height), [180, 180, 270, 360, 360])
})

test('nameWishes: whoever is seen is asked for once, where it is already if it can be', () => {
  const slots = [{ key: 'p9/camera' }, { key: 'p2/camera' }, { key: null }, { key: 'p2/camera' }]
  const place = { x: 0, y: 0, w: 640, h: 360, place: 'grid' }
  const places = new Map([['p1/camera', place], ['p2/camera', place], ['p3/screen_share', { ...place, h: 700 }]])
  const named = nameWishes(slots, places, [...places.keys()])
  assert.deepEqual(named.map((w) => (w.want === 'none' ? 'none' : `${w.want.participant}/${w.want.source} ${w.height}`)),
    ['p1/camera 360', 'p2/camera 360', 'p3/screen_share 720', 'none'])
  assert.deepEqual(nameWishes(slots.slice(0, 1), places, ['p1/camera', 'p2/camera']).length, 1, 'never more than there are slots')
})

test('stepHeight: few steps, never less than a tenth below', () => {
  for (let h = 1; h < 1400; h++) assert.ok(stepHeight(h) * 1.1 >= h)
  assert.equal(stepHeight(4000), 1440)
})
