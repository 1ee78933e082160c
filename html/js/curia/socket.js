/**
 * socket.js: one Janus session over the /janus WebSocket, which survives the loss of the socket.
 *
 * A dropped socket is opened again at once and then every 500 ms; the session is claimed with the number of the last
 * message seen, what was missed is replayed by the server, and requests without an answer are sent again with the same
 * transaction. Only when the server does not know the session any more does `lost` fire: then make a new one.
 *
 * Events: `state` ({state}), `lost` ({reason}).
 */
import { CuriaError } from './errors.js';
import { Sequence, Transactions } from './transactions.js';

/** @typedef {import('./transactions.js').Message} Message */
/** @typedef {'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed'} SocketState */

const DEFAULTS = Object.freeze({
	retry_ms: 500, /* between refused attempts; the first is made at once */
	connect_ms: 600, /* an attempt to come back gets this long, or thrice what the last connection took */
	connect_step_ms: 150, /* later ones get that much more each */
	connect_most_ms: 10000, /* at most, and what the very first connection gets */
	patient_after: 60, /* attempts, about half a minute: a server that is away for long is not stormed */
	patient_ms: 2000,
	timeout_ms: 10000, /* for an answer */
	ping_ms: 2000, /* after this much silence we ask for a sign of life */
	silence_ms: 5000, /* after this much silence the socket counts as dropped */
	first_attempts: 4, /* before the very first connection counts as failed */
});

/** A plugin handle. Its owner sets `onevent` for events that answer no request. */
export class Handle {
	/** @type {(message: Message) => void} */
	onevent = () => {};

	/**
	 * @param {JanusSocket} socket
	 * @param {number} id
	 */
	constructor(socket, id) {
		this.socket = socket;
		this.id = id;
	}

	/**
	 * Sends a Janus request to this handle.
	 * @param {Message} message
	 * @returns {Promise<Message>}
	 */
	request(message) {
		return this.socket.request({ ...message, handle_id: this.id });
	}

	/**
	 * Sends a plugin request; answers with the plugin's data and its jsep.
	 * @param {Message} body
	 * @param {RTCSessionDescriptionInit} [jsep]
	 * @returns {Promise<{data: any, jsep: RTCSessionDescriptionInit | undefined}>}
	 */
	async message(body, jsep) {
		const message = { janus: 'message', body, ...(jsep ? { jsep } : {}) };
		const answer = await this.request(message);
		return { data: answer.plugindata?.data ?? {}, jsep: answer.jsep };
	}
}

export class JanusSocket extends EventTarget {
	/** @type {SocketState} */
	state = 'idle';
	/** @type {number | null} */
	sessionId = null;
	/** @type {Map<number, Handle>} */
	handles = new Map();

	#options;
	#url;
	#token;
	#Socket;
	/** @type {() => Promise<string>} */
	#refresh;
	#transactions = new Transactions(`${Math.floor(Math.random() * 46656).toString(36)}-`);
	#sequence = new Sequence();
	/** @type {WebSocket | null} */
	#ws = null;
	/** @type {string | null} the transaction of a claim in flight */
	#claim = null;
	#attempts = 0;
	#opened = false;
	#renewing = false;
	#began_ms = 0;
	#took_ms = 0;
	#heard_ms = 0;
	#asked_ms = 0;
	/** @type {any} */
	#tick = null;
	/** @type {any} */
	#retry = null;
	/** @type {any} */
	#guard = null;
	/** @type {{resolve: () => void, reject: (error: Error) => void} | null} */
	#opening = null;

	/**
	 * @param {{url: string, token: string, WebSocket?: any, refresh?: () => Promise<string>,
	 *          options?: Partial<typeof DEFAULTS>}} setup `refresh` gets a new token when the server keeps refusing us
	 */
	constructor({ url, token, WebSocket: Socket = globalThis.WebSocket, refresh, options = {} }) {
		super();
		this.#url = url;
		this.#token = token;
		this.#Socket = Socket;
		this.#refresh = refresh ?? (async () => this.#token);
		this.#options = { ...DEFAULTS, ...options };
	}

	/** Connects for the first time. @returns {Promise<void>} */
	open() {
		this.#setState('connecting');
		this.#tick = setInterval(() => this.#onTick(), 500);
		return new Promise((resolve, reject) => {
			this.#opening = { resolve, reject };
			this.#connect();
		});
	}

	/** Makes the session. */
	async create() {
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
		this.#token = token;
	}

	/** Tries at once instead of at the next half second: for the browser's `online` event. */
	hurry() {
		if (this.state !== 'reconnecting') return;
		clearTimeout(this.#retry);
		if (!this.#ws) this.#connect();
	}

	/** Treats the socket as gone, as when the network changed under it. */
	drop() {
		if (this.#ws) this.#onGone(this.#ws);
	}

	/** Ends the session and closes the socket for good. */
	close() {
		if (this.state === 'closed') return;
		if (this.state === 'open' && this.sessionId !== null)
			this.#send({ janus: 'destroy', session_id: this.sessionId, transaction: this.#transactions.id() });
		this.#setState('closed');
		clearInterval(this.#tick);
		clearTimeout(this.#retry);
		clearTimeout(this.#guard);
		const ws = this.#ws;
		this.#ws = null;
		ws?.close(1000);
		this.#rejectAll(new CuriaError('session-lost', 'the socket was closed'));
	}

	#connect() {
		const url = new URL(this.#url);
		url.searchParams.set('access_token', this.#token);
		this.#attempts++;
		/** @type {WebSocket} */
		let ws;
		try {
			ws = new this.#Socket(url.href, 'janus-protocol');
		} catch (cause) {
			this.#fail(new CuriaError('offline', String(cause), { cause }));
			return;
		}
		this.#ws = ws;
		this.#began_ms = Date.now();
		this.#guard = setTimeout(() => this.#onGone(ws, true), this.#patience());
		ws.onopen = () => this.#onOpen(ws);
		ws.onmessage = (event) => this.#onMessage(ws, event.data);
		ws.onclose = () => this.#onGone(ws);
		ws.onerror = () => {};
	}

	/**
	 * How long this attempt may take. A SYN that was lost in a cut is repeated after 1, 3 and 7 s: starting over brings us
	 * back sooner after it. A slow line gets more time with each attempt.
	 */
	#patience() {
		const { connect_ms, connect_step_ms, connect_most_ms } = this.#options;
		if (!this.#opened) return connect_most_ms;
		const usual = Math.min(2500, Math.max(connect_ms, 3 * this.#took_ms));
		return Math.min(connect_most_ms, usual + (this.#attempts - 1) * connect_step_ms);
	}

	/** @param {WebSocket} ws */
	#onOpen(ws) {
		if (ws !== this.#ws) return;
		this.#heard_ms = Date.now();
		this.#took_ms = this.#heard_ms - this.#began_ms;
		if (this.sessionId === null) {
			this.#ready();
			return;
		}
		this.#claim = this.#transactions.id();
		ws.send(JSON.stringify({ janus: 'claim', session_id: this.sessionId, transaction: this.#claim,
			last_seq: this.#sequence.last }));
	}

	/** The socket is open and the session, if there was one, is ours: say again what has no answer. */
	#ready() {
		clearTimeout(this.#guard);
		this.#attempts = 0;
		this.#opened = true;
		this.#setState('open');
		for (const message of this.#transactions.unanswered()) this.#send(message);
		this.#opening?.resolve();
		this.#opening = null;
	}

	/**
	 * @param {WebSocket} ws
	 * @param {boolean} [late] it was given up, not refused: then there was pause enough
	 */
	#onGone(ws, late = false) {
		if (ws !== this.#ws) return;
		this.#ws = null;
		this.#claim = null;
		clearTimeout(this.#guard);
		ws.onopen = ws.onmessage = ws.onclose = null;
		try {
			ws.close();
		} catch { /* it is gone already */ }
		this.#transactions.suspend();
		if (this.state === 'closed') return;
		if (!this.#opened && this.#attempts >= this.#options.first_attempts) {
			this.#fail(new CuriaError('offline', 'the meeting socket could not be opened'));
			return;
		}
		if (this.#opened) this.#setState('reconnecting');
		const { retry_ms, patient_after, patient_ms } = this.#options;
		const wait_ms = this.#attempts > patient_after ? patient_ms : this.#attempts === 0 || late ? 0 : retry_ms;
		this.#retry = setTimeout(() => this.#again(), wait_ms);
	}

	/** One more attempt; now and then a new token is asked for beside it, in case ours is what is refused. */
	#again() {
		if (this.#opened && this.#attempts % 8 === 4) this.#renewToken();
		if (this.state !== 'closed' && !this.#ws) this.#connect();
	}

	async #renewToken() {
		if (this.#renewing) return;
		this.#renewing = true;
		try {
			this.#token = await this.#refresh();
		} catch (error) {
			const refused = error instanceof CuriaError && error.status >= 400 && error.status < 500 && error.status !== 429;
			if (refused && this.state === 'reconnecting') this.#fail(error);
		} finally {
			this.#renewing = false;
		}
	}

	/** @param {CuriaError} error */
	#fail(error) {
		this.#opening?.reject(error);
		const early = this.#opening !== null;
		this.#opening = null;
		this.close();
		if (!early) this.#emit('lost', { reason: error });
	}

	/**
	 * @param {WebSocket} ws
	 * @param {string} text
	 */
	#onMessage(ws, text) {
		if (ws !== this.#ws) return;
		this.#heard_ms = Date.now();
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
		if (message.janus === 'success') {
			this.#ready();
			return;
		}
		this.#lose(new CuriaError('session-lost', message.error?.reason));
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
		const handle = this.handles.get(message.sender);
		if (handle) handle.onevent(message);
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
		if (!this.#ws || this.#ws.readyState !== 1) return;
		this.#ws.send(JSON.stringify(message));
		this.#transactions.sent(message.transaction, Date.now());
	}

	#onTick() {
		const now = Date.now();
		for (const entry of this.#transactions.expired(now))
			entry.reject(new CuriaError('timeout', `${entry.message.janus} was not answered`));
		if (this.state !== 'open' || !this.#ws) return;
		/* Both clocks must agree, so that a laptop that slept first asks and only then gives up. */
		if (now - this.#heard_ms >= this.#options.silence_ms && this.#asked_ms > this.#heard_ms
			&& now - this.#asked_ms >= this.#options.silence_ms - this.#options.ping_ms) {
			this.#onGone(this.#ws);
		} else if (now - this.#heard_ms >= this.#options.ping_ms && this.#asked_ms <= this.#heard_ms) {
			this.#asked_ms = now;
			if (this.sessionId !== null)
				this.#send({ janus: 'keepalive', session_id: this.sessionId, transaction: this.#transactions.id() });
		}
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
