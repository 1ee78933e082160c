/**
 * running.js: running the meeting: what one does to others, what is done to oneself, and what has to be asked first.
 */
import { byId, setText } from './dom.js';
import { deedsFor } from './person-menu.js';
import { say } from './say.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('./menu.js').Item} Item */
/** @typedef {import('./media.js').LocalMedia} LocalMedia */

/** What is said when it is done. */
const DONE = Object.freeze({ ask_unmute: 'was asked to unmute' });
const TURNED_OFF = Object.freeze({ microphone: 'You were muted', camera: 'Your video was stopped',
	screen_share: 'Your screen share was stopped' });
const ASKED = Object.freeze({ microphone: ['Turn your microphone on?', 'Unmute'], camera: ['Turn your camera on?', 'Turn it on'] });

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (byId(id));

export class Running {
	#meeting;
	#media;
	#ontrouble;
	/** @type {string | null} whom the dialog is about */
	#removing = null;
	/** @type {keyof typeof ASKED} */
	#asked = 'microphone';
	#wasLocked = /** @type {boolean | null} */ (null);
	#wasRole = '';

	/**
	 * @param {Meeting} meeting
	 * @param {LocalMedia} media
	 * @param {AbortSignal} signal
	 * @param {(error: unknown) => void} ontrouble
	 */
	constructor(meeting, media, signal, ontrouble) {
		this.#meeting = meeting;
		this.#media = media;
		this.#ontrouble = ontrouble;
		/** @param {EventTarget} target @param {string} type @param {(event: any) => void} run */
		const on = (target, type, run) => target.addEventListener(type, run, { signal });
		on(byId('remove-form'), 'submit', (event) => this.#onRemove(event));
		on(byId('rename-form'), 'submit', (event) => this.#onRename(event));
		on(byId('asked-yes'), 'click', () => this.#onConsent());
		on(meeting, 'asked', (event) => this.#onAsked(event.detail));
		on(meeting, 'muted', (event) => this.#onMuted(event.detail));
		on(meeting, 'spotlight', (event) => this.#onSpotlight(event.detail.participants));
		on(meeting, 'settings', () => this.#onSettings());
	}

	close() {
		for (const id of ['remove-dialog', 'rename-dialog', 'asked-dialog']) dialog(id).close();
	}

	/** What can be done to this participant; null: to oneself. @param {string | null} id @returns {Item[]} */
	itemsFor(id) {
		const meeting = this.#meeting;
		if (id === null)
			return meeting.may('rename') ? [{ id: 'rename', words: 'Change your name…', icon: 'user', run: () => this.#askRename() }] : [];
		const person = meeting.participant(id);
		if (!person) return [];
		return deedsFor(person, meeting).map(({ action, what, ...item }) => ({ ...item,
			run: () => (action ? this.#do(action, what, person.name) : this.#askRemove(person)) }));
	}

	/** What can be done to all. @returns {Item[]} */
	itemsForAll() {
		const { settings, hands, spotlight } = this.#meeting;
		const locked = settings.locked === true;
		/** @param {string} right @param {boolean} apt @param {Omit<Item, 'run'>} item @param {string} action @param {Record<string, any>} what */
		const when = (right, apt, item, action, what) =>
			(this.#meeting.may(right) && apt ? [{ ...item, run: () => this.#do(action, what) }] : []);
		return [
			...when('lock', true, { id: 'lock', words: locked ? 'Unlock the meeting' : 'Lock the meeting', icon: locked ? 'unlock' : 'lock' },
				'lock', { locked: !locked }),
			...when('mute-others', true, { id: 'mute-all', words: 'Mute everyone', icon: 'mic-off' }, 'mute', { all: true, source: 'microphone' }),
			...when('lower-hands', hands.length > 0, { id: 'lower-hands', words: 'Lower all hands', icon: 'hand' }, 'lower_hand', { all: true }),
			...when('spotlight', spotlight.length > 0, { id: 'unspotlight', words: 'End spotlight', icon: 'spot' }, 'spotlight',
				{ participants: [] }),
		];
	}

	/** Ends it for everybody. */
	async end() {
		await this.#do('end', {});
	}

	/**
	 * @param {string} action
	 * @param {Record<string, any>} [what]
	 * @param {string} [name]
	 */
	async #do(action, what, name) {
		try {
			await this.#meeting.moderate(action, what);
			const words = DONE[/** @type {keyof typeof DONE} */ (action)];
			if (words && name) say(`${name} ${words}`, 'check');
		} catch (error) {
			this.#ontrouble(error);
		}
	}

	/* ---- asked first ---- */

	/** @param {import('../curia/types.js').Participant} person */
	#askRemove(person) {
		this.#removing = person.participant;
		setText(byId('remove-title'), `Remove ${person.name}?`);
		/** @type {HTMLInputElement} */ (byId('remove-ban')).checked = true;
		dialog('remove-dialog').showModal();
	}

	/** @param {Event} event */
	#onRemove(event) {
		event.preventDefault();
		dialog('remove-dialog').close();
		const { checked } = /** @type {HTMLInputElement} */ (byId('remove-ban'));
		this.#do('remove', { participant: this.#removing, ban: checked });
	}

	#askRename() {
		const input = /** @type {HTMLInputElement} */ (byId('rename-name'));
		input.value = this.#meeting.name;
		dialog('rename-dialog').showModal();
		input.select();
	}

	/** @param {Event} event */
	#onRename(event) {
		event.preventDefault();
		const name = /** @type {HTMLInputElement} */ (byId('rename-name')).value.trim().replace(/\s+/g, ' ');
		dialog('rename-dialog').close();
		if (name !== '' && name !== this.#meeting.name) this.#meeting.rename(name).catch(this.#ontrouble);
	}

	/* ---- done to us ---- */

	/** Somebody asks; only the person decides. @param {{source: string, by: string | null}} detail */
	#onAsked({ source, by }) {
		const device = source === 'camera' ? 'camera' : 'microphone';
		if (this.#media.isOn(device)) return;
		this.#asked = device;
		const [title, yes] = ASKED[device];
		const name = by ? this.#meeting.participant(by)?.name : null;
		setText(byId('asked-title'), title);
		setText(byId('asked-words'), `${name ?? 'Whoever runs the meeting'} asks you to. It stays off until you say so.`);
		setText(byId('asked-yes'), yes);
		if (!dialog('asked-dialog').open) dialog('asked-dialog').showModal();
		byId('asked-no').focus();
	}

	#onConsent() {
		dialog('asked-dialog').close();
		if (!this.#media.isOn(this.#asked)) this.#media.toggle(this.#asked);
	}

	/** @param {{source: string, by: string | null, refused: boolean}} detail */
	#onMuted({ source, by, refused }) {
		const words = TURNED_OFF[/** @type {keyof typeof TURNED_OFF} */ (source)];
		const name = by ? this.#meeting.participant(by)?.name : null;
		if (!words || refused || by === this.#meeting.you?.participant) return;
		say(name ? `${words} by ${name}` : words, source === 'microphone' ? 'mic-off' : 'cam-off');
	}

	/** @param {string[]} participants */
	#onSpotlight(participants) {
		if (participants.includes(this.#meeting.you?.participant ?? '')) say('Everybody sees you large now', 'spot');
	}

	/** Says what changed of what matters to people. */
	#onSettings() {
		const { settings, you } = this.#meeting;
		const locked = settings.locked === true;
		if (this.#wasLocked !== null && locked !== this.#wasLocked)
			say(locked ? 'The meeting is locked: nobody new comes in' : 'The meeting is open again', locked ? 'lock' : 'unlock');
		this.#wasLocked = locked;
		const role = you?.role ?? '';
		if (this.#wasRole !== '' && role !== this.#wasRole) say(`You are ${article(role)} now`, 'star');
		this.#wasRole = role;
	}
}

/** @param {string} role */
const article = (role) => (role === 'owner' ? 'the owner' : `a ${role}`);
