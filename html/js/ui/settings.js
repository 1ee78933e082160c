/**
 * settings.js: the device menus, in the lobby and in the dialog.
 */
import { listDevices } from '../curia.js';
import { make, setText } from './dom.js';
import { prefer, preferences } from './memory.js';

/** @typedef {import('./media.js').LocalMedia} LocalMedia */

const KINDS = /** @type {const} */ ({ microphone: 'microphones', camera: 'cameras', speaker: 'speakers' });
const canChooseSpeaker = () => 'setSinkId' in HTMLMediaElement.prototype;

/**
 * @param {HTMLSelectElement} select
 * @param {MediaDeviceInfo[]} devices
 * @param {string} chosen
 */
function fill(select, devices, chosen) {
	const name = /** @type {string} */ (select.dataset.device);
	const options = devices.map((device, i) => make('option', { value: device.deviceId },
		device.label || `${name[0].toUpperCase()}${name.slice(1)} ${i + 1}`));
	if (options.length === 0) options.push(make('option', { value: '' }, name === 'speaker' ? 'Default' : `No ${name} yet`));
	select.replaceChildren(...options);
	select.disabled = devices.length === 0;
	if (devices.some((device) => device.deviceId === chosen)) select.value = chosen;
}

export class DeviceMenus {
	#abort = new AbortController();

	/**
	 * @param {LocalMedia} media
	 * @param {HTMLElement} root every select[data-device] below it is ours
	 * @param {(id: string) => void} [onspeaker]
	 */
	constructor(media, root, onspeaker = () => {}) {
		this.media = media;
		this.selects = /** @type {HTMLSelectElement[]} */ ([...root.querySelectorAll('select[data-device]')]);
		this.problem = root.querySelector('.device-problem');
		const { signal } = this.#abort;
		for (const select of this.selects)
			select.addEventListener('change', () => this.#onChoice(select, onspeaker), { signal });
		media.addEventListener('change', () => this.refresh(), { signal });
		navigator.mediaDevices?.addEventListener?.('devicechange', () => this.refresh(), { signal });
		this.refresh();
	}

	close() {
		this.#abort.abort();
	}

	async refresh() {
		if (this.problem) setText(this.problem, this.#problems());
		const devices = await listDevices();
		const kept = preferences();
		for (const select of this.selects) {
			const kind = /** @type {keyof typeof KINDS} */ (select.dataset.device);
			const inUse = kind === 'speaker' ? '' : this.media.track(kind)?.getSettings().deviceId;
			fill(select, devices[KINDS[kind]], inUse || kept[`${kind}Id`]);
			if (kind === 'speaker') /** @type {HTMLElement} */ (select.parentElement).hidden = !canChooseSpeaker();
		}
	}

	#problems() {
		const errors = [this.media.error('microphone'), this.media.error('camera')];
		return errors.flatMap((error) => (error ? [`${error.message} ${error.hint}`] : [])).join(' ');
	}

	/**
	 * @param {HTMLSelectElement} select
	 * @param {(id: string) => void} onspeaker
	 */
	#onChoice(select, onspeaker) {
		const kind = /** @type {keyof typeof KINDS} */ (select.dataset.device);
		prefer({ [`${kind}Id`]: select.value });
		if (kind === 'speaker') onspeaker(select.value);
		else this.media.choose(kind, select.value);
	}
}
