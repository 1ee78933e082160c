/**
 * wishes.js: what we ask of the server for each video slot: what is seen, at the height it is seen at, and nothing else.
 */
import { later } from './dom.js';

/** @typedef {import('../curia/types.js').Wish} Wish */
/** @typedef {import('./scene.js').Place} Place */

const SETTLE_MS = 200;
const USUAL_HEIGHT = 180;
/* Beyond twice the pixels nobody sees the difference, but phones with three times as many would ask for far too much. */
const MOST_RATIO = 2;

/** Heights in few steps, so that a dragged window does not ask for something new at every pixel. @param {number} h */
export function stepHeight(h) {
	return [90, 180, 270, 360, 540, 720, 1080].find((step) => h <= step * 1.1) ?? 1440;
}

/** @param {number} h in CSS pixels @param {number} ratio */
const wishHeight = (h, ratio) => stepHeight(h * Math.min(MOST_RATIO, Math.max(1, ratio)));

/** @param {string} key */
function target(key) {
	const [participant, source] = key.split('/');
	return { participant, source: /** @type {import('../curia/types.js').Source} */ (source) };
}

/**
 * The server fills the slots: as many as the scene has room for, each at the height of its tile. Slots that carry what is
 * seen are kept, so that nothing moves without need.
 * @param {{key: string | null}[]} slots what each carries now
 * @param {Map<string, Place>} places
 * @param {number} room
 * @param {number} [ratio] device pixels in a CSS pixel
 * @returns {Wish[]}
 */
export function makeWishes(slots, places, room, ratio = 1) {
	const worth = slots.map(({ key }, slot) => ({ slot, worth: key !== null && places.has(key) ? 2 : key !== null ? 1 : 0 }));
	const kept = new Set(worth.sort((a, b) => b.worth - a.worth || a.slot - b.slot).slice(0, room).map((w) => w.slot));
	const heights = [...places.values()].filter(({ place }) => place !== 'pip').map(({ h }) => h);
	const usual = heights.length > 0 ? Math.min(...heights) : USUAL_HEIGHT;
	return slots.map(({ key }, slot) => {
		if (!kept.has(slot)) return { slot, want: 'none' };
		return { slot, want: 'auto', height: wishHeight((key !== null && places.get(key)?.h) || usual, ratio) };
	});
}

/**
 * These and nobody else, each where it is already if it is in a slot.
 * @param {{key: string | null}[]} slots
 * @param {Map<string, Place>} places
 * @param {string[]} keys
 * @param {number} [ratio]
 * @returns {Wish[]}
 */
export function nameWishes(slots, places, keys, ratio = 1) {
	const carried = new Set(slots.map(({ key }) => key));
	const wanted = new Set(keys);
	const missing = keys.filter((key) => !carried.has(key));
	return slots.map(({ key }, slot) => {
		const named = key !== null && wanted.delete(key) ? key : missing.shift();
		if (named === undefined) return { slot, want: 'none' };
		return { slot, want: target(named), height: wishHeight(places.get(named)?.h ?? USUAL_HEIGHT, ratio) };
	});
}

/** Sends wishes when they differ, and not while the window is still being dragged. */
export class Wisher {
	#meeting;
	#last = '';
	/** @type {{wishes: Wish[], pinned: string[]} | null} */
	#pending = null;

	/** @param {import('../curia.js').Meeting} meeting */
	constructor(meeting) {
		this.#meeting = meeting;
	}

	/**
	 * @param {Wish[]} wishes
	 * @param {string[]} pinned
	 */
	wish(wishes, pinned) {
		const text = JSON.stringify([wishes, pinned]);
		if (text === this.#last) return;
		this.#last = text;
		this.#pending = { wishes, pinned };
		this.#send();
	}

	close() {
		this.#pending = null;
	}

	#send = later(() => {
		if (this.#pending) this.#meeting.wish(this.#pending.wishes, this.#pending.pinned);
	}, SETTLE_MS);
}
