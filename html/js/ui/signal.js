/**
 * signal.js: three small bars that say how good a connection is, and numbers in words.
 */
import { make } from './dom.js';

/** @typedef {import('../curia/quality.js').Rate} Rate */

/** @param {string} [extra] further classes */
export function signalBars(extra = '') {
	return make('i', { class: `signal ${extra}`.trim(), 'aria-hidden': 'true', 'data-rate': 'good' },
		make('i'), make('i'), make('i'));
}

/**
 * "80 kbit/s", "1.2 Mbit/s".
 * @param {number} bps
 */
export function bitrateWords(bps) {
	return bps < 999500 ? `${Math.round(bps / 1000)} kbit/s` : `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

/**
 * "0 %", "0.4 %", "12 %".
 * @param {number} share 0 to 1
 */
export function percentWords(share) {
	const percent = share * 100;
	return `${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toFixed(1)} %`;
}
