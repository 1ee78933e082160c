/**
 * words.js: times and numbers as people read them. Pure, but for the language, which is the browser's.
 */

/**
 * "1 h 5 min", "12 min", "40 s".
 * @param {number} ms
 */
export function duration(ms) {
	const s = Math.round(ms / 1000);
	if (s < 60) return `${s} s`;
	const min = Math.round(s / 60);
	if (min < 60) return `${min} min`;
	return min % 60 ? `${Math.floor(min / 60)} h ${min % 60} min` : `${min / 60} h`;
}

/**
 * "01:05:20": to the second, for tables.
 * @param {number} ms
 */
export function clock(ms) {
	const s = Math.round(ms / 1000);
	const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
	return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/**
 * @param {string} iso
 * @param {string} [language]
 */
export const dateAndTime = (iso, language) =>
	new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

/**
 * @param {string | number} when
 * @param {string} [language]
 */
export const timeOfDay = (when, language) =>
	new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(when));

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** @param {number | null} ms */
export const joinTime = (ms) => (ms === null ? 'unknown' : ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

/** @param {number} ppm */
export const percent = (ppm) => `${(ppm / 10000).toFixed(ppm < 100000 ? 1 : 0)} %`;

/** @param {number} us */
export const delay = (us) => `${Math.round(us / 1000)} ms`;

/** @param {number} bps */
export const bitrate = (bps) => (bps < 1e6 ? `${Math.round(bps / 1000)} kbit/s` : `${(bps / 1e6).toFixed(1)} Mbit/s`);

/** Why a call ended. */
export const ENDED = Object.freeze({
	empty: 'everybody had left', ended: 'ended by a host', shutdown: 'the server was stopped', crashed: 'the server broke off',
});

/** Why somebody could not get in; else the slug as it is. */
export const FAILED = Object.freeze({
	'meeting-full': 'the meeting was full', 'meeting-ended': 'the meeting had ended', 'identity-exists': 'was in it already',
	'forbidden': 'not allowed', 'unauthorized': 'no valid token', 'overloaded': 'the server was too busy', 'timeout': 'no answer in time',
});
