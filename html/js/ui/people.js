/**
 * people.js: the list of who is here, with a menu for each where one may do something. Rows stay as long as their people, so
 * that focus and open menus do.
 */
import { isLive } from '../curia.js';
import { byId, icon, make, setText } from './dom.js';
import { Menu } from './menu.js';
import { avatar, initials } from './tile.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('./menu.js').Item} Item */
/** @typedef {{id: string, name: string, you: boolean, role: string, away: boolean, hand: boolean, spotlit: boolean,
 *            mic: boolean, cam: boolean, screen: boolean, watches: boolean}} Person */

const ROLE_WORDS = Object.freeze({ owner: 'Owner', host: 'Host', moderator: 'Moderator' });

/**
 * @param {boolean} on
 * @param {string} name
 * @param {string} words
 */
function mark(on, name, words) {
	return make('span', { class: on ? '' : 'off', role: 'img', 'aria-label': `${words} ${on ? 'on' : 'off'}` },
		icon(on ? name : `${name}-off`));
}

/** @param {Person} person */
function marks({ hand, screen, watches, mic, cam }) {
	return [hand ? make('span', { class: 'raised', role: 'img', 'aria-label': 'Hand raised' }, icon('hand')) : null,
		screen ? mark(true, 'screen', 'Screen share') : null, watches ? null : mark(mic, 'mic', 'Microphone'),
		watches ? null : mark(cam, 'cam', 'Camera')].filter((item) => item !== null);
}

/** @param {Person} person */
function words({ you, watches, role, screen, spotlit, away }) {
	return [you ? 'You' : '', watches ? 'Watching' : '', ROLE_WORDS[/** @type {keyof typeof ROLE_WORDS} */ (role)] ?? '',
		spotlit ? 'In the spotlight' : '', screen ? 'Sharing a screen' : '', away ? 'Connection lost' : ''].filter(Boolean).join(' · ');
}

class Row {
	#shown = '';
	#menu;

	/**
	 * @param {Person} person
	 * @param {() => Item[]} items
	 */
	constructor(person, items) {
		this.items = items;
		this.avatar = avatar(person.name, person.you ? 'self' : person.id);
		this.name = make('b');
		this.small = make('small');
		this.marks = make('div', { class: 'person-marks' });
		this.more = make('button', { class: 'icon-button person-more', type: 'button', 'data-testid': 'person-more' }, icon('more'));
		this.#menu = new Menu(this.more, items);
		this.element = make('li', { class: 'person', 'data-testid': 'person', 'data-participant': person.id }, this.avatar,
			make('div', { class: 'person-name' }, this.name, this.small), this.marks, this.more);
	}

	/** @param {Person} person @param {boolean} speaking */
	update(person, speaking) {
		this.element.dataset.speaking = String(speaking);
		this.more.hidden = this.items().length === 0;
		const text = JSON.stringify(person);
		if (text === this.#shown) return;
		this.#shown = text;
		this.element.dataset.away = String(person.away);
		setText(this.avatar, initials(person.name));
		setText(this.name, person.name);
		setText(this.small, words(person));
		this.small.hidden = this.small.textContent === '';
		this.marks.replaceChildren(...marks(person));
		this.more.setAttribute('aria-label', person.you ? 'What you can do' : `What you can do with ${person.name}`);
	}

	remove() {
		this.#menu.close(false);
		this.element.remove();
	}
}

/**
 * Those who only watch are counted. @param {number} viewers @param {boolean} amOne oneself among them
 */
function drawViewers(viewers, amOne) {
	const others = Math.max(0, viewers - (amOne ? 1 : 0));
	byId('people-viewers').hidden = others === 0;
	setText(byId('people-viewers'), `+${others} viewer${others === 1 ? '' : 's'}`);
}

export class PeopleList {
	/** @type {Map<string, Row>} */
	#rows = new Map();
	#list = byId('people-list');
	#meeting;
	#media;
	#items;

	/**
	 * @param {Meeting} meeting
	 * @param {import('./media.js').LocalMedia} media
	 * @param {(id: string | null) => Item[]} items what can be done to this participant; null: to oneself
	 */
	constructor(meeting, media, items) {
		this.#meeting = meeting;
		this.#media = media;
		this.#items = items;
		this.#list.replaceChildren();
	}

	/** Draws the list: oneself, then raised hands in order, then the others by name. */
	draw() {
		const { speakers, viewers, you } = this.#meeting;
		const people = this.#people();
		drawViewers(viewers, people[0].watches);
		const keys = new Set(people.map(({ id }) => id));
		for (const [id, row] of this.#rows) if (!keys.has(id)) this.#drop(id, row);
		/** @type {Element | null} */
		let before = null;
		for (const person of people) {
			const row = this.#row(person);
			row.update(person, speakers.speaking.includes(person.you ? you?.participant ?? '' : person.id));
			/** @type {Element | null} */
			const expected = before ? before.nextElementSibling : this.#list.firstElementChild;
			if (row.element !== expected) this.#list.insertBefore(row.element, expected);
			before = row.element;
		}
	}

	/** @param {string} id @param {Row} row */
	#drop(id, row) {
		row.remove();
		this.#rows.delete(id);
	}

	/** @param {Person} person */
	#row(person) {
		let row = this.#rows.get(person.id);
		if (!row) this.#rows.set(person.id, row = new Row(person, () => this.#items(person.you ? null : person.id)));
		return row;
	}

	/** @returns {Person[]} */
	#people() {
		const { participants, hands, spotlight } = this.#meeting;
		const order = new Map(hands.map(({ participant }, n) => [participant, n]));
		/** @param {string} id */
		const place = (id) => order.get(id) ?? Infinity;
		const others = participants.map((p) => ({ id: p.participant, name: p.name, you: false, role: p.role, away: p.away,
			hand: order.has(p.participant), spotlit: spotlight.includes(p.participant), mic: isLive(p, 'microphone'),
			cam: isLive(p, 'camera'), screen: isLive(p, 'screen_share'), watches: false }));
		others.sort((a, b) => (place(a.id) === place(b.id) ? a.name.localeCompare(b.name) : place(a.id) - place(b.id)));
		return [this.#self(order, spotlight), ...others];
	}

	/**
	 * @param {Map<string, number>} hands
	 * @param {string[]} spotlight
	 * @returns {Person}
	 */
	#self(hands, spotlight) {
		const { you, name } = this.#meeting;
		const media = this.#media;
		const id = you?.participant ?? 'self';
		return { id, name, you: true, role: you?.role ?? '', away: false, hand: hands.has(id), spotlit: spotlight.includes(id),
			mic: media.isOn('microphone'), cam: media.isOn('camera'), screen: media.isSharing,
			watches: you !== null && you.can.publish.length === 0 };
	}
}
