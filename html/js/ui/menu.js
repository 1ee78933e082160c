/**
 * menu.js: a menu that a button opens. Arrow keys, Home and End move in it, Escape gives the focus back; one is open at a time.
 *
 * @typedef {{id: string, words: string, icon?: string, danger?: boolean, run: () => void}} Item
 */
import { icon, make } from './dom.js';

const GAP = 6;
const EDGE = 8;
/** @type {Menu | null} */
let open = null;

export class Menu {
	/** @type {HTMLElement | null} */
	#list = null;
	/** @type {AbortController | null} */
	#abort = null;
	#items;

	/**
	 * @param {HTMLElement} button
	 * @param {() => (Item | null)[]} items what it holds each time it opens; null draws a line
	 * @param {AbortSignal} [signal] when its button is done with
	 */
	constructor(button, items, signal) {
		this.button = button;
		this.#items = items;
		button.setAttribute('aria-haspopup', 'menu');
		button.setAttribute('aria-expanded', 'false');
		button.addEventListener('click', () => this.toggle(), { signal });
		button.addEventListener('keydown', (event) => {
			if (event.key !== 'ArrowDown' || this.#list) return;
			event.preventDefault();
			this.toggle();
		}, { signal });
	}

	toggle() {
		if (this.#list) this.close();
		else this.#open();
	}

	/** @param {boolean} [refocus] */
	close(refocus = true) {
		if (!this.#list) return;
		this.#abort?.abort();
		this.#list.remove();
		this.#list = null;
		if (open === this) open = null;
		this.button.setAttribute('aria-expanded', 'false');
		if (refocus && this.button.isConnected) this.button.focus();
	}

	/** Closes whichever is open. */
	static closeAny() {
		open?.close(false);
	}

	#open() {
		open?.close(false);
		open = this;
		const label = this.button.getAttribute('aria-label') ?? '';
		this.#list = make('div', { class: 'menu', role: 'menu', 'aria-label': label, 'data-testid': 'menu' },
			...this.#items().map((item) => (item === null ? make('hr', { role: 'separator' }) : this.#draw(item))));
		document.body.append(this.#list);
		this.button.setAttribute('aria-expanded', 'true');
		this.#place(this.#list);
		this.#listen(this.#list);
		this.#buttons()[0]?.focus();
	}

	/** @param {Item} item */
	#draw({ id, words, icon: name, danger, run }) {
		return make('button', { class: danger ? 'danger' : '', type: 'button', role: 'menuitem', tabindex: '-1', 'data-testid': `do-${id}`,
			onclick: () => {
				this.close();
				run();
			} }, name ? icon(name) : null, make('span', {}, words));
	}

	/** Below its button or above it, and on the page. @param {HTMLElement} list */
	#place(list) {
		const at = this.button.getBoundingClientRect();
		const { offsetWidth: width, offsetHeight: height } = list;
		const below = at.bottom + GAP + height <= innerHeight - EDGE;
		const top = below ? at.bottom + GAP : Math.max(EDGE, at.top - GAP - height);
		list.style.top = `${top}px`;
		list.style.left = `${Math.max(EDGE, Math.min(at.right - width, innerWidth - width - EDGE))}px`;
	}

	/** @param {HTMLElement} list */
	#listen(list) {
		this.#abort = new AbortController();
		const { signal } = this.#abort;
		list.addEventListener('keydown', (event) => this.#onKey(event), { signal });
		list.addEventListener('focusout', ({ relatedTarget }) => {
			if (relatedTarget instanceof Node && relatedTarget !== this.button && !list.contains(relatedTarget)) this.close(false);
		}, { signal });
		addEventListener('pointerdown', ({ target }) => {
			if (target instanceof Node && !list.contains(target) && !this.button.contains(target)) this.close(false);
		}, { signal, capture: true });
		addEventListener('resize', () => this.close(false), { signal });
	}

	#buttons() {
		return /** @type {HTMLElement[]} */ ([...this.#list?.querySelectorAll('[role=menuitem]') ?? []]);
	}

	/** @param {KeyboardEvent} event */
	#onKey(event) {
		const buttons = this.#buttons();
		const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
		const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
		if (to !== undefined) buttons.at(to % buttons.length)?.focus();
		else if (event.key === 'Escape' || event.key === 'Tab') this.close();
		else return;
		event.stopPropagation();
		if (event.key !== 'Tab') event.preventDefault();
	}
}
