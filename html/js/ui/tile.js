/**
 * tile.js: one picture on the stage: a participant's camera, somebody's screen, or oneself.
 */
import { icon, make, setIcon, setText } from './dom.js';
import { signalBars } from './signal.js';

/**
 * The first letters of up to two words.
 * @param {string} name
 */
export function initials(name) {
	const words = name.trim().split(/\s+/).filter(Boolean);
	const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
	return picked.map((word) => [...word][0]?.toUpperCase() ?? '').join('') || '?';
}

/**
 * A hue of one's own, the same on every screen.
 * @param {string} id
 */
export function hue(id) {
	let hash = 7;
	for (const char of id) hash = (hash * 31 + /** @type {number} */ (char.codePointAt(0))) % 65536;
	return Math.round(hash * 137.508) % 360; /* the golden angle keeps neighbours apart */
}

/**
 * @param {string} name
 * @param {string} id
 */
export function avatar(name, id) {
	const element = make('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(name));
	element.style.setProperty('--hue', String(hue(id)));
	return element;
}

/**
 * @typedef {{name: string, self: boolean, micOff: boolean, speaking: boolean, away: boolean, stalled: boolean,
 *            held: boolean, pinned: boolean, hand: boolean, stream: MediaStream | null, mirror: boolean}} TileState
 *     `held`: not sent to us, for want of bandwidth
 */

const RATES = { good: '', fair: 'connection fair', poor: 'connection poor' };

export class Tile {
	#stream = /** @type {MediaStream | null} */ (null);
	#label = '';
	/** @type {import('../curia/quality.js').Rate} */
	#rate = 'good';
	/** @type {TileState | null} */
	#state = null;

	/**
	 * @param {string} key
	 * @param {{participant: string, source: 'camera' | 'screen_share', onpin: (() => void) | null,
	 *          onframe?: () => void}} what
	 */
	constructor(key, { participant, source, onpin, onframe }) {
		this.key = key;
		this.participant = participant;
		this.source = source;
		this.onframe = onframe;
		this.video = /** @type {HTMLVideoElement} */ (make('video', { playsinline: true, 'aria-hidden': 'true' }));
		this.video.muted = true;
		this.video.autoplay = true;
		this.video.disablePictureInPicture = source === 'camera';
		this.avatar = source === 'camera' ? avatar('', participant) : null;
		this.nameText = make('span');
		this.micIcon = icon('mic-off');
		this.hand = make('span', { class: 'tile-hand', hidden: true }, icon('hand'));
		const bars = make('i', { class: 'bars', 'aria-hidden': 'true' }, make('i'), make('i'), make('i'));
		this.signal = signalBars();
		this.name = make('div', { class: 'tile-name' }, this.hand, this.micIcon, bars, this.nameText, this.signal);
		this.note = make('div', { class: 'tile-note', hidden: true });
		this.pin = onpin ? make('button', { class: 'icon-button tile-pin', type: 'button', onclick: onpin }, icon('pin')) : null;
		this.element = make('div', { class: 'tile new', role: 'group', 'data-testid': 'tile',
			'data-participant': participant, 'data-source': source },
		this.avatar, this.video, this.note, this.name, this.pin);
		this.element.style.setProperty('--hue', String(hue(participant)));
		if (onpin) this.element.addEventListener('dblclick', onpin);
		this.video.addEventListener('playing', () => this.#awaitFrame());
	}

	/** @param {import('./scene.js').Place} place */
	put(place) {
		const { style, dataset } = this.element;
		style.setProperty('--x', `${place.x}px`);
		style.setProperty('--y', `${place.y}px`);
		style.setProperty('--w', `${place.w}px`);
		style.setProperty('--h', `${place.h}px`);
		dataset.place = place.place;
		if (this.element.classList.contains('new'))
			requestAnimationFrame(() => requestAnimationFrame(() => this.element.classList.remove('new')));
	}

	/** @param {TileState} state */
	update(state) {
		this.#state = state;
		const { dataset } = this.element;
		const screen = this.source === 'screen_share';
		const name = state.self ? 'You' : state.name;
		setText(this.nameText, screen ? `${state.name}’s screen` : name);
		if (this.avatar) setText(this.avatar, initials(state.name));
		this.micIcon.toggleAttribute('hidden', screen || !state.micOff);
		this.hand.hidden = screen || !state.hand;
		dataset.speaking = String(state.speaking && !screen);
		dataset.away = String(state.away);
		dataset.stalled = String(state.stalled);
		dataset.mirror = String(state.mirror);
		dataset.pinned = String(state.pinned);
		dataset.held = String(state.held);
		this.#note(state.away ? 'Connection lost' : state.held ? 'Video paused: slow connection' : state.stalled ? 'No picture' : '');
		this.#describe(state);
		this.#play(state.stream);
	}

	/** How well it arrives. @param {import('../curia/quality.js').Rate} rate */
	rate(rate) {
		if (rate === this.#rate) return;
		this.#rate = rate;
		this.signal.dataset.rate = rate;
		if (this.#state) this.#describe(this.#state);
	}

	remove() {
		this.video.srcObject = null;
		this.element.remove();
	}

	/** @param {string} words */
	#note(words) {
		setText(this.note, words);
		this.note.hidden = words === '';
	}

	/** @param {TileState} state */
	#describe(state) {
		const screen = this.source === 'screen_share';
		const name = screen ? `${state.name}’s screen` : state.self ? 'You' : state.name;
		const parts = [name, state.hand && !screen ? 'hand raised' : '', state.micOff && !screen ? 'microphone off' : '',
			state.held ? 'video paused: slow connection' : state.stream || screen ? '' : 'camera off',
			state.away ? 'connection lost' : RATES[this.#rate]];
		const label = parts.filter(Boolean).join(', ');
		if (label !== this.#label) this.element.setAttribute('aria-label', label);
		this.#label = label;
		if (!this.pin) return;
		this.pin.setAttribute('aria-label', `${state.pinned ? 'Unpin' : 'Pin'} ${name}`);
		this.pin.setAttribute('aria-pressed', String(state.pinned));
		setIcon(this.pin, state.pinned ? 'unpin' : 'pin');
	}

	/** @param {MediaStream | null} stream */
	#play(stream) {
		if (stream === this.#stream) return;
		this.#stream = stream;
		this.element.dataset.video = 'false';
		this.video.srcObject = stream;
		if (stream) this.video.play().catch(() => {});
	}

	/** The picture is shown from its first frame on, not before. */
	#awaitFrame() {
		const stream = this.#stream;
		const show = () => {
			if (stream === null || stream !== this.#stream) return;
			this.element.dataset.video = 'true';
			this.onframe?.();
		};
		if ('requestVideoFrameCallback' in this.video) this.video.requestVideoFrameCallback(show);
		else show();
	}
}
