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

/** One direction: what happens to a packet. conditions: { loss (0 to 1), delay_ms, rate_bps, queue_ms }. */
class Road {
  constructor (seed) {
    Object.assign(this, { conditions: {}, passed: 0, lost: 0, bytes: 0, free_at: 0, random: random_numbers(seed) })
  }

  carry (data, deliver) {
    const { loss = 0, delay_ms = 0, rate_bps = 0, queue_ms = 300, media_only = true } = this.conditions
    // Losing one ICE check in twenty proves nothing about media; those pass unless told otherwise.
    const may_lose = !media_only || data[0] >= 128
    const now = performance.now()
    const leaves = rate_bps ? Math.max(now, this.free_at) + data.length * 8000 / rate_bps : now
    if ((may_lose && loss && this.random() < loss) || leaves - now > queue_ms) {
      this.lost++
      return
    }
    this.free_at = leaves
    this.passed++
    this.bytes += data.length
    const wait = leaves - now + delay_ms
    if (wait < 1) deliver()
    else setTimeout(deliver, wait)
  }
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
