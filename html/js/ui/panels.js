/**
 * panels.js: the panels beside the pictures, one at a time: #<name>, opened by #<name>-button, closed by #<name>-close.
 */
import { byId } from './dom.js';

/** @typedef {{shown?: () => void, hidden?: () => void}} Panel */

export class Panels {
	#abort = new AbortController();
	/** @type {Map<string, Panel>} */
	#panels;

	/** @param {Record<string, Panel>} panels what to do when one is shown or hidden, by name */
	constructor(panels) {
		this.#panels = new Map(Object.entries(panels));
		const { signal } = this.#abort;
		for (const name of this.#panels.keys()) {
			byId(`${name}-button`).addEventListener('click', () => this.toggle(name), { signal });
			byId(`${name}-close`).addEventListener('click', () => this.toggle(name, false), { signal });
		}
	}

	/**
	 * @param {string} name
	 * @param {boolean} [open]
	 */
	toggle(name, open = byId(name).hidden) {
		if (open) for (const other of this.#panels.keys()) if (other !== name) this.#set(other, false);
		this.#set(name, open);
		if (open) byId(`${name}-close`).focus();
	}

	/** Closes what is open. @returns {boolean} whether anything was */
	close() {
		const open = [...this.#panels.keys()].filter((name) => !byId(name).hidden);
		for (const name of open) this.toggle(name, false);
		return open.length > 0;
	}

	/** Who opened it is forgotten with the meeting. */
	dispose() {
		this.close();
		this.#abort.abort();
	}

	/**
	 * @param {string} name
	 * @param {boolean} open
	 */
	#set(name, open) {
		const panel = byId(name);
		if (panel.hidden === !open) return;
		const button = byId(`${name}-button`);
		const hadFocus = panel.contains(document.activeElement);
		panel.hidden = !open;
		button.setAttribute('aria-expanded', String(open));
		button.dataset.active = String(open);
		if (open) this.#panels.get(name)?.shown?.();
		else this.#panels.get(name)?.hidden?.();
		if (!open && hadFocus) button.focus();
	}
}
