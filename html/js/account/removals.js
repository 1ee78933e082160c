/**
 * removals.js: who was removed from a meeting, and may be let come back.
 */
import { request } from '../account.js';
import { dateAndTime } from '../history/words.js';
import { byId, make, setText } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { wordsFor } from './words.js';

/** @typedef {{identity: string, name: string, removed_at: string, banned: boolean}} Removal */

/** @param {string} path @param {Removal} removal */
function item(path, { identity, name, removed_at, banned }) {
	const called = name || identity;
	const problem = make('p', { class: 'problem', role: 'alert' });
	const forgive = () => request('DELETE', `${path}/removals/${encodeURIComponent(identity)}`).then(() => {
		row.remove();
		byId('removals').hidden = byId('removal-list').children.length === 0;
		say(`${called} may come back`, 'check');
	}).catch((error) => setText(problem, wordsFor(error)));
	const row = make('li', { class: 'row' },
		make('div', { class: 'row-words' }, make('strong', {}, called),
			make('span', { class: 'sub' }, `${banned ? 'Removed for good' : 'Removed'} ${dateAndTime(removed_at)}`)),
		make('div', { class: 'row-acts' }, make('button', { class: 'button quiet small', type: 'button', 'aria-label': `Let come back: ${called}`, onclick: forgive }, 'Let come back')), problem);
	return row;
}

/** @param {string} path the meeting's @param {() => boolean} current */
export async function showRemovals(path, current) {
	byId('removals').hidden = true;
	try {
		const { removals } = await request('GET', `${path}/removals`);
		if (!current()) return;
		byId('removal-list').replaceChildren(...removals.map((/** @type {Removal} */ removal) => item(path, removal)));
		byId('removals').hidden = removals.length === 0;
	} catch (error) {
		if (![403, 404].includes(/** @type {any} */ (error).status)) throw error;
	}
}
