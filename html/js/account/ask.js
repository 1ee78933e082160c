/**
 * ask.js: questions and things to copy, each in a dialog of its own.
 */
import { copyText, icon, make } from '../ui/dom.js';
import { say } from '../ui/say.js';

let number = 0;

/**
 * A dialog that removes itself when it is closed; the focus goes back where it was.
 * @param {string} title
 * @param {(close: (value: string) => void) => Node[]} content
 * @returns {Promise<string>} what it was closed with; '' when it was dismissed
 */
export function dialog(title, content) {
	const id = `ask-${++number}`;
	return new Promise((resolve) => {
		const box = /** @type {HTMLDialogElement} */ (make('dialog', { class: 'dialog', 'aria-labelledby': id }));
		const close = (/** @type {string} */ value) => box.close(value);
		box.append(make('div', { class: 'dialog-head' }, make('h2', { id }, title),
			make('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close', onclick: () => close('') }, icon('close'))),
		make('div', { class: 'dialog-body' }, ...content(close)));
		box.addEventListener('close', () => {
			box.remove();
			resolve(box.returnValue);
		});
		document.body.append(box);
		box.showModal();
	});
}

/** A button of a dialog. @param {string} words @param {() => void} onclick @param {Record<string, any>} [props] */
export const push = (words, onclick, props = {}) => make('button', { class: 'button primary', type: 'button', onclick, ...props }, words);

/**
 * @param {{title: string, words: string, yes: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function ask({ title, words, yes, danger = true }) {
	return await dialog(title, (close) => [make('p', {}, words), make('div', { class: 'dialog-actions' },
		push(yes, () => close('yes'), { class: `button ${danger ? 'danger' : 'primary'}`, 'data-testid': 'yes' }),
		push('Cancel', () => close(''), { class: 'button quiet', autofocus: true }))]) === 'yes';
}

/**
 * A text to copy, with its button.
 * @param {string} label
 * @param {string} text
 * @param {Record<string, any>} [props] of the input
 */
export function copyRow(label, text, props = {}) {
	const id = `ask-copy-${++number}`;
	const input = /** @type {HTMLInputElement} */ (make('input', { class: 'input', readonly: true, value: text, id, ...props }));
	input.addEventListener('focus', () => input.select());
	const button = make('button', { class: 'button', type: 'button', 'aria-label': `Copy: ${label}`, onclick: async () => {
		if (await copyText(text)) button.textContent = 'Copied';
		else input.focus();
	} }, 'Copy');
	return make('div', { class: 'field' }, make('label', { for: id }, label), make('div', { class: 'copy-row' }, input, button));
}

/** Copies, and says so. @param {string} text @param {string} words */
export async function copyAndSay(text, words) {
	if (await copyText(text)) say(words, 'check');
	else await dialog('Copy this', (close) => [copyRow('Text', text), push('Done', () => close(''))]);
}
