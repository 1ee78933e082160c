/**
 * gestures.js: raised hands and reactions: ours, by buttons and keys; the others', as marks, messages and a moment on the screen.
 */
import { byId, later, make } from './dom.js';
import { announce, listNames, say } from './say.js';

/** @typedef {import('../curia.js').Meeting} Meeting */

/** What can be sent, with its name. */
const EMOJI = Object.freeze({ '👍': 'Thumbs up', '👏': 'Applause', '❤️': 'Heart', '😂': 'Laughing', '😮': 'Surprised', '🎉': 'Celebrate',
	'🙏': 'Thank you', '👋': 'Wave' });
const STAY_MS = 3600;
const MOST = 24;

export class Gestures {
	#meeting;
	#ontrouble;
	/** @type {Map<string, Set<string>>} what came since it was last said: names by emoji */
	#unsaid = new Map();

	/**
	 * @param {Meeting} meeting
	 * @param {AbortSignal} signal
	 * @param {(error: unknown) => void} ontrouble
	 */
	constructor(meeting, signal, ontrouble) {
		this.#meeting = meeting;
		this.#ontrouble = ontrouble;
		/** @param {EventTarget} target @param {string} type @param {(event: any) => void} run */
		const on = (target, type, run) => target.addEventListener(type, run, { signal });
		const bar = byId('reactions-row');
		bar.replaceChildren(...Object.entries(EMOJI).map(([emoji, words]) => make('button', { class: 'emoji', type: 'button',
			'aria-label': words, title: words, 'data-testid': 'emoji', onclick: () => this.#react(emoji) }, emoji)));
		on(byId('react-button'), 'click', () => this.toggle());
		for (const id of ['hand', 'reactions-hand']) on(byId(id), 'click', () => this.toggleHand());
		on(byId('reactions'), 'keydown', (event) => this.#onKey(event));
		on(document, 'pointerdown', (event) => this.#onPointer(event));
		on(meeting, 'reactions', (event) => this.#onReactions(event.detail.reactions));
		on(meeting, 'hands', (event) => this.#onHands(event.detail.raised));
		byId('floaters').replaceChildren();
		this.toggle(false);
	}

	get isRaised() {
		const id = this.#meeting.you?.participant;
		return this.#meeting.hands.some(({ participant }) => participant === id);
	}

	draw() {
		const raised = this.isRaised;
		const mayRaise = this.#meeting.may('raise-hand');
		const mayReact = this.#meeting.may('react');
		for (const id of ['hand', 'reactions-hand']) {
			const button = byId(id);
			button.hidden = !mayRaise;
			button.dataset.active = String(raised);
			button.setAttribute('aria-pressed', String(raised));
			button.setAttribute('aria-label', 'Raise hand');
		}
		byId('hand').dataset.tip = `${raised ? 'Lower' : 'Raise'} hand (H)`;
		byId('reactions-hand-words').textContent = `${raised ? 'Lower' : 'Raise'} hand`;
		byId('reactions-row').hidden = !mayReact;
		byId('react-button').hidden = !mayReact;
		byId('react-button').dataset.tip = 'Reactions (R)';
	}

	/** @param {boolean} [open] */
	toggle(open = byId('reactions').hidden) {
		const bar = byId('reactions');
		if (bar.hidden === !open) return;
		const hadFocus = bar.contains(document.activeElement);
		bar.hidden = !open;
		byId('react-button').setAttribute('aria-expanded', String(open));
		byId('react-button').dataset.active = String(open);
		if (open) /** @type {HTMLElement} */ (bar.querySelector('button.emoji')).focus();
		else if (hadFocus) byId('react-button').focus();
	}

	/** @returns {boolean} whether it was open */
	close() {
		const open = !byId('reactions').hidden;
		this.toggle(false);
		return open;
	}

	async toggleHand() {
		if (!this.#meeting.may('raise-hand')) return;
		const raised = !this.isRaised;
		try {
			await this.#meeting.raiseHand(raised);
			announce(raised ? 'Your hand is raised.' : 'Your hand is down.');
		} catch (error) {
			this.#ontrouble(error);
		}
	}

	/** @param {string} emoji */
	#react(emoji) {
		this.#meeting.react(emoji).catch(this.#ontrouble);
	}

	/** Left and right move through the bar. @param {KeyboardEvent} event */
	#onKey(event) {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (event.key === 'Escape') this.toggle(false);
		else if (step) {
			const buttons = /** @type {HTMLElement[]} */ ([...byId('reactions').querySelectorAll('button')])
				.filter((button) => button.offsetParent !== null);
			const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
			buttons.at((at + step) % buttons.length)?.focus();
		} else return;
		event.preventDefault();
		event.stopPropagation();
	}

	/** @param {PointerEvent} event */
	#onPointer({ target }) {
		const inside = target instanceof Node && (byId('reactions').contains(target) || byId('react-button').contains(target));
		if (!inside) this.toggle(false);
	}

	/** @param {string} id */
	#name(id) {
		return id === this.#meeting.you?.participant ? 'You' : this.#meeting.participant(id)?.name ?? 'Somebody';
	}

	/** @param {import('../curia/types.js').Hand[]} raised */
	#onHands(raised) {
		const others = raised.filter(({ participant }) => participant !== this.#meeting.you?.participant);
		if (others.length === 0) return;
		const names = others.map(({ participant }) => this.#name(participant));
		say(`${listNames(names)} raised ${names.length === 1 ? 'a hand' : 'their hands'}`, 'hand');
	}

	/** @param {{participant: string, emoji: string}[]} reactions */
	#onReactions(reactions) {
		for (const { participant, emoji } of reactions) {
			if (!(emoji in EMOJI)) continue;
			const name = this.#name(participant);
			this.#float(emoji, name);
			if (name === 'You') continue;
			const names = this.#unsaid.get(emoji) ?? new Set();
			this.#unsaid.set(emoji, names.add(name));
		}
		this.#tell();
	}

	/** @param {string} emoji @param {string} name */
	#float(emoji, name) {
		const layer = byId('floaters');
		const floater = make('div', { class: 'floater', 'data-testid': 'floater' }, make('span', {}, emoji), make('small', {}, name));
		floater.style.setProperty('--at', String(Math.random()));
		layer.append(floater);
		while (layer.children.length > MOST) layer.firstElementChild?.remove();
		setTimeout(() => floater.remove(), STAY_MS);
	}

	/** For those who do not see them, a few at a time. */
	#tell = later(() => {
		const said = [...this.#unsaid].map(([emoji, names]) =>
			`${EMOJI[/** @type {keyof typeof EMOJI} */ (emoji)]} from ${listNames([...names])}.`);
		this.#unsaid.clear();
		if (said.length > 0) announce(said.slice(0, 3).join(' '));
	}, 2000);
}
