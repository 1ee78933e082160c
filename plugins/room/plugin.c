/* plugin.c: the module's door: Janus loads the .so, calls create and gets this table. Callbacks are thin: they find the
 * session and hand over. Which thread calls what, and under which of the core's locks: see docs/architecture.md. */
#include "config.h"

#include <janus/debug.h>
#include <janus/plugins/plugin.h>

#include "curia-clock.h"
#include "curia-log.h"
#include "curia-node.h"
#include "plugins/room/admin.h"
#include "plugins/room/batch.h"
#include "plugins/room/control.h"
#include "plugins/room/host.h"
#include "plugins/room/media.h"
#include "plugins/room/membership.h"
#include "plugins/room/metrics.h"
#include "plugins/room/outbox.h"
#include "plugins/room/registry.h"
#include "plugins/room/settings.h"
#include "plugins/room/signaling.h"
#include "plugins/room/supply.h"

#if JANUS_PLUGIN_API_VERSION < 102
#error "Janus 1.1.2 or later is needed"
#endif

janus_plugin *create (void);
static janus_plugin plugin;

/* ---- life ---- */

static void to_janus_log (CuriaLogLevel level, const char *line)
{
	switch (level) {
	case CURIA_LOG_ERROR: JANUS_LOG (LOG_ERR, "%s\n", line); break;
	case CURIA_LOG_WARNING: JANUS_LOG (LOG_WARN, "%s\n", line); break;
	case CURIA_LOG_INFO: JANUS_LOG (LOG_INFO, "%s\n", line); break;
	case CURIA_LOG_DEBUG: JANUS_LOG (LOG_VERB, "%s\n", line); break;
	}
}

/* The end of each batch of the control thread. Answers leave after the packets' road was set, and before the events
 * about it. */
static void after_batch (gpointer data G_GNUC_UNUSED)
{
	registry_flush ();
	signaling_flush ();
	registry_tell ();
}

static int on_init (janus_callbacks *core, const char *config_folder)
{
	g_autoptr (GError) error = NULL;
	if (!core || !config_folder)
		return -1;
	curia_log_set_sink (to_janus_log);
	CuriaNode *node = curia_node_ref (config_folder, &error);
	if (!node) {
		curia_log_error ("room", "cannot start: %s", error->message);
		return -1;
	}
	host.core = core;
	host.plugin = &plugin;
	settings_load (curia_node_options (node));
	sessions_start ();
	outbox_start ();
	batch_start (settings.batch_us, g_get_num_processors ());
	registry_start (node, after_batch);
	metrics_start ();
	g_atomic_int_set (&host.running, 1);
	return 0;
}

static void on_destroy (void)
{
	if (!g_atomic_int_compare_and_exchange (&host.running, 1, 0))
		return;
	CuriaNode *node = registry_node ();
	metrics_stop ();
	registry_stop ();
	batch_stop ();
	outbox_stop ();
	sessions_stop ();
	curia_node_unref (node);
}

/* ---- handles ---- */

static void on_create_session (janus_plugin_session *handle, int *error)
{
	if (!host_is_running ()) {
		*error = -1;
		return;
	}
	Session *session = session_new (handle);
	handle->plugin_handle = session;
	sessions_add (session);
}

static void release_session (gpointer session)
{
	session_unref (session);
}

static void on_control_gone (gpointer session)
{
	room_session_gone (session);
}

static void on_destroy_session (janus_plugin_session *handle, int *error)
{
	Session *session = handle->plugin_handle;
	if (!session) {
		*error = -2;
		return;
	}
	sessions_remove (handle);
	handle->plugin_handle = NULL;
	control_post (on_control_gone, session, release_session); /* with the reference that the handle had */
}

static janus_plugin_result *refuse (const GError *error)
{
	return janus_plugin_result_new (JANUS_PLUGIN_OK, NULL, signaling_error_to_json (error));
}

static janus_plugin_result *on_message (janus_plugin_session *handle, char *transaction, json_t *message, json_t *jsep)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (Session) session = host_is_running () ? sessions_lookup (handle) : NULL;
	if (!session) {
		g_free (transaction);
		json_decref (message);
		json_decref (jsep);
		return janus_plugin_result_new (JANUS_PLUGIN_ERROR, "The handle is gone", NULL);
	}
	if (!signaling_request (session, transaction, message, jsep, &error))
		return refuse (error);
	return janus_plugin_result_new (JANUS_PLUGIN_OK_WAIT, NULL, NULL);
}

static json_t *on_admin_message (json_t *message)
{
	return host_is_running () ? admin_message (message) : json_object ();
}

static json_t *on_query_session (janus_plugin_session *handle)
{
	g_autoptr (Session) session = host_is_running () ? sessions_lookup (handle) : NULL;
	return session ? admin_session (session) : NULL;
}

/* ---- media: serial for each handle, on its loop; a handle's session lives until destroy_session on that same loop ---- */

static void on_control_up (gpointer session)
{
	room_session_up (session, curia_clock_us ());
}

static void on_control_down (gpointer session)
{
	room_session_down (session);
}

static void post (janus_plugin_session *handle, ControlFunc func)
{
	Session *session = handle->plugin_handle;
	if (session && host_is_running ())
		control_post (func, session_ref (session), release_session);
}

static void on_setup_media (janus_plugin_session *handle)
{
	post (handle, on_control_up);
}

static void on_hangup_media (janus_plugin_session *handle)
{
	post (handle, on_control_down);
}

static void on_incoming_rtp (janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	Session *session = handle->plugin_handle;
	if (session && host_is_running ())
		media_rtp (session, packet);
}

static void on_control_keyframes (gpointer data)
{
	Session *session = data;
	g_atomic_int_set (&session->keyframe_posted, 0);
	if (session->participant)
		supply_wants_keyframes (session->participant, curia_clock_us ());
}

static void on_control_receipts (gpointer data)
{
	Session *session = data;
	g_atomic_int_set (&session->receipts_posted, 0);
	if (session->participant && session->kind == SESSION_VIEW)
		room_viewer_reported (session->participant, curia_clock_us ());
}

static void on_incoming_rtcp (janus_plugin_session *handle, janus_plugin_rtcp *packet)
{
	Session *session = handle->plugin_handle;
	guint news = session && host_is_running () ? media_rtcp (session, packet) : 0;
	if ((news & MEDIA_WANTS_KEYFRAME) && g_atomic_int_compare_and_exchange (&session->keyframe_posted, 0, 1))
		post (handle, on_control_keyframes);
	if ((news & MEDIA_RECEIVES_LESS) && g_atomic_int_compare_and_exchange (&session->receipts_posted, 0, 1))
		post (handle, on_control_receipts);
}

static void on_slow_link (janus_plugin_session *handle, int mindex G_GNUC_UNUSED, gboolean video G_GNUC_UNUSED,
	gboolean uplink G_GNUC_UNUSED)
{
	Session *session = handle->plugin_handle;
	if (session && host_is_running ())
		receipts_add_slow_link (&session->receipts);
}

/* ---- who we are ---- */

static int get_api_compatibility (void) { return JANUS_PLUGIN_API_VERSION; }
static int get_version (void) { return 1; }
static const char *get_version_string (void) { return PACKAGE_VERSION; }
static const char *get_description (void) { return "Meeting rooms: two PeerConnections per participant, slots instead of streams"; }
static const char *get_name (void) { return "Curia room"; }
static const char *get_author (void) { return "The Curia authors"; }
static const char *get_package (void) { return ROOM_PACKAGE; }

/* What is not named is NULL: data channels. */
static janus_plugin plugin = {
	.init = on_init,
	.destroy = on_destroy,
	.get_api_compatibility = get_api_compatibility,
	.get_version = get_version,
	.get_version_string = get_version_string,
	.get_description = get_description,
	.get_name = get_name,
	.get_author = get_author,
	.get_package = get_package,
	.create_session = on_create_session,
	.handle_message = on_message,
	.handle_admin_message = on_admin_message,
	.setup_media = on_setup_media,
	.incoming_rtp = on_incoming_rtp,
	.incoming_rtcp = on_incoming_rtcp,
	.slow_link = on_slow_link,
	.hangup_media = on_hangup_media,
	.destroy_session = on_destroy_session,
	.query_session = on_query_session,
};

__attribute__ ((visibility ("default"))) janus_plugin *create (void)
{
	return &plugin;
}
