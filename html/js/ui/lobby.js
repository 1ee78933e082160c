/**
 * lobby.js: see and hear oneself before the others do; choose devices; say a name.
 */
import { canCapture, CuriaError, LevelMeter, readMeeting } from '../curia.js';
import { byId, copyText, icon, make, setIcon, setText } from './dom.js';
import { drawWaitingCard } from './waiting-card.js';
import { say } from './say.js';
import { DeviceMenus } from './settings.js';
import { hue, initials } from './tile.js';

/** @typedef {import('./media.js').LocalMedia} LocalMedia */
/** @typedef {import('./media.js').Device} Device */

const LOOK_AGAIN_MS = 4000;

/** What a missing device means. */
const WITHOUT = { camera: 'You can join without it.', microphone: 'You can join and listen.',
	devices: 'You can join to watch and listen.' };

export class Lobby {
	/** @type {LevelMeter | null} */
	#meter = null;
	/** @type {MediaStreamTrack | null} */
	#metered = null;
	/** @type {any} */
	#looking = null;
	#open = true;
	#away = false;
	/** @type {import('../curia/types.js').Rules} what the meeting asks of those who come */
	#rules = {};
	#refused = '';
	#abort = new AbortController();

	/**
	 * @param {string} code
	 * @param {LocalMedia} media
	 * @param {{name: string, watches: boolean, invited: boolean, onjoin: (name: string, password: string) => void,
	 *          oncancel: () => void, onfail: (error: any) => void}} options
	 *     `watches`: who may send nothing is asked for no device. `invited`: with a token or an account, so not as a guest
	 */
	constructor(code, media, options) {
		this.code = code;
		this.media = media;
		this.options = options;
		this.name = /** @type {HTMLInputElement} */ (byId('name'));
		this.name.value = options.name;
		this.password = /** @type {HTMLInputElement} */ (byId('password'));
		this.password.value = '';
		byId('password-field').hidden = true;
		this.#complain('');
		drawWaitingCard(null);
		const { signal } = this.#abort;
		media.addEventListener('change', () => this.#draw(), { signal });
		this.name.addEventListener('input', () => this.#onTyped(), { signal });
		this.password.addEventListener('input', () => this.#complain(''), { signal });
		byId('waiting-cancel').addEventListener('click', () => options.oncancel(), { signal });
		byId('lobby-form').addEventListener('submit', (event) => this.#onSubmit(event), { signal });
		byId('lobby-mic').addEventListener('click', () => media.toggle('microphone'), { signal });
		byId('lobby-cam').addEventListener('click', () => media.toggle('camera'), { signal });
		byId('lobby-copy').addEventListener('click', () => this.#copy(), { signal });
		for (const gesture of ['pointerdown', 'keydown'])
			document.addEventListener(gesture, () => this.#meter?.resume(), { signal });
		this.menus = new DeviceMenus(media, byId('lobby'));
		byId('preview').hidden = options.watches;
		byId('audience').hidden = !options.watches;
		this.#draw();
		this.#look();
	}

	close() {
		this.#open = false;
		this.#abort.abort();
		this.menus.close();
		clearTimeout(this.#looking);
		this.#meter?.stop();
		this.#meter = this.#metered = null;
	}

	/** @param {boolean} busy */
	setBusy(busy) {
		byId('join').classList.toggle('busy', busy);
		byId('join').setAttribute('aria-busy', String(busy));
	}

	/** Shows for whom we wait, or the form again. @param {'host' | 'waiting-room' | null} reason */
	setWaiting(reason) {
		drawWaitingCard(reason);
	}

	/** What keeps us out for now, with the form to try again. @param {CuriaError} error */
	refuse(error) {
		const tried = this.password.value !== '';
		this.#refused = error.code;
		this.#draw();
		if (error.code === 'password-needed') {
			byId('password-field').hidden = false;
			this.#complain(tried ? 'That is not the password of this meeting.' : `${error.message} ${error.hint}`, this.password);
			this.password.select();
			this.password.focus();
		} else {
			this.#complain(`${error.message} ${error.hint}`, null);
			this.name.focus();
		}
	}

	#onTyped() {
		if (this.name.value.trim() !== '') this.#complain('');
		this.#draw();
	}

	/**
	 * @param {string} words what is wrong, or nothing
	 * @param {HTMLInputElement | null} [field] with what
	 */
	#complain(words, field = this.name) {
		for (const input of [this.name, this.password]) input.setAttribute('aria-invalid', String(words !== '' && input === field));
		setText(byId('lobby-error'), words);
	}

	/** @param {Event} event */
	#onSubmit(event) {
		event.preventDefault();
		const name = this.name.value.trim().replace(/\s+/g, ' ');
		this.#complain(name === '' ? 'Please say who you are first.' : '');
		if (name === '') this.name.focus();
		else this.options.onjoin(name, byId('password-field').hidden ? '' : this.password.value);
	}

	async #copy() {
		if (await copyText(`${location.origin}/m/${this.code}`)) say('Link copied', 'check');
	}

	/** Looks whether the meeting is there and who waits in it, now and every few seconds. */
	async #look() {
		try {
			const info = await readMeeting(this.code);
			if (!this.#open) return;
			if (info.state === 'ended') throw Object.assign(new Error(), { code: 'meeting-ended' });
			this.#away = false;
			if (info.title) setText(byId('lobby-title'), info.title);
			this.#rules = info.settings ?? {};
			if (this.#rules.password && !this.options.invited) byId('password-field').hidden = false;
			const count = (info.live?.participants ?? 0) + (info.live?.viewers ?? 0);
			setText(byId('lobby-live'), count === 0 ? 'Nobody is here yet.' : count === 1 ? 'One person is here.'
				: `${count} people are here.`);
		} catch (error) {
			const { code } = /** @type {any} */ (error);
			if (!this.#open) return;
			if (code === 'no-such-meeting' || code === 'meeting-ended' || code === 'not-found') {
				this.options.onfail(error);
				return;
			}
			this.#away = true;
			setText(byId('lobby-live'), '');
		}
		this.#draw();
		this.#looking = setTimeout(() => this.#look(), LOOK_AGAIN_MS);
	}

	#draw() {
		if (!this.#open) return;
		const { media } = this;
		const track = media.track('camera');
		const video = /** @type {HTMLVideoElement} */ (byId('preview-video'));
		video.hidden = track === null;
		byId('preview-off').hidden = track !== null;
		const shown = /** @type {MediaStream | null} */ (video.srcObject);
		if ((shown?.getVideoTracks()[0] ?? null) !== track) {
			video.srcObject = track ? new MediaStream([track]) : null;
			if (track) video.play().catch(() => {});
		}
		this.#drawWords();
		drawToggle(byId('lobby-mic'), 'microphone', media);
		drawToggle(byId('lobby-cam'), 'camera', media);
		this.#drawNotices();
		this.#drawMeter();
	}

	#drawWords() {
		const avatar = byId('preview-avatar');
		const name = this.name.value;
		setText(avatar, name.trim() ? initials(name) : '');
		avatar.hidden = name.trim() === '';
		avatar.style.setProperty('--hue', String(hue('self')));
		setText(byId('preview-words'), this.media.isOpening('camera') ? 'Camera is starting…'
			: this.media.error('camera')?.message ?? 'Your camera is off');
	}

	#drawNotices() {
		const list = this.options.invited ? [] : ruleNotices(this.#rules, this.#refused);
		if (this.#away) list.push(notice('The server cannot be reached.', 'Trying again every few seconds.', true));
		if (this.options.watches) {
			/* No device is needed. */
		} else if (!canCapture()) {
			list.push(notice('The browser allows camera and microphone on secure pages only.',
				'Open this page with https:// to be seen and heard. You can join to watch and listen.', true));
		} else {
			list.push(...deviceNotices(this.media));
		}
		const root = byId('lobby-notices');
		if (root.textContent !== list.map((item) => item.textContent).join('')) root.replaceChildren(...list);
	}

	#drawMeter() {
		const track = this.media.isOn('microphone') ? this.media.track('microphone') : null;
		byId('meter').hidden = track === null;
		if (track === this.#metered) return;
		this.#meter?.stop();
		this.#metered = track;
		this.#meter = track ? new LevelMeter(track, showLevel) : null;
	}
}

/**
 * What keeps a guest out, as far as it is not said below the form.
 * @param {import('../curia/types.js').Rules} rules
 * @param {string} refused why the last try failed
 */
function ruleNotices({ guests, locked }, refused) {
	const list = [];
	if (guests === false) {
		const refused = notice('This meeting is not open to guests.', 'Open the personal link you were given, or ', true);
		const back = `${location.pathname}${location.search}`;
		refused.querySelector('span')?.append(make('a', { href: `/sign-in?next=${encodeURIComponent(back)}` }, 'sign in'), '.');
		list.push(refused);
	}
	if (locked === true && refused !== 'meeting-locked') list.push(notice('This meeting is locked.', 'Ask somebody who is in it to unlock it.', true));
	return list;
}

/** Both devices often fail for one reason: then it is said once. @param {LocalMedia} media */
function deviceNotices(media) {
	const camera = media.error('camera');
	const microphone = media.error('microphone');
	/** @param {import('../curia.js').CuriaError} error @param {keyof typeof WITHOUT} which */
	const say = (error, which) => notice(error.message, `${error.hint} ${WITHOUT[which]}`, false);
	const shared = camera && microphone && camera.code.replace('camera', '') === microphone.code.replace('microphone', '');
	if (shared) return [say(new CuriaError(camera.code.replace('camera', 'devices')), 'devices')];
	return [microphone && say(microphone, 'microphone'), camera && say(camera, 'camera')].filter((item) => item !== null);
}

/** @param {number} level */
function showLevel(level) {
	const bars = /** @type {HTMLElement[]} */ ([...byId('meter').children]);
	const shape = [0.55, 0.85, 1, 0.8, 0.5];
	bars.forEach((bar, i) => bar.style.setProperty('--bar', String(Math.max(0.18, Math.min(1, level * shape[i] * 1.2)))));
}

/**
 * @param {string} what
 * @param {string} todo
 * @param {boolean} bad
 */
function notice(what, todo, bad) {
	return make('div', { class: bad ? 'notice bad' : 'notice' }, icon('warning'),
		make('div', {}, make('strong', {}, what), make('span', {}, todo)));
}

const NAMES = { microphone: ['Turn microphone off', 'Turn microphone on'], camera: ['Turn camera off', 'Turn camera on'] };
const ICONS = { microphone: ['mic', 'mic-off'], camera: ['cam', 'cam-off'] };
const KEYS = { microphone: 'M', camera: 'V' };

/**
 * A microphone or camera button, in the lobby and in the meeting.
 * @param {HTMLElement} button
 * @param {Device} device
 * @param {LocalMedia} media
 */
export function drawToggle(button, device, media) {
	const on = media.isOn(device) || media.isOpening(device);
	const error = media.error(device);
	const words = error ? `${error.message} Try again` : NAMES[device][on ? 0 : 1];
	button.dataset.on = String(on);
	button.setAttribute('aria-label', words);
	button.dataset.tip = error ? error.message : `${words} (${KEYS[device]})`;
	setIcon(button, ICONS[device][on ? 0 : 1]);
	const mark = button.querySelector('.problem');
	if (error && !mark) button.append(make('b', { class: 'problem', 'aria-hidden': 'true' }, '!'));
	else if (!error) mark?.remove();
}
