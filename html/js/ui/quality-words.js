/**
 * quality-words.js: the connection in words for people. Pure.
 */
import { bitrateWords, percentWords } from './signal.js';

/** @typedef {import('../curia/quality.js').Sample} Sample */
/** @typedef {import('../curia/quality.js').Sent} Sent */
/** @typedef {import('../curia/quality.js').Received} Received */
/** @typedef {import('../curia/types.js').Quality} Quality */

export const TITLES = { good: 'Your connection is good', fair: 'Your connection is fair', poor: 'Your connection is poor' };
const SOURCES = { microphone: 'Microphone', camera: 'Camera', screen_share: 'Screen', screen_share_audio: 'Sound of the screen' };
const LAYERS = { 1: ['only layer'], 2: ['low', 'high'], 3: ['low', 'medium', 'high'] };
const RIDS = { h: 'high', m: 'medium', l: 'low' };
const REASONS = { limited: 'smaller than its tile: the connection is slow', no_bandwidth: 'paused: the connection is slow',
	nothing_sent: 'nothing is being sent', as_wished: '' };
const PAUSES = { bandwidth: 'paused: the connection is slow', muted: 'camera off', stalled: 'no picture arrives' };

/** What to make of it. @param {import('../curia/quality.js').Rate} rate @param {Sample} sample @param {Quality | null} server */
export function advice(rate, sample, server) {
	const paused = sample.received.filter((row) => row.paused === 'bandwidth').length;
	if (paused > 0)
		return `${paused === 1 ? 'One video is' : `${paused} videos are`} paused so that you hear everybody. ${paused === 1
			? 'It comes' : 'They come'} back by ${paused === 1 ? 'itself' : 'themselves'}.`;
	if (server?.slots.some((slot) => slot.reason === 'limited'))
		return 'Some videos are shown smaller than they could be, to fit your line.';
	if (sample.sent.some((row) => row.limit === 'cpu')) return 'This computer is busy: what you send is made smaller.';
	if (rate === 'good') return 'Sound and pictures arrive as they should.';
	if ((sample.rtt_ms ?? 0) >= 300) return 'The way to the server is long: others hear you late.';
	return 'Some of what is sent gets lost on the way. A cable or a place nearer to the router may help.';
}

/**
 * The figures of the line, as pairs.
 * @param {Sample} sample
 * @param {Quality | null} server
 * @returns {[string, string][]}
 */
export function lineFigures(sample, server) {
	const total = (/** @type {{bps: number}[]} */ list) => list.reduce((sum, { bps }) => sum + bps, 0);
	const rtt_ms = sample.rtt_ms ?? (server?.rtt_ms ?? null);
	const loss = server ? server.loss_permille / 1000 : Math.max(0, ...sample.received.map((row) => row.loss));
	const states = { steady: 'steady', probing: 'trying for more', congested: 'full' };
	return [
		['Round trip', rtt_ms === null ? '–' : `${rtt_ms} ms`],
		['Lost on the way to you', percentWords(loss)],
		['You receive', bitrateWords(total(sample.received))],
		['You send', bitrateWords(total(sample.sent))],
		...(server ? /** @type {[string, string][]} */ ([['Your line carries about', bitrateWords(server.estimate_bps)],
			['It is', states[server.state] ?? server.state]]) : []),
	];
}

/** @param {{width: number, height: number, fps: number, bps: number}} row */
function numbers({ width, height, fps, bps }) {
	return [height > 0 ? `${width} × ${height}` : '', height > 0 ? `${fps} fps` : '', bitrateWords(bps)].filter(Boolean).join(' · ');
}

/**
 * @typedef {{title: string, chip: string, figures: string, note: string, warn: boolean}} Line a row of the panel
 */

/**
 * @param {Sent} row
 * @param {string[] | null} wanted
 * @returns {Line}
 */
export function sentLine(row, wanted) {
	const name = row.rid ? RIDS[/** @type {keyof typeof RIDS} */ (row.rid)] ?? row.rid : '';
	const unwanted = wanted !== null && (row.rid ? !wanted.includes(row.rid) : wanted.length === 0);
	const off = !row.active || row.bps === 0;
	const limits = { cpu: 'limited by this computer', bandwidth: 'limited by your line' };
	return { title: SOURCES[row.source], chip: name, warn: !off && row.limit !== null,
		figures: off ? (unwanted ? 'off: nobody needs it now' : 'off') : numbers(row),
		note: off ? '' : [row.limit ? limits[row.limit] : '',
			row.loss > 0 ? `${percentWords(row.loss)} lost` : ''].filter(Boolean).join(' · ') };
}

/**
 * @param {Received} row
 * @param {string} name
 * @param {Quality | null} server
 * @returns {Line}
 */
export function receivedLine(row, name, server) {
	const layers = LAYERS[/** @type {keyof typeof LAYERS} */ (row.layers ?? 0)];
	const layer = row.kind === 'video' && layers && row.layer !== null && (row.layers ?? 0) > 1
		? `${layers[row.layer] ?? ''}: ${row.layer + 1} of ${row.layers}` : '';
	const reason = server?.slots.find((slot) => slot.mid === row.mid)?.reason;
	const pause = row.paused ? PAUSES[/** @type {keyof typeof PAUSES} */ (row.paused)] ?? row.paused : '';
	const freezes = row.kind === 'video' && row.freezes_total > 0
		? `${row.freezes_total} freeze${row.freezes_total === 1 ? '' : 's'}` : '';
	const title = row.kind === 'audio' ? `${name}, sound` : row.source === 'screen_share' ? `${name}’s screen` : name;
	return { title, warn: row.paused === 'bandwidth' || reason === 'limited', chip: pause ? '' : layer, figures: pause ? '' : numbers(row),
		note: [pause, pause || !reason ? '' : REASONS[reason] ?? '', row.loss > 0.0005 ? `${percentWords(row.loss)} lost` : '',
			freezes].filter(Boolean).join(' · ') };
}
