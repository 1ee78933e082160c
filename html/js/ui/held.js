/**
 * held.js: says, once and in one breath, that videos are paused because the connection is slow.
 */
import { later } from './dom.js';
import { announce, listNames } from './say.js';

const AGAIN_MS = 60000;

export class Held {
	/** @type {Map<string, number>} when each was spoken of last */
	#said_ms = new Map();
	/** @type {Map<string, string>} names by key, still to be told */
	#news = new Map();

	/**
	 * @param {string} key of a tile
	 * @param {boolean} held
	 * @param {string} name
	 */
	note(key, held, name) {
		if (!held) {
			this.#news.delete(key);
			return;
		}
		if (Date.now() - (this.#said_ms.get(key) ?? -Infinity) < AGAIN_MS) return;
		this.#said_ms.set(key, Date.now());
		this.#news.set(key, name);
		this.#tell();
	}

	#tell = later(() => {
		if (this.#news.size > 0) announce(`Video of ${listNames([...this.#news.values()])} paused: slow connection.`);
		this.#news.clear();
	}, 1000);
}
