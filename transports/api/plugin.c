/* plugin.c: the transport as Janus sees it; the only file here that knows Janus.
 * Thread: init and destroy on the main thread; send_message and session_over on any, some under the core's locks, so they
 * only queue. Ownership: the server is ours between init and destroy. */
#include <janus/transports/transport.h>
#include <janus/debug.h>

#include "curia-log.h"
#include "curia-node.h"
#include "first-admin.h"
#include "hub.h"
#include "oidc.h"
#include "routes.h"
#include "server.h"
#include "upkeep.h"

#define VERSION 1
#define VERSION_STRING "0.1.0"

janus_transport *create (void);

static janus_transport transport;
static janus_transport_callbacks *core;
static CuriaNode *node;
static GRWLock lock;     /* guards `server`: held for reading while it is used by the core's threads; leaf */
static Server *server;
static Upkeep *upkeep;
static gint unanswered; /* atomic: requests that the core has not answered */

#define SETTLE_US (500 * G_TIME_SPAN_MILLISECOND)

/* ---- the hub's view of the core ---- */

static gpointer
core_open (Session *session)
{
	return janus_transport_session_create (session, session_unref);
}

static void
core_close (gpointer link)
{
	janus_transport_session_destroy (link);
}

static void
core_request (gpointer link, gsize serial, json_t *message)
{
	g_atomic_int_inc (&unanswered);
	core->incoming_request (&transport, link, GSIZE_TO_POINTER (serial), FALSE, message, NULL);
}

static void
core_gone (gpointer link)
{
	core->transport_gone (&transport, link);
}

static const Core hub_core = { core_open, core_close, core_request, core_gone };

/* ---- the core's view of us ---- */

static int
send_message (janus_transport_session *link, void *request_id, gboolean admin, json_t *message)
{
	int result = -1;

	if (request_id)
		g_atomic_int_add (&unanswered, -1);
	if (message == NULL)
		return -1;
	g_rw_lock_reader_lock (&lock);
	if (server && link && !admin) {
		hub_answer (link->transport_p, GPOINTER_TO_SIZE (request_id), json_incref (message));
		result = 0;
	}
	g_rw_lock_reader_unlock (&lock);
	json_decref (message);
	return result;
}

static void
session_created (janus_transport_session *link, guint64 session_id)
{
	(void) link; /* the answer to `create` says it, too */
	(void) session_id;
}

static void
session_over (janus_transport_session *link, guint64 session_id, gboolean timeout, gboolean claimed)
{
	(void) session_id;
	(void) timeout;
	(void) claimed;
	g_rw_lock_reader_lock (&lock);
	if (server && link)
		hub_session_over (link->transport_p);
	g_rw_lock_reader_unlock (&lock);
}

static void
session_claimed (janus_transport_session *link, guint64 session_id)
{
	(void) link; /* claims do not reach the core */
	(void) session_id;
}

/* ---- life ---- */

static void
log_to_janus (CuriaLogLevel level, const char *line)
{
	static const int levels[] = { LOG_ERR, LOG_WARN, LOG_INFO, LOG_VERB };

	JANUS_LOG (levels[level], "%s\n", line);
}

static gboolean
start (janus_transport_callbacks *callbacks, const char *config_folder, GError **error)
{
	core = callbacks;
	if (core->is_api_secret_needed (&transport) || core->is_auth_token_needed (&transport))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD,
			"janus.jcfg: api_secret and token_auth must be off: clients of this transport have tokens of their own");
	node = curia_node_ref (config_folder, error);
	if (node && !api_oidc_check_options (curia_node_options (node), error))
		return FALSE;
	server = node ? server_new (node, &hub_core, error) : NULL;
	upkeep = server ? upkeep_new (node) : NULL;
	if (server)
		first_admin_announce (node);
	return server != NULL;
}

static int
init (janus_transport_callbacks *callbacks, const char *config_folder)
{
	g_autoptr (GError) error = NULL;

	if (callbacks == NULL || config_folder == NULL)
		return -1;
	curia_log_set_sink (log_to_janus);
	if (start (callbacks, config_folder, &error))
		return 0;
	curia_log_error ("api", "%s", error ? error->message : "cannot start");
	g_clear_pointer (&node, curia_node_unref);
	return -1;
}

/* The core frees its workers as soon as transports are gone, also under requests that still wait for one. */
static void
settle (void)
{
	gint64 until_us = g_get_monotonic_time () + SETTLE_US;

	while (g_atomic_int_get (&unanswered) > 0 && g_get_monotonic_time () < until_us)
		g_usleep (2 * G_TIME_SPAN_MILLISECOND);
}

static void
destroy (void)
{
	Server *last;

	g_rw_lock_writer_lock (&lock);
	last = g_steal_pointer (&server);
	g_rw_lock_writer_unlock (&lock);
	/* from here on messages from the core are dropped; workers that are waited for must not wait for long themselves */
	if (node)
		curia_store_hurry (curia_node_store (node));
	g_clear_pointer (&last, server_free);
	g_clear_pointer (&upkeep, upkeep_free);
	settle ();
	api_routes_forget ();
	g_clear_pointer (&node, curia_node_unref);
}

static int get_api_compatibility (void) { return JANUS_TRANSPORT_API_VERSION; }
static int get_version (void) { return VERSION; }
static const char *get_version_string (void) { return VERSION_STRING; }
static const char *get_description (void) { return "Curia's web client, REST interface and Janus protocol on one port."; }
static const char *get_name (void) { return "Curia API transport"; }
static const char *get_author (void) { return "The Curia authors"; }
static const char *get_package (void) { return "janus.transport.curia.api"; }
static gboolean is_janus_api_enabled (void) { return TRUE; }
static gboolean is_admin_api_enabled (void) { return FALSE; }

/* not by JANUS_TRANSPORT_INIT: it sets every field twice, which -Wextra dislikes */
static janus_transport transport = {
	.init = init,
	.destroy = destroy,
	.get_api_compatibility = get_api_compatibility,
	.get_version = get_version,
	.get_version_string = get_version_string,
	.get_description = get_description,
	.get_name = get_name,
	.get_author = get_author,
	.get_package = get_package,
	.is_janus_api_enabled = is_janus_api_enabled,
	.is_admin_api_enabled = is_admin_api_enabled,
	.send_message = send_message,
	.session_created = session_created,
	.session_over = session_over,
	.session_claimed = session_claimed,
};

__attribute__ ((visibility ("default"))) janus_transport *
create (void)
{
	return &transport;
}
