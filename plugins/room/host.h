/* host.h: the Janus core as the rest of the plugin sees it: its callbacks, our own table, and whether we are leaving.
 * Thread: set in init and destroy on the main thread; read from any.
 * Ownership: both pointers belong to the core and live as long as the process. */
#ifndef ROOM_HOST_H
#define ROOM_HOST_H

#include <janus/plugins/plugin.h>

#define ROOM_PACKAGE "janus.plugin.curia.room"

typedef struct {
	janus_callbacks *core;
	janus_plugin *plugin;
	gint running; /* atomic: callbacks do nothing while it is 0 */
} Host;

extern Host host;

/* LOCK ORDER. No lock is held while calling the core, the store or the bus; no function below takes a second one
 * except in this order:
 *
 *   registry sessions (lookup of a handle) < session < batch < track < layer < slot < outbox queue
 *
 * State of rooms, participants and viewers has no lock at all: it belongs to the control thread (control.h).
 * A thread that runs media callbacks takes `session`, `track` and `slot`, each for a few loads and stores only.
 * query_session is called under the core's handle mutex, so it takes none but `session`. */

static inline gboolean host_is_running (void)
{
	return g_atomic_int_get (&host.running);
}

#endif
