/**
 * media.js: what this person gives: microphone, camera and screen; in the lobby a preview, in a meeting what is sent.
 *
 * Camera off closes the device, so that its light goes out. Microphone off keeps it open but silent: turning it on
 * again must not cost the first syllable.
 *
 * Event `change` whenever something is on, off, failed or another device.
 */
import { CuriaError, openDevice, openDevices, openScreen } from '../curia.js';

/** @typedef {'microphone' | 'camera'} Device */
/** @typedef {{wanted: boolean, track: MediaStreamTrack | null, error: CuriaError | null, id: string,
 *             opening: boolean}} State */

export class LocalMedia extends EventTarget {
	/** @type {Record<Device, State>} */
	#devices;
	/** @type {{video: MediaStreamTrack, audio: MediaStreamTrack | null} | null} */
	#screen = null;
	/** @type {import('../curia.js').Meeting | null} */
	#meeting = null;

	/** @param {{camera: boolean, microphone: boolean, cameraId: string, microphoneId: string}} preferences */
	constructor({ camera, microphone, cameraId, microphoneId }) {
		super();
		/** @param {boolean} wanted @param {string} id @returns {State} */
		const state = (wanted, id) => ({ wanted, track: null, error: null, id, opening: false });
		this.#devices = { camera: state(camera, cameraId), microphone: state(microphone, microphoneId) };
	}

	/** @param {Device} device */
	track(device) {
		return this.#devices[device].track;
	}

	/** @param {Device} device */
	error(device) {
		return this.#devices[device].error;
	}

	/** @param {Device} device whether it is wanted on: true while it is still starting */
	isWanted(device) {
		return this.#devices[device].wanted;
	}

	/** @param {Device} device whether others see or hear it */
	isOn(device) {
		const { wanted, track } = this.#devices[device];
		return wanted && track !== null;
	}

	/** @param {Device} device */
	isOpening(device) {
		return this.#devices[device].opening;
	}

	get isSharing() {
		return this.#screen !== null;
	}

	/** Opens what is wanted, with one question. */
	async open() {
		const { camera, microphone } = this.#devices;
		camera.opening = camera.wanted;
		microphone.opening = microphone.wanted;
		const opened = await openDevices({ camera: camera.wanted, microphone: microphone.wanted, cameraId: camera.id,
			microphoneId: microphone.id });
		await Promise.all([this.#take('microphone', opened.microphone), this.#take('camera', opened.camera)]);
	}

	/** @param {Device} device */
	async toggle(device) {
		const state = this.#devices[device];
		if (state.opening) return;
		state.wanted = state.track === null || !state.wanted;
		if (state.wanted && state.track === null) {
			await this.#openOne(device);
			return;
		}
		if (device === 'microphone' && state.track) {
			state.track.enabled = state.wanted;
			this.#meeting?.mute('microphone', !state.wanted);
		} else {
			this.#drop(device);
			await this.#meeting?.send(device, null);
		}
		this.#changed(device);
	}

	/**
	 * Another device from now on.
	 * @param {Device} device
	 * @param {string} id
	 */
	async choose(device, id) {
		const state = this.#devices[device];
		if (state.id === id && state.track) return;
		state.id = id;
		if (state.track || state.error) await this.#openOne(device);
	}

	/** Tries again after an error. @param {Device} device */
	async retry(device) {
		this.#devices[device].wanted = true;
		await this.#openOne(device);
	}

	/** From now on everything goes to this meeting, too. @param {import('../curia.js').Meeting} meeting */
	async attach(meeting) {
		this.#meeting = meeting;
		meeting.addEventListener('muted', (event) => {
			if (this.#meeting === meeting) this.#onMuted(/** @type {CustomEvent} */ (event).detail.source);
		});
		await Promise.all([this.#send('microphone'), this.#send('camera')]);
	}

	/** Off, also when it is still starting. @param {Device} device */
	turnOff(device) {
		const state = this.#devices[device];
		state.wanted = false;
		if (device === 'camera') this.#drop('camera');
		else if (state.track) state.track.enabled = false;
		this.#changed(device);
	}

	/** The server turned it off. @param {string} source */
	#onMuted(source) {
		if (source === 'screen_share' || source === 'screen_share_audio') this.stopSharing();
		if (source !== 'microphone' && source !== 'camera') return;
		this.turnOff(source);
		if (source === 'camera') this.#meeting?.send('camera', null).catch(() => {});
	}

	detach() {
		this.#meeting = null;
		this.stopSharing();
	}

	/** Closes everything. */
	close() {
		this.detach();
		this.#drop('camera');
		this.#drop('microphone');
	}

	/** Shares a screen. False when the person changed their mind. */
	async share() {
		const screen = await openScreen();
		if (!screen || !this.#meeting) return false;
		this.#screen = screen;
		screen.video.addEventListener('ended', () => this.stopSharing());
		await this.#meeting.send('screen_share', screen.video);
		if (screen.audio) await this.#meeting.send('screen_share_audio', screen.audio);
		this.#changed('screen');
		return true;
	}

	stopSharing() {
		if (!this.#screen) return;
		const { video, audio } = this.#screen;
		this.#screen = null;
		video.stop();
		audio?.stop();
		this.#meeting?.send('screen_share', null).catch(() => {});
		if (audio) this.#meeting?.send('screen_share_audio', null).catch(() => {});
		this.#changed('screen');
	}

	/** @param {Device} device */
	async #openOne(device) {
		const state = this.#devices[device];
		const { id } = state;
		state.opening = true;
		this.#changed(device);
		if (device === 'camera') this.#drop(device); /* many cameras cannot be opened twice */
		const result = await openDevice(device, id).then((track) => ({ track, error: null }),
			(error) => ({ track: null, error }));
		if (device === 'microphone') this.#drop(device);
		await this.#take(device, result);
	}

	/**
	 * @param {Device} device
	 * @param {{track: MediaStreamTrack | null, error: CuriaError | null}} opened
	 */
	async #take(device, { track, error }) {
		const state = this.#devices[device];
		state.opening = false;
		if (device === 'camera' && !state.wanted) { /* it was turned off while it started */
			track?.stop();
			track = null;
		}
		state.track = track;
		state.error = error;
		if (error) state.wanted = false;
		if (track) {
			track.enabled = state.wanted;
			state.id = track.getSettings().deviceId ?? state.id;
			track.addEventListener('ended', () => this.#onEnded(device, track));
		}
		this.#changed(device);
		await this.#send(device);
	}

	/** The device was pulled out, or the permission taken back. @param {Device} device @param {MediaStreamTrack} track */
	#onEnded(device, track) {
		const state = this.#devices[device];
		if (state.track !== track) return;
		state.track = null;
		state.wanted = false;
		state.error = new CuriaError(device === 'camera' ? 'no-camera' : 'no-microphone', 'the device went away');
		this.#meeting?.send(device, null).catch(() => {});
		this.#changed(device);
	}

	/** @param {Device} device */
	async #send(device) {
		const { track, wanted } = this.#devices[device];
		await this.#meeting?.send(device, track, { muted: track === null || !wanted });
	}

	/** @param {Device} device */
	#drop(device) {
		const state = this.#devices[device];
		const { track } = state;
		state.track = null;
		track?.stop();
	}

	/** @param {Device | 'screen'} device */
	#changed(device) {
		this.dispatchEvent(new CustomEvent('change', { detail: { device } }));
	}
}
