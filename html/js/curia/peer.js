/**
 * peer.js: what both PeerConnections of a participant have in common (publish-peer.js sends, view-peer.js receives). This
 * side always offers; the server never does.
 *
 * A Peer offers, sends its candidates as they come, watches its own health and repairs itself: an ICE restart when the
 * path is lost, a new PeerConnection when Janus hung up or restarts do not help. m-lines are never stopped or added,
 * since Janus does not take that well: everything there can ever be is offered at once.
 *
 * Events: `change` (connection state), `built` (a new PeerConnection took over), `trouble` ({error}).
 */
import { CuriaError, isFinal, roomError } from './errors.js';
import { decide, newHealth, observe } from './recovery.js';

/** @typedef {import('./handle.js').Handle} Handle */

const TICK_MS = 500;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Peer extends EventTarget {
	/** @type {RTCPeerConnection} made by `warm` */
	pc;
	/** @type {Handle | null} */
	handle = null;

	/** 'relay': nothing but what a TURN server relays. @type {RTCIceTransportPolicy} */
	policy = 'all';

	/** @type {RTCIceServer[]} */
	#iceServers = [];
	#health = newHealth();
	#furnished = false; /* the m-lines are there */
	#local = false; /* the local description is set, or about to be */
	/** @type {Promise<void>} */
	#prepared = Promise.resolve();
	#codec = '';
	#offered = false; /* the offer went out: later candidates follow it one by one */
	#gathered = false;
	/** @type {Promise<void>} one negotiation at a time */
	#chain = Promise.resolve();
	#busy = 0;
	#closed = false;
	/** @type {any} */
	#timer = null;
	#socketUp = () => false;
	/** @type {(() => void) | null} somebody waits for Janus to hang up */
	#onHangup = null;

	/** Adds the m-lines. @param {RTCPeerConnection} _pc */
	setup(_pc) {}

	/** An answer was taken. */
	accepted() {}

	/** Whether the m-lines are known before anything is known of the meeting. */
	get isEarly() {
		return true;
	}

	/** Makes the PeerConnection ahead of time: in a lobby nobody waits for it. */
	warm() {
		if (!this.pc) this.#build();
		if (this.isEarly) this.#furnish();
	}

	/**
	 * Offers this video codec only: a quarter of the description, for both sides to read. Without effect once offered.
	 * @param {string} codec as in "vp8"
	 */
	prefer(codec) {
		this.#codec = codec;
		if (this.#furnished && !this.#local) this.#slim();
	}

	#slim() {
		const all = globalThis.RTCRtpReceiver?.getCapabilities?.('video')?.codecs ?? [];
		const wanted = all.filter(({ mimeType }) => mimeType.toLowerCase() === `video/${this.#codec}`);
		if (wanted.length === 0) return;
		const codecs = [...wanted, ...all.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/rtx')];
		for (const transceiver of this.pc.getTransceivers()) {
			if (transceiver.receiver.track.kind !== 'video') continue;
			try {
				transceiver.setCodecPreferences?.(codecs);
			} catch { /* then everything is offered and the server chooses */ }
		}
	}

	/**
	 * Sends the offer in the request of this handle.
	 * @param {RTCSessionDescriptionInit} _jsep
	 * @returns {Promise<{data: any, jsep: RTCSessionDescriptionInit | undefined}>}
	 */
	async request(_jsep) {
		throw new Error('not implemented');
	}

	get state() {
		return this.#closed ? 'closed' : this.pc?.connectionState ?? 'new';
	}

	/** Gets the local description ready, so that the offer can go out the moment there is a handle. */
	async prepare(/** @type {RTCIceServer[]} */ iceServers) {
		this.#iceServers = iceServers;
		this.warm();
		const { pc } = this;
		if (iceServers.length > 0) pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
		if (this.#local) return this.#prepared;
		this.#furnish();
		this.#local = true;
		this.#prepared = pc.createOffer().then((offer) => pc.setLocalDescription(offer));
		return this.#prepared;
	}

	/**
	 * Offers on this handle and from then on keeps the connection alive.
	 * @param {Handle} handle
	 * @param {() => boolean} socketUp
	 */
	async start(handle, socketUp) {
		this.handle = handle;
		this.#socketUp = socketUp;
		this.#health = { ...newHealth(), since_ms: Date.now(), built_ms: Date.now() };
		this.#timer ??= setInterval(() => this.#onTick(), TICK_MS);
		try {
			await this.#negotiate(() => this.prepare(this.#iceServers));
		} catch (error) {
			if (!isFinal(error)) this.hungUp();
			throw error;
		}
	}

	/** Starts over with a new PeerConnection: what was offered does not fit any more. */
	renew() {
		this.#chain = this.#chain.then(() => {
			if (!this.#closed) this.#rebuild(Date.now());
		});
	}

	/** Janus closed its side. */
	hungUp() {
		if (this.#onHangup) this.#onHangup();
		else this.#health = { ...this.#health, hungup: true };
	}

	close() {
		this.#closed = true;
		clearInterval(this.#timer);
		this.pc?.close();
	}

	#build() {
		const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require',
			iceServers: this.#iceServers, iceTransportPolicy: this.policy });
		this.pc = pc;
		this.#offered = this.#gathered = this.#local = this.#furnished = false;
		pc.onicecandidate = ({ candidate }) => this.#onCandidate(pc, candidate);
		pc.onconnectionstatechange = () => this.#onState(pc);
	}

	#furnish() {
		if (this.#furnished) return;
		this.#furnished = true;
		this.setup(this.pc);
		if (this.#codec) this.#slim();
	}

	/**
	 * @param {RTCPeerConnection} pc
	 * @param {RTCIceCandidate | null} candidate
	 */
	#onCandidate(pc, candidate) {
		if (pc !== this.pc) return;
		const last = candidate === null || candidate.candidate === '';
		if (last) this.#gathered = true;
		if (this.#offered) this.#trickle(last ? { completed: true } : candidate.toJSON());
	}

	/** @param {any} candidate */
	#trickle(candidate) {
		this.handle?.request({ janus: 'trickle', candidate }).catch(() => {});
	}

	/** @param {RTCPeerConnection} pc */
	#onState(pc) {
		if (pc !== this.pc) return;
		this.#health = observe(this.#health, pc.connectionState, Date.now());
		this.dispatchEvent(new CustomEvent('change', { detail: { state: pc.connectionState } }));
	}

	#onTick() {
		if (this.#closed || this.#busy > 0) return;
		const now = Date.now();
		if (this.#health.state === 'connected' && this.#health.builds > 0 && now - this.#health.since_ms > 10000)
			this.#health = { ...this.#health, builds: 0 };
		const verdict = decide(this.#health, this.#socketUp(), now);
		if (verdict === 'restart') this.#restart(now);
		else if (verdict === 'rebuild') this.#rebuild(now);
	}

	/** @param {number} now */
	#restart(now) {
		this.#health = { ...this.#health, restarts: this.#health.restarts + 1, restarted_ms: now };
		this.#negotiate(async (pc) => {
			this.#offered = this.#gathered = false;
			await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
		}).catch((error) => this.#complain(error));
	}

	/** @param {number} now */
	#rebuild(now) {
		const { builds, hungup } = this.#health;
		this.#busy++;
		this.#health = { ...newHealth(), builds: builds + 1, built_ms: now, since_ms: now };
		this.#replace(hungup).catch((error) => {
			this.#health = { ...this.#health, hungup: !isFinal(error) };
			this.#complain(error);
		}).finally(() => {
			this.#busy--;
		});
	}

	/** @param {boolean} hungup Janus let go of the old connection already */
	async #replace(hungup) {
		if (!hungup) await this.#askHangup();
		if (this.#closed) return;
		this.pc.onicecandidate = this.pc.onconnectionstatechange = null;
		this.pc.close();
		this.#build();
		this.dispatchEvent(new CustomEvent('built'));
		await this.#negotiate(() => this.prepare(this.#iceServers));
	}

	/** A handle takes a new connection only after it has closed the old one. */
	async #askHangup() {
		const done = new Promise((resolve) => {
			this.#onHangup = () => resolve(undefined);
		});
		await this.handle?.request({ janus: 'hangup' }).catch(() => {});
		await Promise.race([done, sleep(2000)]);
		this.#onHangup = null;
	}

	/**
	 * Makes an offer, sends it, takes the answer.
	 * @param {(pc: RTCPeerConnection) => Promise<void>} describe
	 * @returns {Promise<void>}
	 */
	#negotiate(describe) {
		this.warm();
		const run = this.#chain.then(() => this.#offerOnce(this.pc, describe));
		this.#chain = run.catch(() => {});
		return run;
	}

	/**
	 * @param {RTCPeerConnection} pc
	 * @param {(pc: RTCPeerConnection) => Promise<void>} describe
	 */
	async #offerOnce(pc, describe) {
		if (this.#closed) return;
		this.#busy++;
		try {
			await describe(pc);
			const sdp = /** @type {RTCSessionDescription} */ (pc.localDescription).sdp;
			const answer = this.request({ type: 'offer', sdp });
			/* What was gathered before is in the offer; the rest follows it. */
			this.#offered = true;
			if (this.#gathered) this.#trickle({ completed: true });
			const { data, jsep } = await answer;
			if (pc !== this.pc || this.#closed) return;
			if (data.room === 'error') throw roomError(data);
			if (!jsep) throw new CuriaError('internal', 'an offer was answered without an answer');
			await pc.setRemoteDescription(jsep);
			this.accepted();
		} catch (error) {
			if (pc === this.pc && !this.#closed && pc.signalingState === 'have-local-offer')
				await pc.setLocalDescription({ type: 'rollback' }).catch(() => {});
			throw error;
		} finally {
			this.#busy--;
		}
	}

	/** @param {unknown} error */
	#complain(error) {
		if (!this.#closed) this.dispatchEvent(new CustomEvent('trouble', { detail: { error } }));
	}
}
