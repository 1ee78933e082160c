/**
 * reporter.js: tells the server every few seconds what only the browser knows: freezes, and how what it sends arrives.
 */
import { reportFigures } from './quality.js';

const EVERY_MS = 10_000;

export class Reporter {
	/** @type {{publish?: any, view?: any}} */
	#before = {};
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#timer;
	#meeting;
	#send;

	/**
	 * @param {import('./meeting.js').Meeting} meeting
	 * @param {(figures: Record<string, number>) => void} send
	 */
	constructor(meeting, send) {
		this.#meeting = meeting;
		this.#send = send;
	}

	/** Does nothing when it runs already. */
	start() {
		this.#timer ??= setInterval(() => this.#report(), EVERY_MS);
	}

	stop() {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	async #report() {
		const now = /** @type {any} */ (await this.#meeting.stats().catch(() => ({})));
		if (this.#timer === undefined) return;
		this.#send(reportFigures(now, this.#before));
		this.#before = now;
	}
}
