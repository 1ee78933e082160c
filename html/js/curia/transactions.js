/**
 * transactions.js: the book-keeping of the /janus socket, without a socket and without a clock: which requests still
 * wait for their answer, what has to be sent again after a drop, and which messages were seen already.
 */

/**
 * @typedef {Record<string, any>} Message a Janus message
 * @typedef {{message: Message, resolve: (answer: Message) => void, reject: (error: Error) => void,
 *            sent_ms: number | null, timeout_ms: number}} Entry
 */

/** Requests in flight, in the order they were made. */
export class Transactions {
	/** @type {Map<string, Entry>} */
	#entries = new Map();
	#next = 1;
	#prefix;

	/** @param {string} prefix makes the ids of two tabs differ in a server's log */
	constructor(prefix = 't') {
		this.#prefix = prefix;
	}

	get size() {
		return this.#entries.size;
	}

	/** @returns {string} a transaction id that was never used */
	id() {
		return `${this.#prefix}${this.#next++}`;
	}

	/**
	 * Notes a request; its `transaction` is filled in.
	 * @param {Message} message
	 * @param {number} timeout_ms counted only while a socket is open
	 * @returns {{message: Message, answer: Promise<Message>}}
	 */
	add(message, timeout_ms) {
		const full = { ...message, transaction: this.id() };
		const answer = new Promise((resolve, reject) => {
			this.#entries.set(full.transaction, { message: full, resolve, reject, sent_ms: null, timeout_ms });
		});
		return { message: full, answer };
	}

	/**
	 * The request went out.
	 * @param {string} transaction
	 * @param {number} now_ms
	 */
	sent(transaction, now_ms) {
		const entry = this.#entries.get(transaction);
		if (entry) entry.sent_ms = now_ms;
	}

	/** The socket went: clocks stop until the requests are sent again. */
	suspend() {
		for (const entry of this.#entries.values()) entry.sent_ms = null;
	}

	/** @returns {Message[]} what has no answer yet, oldest first: to be sent again with the same transaction */
	unanswered() {
		return [...this.#entries.values()].map((entry) => entry.message);
	}

	/**
	 * Takes the request that this message answers for good; an "ack" to a `message` only says that the event comes.
	 * @param {Message} message
	 * @returns {Entry | null}
	 */
	settle(message) {
		const entry = typeof message.transaction === 'string' ? this.#entries.get(message.transaction) : undefined;
		if (!entry || (message.janus === 'ack' && entry.message.janus === 'message')) return null;
		this.#entries.delete(message.transaction);
		return entry;
	}

	/**
	 * Takes the requests that waited too long.
	 * @param {number} now_ms
	 * @returns {Entry[]}
	 */
	expired(now_ms) {
		return this.#take((entry) => entry.sent_ms !== null && now_ms - entry.sent_ms >= entry.timeout_ms);
	}

	/** Takes all of them. @returns {Entry[]} */
	clear() {
		return this.#take(() => true);
	}

	/** @param {(entry: Entry) => boolean} which */
	#take(which) {
		const taken = [];
		for (const [id, entry] of this.#entries) {
			if (!which(entry)) continue;
			this.#entries.delete(id);
			taken.push(entry);
		}
		return taken;
	}
}

/** The numbers of a session's messages: what was seen, so that a replay after `claim` is not heard twice. */
export class Sequence {
	last = 0;

	/**
	 * Whether a message is new. The answer to `claim` must not be shown here: it comes before the replay, with a
	 * number after it.
	 * @param {number | undefined} seq
	 * @returns {boolean}
	 */
	accept(seq) {
		if (typeof seq !== 'number') return true;
		if (seq <= this.last) return false;
		this.last = seq;
		return true;
	}
}
