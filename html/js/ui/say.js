/**
 * say.js: short messages: seen as a toast, heard from a screen reader, both without stealing the focus.
 */
import { byId, icon, make } from './dom.js';

const STAY_MS = 3600;
const MOST = 3;
/** @type {string[]} */
let waiting = [];
/** @type {any} */
let timer = null;

/**
 * Says it to screen readers; what is said in the same moment is said in one breath.
 * @param {string} words
 */
export function announce(words) {
	waiting.push(words);
	timer ??= setTimeout(() => {
		timer = null;
		byId('announcer').textContent = waiting.slice(-4).join(' ');
		waiting = [];
	}, 400);
}

/**
 * Shows and says it.
 * @param {string} words
 * @param {string} [iconName]
 */
export function say(words, iconName) {
	announce(words);
	const toasts = byId('toasts');
	const toast = make('div', { class: 'toast' }, iconName ? icon(iconName) : null, words);
	toasts.append(toast);
	while (toasts.children.length > MOST) toasts.firstElementChild?.remove();
	setTimeout(() => {
		toast.classList.add('going');
		setTimeout(() => toast.remove(), 300);
	}, STAY_MS);
}

/**
 * "Ann", "Ann and Bob", "Ann and 3 others".
 * @param {string[]} names
 */
export function listNames(names) {
	if (names.length <= 1) return names[0] ?? '';
	if (names.length === 2) return `${names[0]} and ${names[1]}`;
	return `${names[0]} and ${names.length - 1} others`;
}
