/**
 * banner.js: the one line above the pictures that matters most now, or none.
 */
import { byId, setText } from './dom.js';

const SLOW_MEDIA_MS = 12000;
const SLOW_JOIN_MS = 1500; /* most are in by then, and see no line at all */

/** @typedef {{what: string, words: string, button?: string}} Line */

export class Banner {
	#meeting;
	#media;
	#sound;
	#mediaSince_ms = Date.now();
	#since_ms = Date.now();

	/**
	 * @param {import('../curia.js').Meeting} meeting
	 * @param {import('./media.js').LocalMedia} media
	 * @param {import('./sound.js').Sound} sound
	 */
	constructor(meeting, media, sound) {
		this.#meeting = meeting;
		this.#media = media;
		this.#sound = sound;
	}

	/** What its button is about. */
	get what() {
		return byId('banner').dataset.what ?? '';
	}

	draw() {
		const banner = byId('banner');
		const line = this.#line();
		banner.hidden = line === null;
		banner.dataset.what = line?.what ?? '';
		setText(byId('banner-words'), line?.words ?? '');
		const button = byId('banner-button');
		button.hidden = !line?.button;
		setText(button, line?.button ?? '');
	}

	/** @returns {Line | null} */
	#line() {
		const { state, transport } = this.#meeting;
		if (state === 'reconnecting') return { what: 'reconnecting', words: 'The connection was lost. Reconnecting…' };
		if (state === 'connecting' && Date.now() - this.#since_ms > SLOW_JOIN_MS)
			return { what: 'connecting', words: 'Connecting…' };
		if (this.#sound.isBlocked)
			return { what: 'sound', words: 'The browser keeps the sound off until you click.', button: 'Turn sound on' };
		const sides = [transport.view, transport.publish].filter((pc) => pc !== null);
		if (state !== 'connected' || sides.every((pc) => pc.connectionState === 'connected')) this.#mediaSince_ms = Date.now();
		if (Date.now() - this.#mediaSince_ms > SLOW_MEDIA_MS)
			return { what: 'media', words: 'Sound and picture are not connected yet. Still trying…' };
		if (this.#media.isSharing) return { what: 'sharing', words: 'You are sharing your screen.', button: 'Stop sharing' };
		return null;
	}
}
