/**
 * publish-peer.js: the PeerConnection that sends. Every source there can be has its m-line and its sender from the start,
 * and a track only while it is used: starting to share a screen needs no new offer. Layers that nobody receives are
 * stopped, and run again the moment they are wanted.
 */
import { adjust, covers, encodings, plainPlan } from './encodings.js';
import { Peer } from './peer.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./types.js').Source} Source */

/** The m-lines of the publishing side, in this order. */
const SOURCES = /** @type {const} */ ([
	{ source: 'microphone', kind: 'audio' },
	{ source: 'camera', kind: 'video' },
	{ source: 'screen_share', kind: 'video' },
	{ source: 'screen_share_audio', kind: 'audio' },
]);

/** When the line is thin a screen should lose frames before it loses its letters. @param {RTCRtpSender} sender */
function keepSharp(sender) {
	const parameters = sender.getParameters();
	if (parameters.encodings.length === 0) return;
	/** @type {any} */ (parameters).degradationPreference = 'maintain-resolution';
	sender.setParameters(parameters).catch(() => {});
}

/** @param {MediaStreamTrack | null | undefined} track the shorter side of its picture, 0 when it is not known */
function heightOf(track) {
	const { width = 0, height = 0 } = track?.getSettings() ?? {};
	return Math.min(width, height);
}

/** Sends the four sources; each has a sender from the start and a track only while it is used. */
export class PublishPeer extends Peer {
	/** @type {Map<Source, {track: MediaStreamTrack | null, muted: boolean}>} */
	sources = new Map(SOURCES.map(({ source }) => [source, { track: null, muted: true }]));
	/** @type {import('./encodings.js').Plan} */
	plan = plainPlan();
	/** @type {Set<Source>} what the token allows */
	allowed = new Set(SOURCES.map(({ source }) => source));

	/** @type {Map<Source, RTCRtpTransceiver>} */
	#transceivers = new Map();
	/** @type {import('./encodings.js').Plan} what the m-lines were made for */
	#offered = this.plan;
	/** @type {Map<Source, string[]>} rids that somebody receives, once the server said so */
	#wanted = new Map();
	/** @type {Map<Source, 'busy' | 'again'>} senders whose parameters are being set */
	#tuning = new Map();

	/** The layers of the camera depend on the meeting. */
	get isEarly() {
		return false;
	}

	/** @param {RTCPeerConnection} pc */
	setup(pc) {
		this.#offered = this.plan;
		for (const { source, kind } of SOURCES) {
			const transceiver = this.#add(pc, source, kind);
			this.#transceivers.set(source, transceiver);
			if (source === 'screen_share') keepSharp(transceiver.sender);
		}
	}

	/**
	 * @param {RTCPeerConnection} pc
	 * @param {Source} source
	 * @param {'audio' | 'video'} kind
	 */
	#add(pc, source, kind) {
		const track = this.sources.get(source)?.track ?? kind;
		const sendEncodings = this.#encodings(source);
		try {
			return pc.addTransceiver(track, { direction: 'sendonly', sendEncodings });
		} catch { /* no temporal layers in this browser, or not in this way */
			const plain = sendEncodings.map(({ scalabilityMode: _mode, ...encoding }) => encoding);
			return pc.addTransceiver(track, { direction: 'sendonly', sendEncodings: plain });
		}
	}

	/** @param {Source} source @returns {(RTCRtpEncodingParameters & {scalabilityMode?: string})[]} */
	#encodings(source) {
		return encodings(source, this.plan, { wanted: this.#wanted.get(source) ?? null,
			height: heightOf(this.sources.get(source)?.track) });
	}

	/** @param {RTCSessionDescriptionInit} jsep */
	async request(jsep) {
		const tracks = [...this.sources].filter(([source]) => this.allowed.has(source)).map(([source, { muted }]) =>
			({ mid: this.#transceivers.get(source)?.mid, source, muted }));
		const handle = /** @type {Handle} */ (this.handle);
		const answer = await handle.message({ request: 'publish', tracks }, jsep);
		if (answer.data.layers) this.want(answer.data.layers);
		return answer;
	}

	/** The answer is taken: what was refused in it shows now. */
	accepted() {
		this.#tuneAll();
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
		if (track) this.#tune(source);
	}

	/**
	 * How to send from now on. Before the offer this only notes it; after it, layers that were not offered cost a new
	 * connection.
	 * @param {import('./encodings.js').Plan} plan
	 */
	setPlan(plan) {
		this.plan = plan;
		if (this.#transceivers.size === 0) return;
		if (!covers(this.#offered, plan)) this.renew();
		else this.#tuneAll();
	}

	/**
	 * Which layers are received by anybody; the others are not sent.
	 * @param {{source: Source, wanted: string[]}[]} tracks
	 */
	want(tracks) {
		for (const { source, wanted } of tracks) {
			if (!Array.isArray(wanted) || !this.#transceivers.has(source)) continue;
			this.#wanted.set(source, wanted);
			this.#tune(source);
		}
	}

	/** @param {Source} source rids that are received, null when the server has not said */
	wanted(source) {
		return this.#wanted.get(source) ?? null;
	}

	/** @param {Source} source @returns {RTCRtpSender | undefined} */
	sender(source) {
		return this.#transceivers.get(source)?.sender;
	}

	/** @param {string} mid @returns {Source | null} */
	sourceOf(mid) {
		for (const [source, transceiver] of this.#transceivers) if (transceiver.mid === mid) return source;
		return null;
	}

	#tuneAll() {
		for (const { source } of SOURCES) this.#tune(source);
	}

	/** Brings a sender's parameters in step, one change at a time; what comes meanwhile is done after it. */
	async #tune(/** @type {Source} */ source) {
		if (this.#tuning.has(source)) {
			this.#tuning.set(source, 'again');
			return;
		}
		do {
			this.#tuning.set(source, 'busy');
			await this.#setParameters(source);
		} while (this.#tuning.get(source) === 'again');
		this.#tuning.delete(source);
	}

	/** A browser that takes not all of it gets at least which layers to stop; nothing here may stop what is being sent. */
	async #setParameters(/** @type {Source} */ source) {
		const sender = this.sender(source);
		if (!sender || this.state === 'closed') return;
		const wanted = this.#wanted.get(source) ?? null;
		const want = this.#encodings(source);
		const only_active = want.map(({ rid, active }) => ({ rid, active }));
		for (const list of [want, only_active]) {
			try {
				const parameters = sender.getParameters();
				if (!adjust(parameters.encodings, list, wanted)) return;
				await sender.setParameters(parameters);
				return;
			} catch (error) {
				console.debug('curia: encodings of', source, 'not set:', String(error));
			}
		}
	}
}
