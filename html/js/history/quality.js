/**
 * quality.js: what samples say: lines to plot, numbers to list, words for a moment.
 */
import { bitrate, delay, percent } from './words.js';
import { valueAt } from './plot.js';

/** @typedef {{time: string, rtt_us: number | null, down_bps: number | null, down_loss_ppm: number | null, up_bps: number | null,
 *             up_loss_ppm: number | null, freezes: number, frozen_ms: number, paused_slots: number}} Sample */
/** @typedef {{participation: string, identity: string, name: string, samples: Sample[]}} Series */
/** @typedef {import('./plot.js').Line} Line */
/** @typedef {import('./plot.js').Plot} Plot */

export const COLORS = 10;

/** What is plotted: of everybody the way down, of one person both ways. */
const MEASURES = [
	{ title: 'Packet loss', down: 'down_loss_ppm', up: 'up_loss_ppm', format: percent, least: 20000 },
	{ title: 'Round trip', down: 'rtt_us', up: null, format: delay, least: 50000 },
	{ title: 'Bitrate', down: 'down_bps', up: 'up_bps', format: bitrate, least: 100000 },
];

/** @param {Sample[]} samples @param {string} field @returns {[number, number | null][]} */
const pointsOf = (samples, field) => samples.map((sample) => [Date.parse(sample.time), /** @type {any} */ (sample)[field]]);

/**
 * The stays of one person as one.
 * @param {Series[]} series
 * @returns {Series[]}
 */
export function byPerson(series) {
	/** @type {Map<string, Series>} */
	const people = new Map();
	for (const one of series) {
		const key = one.identity || one.participation;
		const known = people.get(key);
		if (known) known.samples = [...known.samples, ...one.samples];
		else people.set(key, { ...one, samples: [...one.samples] });
	}
	for (const person of people.values()) person.samples.sort((a, b) => (a.time < b.time ? -1 : 1));
	return [...people.values()];
}

/** @param {Series[]} people @param {boolean} both @param {typeof MEASURES[0]} measure @returns {Line[]} */
const linesOf = (people, both, measure) => people.flatMap(({ name, samples }, i) => {
	const color = (i % COLORS) + 1;
	const line = { color, name, points: pointsOf(samples, measure.down) };
	if (!both || !measure.up) return [line];
	return [{ ...line, name: 'received' }, { color: color + 1, dashed: true, name: 'sent', points: pointsOf(samples, measure.up) }];
});

/**
 * @param {Series[]} people
 * @returns {Plot[]}
 */
export function plotsOf(people) {
	const both = people.length === 1;
	return MEASURES.map((measure) => ({ title: measure.title, format: measure.format, least: measure.least,
		lines: linesOf(people, both, measure) }));
}

/**
 * What was at a time: "Packet loss: Ann 1.0 %, Bob 0.0 %. ..."
 * @param {Plot[]} plots
 * @param {number} time
 * @param {number} within
 */
export const momentWords = (plots, time, within) => plots.map(({ title, format, lines }) => {
	const values = lines.map(({ name, points }) => ({ name, value: valueAt(points, time, within) })).filter(({ value }) => value !== null);
	const words = values.map(({ name, value }) => `${name} ${format(/** @type {number} */ (value))}`).join(', ');
	return `${title}: ${words || 'not known'}`;
}).join('; ');

/** @param {(number | null)[]} values */
const known = (values) => /** @type {number[]} */ (values.filter((value) => value !== null));
/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** @param {number[]} values @param {(values: number[]) => number} of @param {(value: number) => string} format */
const cell = (values, of, format) => (values.length ? format(of(values)) : '–');
/** @param {number[]} values */
const most = (values) => Math.max(...values);

export const NUMBERS = [['Person'], ['Loss received', 'number'], ['worst', 'number'], ['Loss sent', 'number'], ['Round trip', 'number'],
	['worst', 'number'], ['Received', 'number'], ['Sent', 'number'], ['Freezes', 'number']];

/**
 * A row of numbers for each person.
 * @param {Series[]} people
 * @returns {string[][]}
 */
export const numbersOf = (people) => people.map(({ name, samples }) => {
	const of = (/** @type {keyof Sample} */ field) => known(samples.map((sample) => /** @type {number | null} */ (sample[field])));
	return [name, cell(of('down_loss_ppm'), mean, percent), cell(of('down_loss_ppm'), most, percent), cell(of('up_loss_ppm'), mean, percent),
		cell(of('rtt_us'), mean, delay), cell(of('rtt_us'), most, delay), cell(of('down_bps'), mean, bitrate),
		cell(of('up_bps'), mean, bitrate), String(of('freezes').reduce((sum, n) => sum + n, 0))];
});
