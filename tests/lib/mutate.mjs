// Damages good input, the same way for the same seed: text by bytes and lines, JSON by its leaves and members.

export class Mutator {
  constructor (seed) { this.state = seed >>> 0 || 1 }

  /** 0 to n - 1 (xorshift32). */
  dice (n) {
    let x = this.state
    x ^= x << 13; x ^= x >>> 17; x ^= x << 5
    this.state = x >>> 0
    return this.state % n
  }

  pick (list) { return list[this.dice(list.length)] }

  odd_value () {
    return this.pick([null, true, -1, 0, 2 ** 53, 1e308, -0.5, '', 'x'.repeat(this.pick([1, 64, 5000])), [], {}, [[[[]]]], { a: { b: null } },
      '\u0000', '\ud83d\ude00'.repeat(40), '../../etc/passwd', "'; drop table meetings; --", '%s%n%x', '<script>', 'p0', [1, 2, 3], '12'])
  }

  /** A copy of `value` with one member replaced, removed, renamed or added. */
  json (value) {
    const copy = structuredClone(value)
    const places = []
    const walk = (node) => {
      for (const key of Object.keys(node)) {
        places.push([node, key])
        if (node[key] && typeof node[key] === 'object') walk(node[key])
      }
    }
    walk(copy)
    const [node, key] = this.pick(places)
    switch (this.dice(5)) {
      case 0: if (Array.isArray(node)) node.splice(Number(key), 1); else delete node[key]; break
      case 1: node[Array.isArray(node) ? node.length : `extra_${this.dice(9)}`] = this.odd_value(); break
      case 2: if (Array.isArray(node)) node.push(...Array(this.pick([1, 30, 300])).fill(node[key])); else node[key] = [node[key]]; break
      default: node[key] = this.odd_value()
    }
    return copy
  }

  /** A copy of `text` with some bytes flipped, cut, doubled or put in. */
  text (text) {
    const bytes = Buffer.from(text)
    const at = this.dice(bytes.length || 1), length = 1 + this.dice(Math.min(40, bytes.length))
    switch (this.dice(6)) {
      case 0: bytes[at] ^= 1 << this.dice(8); return bytes
      case 1: return bytes.subarray(0, at)
      case 2: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
      case 3: return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
      case 4: return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(this.pick([1, 8, 3000]), this.dice(256)), bytes.subarray(at)])
      default: for (let i = 0; i < 4; i++) bytes[this.dice(bytes.length)] = this.dice(256); return bytes
    }
  }

  /** A copy of `text` with one of its lines removed, doubled, moved, damaged or a number in it changed. */
  lines (text) {
    const lines = text.split('\r\n')
    const at = this.dice(lines.length)
    switch (this.dice(6)) {
      case 0: lines.splice(at, 1); break
      case 1: lines.splice(at, 0, ...Array(this.pick([1, 2, 200])).fill(lines[at])); break
      case 2: lines.splice(this.dice(lines.length), 0, lines.splice(at, 1)[0]); break
      case 3: lines[at] = lines[at].replace(/\d+/, () => this.pick(['0', '-1', '65536', '4294967296', '99999999999999999999', '1', ''])); break
      case 4: lines[at] = lines[at].slice(0, this.dice(lines[at].length + 1)) + 'A'.repeat(this.pick([0, 1, 300, 3000])); break
      default: lines[at] = this.text(lines[at]).toString('latin1')
    }
    return lines.join('\r\n')
  }
}
