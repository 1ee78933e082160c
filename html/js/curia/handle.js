/**
 * handle.js: a handle of a Janus plugin: requests to it, and what comes from it.
 */
import { roomError } from './errors.js';

/** @typedef {import('./transactions.js').Message} Message */

/** Its owner sets `onevent` for events that answer no request. */
export class Handle {
	/** @type {(message: Message) => void} */
	onevent = () => {};

	/**
	 * @param {import('./socket.js').JanusSocket} socket
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

	/**
	 * Sends a plugin request; answers with the plugin's data or throws its error.
	 * @param {Message} body
	 * @returns {Promise<any>}
	 */
	async ask(body) {
		const { data } = await this.message(body);
		if (data.room === 'error') throw roomError(data);
		return data;
	}
}
