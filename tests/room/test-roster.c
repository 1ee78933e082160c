/* Who is told of whom, when, and what it costs: the built module against a fake core, in meetings of up to a thousand. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "plugins/room/roster.h"
#include "tests/room/people.h"

typedef enum { SEAT_PUBLISHER, SEAT_VIEWER, SEAT_HIDDEN } SeatKind;

static Json *sit (FakeHandle *handle, const char *code, const char *identity, SeatKind kind)
{
	g_autoptr (CuriaClaims) claims = fake_claims (code, identity, identity);
	claims->can_publish = kind != SEAT_VIEWER;
	claims->hidden = kind == SEAT_HIDDEN;
	g_autofree char *token = fake_mint (claims);
	Json *joined = fake_request (handle, json_pack ("{s:s s:s}", "request", "join", "token", token), NULL, NULL);
	assert_room (joined, "joined");
	return joined;
}

static char *id_of (json_t *joined)
{
	return g_strdup (text (joined, "you.participant"));
}

/* How many viewers an answer or an event tells of; -1: it does not say. */
static int viewers_of (json_t *object)
{
	return at (object, "viewers") ? number (object, "viewers") : -1;
}

static gboolean names (json_t *event, const char *list, const char *id)
{
	json_t *entry;
	gsize i;
	json_array_foreach (json_object_get (event, list), i, entry)
		if (g_strcmp0 (json_string_value (json_object_get (entry, "participant")), id) == 0)
			return TRUE;
	return FALSE;
}

/* The next roster event, whose revision must follow *rev. */
static Json *next_event (FakeHandle *handle, int *rev)
{
	Json *event = fake_wait_event (handle, "roster", FAKE_WAIT_MS);
	g_assert_nonnull (event);
	g_assert_cmpint (number (event, "rev"), ==, ++*rev);
	return event;
}

static void assert_quiet (FakeHandle *handle, guint ms)
{
	g_autoptr (Json) event = fake_wait_event (handle, "roster", ms);
	if (event)
		g_error ("unexpected: %s", json_dumps (event, 0));
}

/* ---- stories ---- */

static void test_nothing_about_oneself (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 10);
	FakeHandle *ann = fake_attach (), *bob = fake_attach ();
	g_autoptr (Json) a = sit (ann, code, "ann", SEAT_PUBLISHER);
	int rev = number (a, "rev");
	assert_quiet (ann, 200);
	g_autoptr (Json) renamed = fake_request (ann, json_pack ("{s:s s:s}", "request", "configure", "name", "Anna"), NULL, NULL);
	assert_quiet (ann, 200);
	g_autoptr (Json) b = sit (bob, code, "bob", SEAT_PUBLISHER);
	g_autofree char *bob_id = id_of (b);
	g_autoptr (Json) event = next_event (ann, &rev);
	g_assert_true (names (event, "joined", bob_id));
	g_assert_null (json_object_get (event, "viewers"));
	assert_quiet (bob, 200);
	fake_detach (bob);
	fake_detach (ann);
}

/* Two who change in the same moment hear of each other, and not of themselves. */
static void test_both_at_once (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 10);
	FakeHandle *ann = fake_attach (), *bob = fake_attach ();
	g_autoptr (Json) a = sit (ann, code, "ann", SEAT_PUBLISHER), b = sit (bob, code, "bob", SEAT_PUBLISHER);
	g_autofree char *ann_id = id_of (a), *bob_id = id_of (b);
	int ann_rev = number (a, "rev"), bob_rev = number (b, "rev");
	g_autoptr (Json) first = next_event (ann, &ann_rev);
	g_usleep (200000);
	fake_drop_events (bob);
	g_autoptr (Json) sync = fake_request (bob, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	bob_rev = number (sync, "rev");
	for (FakeHandle *each = ann;; each = bob) {
		json_decref (fake_request (each, json_pack ("{s:s s:s}", "request", "configure", "name", "New"), NULL, NULL));
		if (each == bob)
			break;
	}
	g_autoptr (Json) to_ann = next_event (ann, &ann_rev), to_bob = next_event (bob, &bob_rev);
	g_assert_true (names (to_ann, "changed", bob_id) && !names (to_ann, "changed", ann_id));
	g_assert_true (names (to_bob, "changed", ann_id) && !names (to_bob, "changed", bob_id));
	fake_detach (bob);
	fake_detach (ann);
}

static void test_viewers (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 10);
	FakeHandle *ann = fake_attach (), *viewers[3];
	g_autoptr (Json) a = sit (ann, code, "ann", SEAT_PUBLISHER);
	int rev = number (a, "rev"), seen = 0;
	g_assert_cmpint (viewers_of (a), ==, 0);
	for (int i = 0; i < 3; i++) {
		g_autofree char *name = g_strdup_printf ("viewer-%d", i);
		viewers[i] = fake_attach ();
		g_autoptr (Json) v = sit (viewers[i], code, name, SEAT_VIEWER);
		g_assert_cmpint (viewers_of (v), ==, i + 1);
		g_assert_cmpuint (json_array_size (json_object_get (v, "participants")), ==, 1);
		g_assert_cmpstr (json_string_value (json_object_get (json_object_get (v, "you"), "role")), ==, "viewer");
	}
	/* at most one event a second tells of viewers alone: the first at once, the rest a second later */
	gint64 last_us = 0;
	while (seen < 3) {
		g_autoptr (Json) event = next_event (ann, &rev);
		g_assert_cmpuint (json_array_size (json_object_get (event, "joined")), ==, 0);
		g_assert_cmpint (viewers_of (event), >, seen);
		seen = viewers_of (event);
		g_assert_true (last_us == 0 || g_get_monotonic_time () - last_us > 900000);
		last_us = g_get_monotonic_time ();
	}
	g_autoptr (Json) sync = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpint (viewers_of (sync), ==, 3);
	g_assert_cmpuint (json_array_size (json_object_get (sync, "participants")), ==, 0);
	fake_detach (viewers[0]);
	g_autoptr (Json) fewer = next_event (ann, &rev);
	g_assert_cmpint (viewers_of (fewer), ==, 2);
	g_assert_cmpuint (json_array_size (json_object_get (fewer, "left")), ==, 0);
	fake_detach (viewers[1]);
	fake_detach (viewers[2]);
	fake_detach (ann);
}

/* The same seat, taken over with a token of another kind: the others see it come and go. */
static void test_kinds (void)
{
	static const struct {
		SeatKind before, after;
		const char *list; /* where the others find it */
		int viewers;      /* -1: unchanged */
	} rows[] = {
		{ SEAT_PUBLISHER, SEAT_HIDDEN, "left", -1 },
		{ SEAT_HIDDEN, SEAT_PUBLISHER, "joined", -1 },
		{ SEAT_PUBLISHER, SEAT_VIEWER, "left", 1 },
		{ SEAT_VIEWER, SEAT_PUBLISHER, "joined", 0 },
		{ SEAT_VIEWER, SEAT_HIDDEN, NULL, 0 },
		{ SEAT_PUBLISHER, SEAT_PUBLISHER, "changed", -1 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *code = fake_make_meeting ("vp8", 10);
		FakeHandle *first = fake_attach (), *second = fake_attach (), *ann = fake_attach ();
		g_test_message ("row %u", i);
		g_autoptr (Json) before = sit (first, code, "bob", rows[i].before);
		g_autofree char *id = id_of (before);
		g_autoptr (Json) a = sit (ann, code, "ann", SEAT_PUBLISHER);
		g_usleep (1200000); /* past the events of the joins */
		fake_drop_events (ann);
		g_autoptr (Json) sync = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
		int rev = number (sync, "rev");
		g_autoptr (Json) after = sit (second, code, "bob", rows[i].after);
		g_autofree char *same = id_of (after);
		g_assert_cmpstr (same, ==, id);
		g_autoptr (Json) event = next_event (ann, &rev);
		for (guint k = 0; k < 3; k++) {
			const char *list = (const char *const[]) { "joined", "changed", "left" }[k];
			g_assert_cmpint (names (event, list, id), ==, g_strcmp0 (list, rows[i].list) == 0);
		}
		g_assert_cmpint (viewers_of (event), ==, rows[i].viewers);
		g_autoptr (Json) now = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
		g_assert_cmpint (names (now, "participants", id), ==, rows[i].after == SEAT_PUBLISHER);
		fake_detach (first);
		fake_detach (second);
		fake_detach (ann);
	}
}

/* Somebody who joined between a join and its event knows of it from its list, and must hear that it left. */
static void test_short_visit (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 10);
	FakeHandle *bob = fake_attach (), *ann = fake_attach ();
	g_autoptr (Json) b = sit (bob, code, "bob", SEAT_PUBLISHER), a = sit (ann, code, "ann", SEAT_PUBLISHER);
	g_autofree char *id = id_of (b);
	int rev = number (a, "rev");
	g_assert_true (names (a, "participants", id));
	fake_detach (bob);
	gboolean left = FALSE;
	while (!left) {
		g_autoptr (Json) event = next_event (ann, &rev);
		left = names (event, "left", id);
	}
	fake_detach (ann);
}

static Json *publish (FakeHandle *handle, char **answer)
{
	g_autofree char *offer = fake_offer ("as");
	return fake_request (handle, json_pack ("{s:s s:[{s:s s:s}]}", "request", "publish", "tracks", "mid", "0", "source", "microphone"), offer, answer);
}

static void test_max_publishers (void)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *code = fake_make_meeting ("vp8", 10), *answer = NULL, *none = NULL, *again = NULL, *late = NULL;
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (fake_node ()), code, &error);
	meeting->max_publishers = 1;
	g_assert_true (curia_store_meeting_update (curia_node_store (fake_node ()), meeting, &error));
	FakeHandle *ann = fake_attach (), *bob = fake_attach ();
	g_autoptr (Json) a = sit (ann, code, "ann", SEAT_PUBLISHER), b = sit (bob, code, "bob", SEAT_PUBLISHER);
	g_autoptr (Json) one = publish (ann, &answer), refused = publish (bob, &none);
	g_assert_cmpstr (json_string_value (json_object_get (one, "room")), ==, "published");
	g_assert_cmpint (number (refused, "error_code"), ==, curia_error_row_of (CURIA_ERROR_MEETING_FULL)->wire_code);
	g_assert_cmpint (number (refused, "error_code"), ==, 432);
	g_assert_cmpstr (json_string_value (json_object_get (refused, "error")), ==, "1 send audio or video, which is all that this meeting allows");
	g_autoptr (Json) renewed = publish (ann, &again); /* who publishes already may negotiate anew */
	g_assert_cmpstr (json_string_value (json_object_get (renewed, "room")), ==, "published");
	json_decref (fake_request (ann, json_pack ("{s:s}", "request", "unpublish"), NULL, NULL));
	g_autoptr (Json) free_now = publish (bob, &late);
	g_assert_cmpstr (json_string_value (json_object_get (free_now, "room")), ==, "published");
	fake_detach (ann);
	fake_detach (bob);
}

/* ---- a thousand ---- */

/* What all of them got, and drops it. */
static guint drain (FakeHandle **handles, guint n, gsize *bytes)
{
	guint events = 0;
	for (guint i = 0; i < n; i++)
		for (Json *event = fake_wait_event (handles[i], "roster", 0); event; event = fake_wait_event (handles[i], "roster", 0)) {
			g_autofree char *text = json_dumps (event, JSON_COMPACT);
			*bytes += strlen (text);
			events++;
			json_decref (event);
		}
	return events;
}

/* CPU of the whole process, in microseconds. */
static gint64 cpu_us (void)
{
	struct timespec at;
	clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &at);
	return at.tv_sec * G_USEC_PER_SEC + at.tv_nsec / 1000;
}

static Json *publish_both (FakeHandle *handle)
{
	g_autofree char *offer = fake_offer ("as vs"), *answer = NULL;
	return fake_request (handle, json_pack ("{s:s s:[{s:s s:s}{s:s s:s}]}", "request", "publish", "tracks",
		"mid", "0", "source", "microphone", "mid", "1", "source", "camera"), offer, &answer);
}

static FakeHandle *subscribe (json_t *joined)
{
	static const char *const sections = "ar ar ar vr vr vr vr vr vr vr vr vr";
	g_autofree char *offer = fake_offer (sections), *answer = NULL;
	const char *ticket = json_string_value (json_object_get (json_object_get (joined, "you"), "ticket"));
	FakeHandle *view = fake_attach ();
	json_decref (fake_request (view, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", ticket), offer, &answer));
	fake_up (view);
	return view;
}

/* A webinar: ten who publish, the rest watches; with or without their views. CPU per join, at first and at last. */
static void run_webinar (guint n, gboolean views)
{
	g_autofree char *code = fake_make_meeting ("vp8", n);
	g_autofree FakeHandle **handles = g_new0 (FakeHandle *, n), **shown = g_new0 (FakeHandle *, n);
	gint64 began_us = g_get_monotonic_time (), first_us = 0, mark_us = cpu_us ();
	gsize bytes = 0;
	for (guint i = 0; i < n; i++) {
		g_autofree char *name = g_strdup_printf ("viewer-%u", i);
		handles[i] = fake_attach ();
		g_autoptr (Json) joined = sit (handles[i], code, name, i < 10 ? SEAT_PUBLISHER : SEAT_VIEWER);
		if (i < 10) {
			json_decref (publish_both (handles[i]));
			fake_up (handles[i]);
		}
		if (views)
			shown[i] = subscribe (joined);
		if (i == 109)
			first_us = cpu_us () - mark_us;
		if (i == 9 || i == n - 101)
			mark_us = cpu_us ();
	}
	gint64 last_us = cpu_us () - mark_us, took_ms = (g_get_monotonic_time () - began_us) / 1000;
	g_usleep (2200000);
	guint events = drain (handles, n, &bytes);
	g_test_message ("%u joined in %" G_GINT64_FORMAT " ms; CPU per join %" G_GINT64_FORMAT " us at first, %" G_GINT64_FORMAT
		" us at last; %u roster events, %" G_GSIZE_FORMAT " bytes per participant",
		n, took_ms, first_us / 100, last_us / 100, events, bytes / n);
	/* everybody hears of viewers once a second at most, and of the ten who publish in a few events */
	g_assert_cmpuint (events, <, n * (8 + took_ms / 1000));
	mark_us = cpu_us ();
	for (guint i = 0; i < n; i++) {
		if (shown[i])
			fake_detach (shown[i]);
		fake_detach (handles[i]);
	}
	g_autoptr (Json) ask = json_pack ("{s:s}", "request", "list"), rooms = NULL;
	do {
		json_decref (rooms);
		g_usleep (10000);
		rooms = fake_plugin ()->handle_admin_message (ask);
	} while (json_array_size (json_object_get (rooms, "rooms")) > 0);
	g_test_message ("CPU per leave %" G_GINT64_FORMAT " us", (cpu_us () - mark_us) / n);
}

#ifdef __SANITIZE_THREAD__
#define MANY 250 /* threads under watch are slow */
#else
#define MANY 1000
#endif

static void test_thousand (void)
{
	run_webinar (MANY, FALSE);
}

static void test_thousand_views (void)
{
	run_webinar (MANY, TRUE);
}

static void test_delay (void)
{
	static const struct {
		guint participants;
		int ms;
	} rows[] = { { 0, 50 }, { 1, 50 }, { 100, 50 }, { 101, 51 }, { 550, 525 }, { 1000, 1000 }, { 5000, 1000 } };
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpint (roster_delay_us (rows[i].participants) / 1000, ==, rows[i].ms);
}

/* A client that asks for the whole list again and again is told to wait; the others are not. */
static void test_sync_flood (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 10);
	FakeHandle *ann = fake_attach (), *bob = fake_attach ();
	g_autoptr (Json) a = sit (ann, code, "ann", SEAT_PUBLISHER), b = sit (bob, code, "bob", SEAT_PUBLISHER);
	int done = 0, refused = 0;
	gint64 began_us = g_get_monotonic_time ();
	while (done + refused < 100) {
		g_autoptr (Json) answer = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
		gboolean error = number (answer, "error_code") == curia_error_row_of (CURIA_ERROR_TOO_MANY)->wire_code;
		g_assert_true (error || g_strcmp0 (json_string_value (json_object_get (answer, "room")), "synced") == 0);
		*(error ? &refused : &done) += 1;
	}
	g_assert_cmpint (done, >=, 5);
	g_assert_cmpint (done, <=, 6 + (g_get_monotonic_time () - began_us) / 200000);
	g_autoptr (Json) other = fake_request (bob, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpstr (json_string_value (json_object_get (other, "room")), ==, "synced");
	g_usleep (250000);
	g_autoptr (Json) later = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpstr (json_string_value (json_object_get (later, "room")), ==, "synced");
	fake_detach (ann);
	fake_detach (bob);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/roster/nothing-about-oneself", test_nothing_about_oneself);
	g_test_add_func ("/roster/both-at-once", test_both_at_once);
	g_test_add_func ("/roster/viewers", test_viewers);
	g_test_add_func ("/roster/kinds", test_kinds);
	g_test_add_func ("/roster/short-visit", test_short_visit);
	g_test_add_func ("/roster/max-publishers", test_max_publishers);
	g_test_add_func ("/roster/delay", test_delay);
	g_test_add_func ("/roster/sync-flood", test_sync_flood);
	g_test_add_func ("/roster/thousand", test_thousand);
	g_test_add_func ("/roster/thousand-views", test_thousand_views);
	fake_start ("room: { max_participants = 1000 }\n");
	int result = g_test_run ();
	fake_stop ();
	return result;
}
