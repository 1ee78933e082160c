// A bad network on purpose: a UDP relay between a client and Janus that loses, delays, narrows or cuts. Like a NAT it
// shows Janus one address for each address of the client. Each direction has its own conditions.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** The same losses in each run: numbers from 0 to 1 (mulberry32). */
function random_numbers (seed) {
  let state = seed >>> 0
  return () => {
    state = state + 0x6d2b79f5 >>> 0
    let t = Math.imul(state ^ state >>> 15, state | 1)
    t ^= t + Math.imul(t ^ t >>> 7, t | 61)
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32
  }
}

/**
 * One direction: what happens to a packet. conditions: { loss (0 to 1), delay_ms, rate_bps, queue_ms }, may be replaced at
 * any time. With a rate there is a queue: what would wait longer than `queue_ms` in it is dropped. Packets keep their order.
 */
class Road {
  constructor (seed) {
    Object.assign(this, { conditions: {}, passed: 0, lost: 0, dropped: 0, bytes: 0, offered_bytes: 0, free_at: 0, due_at: 0, queue: [], timer: null,
      random: random_numbers(seed) })
  }

  carry (data, deliver) {
    const { loss = 0, delay_ms = 0, rate_bps = 0, queue_ms = 250, media_only = true } = this.conditions
    // Losing one ICE check in twenty proves nothing about media; those pass unless told otherwise.
    const may_lose = !media_only || data[0] >= 128
    const now = performance.now()
    const starts = rate_bps ? Math.max(now, this.free_at) : now
    const full = starts - now > queue_ms
    this.offered_bytes += data.length
    if (full || (may_lose && loss && this.random() < loss)) {
      this.lost++
      if (full) this.dropped++
      return
    }
    if (rate_bps) this.free_at = starts + data.length * 8000 / rate_bps
    this.passed++
    this.bytes += data.length
    const wait = (rate_bps ? this.free_at : now) + delay_ms - now
    if (wait < 1 && !this.queue.length) return deliver()
    // A shorter delay from now on must not let packets overtake those that wait.
    this.due_at = Math.max(this.due_at, now + wait)
    this.queue.push({ due_at: this.due_at, deliver })
    this.#wait()
  }

  #wait () {
    if (this.timer || !this.queue.length) return
    this.timer = setTimeout(() => {
      this.timer = null
      const now = performance.now() + 0.5
      let done = 0
      while (done < this.queue.length && this.queue[done].due_at <= now) this.queue[done++].deliver()
      this.queue.splice(0, done)
      this.#wait()
    }, Math.max(0, this.queue[0].due_at - performance.now()))
  }

  /** New conditions from now on; what waits in the queue is still carried at the old rate. */
  set (conditions) { this.conditions = conditions }
}

export class Relay {
  constructor ({ address = '10.99.0.1', seed = 7 } = {}) {
    Object.assign(this, { address, cut: false, legs: [], up: new Road(seed), down: new Road(seed + 1) })
  }

  /** Opens a way to `target` { address, port }; gives the { address, port } that the client is to use instead. */
  async open (target) {
    const key = `${target.address}:${target.port}`
    const known = this.legs.find((leg) => leg.key === key)
    if (known) return known.front.address()
    const leg = { key, front: createSocket('udp4'), backs: new Map() }
    this.legs.push(leg)
    leg.front.on('message', (data, from) => this.#up(leg, target, data, from))
    leg.front.bind(0, this.address)
    await once(leg.front, 'listening')
    return leg.front.address()
  }

  #up (leg, target, data, from) {
    const source = `${from.address}:${from.port}`
    let back = leg.backs.get(source)
    if (!back) {
      back = createSocket('udp4')
      leg.backs.set(source, back)
      back.on('message', (reply) => this.#carry(this.down, reply, () => leg.front.send(reply, from.port, from.address)))
      back.bind(0, this.address)
    }
    this.#carry(this.up, data, () => back.send(data, target.port, target.address))
  }

  #carry (road, data, deliver) {
    if (this.cut) return
    road.carry(data, () => { if (!this.cut && !this.closed) deliver() })
  }

  close () {
    this.closed = true
    for (const { front, backs } of this.legs) for (const socket of [front, ...backs.values()]) socket.close()
    this.legs = []
  }
}
