/**
 * wire.js: one WebSocket that is kept: opened, watched for silence, and opened again when it drops. It knows nothing of
 * what goes over it; its owner says `ready` when a new connection may be used.
 *
 * A dropped socket is opened again at once and then every 500 ms, later less often. An attempt that takes far longer than
 * the last connection took is given up for a new one.
 */
import { CuriaError } from './errors.js';

export const DEFAULTS = Object.freeze({
	retry_ms: 500, /* between refused attempts; the first is made at once */
	connect_ms: 600, /* an attempt to come back gets this long, or thrice what the last connection took */
	connect_step_ms: 150, /* later ones get that much more each */
	connect_most_ms: 10000, /* at most, and what the very first connection gets */
	patient_after: 60, /* attempts, about half a minute: a server that is away for long is not stormed */
	patient_ms: 2000,
	ping_ms: 2000, /* after this much silence we ask for a sign of life */
	silence_ms: 5000, /* after this much silence the socket counts as dropped */
	first_attempts: 4, /* before the very first connection counts as failed */
});

/**
 * @typedef {{onopen: () => void, onmessage: (text: string) => void, ongone: () => void, onquiet: () => void,
 *            onfailed: (error: CuriaError) => void}} Owner
 *     onopen: connected, say `ready`. ongone: dropped, it will be opened again. onfailed: given up for good.
 *     onquiet: nothing was heard for a while, say something that is answered.
 */

export class Wire {
	/** It was ready once: from then on it is opened again and again. */
	hasBeenReady = false;

	#url;
	#token;
	#Socket;
	#refresh;
	#options;
	/** @type {Owner} */
	#owner;
	/** @type {WebSocket | null} */
	#ws = null;
	#ready = false;
	#closed = false;
	#attempts = 0;
	#renewing = false;
	#began_ms = 0;
	#took_ms = 0;
	#heard_ms = 0;
	#asked_ms = 0;
	/** @type {any} */
	#retry = null;
	/** @type {any} */
	#guard = null;

	/**
	 * @param {{url: string, token: string, WebSocket: any, refresh?: () => Promise<string>,
	 *          options: typeof DEFAULTS}} setup `refresh` gets a new token when the server keeps refusing us
	 * @param {Owner} owner
	 */
	constructor({ url, token, WebSocket: Socket, refresh, options }, owner) {
		this.#url = url;
		this.#token = token;
		this.#Socket = Socket;
		this.#refresh = refresh ?? (async () => this.#token);
		this.#options = options;
		this.#owner = owner;
	}

	/** @param {string} token used from the next connection on */
	setToken(token) {
		this.#token = token;
	}

	get url() {
		return this.#url;
	}

	/** @param {string} url used from the next connection on */
	setUrl(url) {
		this.#url = url;
	}

	open() {
		this.#connect();
	}

	/** The connection that opened last may be used: the owner is content with it. */
	ready() {
		clearTimeout(this.#guard);
		this.#attempts = 0;
		this.#ready = this.hasBeenReady = true;
	}

	/** Whether it went out. @param {string} text */
	send(text) {
		if (!this.#ws || this.#ws.readyState !== 1) return false;
		this.#ws.send(text);
		return true;
	}

	/** Tries at once instead of at the next half second. */
	hurry() {
		if (this.#closed || this.#ws || !this.hasBeenReady) return;
		clearTimeout(this.#retry);
		this.#connect();
	}

	/** Treats the socket as gone. */
	drop() {
		if (this.#ws) this.#onGone(this.#ws);
	}

	close() {
		this.#closed = true;
		clearTimeout(this.#retry);
		clearTimeout(this.#guard);
		const ws = this.#ws;
		this.#ws = null;
		ws?.close(1000);
	}

	/** Looks for silence; to be called now and then. @param {number} now */
	tick(now) {
		if (!this.#ready || !this.#ws) return;
		const { ping_ms, silence_ms } = this.#options;
		const silent_ms = now - this.#heard_ms;
		/* Both clocks must agree, so that a laptop that slept first asks and only then gives up. */
		if (silent_ms >= silence_ms && this.#asked_ms > this.#heard_ms && now - this.#asked_ms >= silence_ms - ping_ms) {
			this.#onGone(this.#ws);
		} else if (silent_ms >= ping_ms && this.#asked_ms <= this.#heard_ms) {
			this.#asked_ms = now;
			this.#owner.onquiet();
		}
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
			this.#owner.onfailed(new CuriaError('offline', String(cause), { cause }));
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
		if (!this.hasBeenReady) return connect_most_ms;
		const usual = Math.min(2500, Math.max(connect_ms, 3 * this.#took_ms));
		return Math.min(connect_most_ms, usual + (this.#attempts - 1) * connect_step_ms);
	}

	/** @param {WebSocket} ws */
	#onOpen(ws) {
		if (ws !== this.#ws) return;
		this.#heard_ms = Date.now();
		this.#took_ms = this.#heard_ms - this.#began_ms;
		this.#owner.onopen();
	}

	/**
	 * @param {WebSocket} ws
	 * @param {string} text
	 */
	#onMessage(ws, text) {
		if (ws !== this.#ws) return;
		this.#heard_ms = Date.now();
		this.#owner.onmessage(text);
	}

	/**
	 * @param {WebSocket} ws
	 * @param {boolean} [late] it was given up, not refused: then there was pause enough
	 */
	#onGone(ws, late = false) {
		if (ws !== this.#ws) return;
		this.#ws = null;
		this.#ready = false;
		clearTimeout(this.#guard);
		ws.onopen = ws.onmessage = ws.onclose = null;
		try {
			ws.close();
		} catch { /* it is gone already */ }
		this.#owner.ongone();
		if (this.#closed) return;
		if (!this.hasBeenReady && this.#attempts >= this.#options.first_attempts) {
			this.#owner.onfailed(new CuriaError('offline', 'the meeting socket could not be opened'));
			return;
		}
		const { retry_ms, patient_after, patient_ms } = this.#options;
		const wait_ms = this.#attempts > patient_after ? patient_ms : this.#attempts === 0 || late ? 0 : retry_ms;
		this.#retry = setTimeout(() => this.#again(), wait_ms);
	}

	/** One more attempt; now and then a new token is asked for beside it, in case ours is what is refused. */
	#again() {
		if (this.hasBeenReady && this.#attempts % 8 === 4) this.#renewToken();
		if (!this.#closed && !this.#ws) this.#connect();
	}

	async #renewToken() {
		if (this.#renewing) return;
		this.#renewing = true;
		try {
			this.#token = await this.#refresh();
		} catch (error) {
			const refused = error instanceof CuriaError && error.status >= 400 && error.status < 500 && error.status !== 429;
			if (refused && !this.#ready && !this.#closed) this.#owner.onfailed(error);
		} finally {
			this.#renewing = false;
		}
	}
}
