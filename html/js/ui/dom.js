/**
 * dom.js: the few lines we want instead of a framework.
 */

/**
 * The element with this id; a missing one is a mistake of ours.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
	const element = document.getElementById(id);
	if (!element) throw new Error(`no element #${id}`);
	return element;
}

/**
 * Makes an element.
 * @param {string} tag
 * @param {Record<string, any>} [props] `class`, `on<event>`, `data-*`/`aria-*`, any other attribute
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function make(tag, props = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props)) {
		if (value === null || value === undefined || value === false) continue;
		if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
		else element.setAttribute(name, value === true ? '' : String(value));
	}
	element.append(...children.filter((child) => child !== null));
	return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An icon of the sprite; it says nothing to screen readers, its button does.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
	const svg = document.createElementNS(SVG, 'svg');
	svg.setAttribute('class', 'icon');
	svg.setAttribute('aria-hidden', 'true');
	const use = document.createElementNS(SVG, 'use');
	use.setAttribute('href', `/img/icons.svg#${name}`);
	svg.append(use);
	return svg;
}

/**
 * Changes the icon inside an element.
 * @param {Element} parent
 * @param {string} name
 */
export function setIcon(parent, name) {
	const use = parent.querySelector('use');
	const href = `/img/icons.svg#${name}`;
	if (use && use.getAttribute('href') !== href) use.setAttribute('href', href);
}

/**
 * Sets a text only when it differs, so that live regions and selections are left alone.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
	if (node.textContent !== text) node.textContent = text;
}

/**
 * Runs at most once per `wait_ms`, at the end of it.
 * @param {() => void} run
 * @param {number} wait_ms
 */
export function later(run, wait_ms) {
	/** @type {any} */
	let timer = null;
	return () => {
		timer ??= setTimeout(() => {
			timer = null;
			run();
		}, wait_ms);
	};
}

/** @param {string} text */
async function legacyCopy(text) {
	const area = /** @type {HTMLTextAreaElement} */ (make('textarea', { class: 'visually-hidden', readonly: true }));
	area.value = text;
	(document.querySelector('dialog[open]') ?? document.body).append(area);
	area.select();
	const done = document.execCommand('copy');
	area.remove();
	return done;
}

/**
 * Puts a text on the clipboard, on insecure pages too.
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function copyText(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return legacyCopy(text);
	}
}
