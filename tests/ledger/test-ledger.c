/* The ledger on a real file and on a real PostgreSQL: what it makes of a meeting's events, that each is written once, and what
 * survives outages, kill -9 and hostile events. */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "curia-error.h"
#include "curia-ledger-store.h"
#include "curia-log.h"
#include "events/ledger/spool.h"
#include "tests/ledger/fake-core.h"
#include "tests/ledger/look.h"
#include "tests/lib/servers.h"

static const char *program;

/* ---- an empty place for each test ---- */

typedef struct {
	char *folder, *url;
} Place;

static void file_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->folder = fake_folder_new ();
	place->url = g_strdup_printf ("sqlite:%s/test.db", place->folder);
}

static void server_set_up (Place *place, gconstpointer data)
{
	(void) data;
	g_free (servers_postgres_start ());
	place->folder = fake_folder_new ();
	place->url = servers_postgres_database ("ledger");
}

static void tear_down (Place *place, gconstpointer data)
{
	(void) data;
	fake_folder_remove (place->folder);
	g_free (place->folder);
	g_free (place->url);
}

static void assert_rows (const char *url, const char *query, const char *expected)
{
	g_autofree char *rows = look (url, query);

	if (strcmp (rows, expected) != 0)
		g_error ("%s:\n%s\nnot\n%s", query, rows, expected);
}

/* ---- projections: a batch straight into the store ---- */

typedef struct {
	const char *type;
	gint64 time_ms;
	const char *call, *data; /* with ' for "; a quality sample: "<participation> <spoke_ms>" */
	const char *node;
} Said;

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
static gboolean write_said (CuriaStore *store, const Said *said, guint n, guint first, gint64 *seq, GError **error)
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

#define P1 "'participation':'PA_1','participant':'p1','identity':'ann','name':'Ann','role':'participant'"
#define P2 "'participation':'PA_2','participant':'p2','identity':'bob','name':'Bob','role':'viewer'"

/* A meeting of two, in which everything happens. */
static const Said story[] = {
	{ "node_started", 500, "", NULL, NULL },
	{ "call_started", 1000, "CA_1", "{'title':'Weekly'}", NULL },
	{ "participant_joined", 1003, "CA_1", "{" P1 "}", NULL },
	{ "media_connected", 1750, "CA_1", "{" P1 ",'join_ms':747}", NULL },
	{ "track_published", 1800, "CA_1", "{" P1 ",'track':'TR_a','source':'microphone','codec':'opus'}", NULL },
	{ "track_published", 1801, "CA_1", "{" P1 ",'track':'TR_v','source':'camera','codec':'vp8','muted':true}", NULL },
	{ "participant_joined", 2000, "CA_1", "{" P2 "}", NULL },
	{ "quality", 3000, "CA_1", "PA_1 300", NULL },
	{ "track_muted", 4000, "CA_1", "{" P1 ",'track':'TR_a'}", NULL },
	{ "track_muted", 4100, "CA_1", "{" P1 ",'track':'TR_a'}", NULL }, /* said twice: since the first */
	{ "track_unmuted", 4251, "CA_1", "{" P1 ",'track':'TR_a'}", NULL },
	{ "track_muted", 5000, "CA_1", "{" P1 ",'track':'TR_a'}", NULL },
	{ "track_unmuted", 5001, "CA_1", "{" P1 ",'track':'TR_a'}", NULL },
	{ "participant_reconnected", 5500, "CA_1", "{" P2 ",'away_ms':900}", NULL },
	{ "participant_reconnected", 5600, "CA_1", "{" P2 ",'away_ms':90}", NULL },
	{ "join_failed", 5700, "CA_1", "{'identity':'eve','error':'meeting-full'}", NULL },
	{ "dominant_speaker", 5800, "CA_1", "{" P1 "}", NULL },
	{ "quality", 6000, "CA_1", "PA_1 1200", NULL },
	{ "quality", 6000, "CA_1", "PA_2 0", NULL },
	{ "track_muted", 7000, "CA_1", "{" P1 ",'track':'TR_a'}", NULL },
	{ "track_unpublished", 7100, "CA_1", "{" P1 ",'track':'TR_a'}", NULL },
	{ "hand_raised", 7200, "CA_1", "{" P1 "}", NULL },
	{ "participant_left", 8000, "CA_1", "{" P1 ",'reason':'left'}", NULL },
	{ "quality", 8000, "CA_1", "PA_1 7", NULL },
	{ "call_ended", 9009, "CA_1", "{'reason':'ended'}", NULL }, /* Bob's leaving got lost */
	{ "participant_left", 9100, "CA_1", "{" P2 ",'reason':'late'}", NULL },
};

static void check_story (const char *url)
{
	assert_rows (url, "SELECT id, meeting, code, title, node, started_ms, ended_ms, end_reason, last_ms, join_failures FROM calls",
		"CA_1|MT_m|code|Weekly|n1|1000|9009|ended|9009|1");
	assert_rows (url, "SELECT id, call_id, meeting, participant, identity, name, role, joined_ms, left_ms, leave_reason, join_ms, spoke_ms,"
		" reconnects FROM participations ORDER BY id",
		"PA_1|CA_1|MT_m|p1|ann|Ann|participant|1003|8000|left|747|1507|0\n"
		"PA_2|CA_1|MT_m|p2|bob|Bob|viewer|2000|9009|ended|-1|0|2");
	assert_rows (url, "SELECT id, participation, call_id, source, codec, published_ms, unpublished_ms, muted_ms, muted_total_ms FROM tracks"
		" ORDER BY id",
		"TR_a|PA_1|CA_1|microphone|opus|1800|7100|0|352\nTR_v|PA_1|CA_1|camera|vp8|1801|8000|0|6199");
	assert_rows (url, "SELECT COUNT (*), SUM (spoke_ms) FROM quality_samples", "4|1507");
	assert_rows (url, "SELECT COUNT (*), COUNT (DISTINCT id), MIN (seq), MAX (seq), MAX (meeting_seq) FROM events", "22|22|1|22|21");
	assert_rows (url, "SELECT value FROM sequences ORDER BY name", "22\n21");
}

/* In one batch, in batches of each size, each of them twice, and with overlaps. */
static void test_story (Place *place, gconstpointer data)
{
	static const char *const tables[] = { "spools", "sequences", "events", "calls", "participations", "tracks", "quality_samples" };
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);

	(void) data;
	g_assert_no_error (error);
	for (guint size = 1; size <= G_N_ELEMENTS (story); size++) {
		for (guint at = 0; at < G_N_ELEMENTS (story); at += size) {
			guint n = MIN (size, G_N_ELEMENTS (story) - at), back = at > 0 ? size / 2 : 0;
			gint64 seq;

			g_assert_true (write_said (store, story + at - back, n + back, at - back, &seq, &error));
			g_assert_true (write_said (store, story + at, n, at, &seq, &error));
			g_assert_cmpint (seq, ==, 0); /* nothing new */
			g_assert_no_error (error);
		}
		check_story (place->url);
		for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
			g_autofree char *empty = g_strconcat ("DELETE FROM ", tables[i], NULL);
			g_free (look (place->url, empty));
		}
	}
	curia_store_close (store);
}

/* What a killed server left open is closed at the last that is known of it; other servers' calls go on. */
static void test_crash (Place *place, gconstpointer data)
{
	static const Said before[] = {
		{ "call_started", 2000, "CA_3", "{'title':'Elsewhere'}", "n2" },
		{ "call_started", 1000, "CA_1", "{'title':'One'}", "n1" },
		{ "participant_joined", 1100, "CA_1", "{" P1 "}", "n1" },
		{ "track_published", 1200, "CA_1", "{" P1 ",'track':'TR_a','source':'microphone','codec':'opus'}", "n1" },
		{ "track_muted", 1300, "CA_1", "{" P1 ",'track':'TR_a'}", "n1" },
		{ "call_started", 2000, "CA_2", "{'title':'Two'}", "n1" },
		{ "participant_joined", 2100, "CA_2", "{" P2 "}", "n1" },
		{ "quality", 5000, "CA_1", "PA_1 0", "n1" },
	};
	static const Said start[] = { { "node_started", 60000, "", NULL, "n1" } };
	static const Said renamed[] = { { "node_started", 70000, "", NULL, "n3" } };
	static const Said later[] = { { "call_started", 61000, "CA_4", "{'title':'After'}", "n1" } };
	static const Said stop[] = { { "node_stopped", 80000, "", NULL, "n2" } };
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gint64 seq;

	(void) data;
	g_assert_no_error (error);
	g_assert_true (write_said (store, before, G_N_ELEMENTS (before), 0, &seq, &error));
	g_assert_true (write_said (store, start, 1, 10, &seq, &error));
	assert_rows (place->url, "SELECT id, ended_ms, end_reason FROM calls ORDER BY id", "CA_1|5000|crashed\nCA_2|2100|crashed\nCA_3|0|");
	assert_rows (place->url, "SELECT id, left_ms, leave_reason FROM participations ORDER BY id", "PA_1|5000|crashed\nPA_2|2100|crashed");
	assert_rows (place->url, "SELECT unpublished_ms, muted_ms, muted_total_ms FROM tracks", "5000|0|3700");
	/* under another name the same spool's calls are closed, too */
	g_assert_true (write_said (store, later, 1, 11, &seq, &error));
	g_assert_true (write_said (store, renamed, 1, 12, &seq, &error));
	assert_rows (place->url, "SELECT ended_ms, end_reason FROM calls WHERE id = 'CA_4'", "61000|crashed");
	g_assert_true (write_said (store, stop, 1, 13, &seq, &error));
	assert_rows (place->url, "SELECT ended_ms, end_reason FROM calls WHERE id = 'CA_3'", "80000|shutdown");
	curia_store_close (store);
}

/* Half of a batch is never there. */
static void test_refused_batch (Place *place, gconstpointer data)
{
	static const Said said[] = {
		{ "call_started", 1000, "CA_1", "{'title':'One'}", NULL },
		{ "call_started", 1000, "CA_\377", "{'title':'Two'}", NULL },
	};
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gint64 seq;

	(void) data;
	g_assert_false (write_said (store, said, 2, 0, &seq, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	assert_rows (place->url, "SELECT (SELECT COUNT (*) FROM events), (SELECT COUNT (*) FROM spools), (SELECT COUNT (*) FROM sequences)",
		"0|0|0");
	curia_store_close (store);
}

static void test_expire (Place *place, gconstpointer data)
{
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gboolean more;
	int rounds = 0;
	gint64 seq;

	(void) data;
	for (int i = 0; i < 50; i++) {
		g_autofree char *call = g_strdup_printf ("CA_%d", i), *person = g_strdup_printf ("PA_%d", i),
						*who = g_strdup_printf ("{'participation':'%s','track':'TR_%d'}", person, i),
						*sample = g_strconcat (person, " 1", NULL);
		const Said said[] = { { "call_started", i * 100 + 1, call, NULL, NULL }, { "participant_joined", i * 100 + 2, call, who, NULL },
			{ "track_published", i * 100 + 3, call, who, NULL }, { "quality", i * 100 + 4, call, sample, NULL },
			{ "call_ended", i * 100 + 5, call, "{'reason':'empty'}", NULL } };

		/* the last but one goes on */
		g_assert_true (write_said (store, said, i == 20 ? 4 : 5, (guint) i * 5, &seq, &error));
	}
	g_assert_true (curia_store_ledger_expire (store, 0, 0, &more, &error));
	g_assert_false (more);
	assert_rows (place->url, "SELECT COUNT (*) FROM events", "199");
	g_assert_true (curia_store_ledger_expire (store, 0, 1000, &more, &error)); /* samples alone */
	assert_rows (place->url, "SELECT (SELECT COUNT (*) FROM quality_samples), (SELECT COUNT (*) FROM calls)", "40|50");
	do
		g_assert_true (curia_store_ledger_expire (store, 4000, 0, &more, &error));
	while (more && ++rounds < 10);
	g_assert_cmpint (rounds, ==, 1); /* 39 calls, 20 at a time */
	assert_rows (place->url, "SELECT (SELECT COUNT (*) FROM calls), (SELECT COUNT (*) FROM participations), (SELECT COUNT (*) FROM tracks),"
		" (SELECT COUNT (*) FROM quality_samples), (SELECT COUNT (*) FROM events), (SELECT MIN (seq) FROM events)", "11|11|11|10|40|160");
	assert_rows (place->url, "SELECT COUNT (*) FROM calls WHERE ended_ms = 0", "1");
	curia_store_close (store);
}

/* ---- through the module ---- */

/* What is from 1970 would be deleted as too old. */
static gint64 now_ms (void)
{
	return g_get_real_time () / 1000;
}

/* n, n + 1... to seven meetings in turn. */
static void offer_ticks (gint64 from, gint64 to)
{
	for (gint64 i = from; i < to; i++)
		fake_offer (json_pack ("{s:s s:I s:o s:s s:s s:I}", "event", "tick", "time_ms", (json_int_t) now_ms (), "meeting",
			json_sprintf ("MT_%d", (int) (i % 7)), "code", "c", "call", "CA_t", "n", (json_int_t) i));
}

/* Ticks 0 to n-1, each once, in order. Returns n. */
static gint64 check_ticks (const char *url)
{
	g_autofree char *rows = look (url, "SELECT data, meeting, meeting_seq FROM events WHERE type = 'tick' ORDER BY seq");
	g_auto (GStrv) lines = g_strsplit (rows, "\n", -1);
	gint64 n = 0;

	for (; lines[n] != NULL && *lines[n] != '\0'; n++) {
		g_autofree char *expected =
			g_strdup_printf ("{\"code\":\"c\",\"n\":%d}|MT_%d|%d", (int) n, (int) (n % 7), (int) (n / 7 + 1));

		if (strcmp (lines[n], expected) != 0)
			g_error ("row %d is %s, not %s", (int) n, lines[n], expected);
	}
	return n;
}

static void test_module (Place *place, gconstpointer data)
{
	gint64 start_ms = now_ms ();

	(void) data;
	fake_start (place->folder, place->url, "n1", "");
	fake_offer (fake_event ("call_started", start_ms, "CA_1", json_pack ("{s:s}", "title", "Weekly")));
	fake_offer (fake_event ("participant_joined", start_ms + 5, "CA_1",
		json_pack ("{s:s s:s s:s s:s s:s}", "participation", "PA_1", "participant", "p1", "identity", "ann", "name", "Ann", "role",
			"participant")));
	fake_offer (fake_event ("quality", start_ms + 9, "CA_1", json_pack ("{s:s s:i}", "participation", "PA_1", "spoke_ms", 55)));
	offer_ticks (0, 5000);
	fake_wait_written (5004);
	g_assert_cmpint (fake_stat ("lag_ms"), >=, 0);
	fake_stop (); /* which ends what is open */
	g_assert_cmpint (check_ticks (place->url), ==, 5000);
	assert_rows (place->url, "SELECT end_reason, leave_reason, spoke_ms FROM calls, participations", "shutdown|shutdown|55");
	assert_rows (place->url, "SELECT COUNT (*) FROM events WHERE type LIKE 'node_%' AND meeting = '' AND meeting_seq = 0 AND node = 'n1'",
		"2");
	/* nothing is left to write, and nothing is written again */
	fake_start (place->folder, place->url, "n1", "");
	fake_wait_written (1);
	offer_ticks (5000, 5100);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 5100);
	assert_rows (place->url, "SELECT COUNT (*) FROM spools", "2"); /* one for each start */
}

/* Whatever comes, what is well-formed behind it is written. */
static void test_hostile (Place *place, gconstpointer data)
{
	static const char bad[] = "'; DROP TABLE events; -- $1 \\ \" %s %n";
	g_autofree char *giant = g_strnfill (5 * 1024 * 1024, 'x');
	json_t *deep = json_object ();

	(void) data;
	for (int i = 0; i < 2000; i++)
		deep = json_pack ("{s:o}", "d", deep);
	fake_start (place->folder, place->url, "n1", "");
	fake_offer_raw (json_array ());
	fake_offer_raw (json_string ("x"));
	fake_offer_raw (json_pack ("{s:i}", "type", 64));
	fake_offer_raw (json_pack ("{s:i s:n}", "type", 64, "event"));
	fake_offer (json_array ());
	fake_offer (json_pack ("{s:s}", "event", bad));
	fake_offer (json_pack ("{s:s s:s}", "event", "tick", "meeting", bad));
	fake_offer (json_pack ("{s:s s:s}", "event", "tick", "call", giant));
	fake_offer (json_pack ("{s:s}", "event", giant));
	fake_offer (fake_event ("participant_joined", now_ms (), "CA_1", json_pack ("{s:s}", "participation", bad)));
	gint64 malformed = 10;
	fake_offer (fake_event ("call_started", now_ms (), "CA_1", json_pack ("{s:s s:o}", "title", bad, "deep", deep)));
	fake_offer (fake_event ("participant_joined", now_ms (), "CA_1",
		json_pack ("{s:s s:s s:s s:o s:i}", "participation", "PA_1", "identity", giant, "name", bad, "role", json_stringn ("a\0b", 3),
			"participant", 7)));
	fake_offer (fake_event ("media_connected", now_ms (), "CA_1", json_pack ("{s:s s:s}", "participation", "PA_1", "join_ms", "soon")));
	fake_offer (fake_event ("media_connected", now_ms (), "CA_1", json_pack ("{s:s s:I}", "participation", "PA_1", "join_ms", (json_int_t) G_MAXINT64)));
	fake_offer (json_pack ("{s:s s:o}", "event", "x", "broken", json_string_nocheck ("\377\300\200")));
	offer_ticks (0, 100);
	fake_wait_written (1 + 5 + 100);
	g_assert_cmpint (fake_stat ("malformed"), ==, malformed);
	g_assert_cmpint (fake_stat ("dropped"), ==, 0);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 100);
	assert_rows (place->url, "SELECT title FROM calls", bad);
	assert_rows (place->url, "SELECT name, role, participant, LENGTH (identity), join_ms FROM participations",
		"'; DROP TABLE events; -- $1 \\ \" %s %n|a||256|9223372036854775807");
	assert_rows (place->url, "SELECT MAX (LENGTH (data)) <= 8192 FROM events", g_str_has_prefix (place->url, "sqlite") ? "1" : "t");
}

/* A record in the spool that the database refuses: it goes, those around it are written. */
static void test_culprit (Place *place, gconstpointer data)
{
	g_autofree char *folder = g_build_filename (place->folder, "spool", NULL);
	Spool *spool = spool_open (folder, 1 << 26, 1 << 24, 1, NULL);

	(void) data;
	for (int i = 0; i < 50; i++) {
		g_autofree char *id = g_strdup_printf ("EV_%d", i), *text = g_strdup_printf ("{\"code\":\"c\",\"n\":%d}", i - (i > 33)),
						*meeting = g_strdup_printf ("MT_%d", (i - (i > 33)) % 7);
		Record record = { .kind = RECORD_EVENT, .time_ms = now_ms (), .id = id, .type = "tick", .node = "n1",
			.meeting = i == 33 ? "MT_\377" : meeting, .code = "c", .call = "CA", .data = text };

		spool_put (spool, &record);
	}
	g_assert_true (spool_flush (spool));
	spool_close (spool);
	fake_start (place->folder, place->url, "n1", "");
	fake_wait_written (49 + 1);
	g_assert_cmpint (fake_stat ("dropped"), ==, 1);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 49);
}

/* ---- spools that were copied ---- */

static void empty_spool (const char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

	for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *path = g_build_filename (folder, name, NULL);
		g_unlink (path);
	}
}

static void copy_spool (const char *from, const char *to)
{
	g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);

	empty_spool (to);
	g_mkdir (to, 0700);
	for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *path = g_build_filename (from, name, NULL), *copy = g_build_filename (to, name, NULL), *bytes = NULL;
		gsize n;

		g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
		g_assert_true (g_file_set_contents (copy, bytes, (gssize) n, NULL));
	}
}

/* One start that writes these ticks; returns how much the store had already. */
static gint64 run_ticks (const char *folder, const char *url, const char *node, gint64 waiting, gint64 from, gint64 to)
{
	fake_start (folder, url, node, "");
	offer_ticks (from, to);
	fake_wait_written (waiting + 1 + to - from);
	gint64 skipped = fake_stat ("skipped");
	fake_stop ();
	return skipped;
}

/* The folder is put back as it was some starts ago, and a copy of it is another server's: all that comes then is written, and
 * what was written from it is not written again. */
static void test_copied (Place *place, gconstpointer data)
{
	g_autofree char *folder = g_build_filename (place->folder, "spool", NULL),
					*saved = g_build_filename (place->folder, "saved", NULL),
					*other = fake_folder_new (), *other_spool = g_build_filename (other, "spool", NULL);
	Spool *spool = spool_open (folder, 1 << 26, 1 << 24, 1, NULL);

	(void) data;
	for (int i = 0; i < 30; i++) {
		g_autofree char *id = g_strdup_printf ("EV_%d", i), *text = g_strdup_printf ("{\"code\":\"c\",\"n\":%d}", i),
						*meeting = g_strdup_printf ("MT_%d", i % 7);
		Record record = { .kind = RECORD_EVENT, .time_ms = now_ms (), .id = id, .type = "tick", .node = "n1", .meeting = meeting,
			.code = "c", .call = "CA", .data = text };

		spool_put (spool, &record);
	}
	g_assert_true (spool_flush (spool));
	spool_close (spool);
	copy_spool (folder, saved);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 30, 30, 100), ==, 0);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 0, 100, 200), ==, 0);
	copy_spool (saved, folder);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 30, 200, 250), ==, 30);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 0, 250, 300), ==, 0);
	copy_spool (saved, other_spool);
	g_assert_cmpint (run_ticks (other, place->url, "n2", 30, 300, 310), ==, 30);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 0, 310, 350), ==, 0);
	g_assert_cmpint (run_ticks (other, place->url, "n2", 0, 350, 400), ==, 0);
	g_assert_cmpint (check_ticks (place->url), ==, 400);
	assert_rows (place->url, "SELECT COUNT (*) FROM events WHERE type = 'node_started'", "7");
	empty_spool (saved);
	g_rmdir (saved);
	fake_folder_remove (other);
}

/* A server with another name takes over the spool of one that was killed: it closes that one's calls. */
static void test_renamed (Place *place, gconstpointer data)
{
	(void) data;
	run_ticks (place->folder, place->url, "n1", 0, 0, 1);
	g_autofree char *none = look (place->url,
		"INSERT INTO calls (id, meeting, code, title, node, started_ms, last_ms) VALUES ('CA_1', 'MT', 'c', '', 'n1', 5, 7)");
	run_ticks (place->folder, place->url, "n2", 0, 1, 2);
	assert_rows (place->url, "SELECT ended_ms, end_reason FROM calls WHERE id = 'CA_1'", "7|crashed");
}

/* Another process has the spool: the module does not start, and swallows what the core gives it. */
static void test_second (Place *place, gconstpointer data)
{
	g_autofree char *folder = g_build_filename (place->folder, "spool", NULL);
	Spool *spool = spool_open (folder, 1 << 26, 1 << 24, 1, NULL);

	(void) data;
	g_assert_false (fake_try_start (place->folder, place->url, "n1", ""));
	offer_ticks (0, 10);
	spool_close (spool);
	fake_start (place->folder, place->url, "n1", "");
	offer_ticks (0, 10);
	fake_wait_written (11);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 10);
}

/* ---- the database goes away (PostgreSQL) ---- */

static void test_outage (Place *place, gconstpointer data)
{
	(void) data;
	fake_start (place->folder, place->url, "n1", "");
	offer_ticks (0, 3000);
	servers_postgres_stop (); /* in the middle of writing */
	for (gint64 i = 3000; i < 20000; i += 1000) {
		offer_ticks (i, i + 1000);
		g_usleep (50000);
	}
	fake_wait_stat ("spooled", 20001, 10 * G_USEC_PER_SEC);
	g_assert_cmpint (fake_stat ("written"), <, 20001);
	g_assert_cmpint (fake_stat ("spool_bytes"), >, 100000);
	servers_postgres_restart ();
	fake_wait_written (20001);
	g_assert_cmpint (check_ticks (place->url), ==, 20000);
	/* away at the end: the rest waits for the next start */
	servers_postgres_stop ();
	offer_ticks (20000, 21000);
	gint64 start_us = g_get_monotonic_time ();
	fake_stop ();
	g_assert_cmpint (g_get_monotonic_time () - start_us, <, 10 * G_USEC_PER_SEC);
	servers_postgres_restart ();
	fake_start (place->folder, place->url, "n1", "");
	offer_ticks (21000, 22000);
	fake_wait_written (1000 + 1 + 1 + 1000);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 22000);
}

/* ---- kill -9 ---- */

/* The process that is killed: offers without end, and tells how many are spooled. */
static int report_fd;

/* The test framework talks on standard output. */
static void keep_output (void)
{
	report_fd = dup (STDOUT_FILENO);
	g_assert_nonnull (freopen ("/dev/null", "w", stdout));
}

static int run_child (char **args)
{
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	fake_start (args[0], args[1], "n1", "");
	for (gint64 i = atoll (args[2]);; i += 50) {
		offer_ticks (i, i + 50);
		g_usleep (10000);
		gint64 spooled = fake_stat ("spooled") - 1;
		if (fake_stat ("offered") != i + 50 - atoll (args[2]) || fake_stat ("refused_queue") > 0)
			return 2;
		if (write (report_fd, &spooled, sizeof spooled) != sizeof spooled)
			return 1;
	}
}

/* Runs it until `until` says that it is enough, which may do something meanwhile. Returns how many were spooled at least. */
static gint64 kill_child (const Place *place, gint64 from, gboolean (*until) (gint64 spooled, gint64 ms))
{
	g_autofree char *first = g_strdup_printf ("%" G_GINT64_FORMAT, from);
	char *args[] = { (char *) program, "--child", place->folder, place->url, first, NULL };
	g_autoptr (GError) error = NULL;
	gint64 spooled, last = 0, start_us = g_get_monotonic_time ();
	int out, status;
	GPid pid;

	g_spawn_async_with_pipes (NULL, args, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out, NULL, &error);
	g_assert_no_error (error);
	while (read (out, &spooled, sizeof spooled) == sizeof spooled) {
		last = spooled;
		if (until (spooled, (g_get_monotonic_time () - start_us) / 1000))
			kill (pid, SIGKILL);
	}
	close (out);
	g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
	g_assert_true (WIFSIGNALED (status));
	return last;
}

static int wanted;

static gboolean until_wanted (gint64 spooled, gint64 ms)
{
	(void) ms;
	return spooled >= wanted;
}

static gboolean until_outage (gint64 spooled, gint64 ms)
{
	static gboolean stopped;

	(void) ms;
	if (spooled > 2000 && !stopped) {
		servers_postgres_stop ();
		stopped = TRUE;
	}
	return spooled >= 12000;
}

/* What was spooled and not yet in the store when the process died is written by the next. */
static gint64 recover (const Place *place, gint64 before)
{
	fake_start (place->folder, place->url, "n1", "");
	gint64 until_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
	/* node_started of this start is its last, so once that is there, so is all before it */
	while (look_number (place->url, "SELECT COUNT (*) FROM events WHERE type = 'node_started'") <= before
		&& g_get_monotonic_time () < until_us)
		g_usleep (20000);
	fake_stop ();
	return check_ticks (place->url);
}

static void test_killed (Place *place, gconstpointer data)
{
	gint64 next = 0;

	(void) data;
	for (int round = 0; round < 4; round++) {
		wanted = g_test_rand_int_range (1, 3000);
		gint64 spooled = kill_child (place, next, until_wanted);
		gint64 after = recover (place, round * 2 + 1);
		g_assert_cmpint (after, >=, next + spooled);
		next = after;
	}
	assert_rows (place->url, "SELECT COUNT (*) FROM spools", "8");
}

static void test_killed_in_outage (Place *place, gconstpointer data)
{
	(void) data;
	gint64 spooled = kill_child (place, 0, until_outage);
	servers_postgres_restart ();
	g_assert_cmpint (recover (place, 1), >=, spooled);
}

/* ---- ---- */

#define ON_FILE(name, test) g_test_add ("/ledger/sqlite/" name, Place, NULL, file_set_up, test, tear_down)
#define ON_SERVER(name, test) g_test_add ("/ledger/postgres/" name, Place, NULL, server_set_up, test, tear_down)
#define ON_BOTH(name, test)                                                                                             \
	do {                                                                                                               \
		ON_FILE (name, test);                                                                                          \
		ON_SERVER (name, test);                                                                                        \
	} while (0)

int main (int argc, char **argv)
{
	gboolean is_child = argc == 5 && g_str_equal (argv[1], "--child");

	program = argv[0];
	if (is_child)
		keep_output ();
	g_test_init (&argc, &argv, NULL);
	if (is_child)
		return run_child (argv + 2);
	ON_BOTH ("story", test_story);
	ON_BOTH ("crash", test_crash);
	ON_BOTH ("refused-batch", test_refused_batch);
	ON_BOTH ("expire", test_expire);
	ON_BOTH ("module", test_module);
	ON_BOTH ("hostile", test_hostile);
	ON_BOTH ("culprit", test_culprit);
	ON_BOTH ("copied", test_copied);
	ON_BOTH ("renamed", test_renamed);
	ON_BOTH ("second", test_second);
	ON_BOTH ("killed", test_killed);
	ON_SERVER ("outage", test_outage);
	ON_SERVER ("killed-in-outage", test_killed_in_outage);
	return g_test_run ();
}
