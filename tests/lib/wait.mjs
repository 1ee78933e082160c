// Waiting and figures. Nothing here sleeps blindly: `until` asks again until the answer is there, or says what was missing.
import { setTimeout as pause } from 'node:timers/promises'

/** Calls `probe` until it gives something true, at most `timeout_ms`; gives that, or throws saying what did not happen. */
export async function until (what, probe, { timeout_ms = 10_000, every_ms = 50 } = {}) {
  const started = Date.now()
  let last, failure
  for (;;) {
    try {
      last = await probe()
      failure = undefined
      if (last) return last
    } catch (error) {
      failure = error
    }
    if (Date.now() - started > timeout_ms)
      throw new Error(`not within ${timeout_ms} ms: ${what}` + (failure ? ` (${failure.message})` : ''))
    await pause(every_ms)
  }
}

/** `promise`, or an error that names `what` after `timeout_ms`. */
export async function within (timeout_ms, what, promise) {
  const stop = new AbortController()
  const late = pause(timeout_ms, undefined, { signal: stop.signal }).then(
    () => { throw new Error(`not within ${timeout_ms} ms: ${what}`) }, () => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    stop.abort()
  }
}

/** Watches something for a while: calls `look(elapsed_ms)` every `every_ms`. */
export async function watch (duration_ms, every_ms, look) {
  const started = Date.now()
  for (let n = 1; ; n++) {
    const due = Math.min(n * every_ms, duration_ms)
    await pause(Math.max(0, started + due - Date.now()))
    await look(Date.now() - started)
    if (due >= duration_ms) return
  }
}

/** The value below which `share` (0 to 1) of the numbers lie (nearest rank). */
export function percentile (numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

export { pause }
