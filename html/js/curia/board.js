/**
 * board.js: what the server told us of the meeting: who is there, who is heard, what each slot carries. Deltas are applied
 * as they come; after a gap the whole state is asked for, once.
 */
import { applyRoster, emptyRoster, isChange, replaceRoster } from './roster.js';
import { applySlots, blankSlot, emptySlots, replaceSlots } from './slots.js';

/** @typedef {'publish' | 'view'} Side */

export class Board {
	roster = emptyRoster();
	/** @type {import('./types.js').Speakers} */
	speakers = { dominant: null, speaking: [] };

	#table = emptySlots();
	/** @type {Record<Side, boolean>} */
	#syncing = { publish: false, view: false };
	#emit;
	#sync;

	/**
	 * @param {{emit: (type: 'participants' | 'speakers' | 'slots', detail: any) => void,
	 *          sync: (side: Side) => Promise<any>}} effects `sync` answers with the state, or null when it cannot be had
	 */
	constructor({ emit, sync }) {
		this.#emit = emit;
		this.#sync = sync;
	}

	get isSubscribed() {
		return this.#table.rev >= 0;
	}

	/**
	 * @param {string} mid
	 * @param {'audio' | 'video'} kind
	 */
	slot(mid, kind) {
		return this.#table.slots.get(mid) ?? blankSlot(mid, kind);
	}

	/** The answer to `join`, and to `sync` on the publish handle. @param {any} data */
	joined(data) {
		this.#takeRoster(replaceRoster(this.roster, data));
		this.speakersNow(data.speakers);
	}

	/** @param {any} data */
	rosterDelta(data) {
		const result = applyRoster(this.roster, data);
		if (result.gap) this.#catchUp('publish');
		else this.#takeRoster(result);
	}

	/** @param {any} data */
	speakersNow(data) {
		this.speakers = { dominant: data?.dominant ?? null, speaking: data?.speaking ?? [] };
		this.#emit('speakers', this.speakers);
	}

	/** The answer to `subscribe`: the streams may be new, so every slot counts as changed. @param {any} data */
	subscribed(data) {
		const { table } = replaceSlots(emptySlots(), { rev: data.rev, slots: data.slots ?? [] });
		this.#takeSlots({ table, changed: [...table.slots.keys()] });
	}

	/** The slots went with their connection. */
	unsubscribed() {
		this.#table = emptySlots();
	}

	/** @param {any} data */
	slotsDelta(data) {
		const result = applySlots(this.#table, data);
		if (result.gap) this.#catchUp('view');
		else this.#takeSlots(result);
	}

	/** @param {Side} side */
	async #catchUp(side) {
		if (this.#syncing[side]) return;
		this.#syncing[side] = true;
		const data = await this.#sync(side);
		this.#syncing[side] = false;
		if (!data) return;
		if (side === 'publish') this.joined(data);
		else this.#takeSlots(replaceSlots(this.#table, data));
	}

	/** @param {{roster: import('./roster.js').Roster, change: import('./roster.js').Change}} result */
	#takeRoster({ roster, change }) {
		this.roster = roster;
		if (!isChange(change)) return;
		const participants = [...roster.participants.values()];
		this.#emit('participants', { ...change, participants, viewers: roster.viewers });
	}

	/** @param {{table: import('./slots.js').SlotTable, changed: string[]}} result */
	#takeSlots({ table, changed }) {
		this.#table = table;
		if (changed.length > 0) this.#emit('slots', { changed });
	}
}
