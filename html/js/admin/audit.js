/**
 * audit.js: who did what, newest first.
 */
import { request } from '../account.js';
import { byId, later, make, setText } from '../ui/dom.js';
import { dateAndTime } from '../history/words.js';
import { listing } from './part.js';

/**
 * @typedef {{id: string, time: string, actor: string, actor_name: string, address: string, action: string, target: string,
 *            meeting: string | null, result: string, detail: Record<string, any>}} Entry
 */

const HEADINGS = ['When', 'Who', 'What', 'Whom or what', 'Meeting', 'Result', 'From'];
const meeting = /** @type {HTMLInputElement} */ (byId('audit-meeting'));
const body = make('tbody', {});

byId('audit-table').append(make('table', { class: 'table' },
	make('thead', {}, make('tr', {}, ...HEADINGS.map((words) => make('th', { scope: 'col' }, words)))), body));

/** Accounts' names by id, each asked for once. @type {Map<string, Promise<string>>} */
const names = new Map();

/** @param {string} id */
function nameOf(id) {
	const asked = names.get(id) ?? request('GET', `/accounts/${encodeURIComponent(id)}`).then(({ name, email }) => name || email, () => id);
	names.set(id, asked);
	return asked;
}

/**
 * What is known of somebody; an account's name takes the place of its id.
 * @param {string} name @param {string} id @param {string} nobody
 */
function who(name, id, nobody) {
	const text = make('span', {}, name || id || nobody);
	if (!name && id.startsWith('AC_')) nameOf(id).then((found) => setText(text, found));
	return text;
}

/** @param {Entry} entry */
function row({ time, actor, actor_name, address, action, target, meeting: of, result }) {
	return make('tr', {}, make('td', {}, dateAndTime(time)), make('th', { scope: 'row' }, who(actor_name, actor, 'Nobody known')),
		make('td', { class: 'mono' }, action), make('td', { class: 'wrap' }, who('', target, '-')), make('td', { class: 'mono' }, of || '-'),
		make('td', {}, make('span', { class: result === 'refused' ? 'sign red' : '' }, result)),
		make('td', { class: 'mono' }, address || '-'));
}

const list = listing(byId('audit'), {
	path: () => `/audit?${new URLSearchParams({ limit: '50', ...(meeting.value.trim() && { meeting: meeting.value.trim() }) })}`,
	take: (answer) => /** @type {Entry[]} */ (answer.entries),
	show: (entries, first) => {
		if (first) body.replaceChildren();
		body.append(...entries.map(row));
		byId('audit-table').hidden = body.children.length === 0;
	},
});

meeting.addEventListener('input', later(() => list.load(), 300));
byId('audit-search').addEventListener('submit', (event) => {
	event.preventDefault();
	list.load();
});

export const showAudit = () => list.load();
