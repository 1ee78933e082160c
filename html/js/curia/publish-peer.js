/**
 * publish-peer.js: the PeerConnection that sends. Every source there can be has its m-line and its sender from the start,
 * and a track only while it is used: starting to share a screen needs no new offer.
 */
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
