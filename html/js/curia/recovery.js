/**
 * recovery.js: when a PeerConnection needs help. Pure: the state and the time come in, a verdict goes out.
 *
 * wait: nothing to do. restart: offer again with new ICE credentials. rebuild: start over with a new PeerConnection.
 */

/**
 * @typedef {{state: string, since_ms: number, restarts: number, restarted_ms: number, builds: number,
 *            built_ms: number, hungup: boolean}} Health
 */

export const LIMITS = Object.freeze({
	disconnected_ms: 3000, /* a short gap heals by itself */
	restart_ms: 5000, /* time a restart gets to work */
	connect_ms: 15000, /* time a new connection gets */
	restarts: 2, /* before we build anew */
});

const BACKOFF_MS = [0, 500, 1000, 2000, 5000];

/** @returns {Health} */
export const newHealth = () => ({ state: 'new', since_ms: 0, restarts: 0, restarted_ms: -Infinity, builds: 0,
	built_ms: -Infinity, hungup: false });

/**
 * The connection state changed.
 * @param {Health} health
 * @param {string} state RTCPeerConnection.connectionState
 * @param {number} now_ms
 * @returns {Health}
 */
export function observe(health, state, now_ms) {
	if (state === health.state) return health;
	const calm = state === 'connected' ? { restarts: 0, restarted_ms: -Infinity } : {};
	return { ...health, ...calm, state, since_ms: now_ms };
}

/**
 * @param {Health} health
 * @param {boolean} socket_up without the socket nothing can be offered
 * @param {number} now_ms
 * @returns {'wait' | 'restart' | 'rebuild'}
 */
export function decide(health, socket_up, now_ms) {
	if (!socket_up) return 'wait';
	const for_ms = now_ms - health.since_ms;
	if (health.hungup) {
		const pause_ms = BACKOFF_MS[Math.min(health.builds, BACKOFF_MS.length - 1)];
		return now_ms - health.built_ms >= pause_ms ? 'rebuild' : 'wait';
	}
	const troubled = health.state === 'failed' || (health.state === 'disconnected' && for_ms >= LIMITS.disconnected_ms);
	const stuck = (health.state === 'new' || health.state === 'connecting') && for_ms >= LIMITS.connect_ms;
	if (stuck) return 'rebuild';
	if (!troubled || now_ms - health.restarted_ms < LIMITS.restart_ms) return 'wait';
	return health.restarts >= LIMITS.restarts ? 'rebuild' : 'restart';
}
