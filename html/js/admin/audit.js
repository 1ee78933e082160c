/**
 * audit.js: who did what, newest first.
 */
import { byId, later, make } from '../ui/dom.js';
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

/** @param {Entry} entry */
function row({ time, actor, actor_name, address, action, target, meeting: of, result }) {
	return make('tr', {}, make('td', {}, dateAndTime(time)), make('th', { scope: 'row' }, actor_name || actor || 'Nobody known'),
		make('td', { class: 'mono' }, action), make('td', { class: 'wrap' }, target || '-'), make('td', { class: 'mono' }, of || '-'),
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
