// A time series as a picture: lines above, one coloured band for each slot below. Plain SVG, no library.
import { writeFileSync } from 'node:fs'

const WIDTH = 960, LEFT = 70, RIGHT = 20, TOP = 40, HEIGHT = 260, BAND = 20
const escape = (text) => String(text).replace(/[<&>"]/g, (c) => `&#${c.charCodeAt(0)};`)

/**
 * title; unit of the y axis; lines: [{ name, colour, points: [[seconds, value]], dashed }]; bands: [{ name, parts: [[from, to, colour, text]] }];
 * legend: [[colour, text]] of the bands.
 */
export function svg_plot ({ title, unit, lines, bands = [], legend = [] }) {
  const all = lines.flatMap((line) => line.points)
  const last = Math.max(1, ...all.map(([t]) => t), ...bands.flatMap(({ parts }) => parts.map(([, to]) => to)))
  const most = Math.max(1, ...all.map(([, v]) => v)) * 1.05
  const x = (t) => (LEFT + t / last * (WIDTH - LEFT - RIGHT)).toFixed(1)
  const y = (v) => (TOP + HEIGHT - v / most * HEIGHT).toFixed(1)
  const text = (at_x, at_y, words, more = '') => `<text x="${at_x}" y="${at_y}" ${more}>${escape(words)}</text>`
  const step = 10 ** Math.floor(Math.log10(most)) / (most / 10 ** Math.floor(Math.log10(most)) < 2.5 ? 2 : 1)
  const out = []
  for (let v = 0; v <= most; v += step)
    out.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(v)}" y2="${y(v)}" stroke="#ddd"/>`, text(LEFT - 8, Number(y(v)) + 4, v, 'text-anchor="end"'))
  const every = [1, 2, 5, 10, 20, 60].find((s) => last / s <= 14) ?? 120
  for (let t = 0; t <= last; t += every) out.push(text(x(t), TOP + HEIGHT + 18, `${t} s`, 'text-anchor="middle"'))
  lines.forEach(({ name, colour, points, dashed }, i) => {
    out.push(`<polyline fill="none" stroke="${colour}" stroke-width="1.8" ${dashed ? 'stroke-dasharray="6 4"' : ''} points="${points.map(([t, v]) => `${x(t)},${y(v)}`).join(' ')}"/>`,
      `<line x1="${LEFT + 10 + i * 190}" x2="${LEFT + 34 + i * 190}" y1="30" y2="30" stroke="${colour}" stroke-width="2" ${dashed ? 'stroke-dasharray="6 4"' : ''}/>`,
      text(LEFT + 40 + i * 190, 34, name))
  })
  bands.forEach(({ name, parts }, i) => {
    const top = TOP + HEIGHT + 34 + i * (BAND + 6)
    out.push(text(LEFT - 8, top + 14, name, 'text-anchor="end"'))
    for (const [from, to, colour, words] of parts)
      out.push(`<rect x="${x(from)}" y="${top}" width="${(x(to) - x(from)).toFixed(1)}" height="${BAND}" fill="${colour}"><title>${escape(words)}</title></rect>`)
  })
  const below = TOP + HEIGHT + 50 + bands.length * (BAND + 6)
  legend.forEach(([colour, words], i) => out.push(`<rect x="${LEFT + i * 150}" y="${below - 11}" width="12" height="12" fill="${colour}"/>`, text(LEFT + 18 + i * 150, below, words)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${below + 14}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${text(LEFT, 16, `${title} (${unit})`, 'font-size="14" font-weight="bold"')}
${out.join('\n')}
</svg>
`
}

export const write_plot = (path, plot) => writeFileSync(path, svg_plot(plot))
