/**
 * form.js: forms that say what is wrong beside what is wrong, and cannot be sent twice.
 */
import { make, setText } from '../ui/dom.js';
import { wordsFor } from './words.js';

/** A mistake that the page itself found. */
export class FieldError extends Error {
	/** @param {string} field @param {string} words */
	constructor(field, words) {
		super(words);
		this.field = field;
		this.code = 'field';
	}
}

/** @param {HTMLElement} button @param {boolean} busy */
function setBusy(button, busy) {
	button.classList.toggle('busy', busy);
	if (busy) button.setAttribute('aria-busy', 'true');
	else button.removeAttribute('aria-busy');
}

/**
 * Runs what a button stands for: once at a time, and says what went wrong.
 * @param {HTMLElement} button
 * @param {() => Promise<unknown>} run
 * @param {HTMLElement} problem where to say it
 * @param {Record<string, string>} [words] see wordsFor
 */
export async function busily(button, run, problem, words) {
	if (button.getAttribute('aria-busy') === 'true') return;
	setText(problem, '');
	setBusy(button, true);
	try {
		await run();
	} catch (error) {
		setText(problem, wordsFor(error, words));
	} finally {
		setBusy(button, false);
	}
}

/** @param {HTMLFormElement} form @param {any} error @param {Record<string, string>} words */
function show(form, error, words) {
	const problem = /** @type {HTMLElement} */ (form.querySelector('.problem'));
	setText(problem, wordsFor(error, words));
	const input = error.field && form.elements.namedItem(error.field);
	if (!(input instanceof HTMLElement)) return;
	input.setAttribute('aria-invalid', 'true');
	input.focus();
}

/** @param {HTMLFormElement} form */
function clear(form) {
	setText(/** @type {HTMLElement} */ (form.querySelector('.problem')), '');
	for (const element of form.querySelectorAll('[aria-invalid="true"]')) element.removeAttribute('aria-invalid');
}

/**
 * Ties a form to what sending it does. The form has a `.problem`, which its words go to.
 * @param {HTMLFormElement} form
 * @param {(data: FormData) => Promise<unknown>} run may throw a FieldError
 * @param {Record<string, string>} [words] see wordsFor
 */
export function onSubmit(form, run, words = {}) {
	form.noValidate = true;
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const button = /** @type {HTMLElement} */ (form.querySelector('[type="submit"]'));
		if (button.getAttribute('aria-busy') === 'true') return;
		clear(form);
		setBusy(button, true);
		try {
			await run(new FormData(form));
		} catch (error) {
			show(form, error, words);
		} finally {
			setBusy(button, false);
		}
	});
}

/** @param {FormData} data @param {string} name */
export const textOf = (data, name) => String(data.get(name) ?? '').trim();

/** @param {FormData} data */
export function emailOf(data, name = 'email') {
	const email = textOf(data, name);
	if (!email) throw new FieldError(name, 'Type an e-mail address first.');
	if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new FieldError(name, 'This is no e-mail address: there is one @ in it.');
	return email;
}

const PASSWORD_MIN = 10, PASSWORD_MAX = 256;

/** A password that is to be; spaces count. @param {FormData} data @param {string} [name] */
export function newPasswordOf(data, name = 'password') {
	const password = String(data.get(name) ?? '');
	if (password.length < PASSWORD_MIN)
		throw new FieldError(name, `A password has ${PASSWORD_MIN} characters or more. A few words in a row are a good one.`);
	if (new TextEncoder().encode(password).length > PASSWORD_MAX) throw new FieldError(name, 'This password is too long.');
	return password;
}

/**
 * A select of these.
 * @param {Record<string, any>} props
 * @param {[value: string, words: string][]} options
 * @param {string} chosen
 */
export function choice(props, options, chosen) {
	return /** @type {HTMLSelectElement} */ (make('select', { class: 'select', ...props },
		...options.map(([value, words]) => make('option', { value, selected: value === chosen }, words))));
}
