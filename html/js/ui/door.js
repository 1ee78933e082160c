/**
 * door.js: the meeting's door from inside: who waits, as a list in the people panel and as a card when somebody knocks.
 */
import { byId, icon, make, setText } from './dom.js';
import { announce, listNames } from './say.js';
import { avatar } from './tile.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('../curia/types.js').Waiting} Waiting */

export class Door {
	#meeting;
	#ontrouble;
	#isListOpen;
	#dismissed = false;
	#shown = '';

	/**
	 * @param {Meeting} meeting
	 * @param {AbortSignal} signal
	 * @param {{onlist: () => void, isListOpen: () => boolean, ontrouble: (error: unknown) => void}} owner `onlist`: the list is asked for
	 */
	constructor(meeting, signal, { onlist, isListOpen, ontrouble }) {
		this.#meeting = meeting;
		this.#ontrouble = ontrouble;
		this.#isListOpen = isListOpen;
		meeting.addEventListener('waiting', (event) => this.#onWaiting(/** @type {CustomEvent} */ (event).detail), { signal });
		byId('admit-all').addEventListener('click', () => this.#let('admit', { all: true }), { signal });
		byId('knock-admit').addEventListener('click', () => this.#admitShown(), { signal });
		byId('knock-list').addEventListener('click', onlist, { signal });
		byId('knock-close').addEventListener('click', () => this.#dismiss(), { signal });
		this.draw();
	}

	/** How many wait. */
	get count() {
		const { list, more } = this.#meeting.waiting;
		return list.length + more;
	}

	draw() {
		this.#drawList();
		this.#drawKnock();
	}

	/** @param {{came: Waiting[]}} detail */
	#onWaiting({ came }) {
		if (came.length > 0) this.#dismissed = false;
		this.draw();
		if (came.length > 0) announce(`${listNames(came.map(({ name }) => name))} ${came.length === 1 ? 'waits' : 'wait'} to be let in.`);
	}

	#dismiss() {
		this.#dismissed = true;
		this.#drawKnock();
		byId('room-main').focus({ preventScroll: true });
	}

	#admitShown() {
		const { list } = this.#meeting.waiting;
		if (this.count === 1) this.#let('admit', { id: list[0].id });
		else this.#let('admit', { all: true });
	}

	/** @param {'admit' | 'deny'} action @param {Record<string, any>} what */
	#let(action, what) {
		this.#meeting.moderate(action, what).catch(this.#ontrouble);
	}

	#drawList() {
		const { list, more } = this.#meeting.waiting;
		const section = byId('waiting');
		section.hidden = list.length === 0;
		setText(byId('waiting-title'), `Waiting (${this.count})`);
		byId('waiting-more').hidden = more === 0;
		setText(byId('waiting-more'), `and ${more} more`);
		const text = JSON.stringify(list);
		if (text === this.#shown) return;
		this.#shown = text;
		const hadFocus = section.contains(document.activeElement);
		byId('waiting-list').replaceChildren(...list.map((who) => this.#row(who)));
		if (hadFocus) /** @type {HTMLElement} */ (section.querySelector('li button') ?? byId('people-close')).focus();
	}

	/** @param {Waiting} who */
	#row({ id, name, guest }) {
		return make('li', { class: 'person waits', 'data-testid': 'waits', 'data-waiting': id }, avatar(name, id),
			make('div', { class: 'person-name' }, make('b', {}, name), guest ? make('small', {}, 'Guest') : null),
			make('button', { class: 'icon-button', type: 'button', 'aria-label': `Do not let ${name} in`, 'data-testid': 'deny',
				onclick: () => this.#let('deny', { id }) }, icon('close')),
			make('button', { class: 'button small', type: 'button', 'aria-label': `Admit ${name}`, 'data-testid': 'admit',
				onclick: () => this.#let('admit', { id }) }, 'Admit'));
	}

	#drawKnock() {
		const { list } = this.#meeting.waiting;
		const card = byId('knock');
		card.hidden = list.length === 0 || this.#dismissed || this.#isListOpen();
		const [first] = list;
		setText(byId('knock-words'), this.count === 1 ? `${first.name} wants to come in`
			: first ? `${first.name} and ${this.count - 1} more want to come in` : '');
		setText(byId('knock-admit'), this.count > 1 ? 'Admit all' : 'Admit');
	}
}
