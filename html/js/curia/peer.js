/**
 * peer.js: the two PeerConnections of a participant. This side always offers; the server never does.
 *
 * A Peer offers, sends its candidates as they come, watches its own health and repairs itself: an ICE restart when the
 * path is lost, a new PeerConnection when Janus hung up or restarts do not help. m-lines are never stopped or added,
 * since Janus does not take that well: everything there can ever be is offered at once.
 *
 * Events: `change` (connection state), `built` (a new PeerConnection took over), `trouble` ({error}).
 */
import { CuriaError, isFinal, roomError } from './errors.js';
import { decide, newHealth, observe } from './recovery.js';

/** @typedef {import('./socket.js').Handle} Handle */
/** @typedef {import('./types.js').Source} Source */

const TICK_MS = 500;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Peer extends EventTarget {
	/** @type {RTCPeerConnection} made by `warm` */
	pc;
	/** @type {Handle | null} */
	handle = null;

	/** @type {RTCIceServer[]} */
	#iceServers = [];
	#health = newHealth();
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

	/** Makes the PeerConnection ahead of time: in a lobby nobody waits for it. */
	warm() {
		if (!this.pc) this.#build();
	}

	/**
	 * Offers this video codec only: a quarter of the description, for both sides to read. Without effect once offered.
	 * @param {string} codec as in "vp8"
	 */
	prefer(codec) {
		this.#codec = codec;
		if (this.pc && !this.#local) this.#slim();
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
			iceServers: this.#iceServers });
		this.pc = pc;
		this.#offered = this.#gathered = this.#local = false;
		pc.onicecandidate = ({ candidate }) => this.#onCandidate(pc, candidate);
		pc.onconnectionstatechange = () => this.#onState(pc);
		this.setup(pc);
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
			this.#health = { ...this.#health, hungup: true };
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

/** The m-lines of the publishing side, in this order. */
const SOURCES = /** @type {const} */ ([
	{ source: 'microphone', kind: 'audio' },
	{ source: 'camera', kind: 'video' },
	{ source: 'screen_share', kind: 'video' },
	{ source: 'screen_share_audio', kind: 'audio' },
]);

/**
 * How a source is encoded. One layer for now: simulcast adds rows with a rid here and nothing elsewhere.
 * @param {Source} source
 * @param {{video_bitrate_bps: number, screen_bitrate_bps: number}} limits
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodings(source, limits) {
	if (source === 'camera') return [{ active: true, maxBitrate: limits.video_bitrate_bps }];
	if (source === 'screen_share') return [{ active: true, maxBitrate: limits.screen_bitrate_bps, maxFramerate: 30 }];
	if (source === 'screen_share_audio') return [{ active: true, maxBitrate: 96000 }];
	return [{ active: true, maxBitrate: 40000 }];
}

/** When the line is thin a screen should lose frames before it loses its letters. @param {RTCRtpSender} sender */
function keepSharp(sender) {
	const parameters = sender.getParameters();
	if (parameters.encodings.length === 0) return;
	/** @type {any} */ (parameters).degradationPreference = 'maintain-resolution';
	sender.setParameters(parameters).catch(() => {});
}

/** Sends the four sources; each has a sender from the start and a track only while it is used. */
export class PublishPeer extends Peer {
	/** @type {Map<Source, {track: MediaStreamTrack | null, muted: boolean}>} */
	sources = new Map(SOURCES.map(({ source }) => [source, { track: null, muted: true }]));
	limits = { video_bitrate_bps: 1500000, screen_bitrate_bps: 2500000 };
	/** @type {Set<Source>} what the token allows */
	allowed = new Set(SOURCES.map(({ source }) => source));

	/** @type {Map<Source, RTCRtpTransceiver>} */
	#transceivers = new Map();

	/** @param {RTCPeerConnection} pc */
	setup(pc) {
		for (const { source, kind } of SOURCES) {
			const transceiver = pc.addTransceiver(this.sources.get(source)?.track ?? kind,
				{ direction: 'sendonly', sendEncodings: encodings(source, this.limits) });
			this.#transceivers.set(source, transceiver);
			if (source === 'screen_share') keepSharp(transceiver.sender);
		}
	}

	/** @param {RTCSessionDescriptionInit} jsep */
	async request(jsep) {
		const tracks = [...this.sources].filter(([source]) => this.allowed.has(source)).map(([source, { muted }]) =>
			({ mid: this.#transceivers.get(source)?.mid, source, muted }));
		const handle = /** @type {Handle} */ (this.handle);
		return handle.message({ request: 'publish', tracks }, jsep);
	}

	/**
	 * Sends this track from now on, or nothing.
	 * @param {Source} source
	 * @param {MediaStreamTrack | null} track
	 * @param {boolean} muted
	 */
	async setTrack(source, track, muted) {
		this.sources.set(source, { track, muted });
		if (track && source === 'screen_share') track.contentHint = 'detail';
		await this.#transceivers.get(source)?.sender.replaceTrack(track);
	}

	/**
	 * The limits that the meeting gave after the offer was made.
	 * @param {{video_bitrate_bps: number, screen_bitrate_bps: number}} limits
	 */
	async setLimits(limits) {
		this.limits = limits;
		for (const [source, { sender }] of this.#transceivers) {
			const parameters = sender.getParameters();
			if (parameters.encodings.length === 0) continue;
			parameters.encodings.forEach((encoding, i) => Object.assign(encoding, encodings(source, limits)[i] ?? {}));
			await sender.setParameters(parameters).catch(() => {});
		}
	}

	/** @param {Source} source @returns {RTCRtpSender | undefined} */
	sender(source) {
		return this.#transceivers.get(source)?.sender;
	}
}

/** Receives: audio slots first, then video slots. */
export class ViewPeer extends Peer {
	/** @type {string | null} given by `join`, spent by the first subscribe */
	ticket = null;
	/** @type {(answer: any) => void} takes the table of slots, the moment it is known */
	onsubscribed = () => {};

	/** @type {{kind: 'audio' | 'video', index: number, transceiver: RTCRtpTransceiver, stream: MediaStream}[]} */
	lines = [];

	/** @param {{audio: number, video: number}} counts */
	constructor(counts) {
		super();
		this.counts = counts;
	}

	/** @param {RTCPeerConnection} pc */
	setup(pc) {
		this.lines = [];
		for (const kind of /** @type {const} */ (['audio', 'video'])) {
			for (let index = 0; index < this.counts[kind]; index++) {
				const transceiver = pc.addTransceiver(kind, { direction: 'recvonly' });
				this.lines.push({ kind, index, transceiver, stream: new MediaStream([transceiver.receiver.track]) });
			}
		}
	}

	/** @param {RTCSessionDescriptionInit} jsep */
	async request(jsep) {
		const handle = /** @type {Handle} */ (this.handle);
		const body = { request: 'subscribe', ...(this.ticket ? { ticket: this.ticket } : {}) };
		const answer = await handle.message(body, jsep);
		this.ticket = null;
		if (answer.data.room === 'subscribed') this.onsubscribed(answer.data);
		return answer;
	}
}
