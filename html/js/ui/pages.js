/**
 * pages.js: who is on which page when there are more people than tiles. The first page is for whoever matters now; it is
 * the server that fills it. Who leafs on finds the others in the order they came, and nothing moves under their eyes.
 */
export class Pages {
	/** Counted from 0. */
	page = 0;

	/** @type {string[]} who was on the first page when it was left */
	#front = [];
	#returned_ms = -Infinity;

	/**
	 * @param {string[]} ranked most important first, for the first page
	 * @param {string[]} inOrder the same in the order they came
	 * @returns {string[]} page after page
	 */
	order(ranked, inOrder) {
		if (this.page === 0) return ranked;
		const here = new Set(ranked);
		const front = this.#front.filter((key) => here.has(key));
		const fronted = new Set(front);
		return [...front, ...inOrder.filter((key) => here.has(key) && !fronted.has(key))];
	}

	/**
	 * @param {number} step 1 or -1
	 * @param {number} pages how many there are
	 * @param {string[]} shown who is seen now
	 * @param {number} now_ms
	 * @returns {boolean} whether that was possible
	 */
	turn(step, pages, shown, now_ms) {
		const page = this.page + step;
		if (page < 0 || page >= pages) return false;
		if (this.page === 0) this.#front = shown;
		if (page === 0) this.#returned_ms = now_ms;
		this.page = page;
		return true;
	}

	/**
	 * Whom to ask for by name: everybody on a further page, and for a moment who was on the first page before; null: the
	 * server may choose.
	 * @param {string[]} shown
	 * @param {number} now_ms
	 * @returns {string[] | null}
	 */
	named(shown, now_ms) {
		if (this.page > 0) return shown;
		return now_ms - this.#returned_ms < RETURN_MS ? this.#front : null;
	}

	/** Who is back on the first page sees those who were on it before. @param {string} key @param {number} now_ms */
	isBack(key, now_ms) {
		return this.page === 0 && now_ms - this.#returned_ms < RETURN_MS && this.#front.includes(key);
	}
}

/** Long enough for the server to put them into the slots: there they stay. */
export const RETURN_MS = 1500;
