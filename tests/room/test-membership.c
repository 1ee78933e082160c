/* Who is in a meeting: joining, refusals, names, take-overs, lost connections and the end, through the built module against a
 * fake core. */
#include "config.h"

#include <string.h>

#include "tests/room/people.h"

static void test_refusals (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 2), *token = fake_token (code, "ann", "Ann"),
		*elsewhere = fake_token ("abcd-efgh-jkmn", "ann", "Ann"), *long_text = g_strnfill (9000, 'x');
	const struct {
		const char *body;
		CuriaErrorCode code;
		const char *field;
	} rows[] = {
		{ "[]", CURIA_ERROR_NO_MESSAGE, NULL },
		{ "{}", CURIA_ERROR_INVALID_REQUEST, NULL },
		{ "{\"request\":7}", CURIA_ERROR_INVALID_REQUEST, NULL },
		{ "{\"request\":\"dance\"}", CURIA_ERROR_INVALID_REQUEST, NULL },
		{ "{\"request\":\"join\"}", CURIA_ERROR_MISSING_FIELD, "token" },
		{ "{\"request\":\"join\",\"token\":5}", CURIA_ERROR_INVALID_FIELD, "token" },
		{ "{\"request\":\"join\",\"token\":\"a.b.c\"}", CURIA_ERROR_UNAUTHORIZED, NULL },
		{ "{\"request\":\"join\",\"token\":\"$long\"}", CURIA_ERROR_INVALID_FIELD, "token" },
		{ "{\"request\":\"join\",\"token\":\"$elsewhere\"}", CURIA_ERROR_NO_SUCH_MEETING, NULL },
		{ "{\"request\":\"configure\"}", CURIA_ERROR_JOIN_FIRST, NULL },
		{ "{\"request\":\"publish\",\"tracks\":[]}", CURIA_ERROR_INVALID_FIELD, "tracks" },
		{ "{\"request\":\"publish\",\"tracks\":[{\"mid\":\"0\",\"source\":\"camera\"}]}", CURIA_ERROR_MISSING_FIELD, "jsep" },
		{ "{\"request\":\"sync\"}", CURIA_ERROR_JOIN_FIRST, NULL },
		{ "{\"request\":\"view\"}", CURIA_ERROR_JOIN_FIRST, NULL },
		{ "{\"request\":\"subscribe\"}", CURIA_ERROR_MISSING_FIELD, "jsep" },
		{ "{\"request\":\"connection\",\"state\":\"dropped\",\"secret\":\"guess\"}", CURIA_ERROR_FORBIDDEN, NULL },
		{ "{\"request\":\"connection\",\"state\":\"off\",\"secret\":\"guess\"}", CURIA_ERROR_INVALID_FIELD, "state" },
	};
	FakeHandle *handle = fake_attach ();
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		GString *body = g_string_new (rows[i].body);
		g_string_replace (body, "$long", long_text, 0);
		g_string_replace (body, "$elsewhere", elsewhere, 0);
		g_test_message ("%.60s", body->str);
		g_autoptr (Json) answer = fake_request (handle, json_loads (body->str, 0, NULL), NULL, NULL);
		assert_error (answer, rows[i].code, rows[i].field);
		g_string_free (body, TRUE);
	}
	g_assert_cmpuint (fake_closed (handle), ==, 0);
	/* The same handle can still join; and then not again. */
	g_autoptr (Json) joined = join (handle, code, "ann", "Ann"), again = join (handle, code, "ann", "Ann");
	assert_room (joined, "joined");
	assert_error (again, CURIA_ERROR_ALREADY_JOINED, NULL);
	fake_detach (handle);
}

static void test_people (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 3);
	g_auto (Person) ann = person_join (code, "Ann");
	g_assert_cmpuint (json_array_size (at (ann.joined, "participants")), ==, 0);
	g_assert_cmpstr (text (ann.joined, "you.role"), ==, "participant");
	g_assert_cmpuint (json_array_size (at (ann.joined, "you.can.publish")), ==, 4);
	g_assert_cmpstr (text (ann.joined, "meeting.code"), ==, code);
	g_assert_cmpint (number (ann.joined, "media.audio_slots"), ==, 3);

	g_auto (Person) bob = person_join (code, "Bob");
	g_assert_cmpstr (text (bob.joined, "participants.0.name"), ==, "Ann");
	g_assert_cmpstr (ann.id, !=, bob.id);
	g_autoptr (Json) roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
	int rev = number (roster, "rev");
	while (json_array_size (at (roster, "joined")) == 0) { /* an empty one for Ann's own arrival may come first */
		json_decref (roster);
		roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		g_assert_cmpint (number (roster, "rev"), ==, ++rev);
	}
	g_assert_cmpstr (text (roster, "joined.0.participant"), ==, bob.id);
	g_assert_false (json_is_true (at (roster, "joined.0.away")));

	g_autoptr (Json) renamed = fake_request (bob.publish, json_pack ("{s:s s:s}", "request", "configure", "name", "Bobby"), NULL, NULL);
	assert_room (renamed, "configured");
	g_autoptr (Json) changed = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
	g_assert_cmpstr (text (changed, "changed.0.name"), ==, "Bobby");

	g_auto (Person) cid = person_join (code, "Cid");
	FakeHandle *dan = fake_attach ();
	g_autoptr (Json) full = join (dan, code, "Dan", "Dan");
	assert_error (full, CURIA_ERROR_MEETING_FULL, NULL);

	g_autoptr (Json) left = fake_request (bob.publish, json_pack ("{s:s}", "request", "leave"), NULL, NULL);
	assert_room (left, "left");
	fake_detach (cid.publish);
	g_autofree char *reasons = g_strdup ("");
	while (strlen (reasons) < 2) {
		g_autoptr (Json) event = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		json_t *entry;
		gsize i;
		json_array_foreach (at (event, "left"), i, entry) {
			char *more = g_strconcat (reasons, g_strcmp0 (text (entry, "participant"), bob.id) == 0 ? "B" : "C",
				g_strcmp0 (text (entry, "reason"), "left") == 0 ? "l" : "g", NULL);
			g_free (reasons);
			reasons = more;
		}
	}
	if (strlen (reasons) == 2) {
		g_autoptr (Json) event = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		g_assert_cmpstr (text (event, "left.0.reason"), ==, "gone");
	} else {
		g_assert_cmpstr (reasons, ==, "BlCg");
	}
	g_autoptr (Json) sync = fake_request (ann.publish, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpuint (json_array_size (at (sync, "participants")), ==, 0);
	g_autoptr (Json) back = join (bob.publish, code, "Bob", "Bob"); /* a handle that left may join again */
	assert_room (back, "joined");
	fake_detach (bob.publish);
	fake_detach (ann.publish);
	fake_detach (dan);
}

/* Names of other issuers' tokens, meetings of another codec, and people whom nobody sees. */
static void test_oddities (void)
{
	g_autofree char *code = fake_make_meeting ("h264", 9), *long_name = g_strnfill (100, 'n'), *offer = fake_offer ("as vs"),
		*old_offer = g_strdup ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"), *answer = NULL;
	FakeHandle *ann = fake_attach (), *hidden = fake_attach ();
	g_autoptr (Json) joined = join (ann, code, "Ann", long_name);
	g_assert_cmpuint (strlen (text (joined, "you.name")), ==, 60);
	const char *camera = "[{\"mid\":\"1\",\"source\":\"camera\"}]";
	g_autoptr (Json) refused = fake_request (ann, json_pack ("{s:s s:o}", "request", "publish", "tracks", json_loads (camera, 0, NULL)), old_offer, NULL);
	assert_error (refused, CURIA_ERROR_INVALID_SDP, NULL);
	g_assert_nonnull (strstr (text (refused, "error"), "h264"));
	g_autoptr (Json) published = fake_request (ann, json_pack ("{s:s s:o}", "request", "publish", "tracks", json_loads (camera, 0, NULL)), offer, &answer);
	g_assert_cmpstr (text (published, "tracks.0.codec"), ==, "h264");
	g_assert_nonnull (strstr (answer, "m=video 9 UDP/TLS/RTP/SAVPF 104\r\n"));
	g_assert_nonnull (strstr (answer, "b=TIAS:1500000\r\n"));

	g_autoptr (CuriaClaims) claims = fake_claims (code, "recorder", "   ");
	claims->hidden = TRUE;
	g_autofree char *token = fake_mint (claims);
	fake_drop_events (ann);
	g_autoptr (Json) unseen = fake_request (hidden, json_pack ("{s:s s:s}", "request", "join", "token", token), NULL, NULL);
	assert_room (unseen, "joined");
	g_assert_cmpstr (text (unseen, "you.name"), ==, "Guest");
	g_assert_cmpuint (json_array_size (at (unseen, "you.can.publish")), ==, 0);
	g_autoptr (Json) forbidden = fake_request (hidden, json_pack ("{s:s s:o}", "request", "publish", "tracks", json_loads (camera, 0, NULL)), offer, NULL);
	assert_error (forbidden, CURIA_ERROR_FORBIDDEN, NULL);
	g_autoptr (Json) sync = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpuint (json_array_size (at (sync, "participants")), ==, 0);
	for (;;) {
		g_autoptr (Json) roster = fake_wait_event (ann, "roster", 200);
		if (!roster)
			break;
		g_assert_cmpuint (json_array_size (at (roster, "joined")), ==, 0);
	}
	fake_detach (hidden);
	fake_detach (ann);
}

static void test_take_over (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 2);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	FakeHandle *again = fake_attach ();
	g_autoptr (Json) joined = join (again, code, "Ann", "Ann on the phone");
	assert_room (joined, "joined");
	g_assert_cmpstr (text (joined, "you.participant"), ==, ann.id);
	g_assert_cmpstr (text (joined, "you.ticket"), !=, text (ann.joined, "you.ticket"));
	FakeHandle *old[] = { ann.publish, ann.view };
	for (guint i = 0; i < 2; i++) {
		g_autoptr (Json) ended = fake_wait_event (old[i], "ended", FAKE_WAIT_MS);
		g_assert_cmpstr (text (ended, "reason"), ==, "replaced");
		fake_until (fake_closed (old[i]) == 1);
		fake_detach (old[i]);
	}
	g_autofree char *offer = fake_offer ("ar vr");
	FakeHandle *view = fake_attach ();
	g_autoptr (Json) stale = fake_request (view, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", text (ann.joined, "you.ticket")), offer, NULL);
	assert_error (stale, CURIA_ERROR_UNAUTHORIZED, NULL);
	fake_until (fake_closed (view) == 1); /* a refused offer must not block the handle */
	for (;;) {
		g_autoptr (Json) roster = fake_wait_event (bob.publish, "roster", 300);
		if (!roster)
			break;
		g_assert_cmpuint (json_array_size (at (roster, "left")), ==, 0);
	}
	g_autoptr (Json) sync = fake_request (bob.publish, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpstr (text (sync, "participants.0.name"), ==, "Ann on the phone");
	g_assert_cmpuint (json_array_size (at (sync, "participants.0.tracks")), ==, 0);
	FakeHandle *all[] = { again, view, bob.publish, bob.view };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		fake_detach (all[i]);
}

static void test_connection (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_join (code, "Ann");
	g_auto (Person) bob = person_join (code, "Bob");
	const char *secret = curia_node_secret (fake_node ()), *states[] = { "dropped", "back", "dropped" };
	for (guint i = 0; i < G_N_ELEMENTS (states); i++) { /* away only when it lasts */
		g_autoptr (Json) answer = fake_request (bob.publish, json_pack ("{s:s s:s s:s}", "request", "connection", "state", states[i], "secret", secret), NULL, NULL);
		assert_room (answer, "connection");
	}
	gint64 dropped_us = g_get_monotonic_time ();
	gboolean away = FALSE;
	while (!away) {
		g_autoptr (Json) roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		g_assert_nonnull (roster);
		away = json_is_true (at (roster, "changed.0.away"));
	}
	g_assert_cmpint (g_get_monotonic_time () - dropped_us, >=, 1900000);
	g_autoptr (Json) back = fake_request (bob.publish, json_pack ("{s:s s:s s:s}", "request", "connection", "state", "back", "secret", secret), NULL, NULL);
	g_autoptr (Json) roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
	g_assert_true (json_is_false (at (roster, "changed.0.away")));
	fake_detach (ann.publish);
	fake_detach (bob.publish);
}

static void test_end (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9), *topic = g_strconcat ("meeting.", code, NULL);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_join (code, "Bob");
	g_autoptr (Json) ask = json_pack ("{s:s s:s}", "command", "live", "identity", "Ann"), end = json_pack ("{s:s s:s}", "command", "end", "reason", "ended");
	g_autoptr (Json) live = curia_bus_request_sync (curia_node_bus (fake_node ()), topic, ask, 2000, NULL);
	g_assert_cmpint (number (live, "participants"), ==, 2);
	g_assert_cmpint (number (live, "publishers"), ==, 1);
	g_assert_true (json_is_true (at (live, "present")));
	g_assert_true (curia_store_meeting_end (curia_node_store (fake_node ()), code, 1, NULL));
	g_assert_true (curia_bus_publish (curia_node_bus (fake_node ()), topic, end, NULL));
	FakeHandle *all[] = { ann.publish, ann.view, bob.publish };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
		g_autoptr (Json) ended = fake_wait_event (all[i], "ended", FAKE_WAIT_MS);
		g_assert_cmpstr (text (ended, "reason"), ==, "ended");
		fake_until (fake_closed (all[i]) == 1);
	}
	g_autoptr (Json) late = join (bob.publish, code, "Bob", "Bob");
	assert_error (late, CURIA_ERROR_MEETING_ENDED, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		fake_detach (all[i]);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("");
	g_test_add_func ("/membership/refusals", test_refusals);
	g_test_add_func ("/membership/people", test_people);
	g_test_add_func ("/membership/oddities", test_oddities);
	g_test_add_func ("/membership/take-over", test_take_over);
	g_test_add_func ("/membership/connection", test_connection);
	g_test_add_func ("/membership/end", test_end);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
