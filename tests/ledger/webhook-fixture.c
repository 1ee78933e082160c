#include "tests/ledger/webhook-fixture.h"

#include <string.h>
#include <glib/gstdio.h>
#include "tests/lib/servers.h"

static char *
url_of (Place *place, const char *database)
{
	static guint n;

	if (strcmp (database, "sqlite") == 0)
		return g_strdup_printf ("sqlite:%s/test.db", place->folder);
	g_autofree char *name = g_strdup_printf ("webhooks%u", n++), *first = servers_postgres_start ();

	return servers_postgres_database (name);
}

void
place_set_up (Place *place, gconstpointer database)
{
	g_autoptr (GError) error = NULL;

	place->folder = g_dir_make_tmp ("curia-webhooks-XXXXXX", NULL);
	place->url = url_of (place, database);
	place->store = curia_store_open (place->url, &error);
	g_assert_no_error (error);
}

void
place_tear_down (Place *place, gconstpointer database)
{
	g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
	const char *name;

	(void) database;
	curia_store_close (place->store);
	while ((name = g_dir_read_name (dir)) != NULL) {
		g_autofree char *path = g_build_filename (place->folder, name, NULL);

		g_remove (path);
	}
	g_rmdir (place->folder);
	g_free (place->folder);
	g_free (place->url);
}

char *
add_webhook (CuriaStore *store, const char *url, const char *events, const char *meeting)
{
	g_autoptr (CuriaWebhook) webhook = curia_webhook_new ();
	g_autoptr (GError) error = NULL;

	g_free (webhook->url);
	g_free (webhook->key_id);
	g_free (webhook->events);
	g_free (webhook->meeting);
	webhook->url = g_strdup (url);
	webhook->key_id = g_strdup ("key");
	webhook->events = g_strdup (events);
	webhook->meeting = g_strdup (meeting);
	curia_store_webhook_create (store, webhook, 100, &error);
	g_assert_no_error (error);
	return g_strdup (webhook->id);
}

void
queue_events (CuriaStore *store, const char *meeting, const char *type, guint first, guint n, gint64 now_ms)
{
	g_autofree LedgerEvent *events = g_new0 (LedgerEvent, n);
	g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GError) error = NULL;
	json_auto_t *body = json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s}", "participation", "PA_1", "identity", "ann", "name",
		"Ann", "track", "TR_1", "source", "camera", "kind", "video");

	for (guint i = 0; i < n; i++) {
		g_ptr_array_add (ids, g_strdup_printf ("EV_%s%06u", meeting, first + i));
		events[i] = (LedgerEvent) { .id = g_ptr_array_index (ids, i), .type = type, .node = "here", .meeting = meeting,
			.code = "abcd-efgh-jkmn", .call = "CA_1", .data = "{}", .body = body, .time_ms = now_ms };
	}
	curia_store_webhooks_enqueue (store, events, n, now_ms, &error);
	g_assert_no_error (error);
}
