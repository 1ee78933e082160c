// Horizontal bars with the range of the single runs, as an SVG that is readable on light and on dark pages.
const WIDTH = 760, BAR = 22, GAP = 10, LEFT = 250, RIGHT = 90, HEAD = 34, TITLE = 40

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
const short = (value) => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

function panel ({ title, bars: rows }, top) {
  const most = Math.max(...rows.map((r) => r.high), 1e-9), x = (value) => LEFT + (WIDTH - LEFT - RIGHT) * value / most
  const lines = rows.map(({ label, value, low, high, ours }, i) => {
    const y = top + HEAD + i * (BAR + GAP), middle = y + BAR / 2
    return `<text class="t" x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escape(label)}</text>` +
      `<rect class="${ours ? 'ours' : 'theirs'}" x="${LEFT}" y="${y}" width="${(x(value) - LEFT).toFixed(1)}" height="${BAR}"/>` +
      `<path class="range" d="M${x(low).toFixed(1)} ${middle}H${x(high).toFixed(1)}M${x(low).toFixed(1)} ${middle - 4}v8M${x(high).toFixed(1)} ${middle - 4}v8"/>` +
      `<text class="t" x="${(x(Math.max(value, high)) + 8).toFixed(1)}" y="${middle + 4}">${short(value)}</text>`
  })
  return `<text class="h" x="0" y="${top + 20}">${escape(title)}</text>${lines.join('\n')}`
}

/** panels: [{ title, bars: [{ label, value, low, high, ours }] }] */
export function bars (title, panels) {
  const heights = panels.map((p) => HEAD + p.bars.length * (BAR + GAP) + 10)
  const height = TITLE + heights.reduce((a, b) => a + b, 0)
  let top = TITLE
  const drawn = panels.map((p, i) => {
    const text = panel(p, top)
    top += heights[i]
    return text
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 ${WIDTH + 20} ${height}" role="img" aria-label="${escape(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#444}.h{font-weight:600}.title{font-size:16px;font-weight:600}.ours{fill:#2f7d6b}.theirs{fill:#b5763a}
.range{stroke:#000;stroke-opacity:.55;fill:none}@media(prefers-color-scheme:dark){text{fill:#ccc}.range{stroke:#fff}}</style>
<text class="title" x="0" y="22">${escape(title)}</text>
${drawn.join('\n')}
</svg>
`
}
