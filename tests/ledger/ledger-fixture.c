#include "config.h"
#include "tests/ledger/ledger-fixture.h"

#include <stdlib.h>
#include <string.h>
#include "tests/ledger/fake-core.h"
#include "tests/ledger/look.h"
#include "tests/lib/servers.h"

/* ---- an empty place for each test ---- */

void place_on_file (Place *place, gconstpointer data)
{
	(void) data;
	place->folder = fake_folder_new ();
	place->url = g_strdup_printf ("sqlite:%s/test.db", place->folder);
}

void place_on_server (Place *place, gconstpointer data)
{
	(void) data;
	g_free (servers_postgres_start ());
	place->folder = fake_folder_new ();
	place->url = servers_postgres_database ("ledger");
}

void place_tear_down (Place *place, gconstpointer data)
{
	(void) data;
	fake_folder_remove (place->folder);
	g_free (place->folder);
	g_free (place->url);
}

void assert_rows (const char *url, const char *query, const char *expected)
{
	g_autofree char *rows = look (url, query);

	if (strcmp (rows, expected) != 0)
		g_error ("%s:\n%s\nnot\n%s", query, rows, expected);
}

/* ---- a batch straight into the store ---- */

static char *unquote (const char *text)
{
	return g_strdelimit (g_strdup (text), "'", '"');
}

static void fill_event (LedgerEvent *event, const Said *said, guint number)
{
	char *data = unquote (said->data != NULL ? said->data : "{}");

	*event = (LedgerEvent) { .id = g_strdup_printf ("EV_%u", number), .type = said->type,
		.node = said->node != NULL ? said->node : "n1", .meeting = *said->call != '\0' ? "MT_m" : "", .code = "code",
		.call = said->call, .data = data, .body = json_loads (data, 0, NULL), .time_ms = said->time_ms, .number = number };
	g_assert_nonnull (event->body);
}

static void fill_sample (LedgerSample *sample, const Said *said, guint number)
{
	*sample = (LedgerSample) { .id = g_strdup_printf ("EV_%u", number), .participation = g_strndup (said->data, strcspn (said->data, " ")),
		.call = said->call, .time_ms = said->time_ms, .number = number };
	sample->values[LEDGER_VALUE_spoke_ms] = atoi (strchr (said->data, ' '));
}

/* Numbers from `first` on. */
gboolean write_said (CuriaStore *store, const Said *said, guint n, guint first, gint64 *seq, GError **error)
{
	g_autofree LedgerEvent *events = g_new0 (LedgerEvent, n);
	g_autofree LedgerSample *samples = g_new0 (LedgerSample, n);
	LedgerBatch batch = { .spool = "SP_test", .node = n > 0 && said[n - 1].node != NULL ? said[n - 1].node : "n1", .next = first + n,
		.events = events, .samples = samples };
	gboolean ok;

	for (guint i = 0; i < n; i++)
		if (g_str_equal (said[i].type, "quality"))
			fill_sample (&samples[batch.n_samples++], &said[i], first + i);
		else
			fill_event (&events[batch.n_events++], &said[i], first + i);
	ok = curia_store_ledger_write (store, &batch, seq, error);
	for (guint i = 0; i < batch.n_events; i++) {
		g_free ((char *) events[i].id);
		g_free ((char *) events[i].data);
		json_decref (events[i].body);
	}
	for (guint i = 0; i < batch.n_samples; i++) {
		g_free ((char *) samples[i].id);
		g_free ((char *) samples[i].participation);
	}
	return ok;
}
