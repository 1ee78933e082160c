/**
 * floor.js: who has the floor: what we may do here, the meeting's rules, raised hands, the spotlight, who waits outside. The
 * server says all of it; nothing here decides.
 *
 * @typedef {import('./types.js').Participant} Participant
 * @typedef {import('./types.js').You} You
 */

/** In rank order, as the server has them. */
export const ROLES = Object.freeze(['viewer', 'participant', 'moderator', 'host', 'owner']);

const HOST = ROLES.indexOf('host');

/**
 * Whether somebody of this role may do something to somebody of that one: to lower ones; hosts also to their own.
 * @param {string} actor
 * @param {string} target
 */
export function outranks(actor, target) {
	const mine = ROLES.indexOf(actor);
	const theirs = ROLES.indexOf(target);
	return mine > theirs || (mine === theirs && mine >= HOST);
}

/** Whether this role never waits. @param {string | undefined} role */
export const presides = (role) => ROLES.indexOf(role ?? '') >= ROLES.indexOf('moderator');

const NOBODY = Object.freeze({ list: [], more: 0 });

export class Floor {
	/** @type {You | null} */
	you = null;
	/** The meeting's rules. @type {import('./types.js').Rules} */
	settings = {};
	/** @type {import('./types.js').Hand[]} in the order they were raised */
	hands = [];
	/** @type {string[]} participants that everybody is shown */
	spotlight = [];
	/** Who waits to be let in; told to moderators only. @type {{list: import('./types.js').Waiting[], more: number}} */
	waiting = NOBODY;

	#emit;

	/** @param {(type: 'settings' | 'hands' | 'spotlight' | 'waiting' | 'reactions' | 'asked', detail: any) => void} emit */
	constructor(emit) {
		this.#emit = emit;
	}

	/** @param {string} action as in the list of actions that the server gives */
	may(action) {
		return this.you?.can.actions?.includes(action) ?? false;
	}

	/** @param {Participant} person whether we may do something to this one, apart from what it is */
	mayTouch(person) {
		return this.you !== null && outranks(this.you.role, person.role);
	}

	/** The answer to `join`, and to `sync`. @param {any} data */
	joined(data) {
		if (data.you) this.you = data.you;
		this.#settings(data);
		this.#hands(data.hands);
		this.#spotlight(data.spotlight);
		this.#waiting(data);
	}

	/** @param {string} name ours, as the server took it */
	renamed(name) {
		if (this.you) this.you = { ...this.you, name };
		this.#emit('settings', { settings: this.settings, you: this.you });
	}

	/** @param {any} data an event of the publish handle @returns {boolean} whether it was for us */
	take(data) {
		const take = this.#events.get(data?.room);
		take?.(data);
		return take !== undefined;
	}

	/** @type {Map<string, (data: any) => void>} */
	#events = new Map([
		['settings', (data) => this.#settings(data)],
		['hands', (data) => this.#hands(data.hands)],
		['spotlight', (data) => this.#spotlight(data.participants)],
		['waiting', (data) => this.#waiting(data)],
		['reactions', (data) => this.#emit('reactions', { reactions: data.reactions ?? [] })],
		['asked', ({ action, source = 'microphone', by = null }) => this.#emit('asked', { action, source, by })],
	]);

	/** What we may do and what we are change together with the rules, or alone. @param {any} data */
	#settings({ settings, can, role }) {
		if (this.you && (can || role)) this.you = { ...this.you, ...(can ? { can } : {}), ...(role ? { role } : {}) };
		if (settings) this.settings = settings;
		if (settings || can || role) this.#emit('settings', { settings: this.settings, you: this.you });
		if (!this.may('admit')) this.#waiting({ waiting: [] });
	}

	/** @param {import('./types.js').Hand[] | undefined} hands */
	#hands(hands) {
		if (!Array.isArray(hands) || JSON.stringify(hands) === JSON.stringify(this.hands)) return;
		const before = new Set(this.hands.map((hand) => hand.participant));
		this.hands = hands;
		this.#emit('hands', { hands, raised: hands.filter((hand) => !before.has(hand.participant)) });
	}

	/** @param {string[] | undefined} participants */
	#spotlight(participants) {
		if (!Array.isArray(participants) || participants.join() === this.spotlight.join()) return;
		this.spotlight = participants;
		this.#emit('spotlight', { participants });
	}

	/** @param {{waiting?: import('./types.js').Waiting[], more?: number}} data */
	#waiting({ waiting: list, more = 0 }) {
		if (!Array.isArray(list)) return;
		const before = new Set(this.waiting.list.map(({ id }) => id));
		if (list.length === 0 && before.size === 0) return;
		this.waiting = { list, more };
		this.#emit('waiting', { waiting: list, more, came: list.filter(({ id }) => !before.has(id)) });
	}
}
