/**
 * devices.js: camera, microphone and screen, with errors that say what to do.
 */
import { CuriaError } from './errors.js';

/** @typedef {'microphone' | 'camera'} Device */

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

/**
 * What the browser's error means for the person in front of it.
 * @param {any} cause
 * @param {Device} device
 */
export function deviceError(cause, device) {
	const by = {
		NotAllowedError: `${device}-denied`, SecurityError: `${device}-denied`,
		NotFoundError: `no-${device}`, OverconstrainedError: `no-${device}`,
		NotReadableError: `${device}-busy`, AbortError: `${device}-busy`,
	};
	const code = by[/** @type {keyof typeof by} */ (cause?.name)] ?? `${device}-busy`;
	return new CuriaError(code, `${cause?.name}: ${cause?.message}`, { cause });
}

/** Whether the page may ask for devices at all. */
export function canCapture() {
	return typeof navigator !== 'undefined' && typeof navigator.mediaDevices?.getUserMedia === 'function';
}

/** Whether the browser can share a screen. */
export function canShare() {
	return canCapture() && typeof navigator.mediaDevices.getDisplayMedia === 'function';
}

/**
 * Opens one device.
 * @param {Device} device
 * @param {string} [deviceId] the one to use; another is taken when it is gone
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openDevice(device, deviceId) {
	if (!canCapture()) throw new CuriaError('insecure-context');
	const basic = device === 'camera' ? VIDEO : AUDIO;
	const kind = device === 'camera' ? 'video' : 'audio';
	try {
		const chosen = deviceId ? { ...basic, deviceId: { ideal: deviceId } } : basic;
		const stream = await navigator.mediaDevices.getUserMedia({ [kind]: chosen });
		return stream.getTracks()[0];
	} catch (cause) {
		throw deviceError(cause, device);
	}
}

/**
 * Opens what is wanted, with a single question to the person where the browser can; each device fails for itself.
 * @param {{camera?: boolean, microphone?: boolean, cameraId?: string, microphoneId?: string}} wanted
 * @returns {Promise<Record<Device, {track: MediaStreamTrack | null, error: CuriaError | null}>>}
 */
export async function openDevices({ camera = true, microphone = true, cameraId, microphoneId }) {
	const none = { track: null, error: null };
	if (camera && microphone && canCapture()) {
		try {
			const stream = await navigator.mediaDevices.getUserMedia({
				audio: microphoneId ? { ...AUDIO, deviceId: { ideal: microphoneId } } : AUDIO,
				video: cameraId ? { ...VIDEO, deviceId: { ideal: cameraId } } : VIDEO,
			});
			return { camera: { track: stream.getVideoTracks()[0], error: null },
				microphone: { track: stream.getAudioTracks()[0], error: null } };
		} catch { /* each for itself, to learn which of the two it is */ }
	}
	/** @param {Device} device @param {string} [id] */
	const one = (device, id) => openDevice(device, id).then((track) => ({ track, error: null }),
		(error) => ({ track: null, error }));
	return {
		microphone: microphone ? await one('microphone', microphoneId) : none,
		camera: camera ? await one('camera', cameraId) : none,
	};
}

/**
 * Asks for a screen, window or tab. Null when the person changed their mind.
 * @returns {Promise<{video: MediaStreamTrack, audio: MediaStreamTrack | null} | null>}
 */
export async function openScreen() {
	if (!canShare()) throw new CuriaError(canCapture() ? 'share-unsupported' : 'insecure-context');
	try {
		const stream = await navigator.mediaDevices.getDisplayMedia({
			video: { frameRate: { ideal: 15, max: 30 }, width: { max: 2560 }, height: { max: 1440 } },
			audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
		});
		return { video: stream.getVideoTracks()[0], audio: stream.getAudioTracks()[0] ?? null };
	} catch (cause) {
		if (cause instanceof DOMException && cause.name === 'NotAllowedError') return null;
		throw new CuriaError('share-denied', String(cause), { cause });
	}
}

/**
 * The devices there are, once the person has allowed one of them (before that they have no names).
 * @returns {Promise<{microphones: MediaDeviceInfo[], cameras: MediaDeviceInfo[], speakers: MediaDeviceInfo[]}>}
 */
export async function listDevices() {
	const all = canCapture() ? await navigator.mediaDevices.enumerateDevices().catch(() => []) : [];
	/** @param {string} kind */
	const of = (kind) => all.filter((device) => device.kind === kind && device.deviceId !== '');
	return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/** How loud a microphone is, 0 to 1, many times a second. Listens to a copy, so a muted track is heard too. */
export class LevelMeter {
	/** @type {AudioContext | null} */
	#context = null;
	/** @type {MediaStreamTrack | null} */
	#copy = null;
	/** @type {any} */
	#timer = null;

	/**
	 * @param {MediaStreamTrack} track
	 * @param {(level: number) => void} onlevel
	 */
	constructor(track, onlevel) {
		if (typeof AudioContext === 'undefined') return;
		this.#context = new AudioContext();
		this.#copy = track.clone();
		this.#copy.enabled = true;
		const analyser = this.#context.createAnalyser();
		analyser.fftSize = 1024;
		this.#context.createMediaStreamSource(new MediaStream([this.#copy])).connect(analyser);
		const samples = new Float32Array(analyser.fftSize);
		let shown = 0;
		this.#timer = setInterval(() => {
			analyser.getFloatTimeDomainData(samples);
			let sum = 0;
			for (const sample of samples) sum += sample * sample;
			const db = 20 * Math.log10(Math.sqrt(sum / samples.length) + 1e-6);
			const level = Math.min(1, Math.max(0, (db + 60) / 50));
			shown = Math.max(level, shown * 0.8);
			onlevel(shown);
		}, 60);
	}

	/** Browsers start sound only after a gesture: call this on the first one. */
	resume() {
		if (this.#context?.state === 'suspended') this.#context.resume().catch(() => {});
	}

	stop() {
		clearInterval(this.#timer);
		this.#copy?.stop();
		this.#context?.close().catch(() => {});
		this.#context = null;
	}
}
