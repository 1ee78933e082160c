/**
 * view-peer.js: the PeerConnection that receives, a fixed number of slots. What a slot carries is the server's choice and
 * changes without a new offer; its stream stays.
 */
import { Peer } from './peer.js';

/** @typedef {import('./handle.js').Handle} Handle */

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
