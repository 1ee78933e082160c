#include "config.h"
#include "tests/ledger/fake-core.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <janus/events/eventhandler.h>

/* ---- symbols that the core gives its modules ---- */

#define EXPORTED __attribute__ ((visibility ("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

EXPORTED int janus_log_level = 0;
EXPORTED gboolean janus_log_timestamps = FALSE, janus_log_colors = FALSE;
EXPORTED char *janus_log_global_prefix = NULL;
EXPORTED int lock_debug = 0;
EXPORTED int refcount_debug = 0;

EXPORTED void janus_vprintf (const char *format, ...)
{
	va_list args;

	va_start (args, format);
	g_autofree char *text = g_strdup_vprintf (format, args);
	va_end (args);
	if (g_getenv ("CURIA_TEST_LOG") != NULL)
		g_printerr ("%s", text);
}

/* ---- folders ---- */

char *fake_folder_new (void)
{
	char *folder = g_dir_make_tmp ("curia-ledger-XXXXXX", NULL);

	g_assert_nonnull (folder);
	return folder;
}

void fake_folder_remove (const char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
		g_autofree char *path = g_build_filename (folder, name, NULL);

		if (g_file_test (path, G_FILE_TEST_IS_DIR))
			fake_folder_remove (path);
		g_unlink (path);
	}
	g_rmdir (folder);
}

/* ---- the module ---- */

static janus_eventhandler *handler;

static void load (void)
{
	g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "events/ledger/.libs/libjanus_curia_ledger.so", NULL);
	void *module = dlopen (path, RTLD_NOW | RTLD_GLOBAL);

	if (module == NULL)
		g_error ("%s", dlerror ());
	create_e *create = (create_e *) dlsym (module, "create");
	handler = create ();
	g_assert_cmpint (handler->get_api_compatibility (), ==, JANUS_EVENTHANDLER_API_VERSION);
	g_assert_cmpstr (handler->get_package (), ==, "janus.eventhandler.curia.ledger");
	g_assert_cmpint (handler->events_mask, ==, JANUS_EVENT_TYPE_PLUGIN | JANUS_EVENT_TYPE_WEBRTC | JANUS_EVENT_TYPE_CORE);
}

gboolean fake_try_start (const char *folder, const char *store_url, const char *node, const char *options)
{
	g_autofree char *file = g_build_filename (folder, "curia.jcfg", NULL);
	g_autofree char *text = g_strdup_printf ("general: { log_level = \"info\"; node_name = \"%s\" }\nstore: { url = \"%s\" }\n"
		"token: { keys = [ \"test:0123456789abcdef0123456789abcdef\" ] }\n%s", node, store_url, options);

	if (handler == NULL)
		load ();
	g_assert_true (g_file_set_contents (file, text, -1, NULL));
	return handler->init (folder) == 0;
}

void fake_start (const char *folder, const char *store_url, const char *node, const char *options)
{
	janus_log_level = 5;
	g_assert_true (fake_try_start (folder, store_url, node, options));
}

void fake_stop (void)
{
	handler->destroy ();
}

/* ---- events ---- */

void fake_call (json_t *event)
{
	handler->incoming_event (event);
}

/* The core gives up its reference after the call. */
void fake_offer_raw (json_t *take_event)
{
	handler->incoming_event (take_event);
	json_decref (take_event);
}

void fake_offer (json_t *take_data)
{
	fake_offer_raw (json_pack ("{s:s s:i s:I s:{s:s s:o}}", "emitter", "test", "type", JANUS_EVENT_TYPE_PLUGIN, "timestamp",
		(json_int_t) g_get_real_time (), "event", "plugin", "janus.plugin.curia.room", "data", take_data));
}

json_t *fake_event (const char *event, gint64 time_ms, const char *call, json_t *take_more)
{
	json_t *data = json_pack ("{s:s s:I s:s s:s s:s}", "event", event, "time_ms", (json_int_t) time_ms, "meeting",
		"MT_0123456789abcdef", "code", "abcd-efgh-jkmn", "call", call);

	if (take_more != NULL)
		json_object_update_new (data, take_more);
	return data;
}

gint64 fake_stat (const char *name)
{
	json_t *stats = handler->handle_request (NULL);
	json_t *value = json_object_get (stats, name);

	g_assert_true (json_is_integer (value));
	gint64 number = json_integer_value (value);
	json_decref (stats);
	return number;
}

void fake_wait_stat (const char *name, gint64 n, gint64 timeout_us)
{
	gint64 until_us = g_get_monotonic_time () + timeout_us;

	while (fake_stat (name) < n) {
		if (g_get_monotonic_time () > until_us)
			g_error ("%s is %d, not %d", name, (int) fake_stat (name), (int) n);
		g_usleep (5000);
	}
}

void fake_wait_written (gint64 n)
{
	fake_wait_stat ("written", n, 60 * G_USEC_PER_SEC);
}
