/**
 * pager.js: the buttons that leaf through the pages of people.
 */
import { icon, make, setText } from './dom.js';
import { announce } from './say.js';

export class Pager {
	pages = 1;

	/** @param {(step: number) => void} onturn */
	constructor(onturn) {
		/** @param {string} name @param {string} label @param {number} step @param {string} key */
		const button = (name, label, step, key) => /** @type {HTMLButtonElement} */ (make('button', { class: `icon-button ${name}`,
			type: 'button', 'aria-label': label, 'aria-keyshortcuts': key, onclick: () => onturn(step) }, icon('chevron')));
		this.back = button('back', 'Previous page of people', -1, 'PageUp');
		this.next = button('next', 'Next page of people', 1, 'PageDown');
		this.words = make('span', { class: 'pager-words' });
		this.element = make('div', { class: 'pager', role: 'group', 'aria-label': 'Pages of people', hidden: true,
			'data-testid': 'pager' }, this.back, this.words, this.next);
	}

	/** @param {import('./scene.js').Scene} scene */
	draw({ pager, page, pages }) {
		this.pages = pages;
		this.element.hidden = pager === null;
		if (!pager) return;
		for (const name of /** @type {const} */ (['x', 'y', 'w', 'h'])) this.element.style.setProperty(`--${name}`, `${pager[name]}px`);
		setText(this.words, `${page + 1} / ${pages}`);
		/* A button that has the focus must not go dead under it. */
		this.back.setAttribute('aria-disabled', String(page === 0));
		this.next.setAttribute('aria-disabled', String(page === pages - 1));
	}

	/** @param {number} page counted from 0 */
	announce(page) {
		announce(`Page ${page + 1} of ${this.pages}`);
	}
}
