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
 * @param {{path: () => string, take: (answer: any) => T[], show: (items: T[], first: boolean) => void}} how `path` has a query
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
		const answer = await request('GET', first || !cursor ? url : `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams({ cursor })}`);
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
 * A button at a row's end.
 * @param {string} words
 * @param {string} of whose row it is: for those who do not see where the button stands
 * @param {() => void} run
 * @param {Record<string, any>} [props]
 */
export const act = (words, of, run, props = {}) =>
	make('button', { class: 'button quiet small', type: 'button', 'aria-label': `${words}: ${of}`, onclick: run, ...props }, words);

/** @param {(string | false | null | undefined | [string, string])[]} words a word, or a word and its colour */
export function tags(...words) {
	const found = words.flatMap((word) => (word ? [word] : []));
	return found.length ? make('span', { class: 'tags' }, ...found.map((word) => (typeof word === 'string' ? make('span', { class: 'tag' }, word) :
		make('span', { class: `tag ${word[1]}` }, word[0])))) : null;
}

/**
 * Boxes to tick, of one name.
 * @param {string} name
 * @param {readonly (readonly [value: string, words: string])[]} values
 */
export const boxes = (name, values) => values.map(([value, words]) =>
	make('label', { class: 'check' }, make('input', { type: 'checkbox', name, value }), make('span', {}, words)));
