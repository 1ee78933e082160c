/**
 * plot.js: lines over time as SVG. First what is pure (scales, ticks, paths), then the elements.
 *
 * A line is {color: 1..10, dashed, points: [[time_ms, value | null], ...]} in order of time; null and long silences are gaps.
 */

/** @typedef {{color: number, dashed?: boolean, name: string, points: [number, number | null][]}} Line */
/** @typedef {{title: string, format: (value: number) => string, least: number, lines: Line[]}} Plot */
/** @typedef {{from: number, to: number, width?: number}} Span `width` of the picture, WIDTH when absent */

export const WIDTH = 900;
export const HEIGHT = 150;
const LEFT = 64;
const RIGHT = 22;
const BOTTOM = 20;
const TOP = 8;
/** A silence this many times as long as usual is one, and no straight line. */
const GAP = 3.5;

/**
 * Round values from 0 up to at least `most`, three to six of them.
 * @param {number} most
 */
export function ticks(most) {
	const raw = most / 4;
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= raw * 0.999) ?? 10 * power;
	return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/**
 * The highest value of lines, at least `least`.
 * @param {Line[]} lines
 * @param {number} least
 */
export const highest = (lines, least) =>
	lines.reduce((most, { points }) => points.reduce((m, [, value]) => Math.max(m, value ?? 0), most), least);

/** @param {Span} span @param {number} time */
export const xOf = ({ from, to, width = WIDTH }, time) => LEFT + (width - LEFT - RIGHT) * (to > from ? (time - from) / (to - from) : 0);

/** @param {Span} span @param {number} x */
export const timeAt = ({ from, to, width = WIDTH }, x) =>
	from + (to - from) * Math.min(1, Math.max(0, (x - LEFT) / (width - LEFT - RIGHT)));

/** @param {number} most @param {number} value */
export const yOf = (most, value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);

/**
 * Pieces of a line between its gaps.
 * @param {[number, number | null][]} points
 * @returns {[number, number][][]}
 */
export function pieces(points) {
	const known = points.filter(([, value]) => value !== null);
	const steps = known.slice(1).map(([time], i) => time - known[i][0]).sort((a, b) => a - b);
	const usual = steps[Math.floor(steps.length / 2)] ?? 0;
	/** @type {[number, number][][]} */
	const all = [];
	let last = -Infinity;
	for (const [time, value] of points) {
		if (value === null) {
			last = -Infinity;
			continue;
		}
		if (time - last > usual * GAP || !all.length) all.push([]);
		all[all.length - 1].push([time, value]);
		last = time;
	}
	return all;
}

/**
 * The `d` of a line: one M...L... for each piece.
 * @param {Span} span @param {number} most @param {[number, number | null][]} points
 */
export const pathOf = (span, most, points) => pieces(points).map((piece) => piece.map(([time, value], i) =>
	`${i ? 'L' : 'M'}${xOf(span, time).toFixed(1)} ${yOf(most, value).toFixed(1)}`).join('')).join('');

/**
 * The point of a line nearest to a time, if there is one within `within` ms.
 * @param {[number, number | null][]} points @param {number} time @param {number} within
 * @returns {number | null}
 */
export function valueAt(points, time, within) {
	let best = null;
	let distance = within;
	for (const [at, value] of points) {
		if (Math.abs(at - time) <= distance && value !== null) {
			best = value;
			distance = Math.abs(at - time);
		}
	}
	return best;
}

/**
 * Round times within a span, at most `most` of them: full minutes, quarters of hours...
 * @param {Span} span
 * @param {number} most
 */
export function timeTicks({ from, to }, most = 6) {
	const steps = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].map((s) => s * 1000);
	const step = steps.find((ms) => (to - from) / ms <= most) ?? steps[steps.length - 1];
	const found = [];
	for (let time = Math.ceil(from / step) * step; time <= to; time += step) found.push(time);
	return found;
}

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
export function draw(tag, attributes, ...children) {
	const element = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
	element.append(...children);
	return element;
}

/** @param {Plot} plot @param {Span} span @param {number} most */
const levels = (plot, { width = WIDTH }, most) => ticks(most).flatMap((value) => [
	draw('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: yOf(most, value), y2: yOf(most, value) }),
	draw('text', { x: LEFT - 8, y: yOf(most, value) + 4, 'text-anchor': 'end' }, plot.format(value)),
]);

/** @param {Span} span @param {(time: number) => string} clock */
const times = (span, clock) => timeTicks(span, (span.width ?? WIDTH) / 90).map((time) =>
	draw('text', { x: xOf(span, time), y: HEIGHT - 4, 'text-anchor': 'middle' }, clock(time)));

/** A lone point has no line to be seen by. @param {Span} span @param {number} most @param {Line} line */
const dots = (span, most, line) => pieces(line.points).filter((piece) => piece.length === 1).map(([[time, value]]) =>
	draw('circle', { class: `dot c${line.color}`, cx: xOf(span, time), cy: yOf(most, value), r: 2.5 }));

/**
 * @param {Plot} plot
 * @param {Span} span
 * @param {{marks: number[], clock: (time: number) => string, label: string}} more `marks`: times to be marked
 * @returns {SVGElement} with an element of class cursor, to be moved with moveCursor
 */
export function drawPlot(plot, span, { marks, clock, label }) {
	const all = ticks(highest(plot.lines, plot.least));
	const most = all[all.length - 1];
	const svg = draw('svg', { viewBox: `0 0 ${span.width ?? WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
		...levels(plot, span, most), ...times(span, clock),
		...marks.map((time) => draw('line', { class: 'failure', x1: xOf(span, time), x2: xOf(span, time), y1: TOP, y2: HEIGHT - BOTTOM })),
		...plot.lines.flatMap((line) => [
			draw('path', { class: `line c${line.color}${line.dashed ? ' dashed' : ''}`, d: pathOf(span, most, line.points) }),
			...dots(span, most, line)]),
		draw('line', { class: 'cursor', x1: -99, x2: -99, y1: TOP, y2: HEIGHT - BOTTOM }));
	return /** @type {SVGElement} */ (svg);
}

/** @param {Element} svg @param {Span} span @param {number} time */
export function moveCursor(svg, span, time) {
	const cursor = svg.querySelector('.cursor');
	for (const name of ['x1', 'x2']) cursor?.setAttribute(name, String(xOf(span, time)));
}
