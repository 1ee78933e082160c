/**
 * call-view.js: one call: what it came to, who was there, how well it worked, who could not get in.
 */
import { readAttendance, readAttendanceCsv, readCall, readQuality } from '../curia.js';
import { byId, later, make, setText } from '../ui/dom.js';
import { attendanceTable, table } from './attendance.js';
import { draw, drawPlot, moveCursor, timeAt } from './plot.js';
import { byPerson, COLORS, momentWords, NUMBERS, numbersOf, plotsOf } from './quality.js';
import { dateAndTime, duration, ENDED, FAILED, joinTime, timeOfDay } from './words.js';

/** @typedef {import('./plot.js').Plot} Plot */

const person = /** @type {HTMLSelectElement} */ (byId('person'));
const moment = /** @type {HTMLInputElement} */ (byId('moment'));

/** What is shown now; answers that come later than the next choice are dropped. */
const shown = { id: '', token: '', code: '', call: /** @type {any} */ (null), people: /** @type {any[]} */ ([]),
	measured: /** @type {any[]} */ ([]), span: /** @type {import('./plot.js').Span} */ ({ from: 0, to: 1 }),
	plots: /** @type {Plot[]} */ ([]), turn: 0 };

/** @param {any} call */
function spanOf(call) {
	const from = Date.parse(call.started_at);
	return { from, to: from + Math.max(1000, call.duration_ms) };
}

/** @param {any} call */
function totals(call) {
	const { totals: t } = call;
	const rows = [['People', t.people], ['Most at once', t.peak], ['Total time', duration(t.person_ms)],
		['Median time to join', joinTime(t.join_median_ms)],
		['95 of 100 joined within', joinTime(t.join_p95_ms)], ['Reconnects', t.reconnects], ['Could not get in', call.join_failures]];
	byId('totals').replaceChildren(...rows.map(([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, String(value)))));
}

/** @param {any} call */
function head(call) {
	setText(byId('call-title'), call.title || call.code);
	const reason = /** @type {Record<string, string>} */ (ENDED)[call.end_reason] ?? call.end_reason;
	const end = call.ended_at ? `${duration(call.duration_ms)}; ${reason}` : `has been going on for ${duration(call.duration_ms)}`;
	setText(byId('call-when'), `${dateAndTime(call.started_at)}, ${end}. Code ${call.code}.`);
	document.title = `${call.title || call.code} - Past meetings - Curia`;
}

/** @param {any[]} failures */
function failed(failures) {
	byId('failures-section').hidden = failures.length === 0;
	const rows = failures.map(({ time, identity, error, detail }) => make('tr', {}, make('td', {}, timeOfDay(time)),
		make('th', { scope: 'row' }, identity || 'not known'), make('td', {}, /** @type {Record<string, string>} */ (FAILED)[error] ?? error),
		make('td', { class: 'wrap' }, detail || '–')));
	byId('failures').replaceChildren(table('The last ones first', [['When'], ['Who'], ['Why'], ['What was said']], rows));
}

/* ---- quality ---- */

function lookAt() {
	const time = Number(moment.value);
	const words = `${timeOfDay(time)}. ${momentWords(shown.plots, time, 15000 + (shown.span.to - shown.span.from) / 200)}`;
	for (const svg of byId('plots').querySelectorAll('svg')) moveCursor(svg, shown.span, time);
	setText(byId('moment-words'), words);
	moment.setAttribute('aria-valuetext', words);
}

/** @param {PointerEvent} event */
function pointAt(event) {
	const svg = /** @type {SVGSVGElement} */ (event.currentTarget);
	const box = svg.getBoundingClientRect();
	moment.value = String(Math.round(timeAt(shown.span, ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width)));
	lookAt();
}

/** @param {{name: string, color: number, dashed?: boolean}} line */
const legendItem = ({ name, color, dashed }) => make('li', {}, draw('svg', { viewBox: '0 0 26 10', 'aria-hidden': 'true' },
	draw('path', { class: `line c${color}${dashed ? ' dashed' : ''}`, d: 'M1 5H25' })), name);

/** @param {any[]} people @param {any[]} failures */
function drawAll(people, failures) {
	const marks = failures.map(({ time }) => Date.parse(time)).filter((time) => time >= shown.span.from && time <= shown.span.to);
	shown.plots = plotsOf(people);
	shown.span.width = Math.min(900, Math.max(300, byId('plots').clientWidth || 900));
	byId('legend').replaceChildren(...shown.plots[0].lines.map(legendItem));
	byId('plots').replaceChildren(...shown.plots.map((plot) => {
		const words = `${plot.title} over time of ${people.map(({ name }) => name).join(', ')}. The table below has the numbers.`;
		const svg = drawPlot(plot, shown.span, { marks, clock: (time) => timeOfDay(time).replace(/:00( |$)/, '$1'), label: words });
		svg.addEventListener('pointermove', /** @type {any} */ (pointAt));
		svg.addEventListener('pointerdown', /** @type {any} */ (pointAt));
		const note = marks.length && plot === shown.plots[0] ? '; dotted: somebody could not get in' : '';
		return make('figure', { class: 'plot' }, make('figcaption', {}, plot.title + note), svg);
	}));
	Object.assign(moment, { min: String(shown.span.from), max: String(shown.span.to), step: '1000' });
	byId('numbers').replaceChildren(table('Means over the whole time, and the worst', NUMBERS, numbersOf(people).map(([name, ...cells]) =>
		make('tr', {}, make('th', { scope: 'row' }, name), ...cells.map((words) => make('td', { class: 'number' }, words))))));
	lookAt();
}

async function showQuality() {
	const turn = ++shown.turn;
	const identity = person.value;
	const wanted = identity ? [identity] : shown.people.slice(0, COLORS).map((one) => one.identity);
	const answers = await Promise.all(wanted.map((one) => readQuality(shown.id, shown.token, { identity: one, limit: 20, points: 200 })));
	if (turn !== shown.turn) return;
	const people = byPerson(answers.flatMap(({ series }) => series)).filter(({ samples }) => samples.length);
	shown.measured = people;
	byId('quality').hidden = people.length === 0;
	byId('no-quality').hidden = people.length > 0;
	if (people.length) drawAll(people, shown.call.failures);
}

/** @param {any[]} people */
function choosePeople(people) {
	const first = people.length > COLORS ? `The first ${COLORS}` : 'Everybody';
	person.replaceChildren(make('option', { value: '' }, first),
		...people.map(({ identity, name }) => make('option', { value: identity }, name || identity)));
}

/* ---- all of it ---- */

/** @param {any} error */
export const wordsFor = ({ code, message, hint }) => (code === 'not-found' || code === 'forbidden' || code === 'unauthorized'
	? 'There is no such call, or this browser may not see it. An access token may open it.' : `${message} ${hint ?? ''}`);

/**
 * @param {string} id
 * @param {string} code of its meeting
 * @param {string | null} token
 */
export async function showCall(id, code, token) {
	const turn = ++shown.turn;
	byId('call-body').hidden = true;
	setText(byId('call-problem'), '');
	setText(byId('call-title'), code);
	setText(byId('call-when'), '');
	try {
		if (!token) throw Object.assign(new Error('no token'), { code: 'unauthorized' });
		const [call, attendance] = await Promise.all([readCall(id, token), readAttendance(id, token)]);
		if (turn !== shown.turn) return;
		Object.assign(shown, { id, token, code: call.code, call, span: spanOf(call) });
		head(call);
		totals(call);
		byId('attendance').replaceChildren(attendanceTable(attendance, shown.span));
		failed(call.failures);
		shown.people = attendance.people.filter((/** @type {any} */ one) => one.identity);
		choosePeople(shown.people);
		byId('call-body').hidden = false;
		await showQuality();
	} catch (error) {
		if (turn <= shown.turn) setText(byId('call-problem'), wordsFor(error));
	}
}

/** Keeps a text as a file. @param {string} name @param {string} text */
function save(name, text) {
	const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' })); // the mark is for Excel
	const link = make('a', { href: url, download: name });
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}

byId('csv').addEventListener('click', async () => {
	try {
		save(`attendance-${shown.code}-${shown.call.started_at.slice(0, 10)}.csv`, await readAttendanceCsv(shown.id, shown.token));
		setText(byId('status'), 'The attendance is downloaded.');
	} catch (error) {
		setText(byId('call-problem'), wordsFor(error));
	}
});
person.addEventListener('change', () => showQuality().catch((error) => setText(byId('call-problem'), wordsFor(error))));
moment.addEventListener('input', lookAt);
window.addEventListener('resize', later(() => {
	if (shown.measured.length && !byId('call-view').hidden) drawAll(shown.measured, shown.call.failures);
}, 200));
