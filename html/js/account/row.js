/**
 * row.js: a thing in a list: what it is, what is to know about it, and what can be done about it.
 */
import { make, setText } from '../ui/dom.js';
import { wordsFor } from './words.js';

/** @typedef {string | [words: string, colour: 'gold' | 'red']} Tag */

/** Joins what there is to say. @param {(string | false | null | undefined)[]} facts */
export const facts = (...facts) => facts.filter(Boolean).join(' · ');

/** @param {Tag} tag */
function tagOf(tag) {
	const [words, colour] = typeof tag === 'string' ? [tag, ''] : tag;
	return make('span', { class: `tag ${colour}` }, words);
}

/**
 * A button at a row's end. What it is about is told to those who do not see where it stands.
 * @param {string} words
 * @param {string} of
 * @param {() => unknown} onclick
 * @param {Record<string, any>} [props]
 */
export const act = (words, of, onclick, props = {}) =>
	make('button', { class: 'button quiet small', type: 'button', 'aria-label': `${words}: ${of}`, onclick, ...props }, words);

/** The same for what cannot be undone. @param {string} words @param {string} of @param {() => unknown} onclick */
export const badAct = (words, of, onclick) => act(words, of, onclick, { class: 'button quiet small bad' });

/**
 * @param {object} what
 * @param {string} what.title
 * @param {(Tag | false | null | undefined)[]} [what.tags]
 * @param {(string | Node)[]} [what.lines] below the title
 * @param {(Node | null)[]} [what.acts]
 * @param {boolean} [what.over] it is not in use any more
 * @param {Record<string, any>} [what.props] of the row
 * @returns {HTMLElement}
 */
export function row({ title, tags = [], lines = [], acts = [], over = false, props = {} }) {
	const shown = tags.flatMap((tag) => (tag ? [tagOf(tag)] : []));
	return make('li', { class: over ? 'row over' : 'row', ...props },
		make('div', { class: 'row-words' }, make('strong', {}, title), shown.length ? make('span', { class: 'tags' }, ...shown) : null,
			...lines.map((line) => make('span', { class: 'sub' }, line))),
		acts.length ? make('div', { class: 'row-acts' }, ...acts) : null, make('p', { class: 'problem', role: 'alert' }));
}

/**
 * Does something about a row's thing, and says in the row what went wrong.
 * @param {HTMLElement} row
 * @param {() => Promise<unknown>} run
 */
export async function attempt(row, run) {
	const problem = /** @type {HTMLElement} */ (row.querySelector('.problem'));
	setText(problem, '');
	await run().catch((error) => setText(problem, wordsFor(error)));
}
