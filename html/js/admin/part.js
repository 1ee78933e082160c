/**
 * part.js: what the parts of the administration have in common: a list, read page by page, with words when that fails.
 */
import { request } from '../account.js';
import { busily } from '../account/form.js';
import { wordsFor } from '../account/words.js';
import { make, setText } from '../ui/dom.js';

/** @param {HTMLElement} root @param {string} selector */
const find = (root, selector) => /** @type {HTMLElement} */ (root.querySelector(selector));

/**
 * A list inside a part of the page: `:scope > .problem`, `.empty` and, where there are pages, `.more` are its own.
 * @template T
 * @param {HTMLElement} root
 * @param {{path: () => string, take: (answer: any) => T[], show: (items: T[], first: boolean) => void}} how
 *   `path` of what has pages has a query
 */
export function listing(root, { path, take, show }) {
	const problem = find(root, ':scope > .problem'), empty = find(root, ':scope > .empty');
	const more = /** @type {HTMLElement | null} */ (root.querySelector(':scope > .more'));
	/** @type {string | null} */
	let cursor = null;
	let turn = 0, shown = 0;

	/** @param {boolean} first */
	async function page(first) {
		const mine = first ? ++turn : turn;
		const url = path();
		const answer = await request('GET', first || !cursor ? url : `${url}&${new URLSearchParams({ cursor })}`);
		if (mine !== turn) return;
		const items = take(answer);
		cursor = answer.next_cursor ?? null;
		shown = items.length + (first ? 0 : shown);
		show(items, first);
		empty.hidden = shown > 0;
		if (more) more.hidden = cursor === null;
	}

	more?.addEventListener('click', () => busily(more, () => page(false), problem));
	return {
		/** Reads it from its beginning. */
		load: async () => {
			setText(problem, '');
			await page(true).catch((error) => setText(problem, wordsFor(error)));
		},
		/** Says what went wrong, or runs what may go wrong. @param {() => Promise<unknown>} run @param {Record<string, string>} [words] */
		attempt: async (run, words) => {
			setText(problem, '');
			try {
				await run();
			} catch (error) {
				setText(problem, wordsFor(error, words));
				problem.scrollIntoView({ block: 'nearest' });
			}
		},
	};
}

/**
 * Boxes to tick, of one name.
 * @param {string} name
 * @param {readonly (readonly [value: string, words: string])[]} values
 */
export const boxes = (name, values) => values.map(([value, words]) =>
	make('label', { class: 'check' }, make('input', { type: 'checkbox', name, value }), make('span', {}, words)));
