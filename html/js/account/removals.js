/**
 * removals.js: who was removed from a meeting, and may be let come back.
 */
import { request } from '../account.js';
import { dateAndTime } from '../history/words.js';
import { byId } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { act, attempt, row } from './row.js';

/** @typedef {{identity: string, name: string, removed_at: string, banned: boolean}} Removal */

/** @param {string} path @param {Removal} removal */
function item(path, { identity, name, removed_at, banned }) {
	const called = name || identity;
	const forgive = () => attempt(line, async () => {
		await request('DELETE', `${path}/removals/${encodeURIComponent(identity)}`);
		line.remove();
		byId('removals').hidden = byId('removal-list').children.length === 0;
		say(`${called} may come back`, 'check');
	});
	const line = row({ title: called, lines: [`${banned ? 'Removed for good' : 'Removed'} ${dateAndTime(removed_at)}`],
		acts: [act('Let come back', called, forgive)] });
	return line;
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
