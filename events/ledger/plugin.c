/* plugin.c: the event handler as Janus sees it; the only file here that knows Janus.
 * Thread: init and destroy on the main thread; incoming_event on the core's thread for events, which must not wait.
 * Ownership: the ledger is ours between init and destroy. */
#include "config.h"

#include <janus/debug.h>
#include <janus/events/eventhandler.h>

#include "curia-log.h"
#include "curia-node.h"
#include "events/ledger/ledger.h"
#include "events/ledger/metrics.h"

janus_eventhandler *create (void);

static GRWLock lock; /* guards `ledger`: held for reading while it is used by the core's threads; leaf */
static Ledger *ledger;

/* ---- life ---- */

static void log_to_janus (CuriaLogLevel level, const char *line)
{
	static const int levels[] = { LOG_ERR, LOG_WARN, LOG_INFO, LOG_VERB };

	JANUS_LOG (levels[level], "%s\n", line);
}

static int on_init (const char *config_folder)
{
	g_autoptr (GError) error = NULL;

	if (config_folder == NULL)
		return -1;
	curia_log_set_sink (log_to_janus);
	CuriaNode *node = curia_node_ref (config_folder, &error);
	Ledger *started = node != NULL ? ledger_start (node, &error) : NULL;
	ledger_metrics_set_up (started != NULL);
	if (started == NULL) {
		curia_log_error ("ledger", "cannot start: %s", error->message);
		return -1;
	}
	g_rw_lock_writer_lock (&lock);
	ledger = started;
	g_rw_lock_writer_unlock (&lock);
	return 0;
}

static void on_destroy (void)
{
	g_rw_lock_writer_lock (&lock);
	Ledger *last = g_steal_pointer (&ledger);
	g_rw_lock_writer_unlock (&lock);
	ledger_metrics_set_up (FALSE);
	if (last != NULL)
		ledger_stop (last);
}

/* ---- what the core calls ---- */

/* The event is borrowed and may be another handler's, too. The core calls this as well when init has failed. */
static void on_event (json_t *event)
{
	g_rw_lock_reader_lock (&lock);
	if (ledger != NULL)
		ledger_take (ledger, event);
	g_rw_lock_reader_unlock (&lock);
}

/* Whatever the Admin API asks, the answer is the counters. */
static json_t *on_request (json_t *request)
{
	(void) request;
	g_rw_lock_reader_lock (&lock);
	json_t *stats = ledger != NULL ? ledger_stats (ledger) : json_object ();
	g_rw_lock_reader_unlock (&lock);
	return stats;
}

/* ---- who we are ---- */

static int get_api_compatibility (void) { return JANUS_EVENTHANDLER_API_VERSION; }
static int get_version (void) { return 1; }
static const char *get_version_string (void) { return PACKAGE_VERSION; }
static const char *get_description (void) { return "Keeps what happened in meetings: calls, attendance, quality"; }
static const char *get_name (void) { return "Curia ledger"; }
static const char *get_author (void) { return "The Curia authors"; }
static const char *get_package (void) { return "janus.eventhandler.curia.ledger"; }

static janus_eventhandler handler = {
	.init = on_init,
	.destroy = on_destroy,
	.get_api_compatibility = get_api_compatibility,
	.get_version = get_version,
	.get_version_string = get_version_string,
	.get_description = get_description,
	.get_name = get_name,
	.get_author = get_author,
	.get_package = get_package,
	.incoming_event = on_event,
	.handle_request = on_request,
	.events_mask = JANUS_EVENT_TYPE_PLUGIN | JANUS_EVENT_TYPE_WEBRTC | JANUS_EVENT_TYPE_CORE,
};

__attribute__ ((visibility ("default"))) janus_eventhandler *create (void)
{
	return &handler;
}
