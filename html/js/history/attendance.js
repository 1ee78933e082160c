/**
 * attendance.js: the table of who was there, with a bar for each person's stays.
 */
import { make } from '../ui/dom.js';
import { draw } from './plot.js';
import { clock, count, joinTime, timeOfDay } from './words.js';

/** @typedef {{joined_at: string, left_at: string | null}} Stay */
/** @typedef {Stay & {identity: string, name: string, role: string, present_ms: number, spoke_ms: number, join_ms: number | null,
 *             reconnects: number, participations: Stay[]}} Person */

/** So that a stay of a second can be seen, in thousandths of the whole. */
const THINNEST = 4;

/**
 * Where the bars of stays begin and how long they are, in thousandths of a span.
 * @param {Stay[]} stays
 * @param {{from: number, to: number}} span in ms
 */
export function bars(stays, { from, to }) {
	const whole = Math.max(1, to - from);
	return stays.map(({ joined_at, left_at }) => {
		const begin = Math.min(1000 - THINNEST, Math.max(0, (1000 * (Date.parse(joined_at) - from)) / whole));
		const end = Math.min(1000, (1000 * ((left_at ? Date.parse(left_at) : to) - from)) / whole);
		return { x: Math.round(begin), width: Math.round(Math.max(THINNEST, end - begin)), present: !left_at };
	});
}

/** @param {Person} person @param {{from: number, to: number}} span */
function timeline(person, span) {
	const words = person.participations.map(({ joined_at, left_at }) =>
		`${timeOfDay(joined_at)} to ${left_at ? timeOfDay(left_at) : 'now'}`).join(', ');
	return draw('svg', { class: 'timeline', viewBox: '0 0 1000 18', preserveAspectRatio: 'none', role: 'img', 'aria-label': words },
		draw('title', {}, words),
		draw('rect', { class: 'whole', x: 0, y: 7, width: 1000, height: 4 }),
		...bars(person.participations, span).map(({ x, width, present }) =>
			draw('rect', { class: present ? 'stay present' : 'stay', x, y: 2, width, height: 14 })));
}

/** @param {Person} person @param {{from: number, to: number}} span */
const row = (person, span) => make('tr', {},
	make('th', { scope: 'row' }, person.name || 'Without a name', make('span', { class: 'role' },
		[person.role, person.reconnects ? count(person.reconnects, 'reconnect') : ''].filter(Boolean).join(', '))),
	make('td', { class: 'timeline-cell' }, timeline(person, span)),
	make('td', { class: 'number' }, clock(person.present_ms)),
	make('td', { class: 'number' }, clock(person.spoke_ms)),
	make('td', {}, timeOfDay(person.joined_at)),
	make('td', {}, person.left_at ? timeOfDay(person.left_at) : 'still there'),
	make('td', { class: 'number' }, joinTime(person.join_ms)));

/** Headings and whether there are numbers below. */
const COLUMNS = [['Person'], ['When'], ['Present', 'number'], ['Spoke', 'number'], ['Joined'], ['Left'], ['Time to join', 'number']];

/**
 * @param {string} caption
 * @param {string[][]} columns
 * @param {Node[]} rows
 */
export const table = (caption, columns, rows) => make('table', { class: 'table' }, make('caption', {}, caption),
	make('thead', {}, make('tr', {}, ...columns.map(([words, kind]) => make('th', { scope: 'col', class: kind }, words)))),
	make('tbody', {}, ...rows));

/**
 * @param {{people: Person[], truncated: boolean}} attendance
 * @param {{from: number, to: number}} span
 */
export const attendanceTable = ({ people, truncated }, span) => table(
	`${count(people.length, 'person', 'people')}, in the order in which they came${truncated ? '; the list is cut off here' : ''}`,
	COLUMNS, people.map((person) => row(person, span)));
