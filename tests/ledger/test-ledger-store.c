/* What the ledger's store makes of a meeting's events, on a file and on a real PostgreSQL: that each is written once, and how
 * what was left open ends. */
#include "config.h"

#include "curia-error.h"
#include "curia-store-webhooks.h"
#include "tests/ledger/ledger-fixture.h"
#include "tests/ledger/look.h"

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

/* What a moderator does inside a meeting is in the audit log once. */
static void test_moderated (Place *place, gconstpointer data)
{
	static const Said acts[] = {
		{ "moderated", 1000, "CA_1", "{'action':'remove','by':'mo','by_role':'moderator','target':'bob','detail':'banned'}", NULL },
		{ "moderated", 2000, "CA_1", "{'action':'lock','by':'api','by_role':'host'}", NULL },
	};
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gint64 seq;

	(void) data;
	g_assert_no_error (error);
	for (int i = 0; i < 2; i++)
		g_assert_true (write_said (store, acts, G_N_ELEMENTS (acts), 0, &seq, &error));
	g_assert_no_error (error);
	assert_rows (place->url, "SELECT time_ms, actor, action, target, meeting, result, detail FROM audit ORDER BY time_ms",
		"1000|mo|room.remove|bob|MT_m|done|{\"role\":\"moderator\",\"detail\":\"banned\"}\n"
		"2000|api|room.lock||MT_m|done|{\"role\":\"host\",\"detail\":\"\"}");
	curia_store_close (store);
}

static void add_webhook (CuriaStore *store)
{
	g_autoptr (CuriaWebhook) webhook = curia_webhook_new ();
	g_autoptr (GError) error = NULL;

	g_free (webhook->url);
	webhook->url = g_strdup ("https://example.org/");
	curia_store_webhook_create (store, webhook, 1, &error);
	g_assert_no_error (error);
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
	add_webhook (store);
	g_assert_true (write_said (store, before, G_N_ELEMENTS (before), 0, &seq, &error));
	g_assert_true (write_said (store, start, 1, 10, &seq, &error));
	g_assert_cmpint (seq, ==, 12);
	g_assert_true (write_said (store, start, 1, 10, &seq, &error)); /* the answer got lost: no second time */
	assert_rows (place->url, "SELECT seq, type, call_id, time_ms, node, meeting_seq, data FROM events WHERE seq > 7 ORDER BY seq",
		"8|participant_left|CA_1|5000|n1|8|{\"participation\":\"PA_1\",\"participant\":\"p1\",\"identity\":\"ann\",\"name\":\"Ann\","
		"\"code\":\"code\",\"reason\":\"crashed\"}\n"
		"9|call_ended|CA_1|5000|n1|9|{\"code\":\"code\",\"reason\":\"crashed\"}\n"
		"10|participant_left|CA_2|2100|n1|10|{\"participation\":\"PA_2\",\"participant\":\"p2\",\"identity\":\"bob\",\"name\":\"Bob\","
		"\"code\":\"code\",\"reason\":\"crashed\"}\n"
		"11|call_ended|CA_2|2100|n1|11|{\"code\":\"code\",\"reason\":\"crashed\"}\n"
		"12|node_started||60000|n1|0|{}");
	assert_rows (place->url, "SELECT number, type FROM deliveries WHERE number > 6 ORDER BY number",
		"7|participant_left\n8|room_finished\n9|participant_left\n10|room_finished");
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

/* More than one transaction takes: a call of many, and many calls. */
static void test_crash_of_many (Place *place, gconstpointer data)
{
	static const Said start[] = { { "node_started", 60000, "", NULL, "n1" } };
	g_autofree Said *said = g_new0 (Said, 1200);
	g_autoptr (GStringChunk) texts = g_string_chunk_new (65536);
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gint64 seq;

	(void) data;
	add_webhook (store);
	for (int i = 0; i < 1200; i++) {
		g_autofree char *who = g_strdup_printf ("{'participation':'PA_%d'}", i), *call = g_strdup_printf ("CA_%d", i < 1050 ? 0 : i);

		said[i] = (Said) { "participant_joined", 1000 + i, g_string_chunk_insert (texts, call), g_string_chunk_insert (texts, who), "n1" };
	}
	g_assert_true (write_said (store, said, 1200, 0, &seq, &error));
	g_assert_true (write_said (store, start, 1, 1200, &seq, &error));
	g_assert_cmpint (seq, ==, 1200 + 1200 + 151 + 1);
	assert_rows (place->url, "SELECT type, COUNT (*), COUNT (DISTINCT data) FROM events GROUP BY type ORDER BY type",
		"call_ended|151|1\nnode_started|1|1\nparticipant_joined|1200|1200\nparticipant_left|1200|1200");
	assert_rows (place->url, "SELECT COUNT (*), MAX (seq), MAX (meeting_seq) FROM events", "2552|2552|2551");
	assert_rows (place->url, "SELECT COUNT (*) FROM events e JOIN events l ON l.call_id = e.call_id AND l.seq > e.seq"
		" WHERE e.type = 'call_ended'", "0"); /* it is the last of its call */
	assert_rows (place->url, "SELECT COUNT (*), MAX (number) FROM deliveries", "2551|2551");
	assert_rows (place->url, "SELECT COUNT (*) FROM participations WHERE left_ms = 0 OR leave_reason <> 'crashed'", "0");
	assert_rows (place->url, "SELECT COUNT (*) FROM calls WHERE ended_ms = 0 OR end_reason <> 'crashed'", "0");
	curia_store_close (store);
}

/* ---- calls of which nothing more is heard ---- */

#define CALLS "SELECT id, ended_ms, end_reason FROM calls ORDER BY id"
#define DAY_MS 86400000

static void sweep (CuriaStore *store, const char *const *alive, gint64 now_ms, gint64 expected)
{
	LedgerSweep what = { alive, now_ms - 300000, now_ms - DAY_MS, now_ms - 60000 };
	g_autoptr (GError) error = NULL;
	gint64 seq;

	g_assert_true (curia_store_ledger_sweep (store, &what, &seq, &error));
	g_assert_no_error (error);
	g_assert_cmpint (seq, ==, expected);
}

/* Of nodes that are gone, once they are silent; as it turns out that one is not, what it says counts. */
static void test_gone (Place *place, gconstpointer data)
{
	static const char *const alive[] = { "n2", NULL }, *const both[] = { "n1", "n2", NULL };
	static const Said before[] = {
		{ "call_started", 1000, "CA_1", "{'title':'One'}", "n1" },
		{ "participant_joined", 1100, "CA_1", "{" P1 "}", "n1" },
		{ "participant_joined", 1200, "CA_1", "{" P2 "}", "n1" },
		{ "quality", 5000, "CA_1", "PA_1 0", "n1" },
		{ "participant_joined", 1000, "CA_2", "{'participation':'PA_3'}", "n2" },
	};
	static const Said after[] = {
		{ "track_published", 400000, "CA_1", "{" P1 ",'track':'TR_a','source':'microphone','codec':'opus'}", "n1" },
		{ "participant_joined", 400100, "CA_1", "{'participation':'PA_4'}", "n1" },
		{ "participant_left", 400200, "CA_1", "{" P1 ",'reason':'left'}", "n1" },
	};
	static const Said end[] = {
		{ "participant_left", 500000, "CA_1", "{'participation':'PA_4','reason':'left'}", "n1" },
		{ "call_ended", 500000, "CA_1", "{'reason':'empty'}", "n1" },
	};
	static const Said renamed[] = { { "call_started", 1, "CA_9", "{}", "n1" }, { "call_ended", 2, "CA_9", "{'reason':'empty'}", "n1" } };
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gint64 seq;

	(void) data;
	g_assert_true (write_said (store, before, G_N_ELEMENTS (before), 0, &seq, &error));
	g_assert_true (write_said (store, renamed, 2, 5, &seq, &error)); /* the spool is n1's */
	sweep (store, alive, 305000, 0); /* the sample is not old enough */
	sweep (store, both, 305001, 0);
	sweep (store, NULL, 305001, 0);
	assert_rows (place->url, CALLS, "CA_1|0|\nCA_2|0|\nCA_9|2|empty");
	sweep (store, alive, 305001, 9);
	sweep (store, alive, 305001, 0);
	assert_rows (place->url, CALLS, "CA_1|5000|crashed\nCA_2|0|\nCA_9|2|empty");
	assert_rows (place->url, "SELECT type, time_ms FROM events WHERE seq > 6 ORDER BY seq",
		"participant_left|5000\nparticipant_left|5000\ncall_ended|5000");
	g_assert_true (write_said (store, after, G_N_ELEMENTS (after), 7, &seq, &error));
	assert_rows (place->url, CALLS, "CA_1|0|\nCA_2|0|\nCA_9|2|empty");
	assert_rows (place->url, "SELECT id, left_ms, leave_reason FROM participations WHERE call_id = 'CA_1' ORDER BY id",
		"PA_1|400200|left\nPA_2|5000|crashed\nPA_4|0|");
	sweep (store, alive, 800000, 14); /* gone again */
	assert_rows (place->url, CALLS, "CA_1|400200|crashed\nCA_2|0|\nCA_9|2|empty");
	g_assert_true (write_said (store, end, G_N_ELEMENTS (end), 10, &seq, &error));
	assert_rows (place->url, "SELECT ended_ms, end_reason, last_ms FROM calls WHERE id = 'CA_1'", "500000|empty|500000");
	assert_rows (place->url, "SELECT left_ms, leave_reason FROM participations WHERE id = 'PA_4'", "500000|left");
	assert_rows (place->url, "SELECT COUNT (*), COUNT (DISTINCT id), MAX (seq) FROM events", "16|16|16");
	curia_store_close (store);
}

/* A call whose end got lost, on a node that lives: once the meeting has a later one, or after a day. */
static void test_lost_end (Place *place, gconstpointer data)
{
	static const char *const alive[] = { "n1", NULL };
	static const Said before[] = {
		{ "participant_joined", 1000, "CA_1", "{" P1 "}", NULL },
		{ "participant_joined", 50000, "CA_2", "{" P2 "}", NULL },
		{ "quality", 70000, "CA_2", "PA_2 0", NULL },
	};
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (place->url, &error);
	gint64 seq;

	(void) data;
	g_assert_true (write_said (store, before, G_N_ELEMENTS (before), 0, &seq, &error));
	sweep (store, alive, 61000, 0);
	sweep (store, alive, 61001, 4);
	assert_rows (place->url, CALLS, "CA_1|1000|crashed\nCA_2|0|");
	sweep (store, alive, 70000 + DAY_MS, 0);
	sweep (store, alive, 70001 + DAY_MS, 6);
	assert_rows (place->url, CALLS, "CA_1|1000|crashed\nCA_2|70000|crashed");
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

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ON_BOTH ("story", test_story);
	ON_BOTH ("moderated", test_moderated);
	ON_BOTH ("crash", test_crash);
	ON_BOTH ("crash-of-many", test_crash_of_many);
	ON_BOTH ("gone", test_gone);
	ON_BOTH ("lost-end", test_lost_end);
	ON_BOTH ("refused-batch", test_refused_batch);
	ON_BOTH ("expire", test_expire);
	return g_test_run ();
}
