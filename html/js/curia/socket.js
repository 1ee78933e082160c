/**
 * socket.js: one Janus session over the /janus WebSocket, which survives the loss of the socket (wire.js opens it again).
 *
 * The session is claimed with the number of the last message seen, what was missed is replayed by the server, and requests
 * without an answer are sent again with the same transaction. Only when the server does not know the session any more does
 * `lost` fire: then make a new one.
 *
 * Events: `state` ({state}), `lost` ({reason}).
 */
import { CuriaError } from './errors.js';
import { Handle } from './handle.js';
import { Sequence, Transactions } from './transactions.js';
import { DEFAULTS as WIRE, Wire } from './wire.js';

/** @typedef {import('./transactions.js').Message} Message */
/** @typedef {'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed'} SocketState */

const DEFAULTS = Object.freeze({ ...WIRE, timeout_ms: 10000 /* for an answer */ });

export class JanusSocket extends EventTarget {
	/** @type {SocketState} */
	state = 'idle';
	/** @type {number | null} */
	sessionId = null;
	/** @type {Map<number, Handle>} */
	handles = new Map();

	#options;
	#wire;
	#transactions = new Transactions(`${Math.floor(Math.random() * 46656).toString(36)}-`);
	#sequence = new Sequence();
	/** @type {string | null} the transaction of a claim in flight */
	#claim = null;
	/** @type {any} */
	#tick = null;
	/** @type {{resolve: () => void, reject: (error: Error) => void} | null} */
	#opening = null;

	/**
	 * @param {{url: string, token: string, WebSocket?: any, refresh?: () => Promise<string>,
	 *          options?: Partial<typeof DEFAULTS>}} setup `refresh` gets a new token when the server keeps refusing us
	 */
	constructor({ url, token, WebSocket: Socket = globalThis.WebSocket, refresh, options = {} }) {
		super();
		this.#options = { ...DEFAULTS, ...options };
		this.#wire = new Wire({ url, token, WebSocket: Socket, refresh, options: this.#options }, {
			onopen: () => this.#onOpen(), onmessage: (text) => this.#onMessage(text), ongone: () => this.#onGone(),
			onfailed: (error) => this.#fail(error), onquiet: () => this.#keepAlive() });
	}

	/** Connects for the first time. @returns {Promise<void>} */
	open() {
		this.#setState('connecting');
		this.#tick = setInterval(() => this.#onTick(), 500);
		return new Promise((resolve, reject) => {
			this.#opening = { resolve, reject };
			this.#wire.open();
		});
	}

	/** Makes the session, in place of the one there was: the numbers of both would be taken for one row. */
	async create() {
		if (this.sessionId !== null) await this.request({ janus: 'destroy' }).catch(() => {});
		this.sessionId = null;
		this.handles.clear();
		this.#sequence = new Sequence();
		const answer = await this.request({ janus: 'create' });
		this.sessionId = answer.data.id;
		return this.sessionId;
	}

	/**
	 * @param {string} plugin
	 * @returns {Promise<Handle>}
	 */
	async attach(plugin) {
		const answer = await this.request({ janus: 'attach', plugin });
		const handle = new Handle(this, answer.data.id);
		this.handles.set(handle.id, handle);
		return handle;
	}

	/**
	 * Sends a request and answers with what came back. While the socket is away requests wait for it.
	 * @param {Message} message without transaction and session_id
	 * @returns {Promise<Message>}
	 */
	request(message) {
		if (this.state === 'closed') return Promise.reject(new CuriaError('session-lost', 'the socket is closed'));
		const session = this.sessionId === null ? {} : { session_id: this.sessionId };
		const noted = this.#transactions.add({ ...message, ...session }, this.#options.timeout_ms);
		if (this.state === 'open') this.#send(noted.message);
		return noted.answer;
	}

	/** @param {string} token used from the next connection on */
	setToken(token) {
		this.#wire.setToken(token);
	}

	/**
	 * Goes to another server, if it is another: the session stays behind, so make a new one. @param {string} url
	 * @returns {boolean} whether it is another
	 */
	redirect(url) {
		if (url === this.#wire.url || this.state === 'closed') return false;
		if (this.state === 'open' && this.sessionId !== null)
			this.#send({ janus: 'destroy', session_id: this.sessionId, transaction: this.#transactions.id() });
		this.sessionId = null;
		this.handles.clear();
		this.#sequence = new Sequence();
		this.#rejectAll(new CuriaError('session-lost', 'the meeting is on another server'));
		this.#wire.setUrl(url);
		this.drop();
		this.hurry();
		return true;
	}

	/** Tries at once instead of at the next half second: for the browser's `online` event. */
	hurry() {
		if (this.state === 'reconnecting') this.#wire.hurry();
	}

	/** Treats the socket as gone, as when the network changed under it. */
	drop() {
		this.#wire.drop();
	}

	/** Ends the session and closes the socket for good. */
	close() {
		if (this.state === 'closed') return;
		if (this.state === 'open' && this.sessionId !== null)
			this.#send({ janus: 'destroy', session_id: this.sessionId, transaction: this.#transactions.id() });
		this.#setState('closed');
		clearInterval(this.#tick);
		this.#wire.close();
		this.#rejectAll(new CuriaError('session-lost', 'the socket was closed'));
	}

	#onOpen() {
		if (this.sessionId === null) {
			this.#ready();
			return;
		}
		this.#claim = this.#transactions.id();
		this.#wire.send(JSON.stringify({ janus: 'claim', session_id: this.sessionId, transaction: this.#claim,
			last_seq: this.#sequence.last }));
	}

	/** The socket is open and the session, if there was one, is ours: say again what has no answer. */
	#ready() {
		this.#wire.ready();
		this.#setState('open');
		for (const message of this.#transactions.unanswered()) this.#send(message);
		this.#opening?.resolve();
		this.#opening = null;
	}

	#onGone() {
		this.#claim = null;
		this.#transactions.suspend();
		if (this.state !== 'closed' && this.#wire.hasBeenReady) this.#setState('reconnecting');
	}

	/** @param {CuriaError} error */
	#fail(error) {
		this.#opening?.reject(error);
		const early = this.#opening !== null;
		this.#opening = null;
		this.close();
		if (!early) this.#emit('lost', { reason: error });
	}

	/** @param {string} text */
	#onMessage(text) {
		/** @type {Message} */
		let message;
		try {
			message = JSON.parse(text);
		} catch {
			return;
		}
		if (this.#claim !== null && message.transaction === this.#claim) {
			this.#onClaimed(message);
			return;
		}
		if (!this.#sequence.accept(message.seq)) return;
		const entry = this.#transactions.settle(message);
		if (entry) this.#answer(entry, message);
		else this.#dispatch(message);
	}

	/** @param {Message} message */
	#onClaimed(message) {
		this.#claim = null;
		if (message.janus !== 'success') this.#lose(new CuriaError('session-lost', message.error?.reason));
		this.#ready();
	}

	/**
	 * @param {import('./transactions.js').Entry} entry
	 * @param {Message} message
	 */
	#answer(entry, message) {
		if (message.janus !== 'error') {
			entry.resolve(message);
			return;
		}
		const { code = 0, reason = '' } = message.error ?? {};
		const error = new CuriaError(code === 458 ? 'session-lost' : code === 403 ? 'unauthorized' : 'internal',
			`Janus ${code}: ${reason}`, { wire: code });
		entry.reject(error);
		if (code === 458 && this.sessionId !== null && message.session_id !== undefined) this.#lose(error);
	}

	/** @param {Message} message */
	#dispatch(message) {
		if (message.janus === 'timeout' && message.session_id === this.sessionId) {
			this.#lose(new CuriaError('session-lost', 'the server gave the session up'));
			return;
		}
		this.handles.get(message.sender)?.onevent(message);
	}

	/** @param {CuriaError} error the session is gone, the socket may be fine */
	#lose(error) {
		if (this.sessionId === null) return;
		this.sessionId = null;
		this.handles.clear();
		this.#sequence = new Sequence();
		this.#rejectAll(error);
		this.#emit('lost', { reason: error });
	}

	/** @param {Error} error */
	#rejectAll(error) {
		for (const entry of this.#transactions.clear()) entry.reject(error);
	}

	/** @param {Message} message */
	#send(message) {
		if (this.#wire.send(JSON.stringify(message))) this.#transactions.sent(message.transaction, Date.now());
	}

	#keepAlive() {
		if (this.sessionId !== null)
			this.#send({ janus: 'keepalive', session_id: this.sessionId, transaction: this.#transactions.id() });
	}

	#onTick() {
		const now = Date.now();
		for (const entry of this.#transactions.expired(now))
			entry.reject(new CuriaError('timeout', `${entry.message.janus} was not answered`));
		if (this.state === 'open') this.#wire.tick(now);
	}

	/** @param {SocketState} state */
	#setState(state) {
		if (this.state === state) return;
		this.state = state;
		this.#emit('state', { state });
	}

	/**
	 * @param {string} type
	 * @param {unknown} detail
	 */
	#emit(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}
}
