/* What event handlers are told of a meeting, and what other modules may ask of it over the bus: through the built module
 * against a fake core. */
#include "config.h"

#include "curia-bus.h"
#include "tests/room/people.h"

/* Those of one meeting, in order; quality events apart. */
static json_t *events_of (const char *code, gboolean quality)
{
	g_autoptr (Json) all = fake_take_recorded ();
	json_t *found = json_array (), *event;
	gsize i;
	json_array_foreach (all, i, event)
		if (g_strcmp0 (text (event, "code"), code) == 0 && (g_strcmp0 (text (event, "event"), "quality") == 0) == quality)
			json_array_append (found, event);
	return found;
}

static void assert_events (json_t *events, const char *const *expected)
{
	for (gsize i = 0; i < json_array_size (events); i++)
		g_assert_cmpstr (text (json_array_get (events, i), "event"), ==, expected[i]);
	g_assert_null (expected[json_array_size (events)]);
}

static void test_story (void)
{
	static const char *const expected[] = { "call_started", "participant_joined", "track_published", "track_published", "media_connected",
		"track_unpublished", "track_unpublished", "participant_left", "call_ended", NULL }; /* its screen is offered, not shared */
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	fake_record_events (TRUE);
	gint64 before_ms = g_get_real_time () / 1000;
	g_auto (Person) ann = person_join (code, "Ann");
	person_publish (&ann);
	send_video (&ann, TRUE);
	g_usleep (300000);
	g_autoptr (Json) left = fake_request (ann.publish, json_pack ("{s:s}", "request", "leave"), NULL, NULL);
	fake_detach (ann.publish);
	g_usleep (100000);
	fake_record_events (FALSE);
	g_autoptr (Json) events = events_of (code, FALSE);
	assert_events (events, expected);
	json_t *joined = json_array_get (events, 1), *media = json_array_get (events, 4), *end = json_array_get (events, 8);
	g_assert_cmpstr (text (end, "reason"), ==, "empty");
	g_assert_cmpstr (text (json_array_get (events, 7), "reason"), ==, "left");
	g_assert_cmpstr (text (joined, "role"), ==, "participant");
	g_assert_cmpstr (text (joined, "name"), ==, "Ann");
	g_assert_true (g_str_has_prefix (text (joined, "participation"), "PA_"));
	g_assert_true (g_str_has_prefix (text (json_array_get (events, 2), "track"), "TR_"));
	g_assert_cmpint (number (media, "join_ms"), >=, 0);
	g_assert_cmpint (number (media, "join_ms"), <, 5000);
	for (gsize i = 0; i < json_array_size (events); i++) { /* all are of one call, and in time */
		gint64 time_ms = json_integer_value (at (json_array_get (events, i), "time_ms"));
		g_assert_cmpstr (text (json_array_get (events, i), "call"), ==, text (joined, "call"));
		g_assert_cmpint (time_ms, >=, before_ms);
		before_ms = time_ms;
	}
}

/* A screen is in the books while it is shared, each time as another track; what is muted from the start is said to be. */
static void test_screen (void)
{
	static const char *const expected[] = { "track_published", "track_unpublished", "track_published", "track_muted", "track_unpublished",
		"track_unpublished", "track_unpublished", "participant_left", "call_ended", NULL };
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	fake_record_events (TRUE);
	mute (&ann, "screen_share", FALSE);
	mute (&ann, "screen_share", TRUE);
	mute (&ann, "screen_share", FALSE);
	mute (&ann, "camera", TRUE);
	person_leave (&ann);
	g_usleep (100000);
	fake_record_events (FALSE);
	g_autoptr (Json) events = events_of (code, FALSE);
	assert_events (events, expected);
	json_t *first = json_array_get (events, 0), *second = json_array_get (events, 2);
	g_assert_cmpstr (text (first, "source"), ==, "screen_share");
	g_assert_cmpstr (text (first, "track"), ==, text (json_array_get (events, 1), "track"));
	g_assert_cmpstr (text (first, "track"), !=, text (second, "track"));
	g_assert_true (json_is_false (at (first, "muted")));
	g_assert_true (json_is_true (at (json_array_get (events, 3), "muted")));
}

/* Speech, loss and what the client reports come together in one figure, and start from nothing in the next. */
static void test_quality (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	fake_record_events (TRUE);
	speak (&ann, 600);
	g_autoptr (Json) first = fake_request (ann.view, json_pack ("{s:s s:i s:i s:i}", "request", "report", "freezes", 2, "frozen_ms", 900,
		"up_loss_ppm", 20000), NULL, NULL), second = fake_request (ann.publish, json_pack ("{s:s s:i s:i}", "request", "report",
		"freezes", 1, "rtt_us", 45000), NULL, NULL);
	assert_room (first, "reported");
	assert_room (second, "reported");
	g_usleep (1100000);
	speak (&ann, 100);
	person_leave (&ann);
	g_usleep (100000);
	fake_record_events (FALSE);
	g_autoptr (Json) events = events_of (code, TRUE);
	gsize n = json_array_size (events);
	gint64 spoke_ms = 0, freezes = 0, frozen_ms = 0;
	g_assert_cmpuint (n, >=, 2); /* one for the first second, one at the end */
	for (gsize i = 0; i < n; i++) {
		spoke_ms += number (json_array_get (events, i), "spoke_ms");
		freezes += number (json_array_get (events, i), "freezes");
		frozen_ms += number (json_array_get (events, i), "frozen_ms");
	}
	g_assert_cmpint (freezes, ==, 3);
	g_assert_cmpint (frozen_ms, ==, 900);
	g_assert_cmpint (spoke_ms, >, 300);
	g_assert_cmpint (spoke_ms, <, 3000);
	json_t *reported = json_array_get (events, 0);
	if (number (reported, "freezes") == 0) /* it fell in the gap */
		reported = json_array_get (events, 1);
	g_assert_cmpint (number (reported, "up_loss_ppm"), ==, 20000);
	g_assert_cmpint (number (reported, "rtt_us"), ==, 45000);
	g_assert_cmpint (number (reported, "up_bps"), >, 0);
	g_assert_cmpint (number (reported, "down_loss_ppm"), ==, -1); /* nobody confirmed anything */
}

static void test_report_refusals (void)
{
	static const struct {
		const char *body, *field;
	} rows[] = {
		{ "{\"request\":\"report\",\"freezes\":-1}", "freezes" },
		{ "{\"request\":\"report\",\"freezes\":\"many\"}", "freezes" },
		{ "{\"request\":\"report\",\"frozen_ms\":600001}", "frozen_ms" },
		{ "{\"request\":\"report\",\"up_loss_ppm\":1000001}", "up_loss_ppm" },
		{ "{\"request\":\"report\",\"rtt_us\":60000001}", "rtt_us" },
		{ "{\"request\":\"report\",\"up_jitter_us\":-2}", "up_jitter_us" },
	};
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (Json) answer = fake_request (ann.view, json_loads (rows[i].body, 0, NULL), NULL, NULL);
		assert_error (answer, CURIA_ERROR_INVALID_FIELD, rows[i].field);
	}
	person_leave (&ann);
}

static void test_join_failed (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 1), *token = fake_token (code, "bob", "Bob");
	g_auto (Person) ann = person_join (code, "Ann");
	FakeHandle *handle = fake_attach ();
	fake_record_events (TRUE);
	g_autoptr (Json) full = join (handle, code, "bob", "Bob");
	assert_error (full, CURIA_ERROR_MEETING_FULL, NULL);
	fake_record_events (FALSE);
	g_autoptr (Json) events = events_of (code, FALSE);
	g_assert_cmpuint (json_array_size (events), ==, 1);
	json_t *event = json_array_get (events, 0);
	g_assert_cmpstr (text (event, "event"), ==, "join_failed");
	g_assert_cmpstr (text (event, "error"), ==, "meeting-full");
	g_assert_cmpstr (text (event, "identity"), ==, "bob");
	g_assert_true (g_str_has_prefix (text (event, "call"), "CA_"));
	fake_detach (handle);
	person_leave (&ann);
}

/* ---- over the bus ---- */

static json_t *ask (const char *code, json_t *take_message, GError **error)
{
	g_autofree char *topic = g_strconcat ("meeting.", code, NULL);
	g_autoptr (Json) message = take_message;
	return curia_bus_request_sync (curia_node_bus (fake_node ()), topic, message, 2000, error);
}

static void test_participants (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_autoptr (GError) error = NULL;
	g_autoptr (Json) list = ask (code, json_pack ("{s:s}", "command", "participants"), &error);
	g_assert_no_error (error);
	g_assert_cmpuint (json_array_size (at (list, "participants")), ==, 1);
	g_assert_cmpstr (text (list, "participants.0.name"), ==, "Ann");
	g_assert_cmpuint (json_array_size (at (list, "participants.0.tracks")), >=, 2);
	g_assert_true (g_str_has_prefix (text (list, "call"), "CA_"));
	person_leave (&ann);
}

static void test_commands (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_autoptr (Json) list = ask (code, json_pack ("{s:s}", "command", "participants"), NULL);
	g_autofree char *identity = g_strdup (text (list, "participants.0.identity"));
	const struct {
		const char *command, *identity, *source;
		int code; /* -1: succeeds */
	} rows[] = {
		{ "mute", identity, "camera", -1 },
		{ "mute", identity, "screen_share_audio", CURIA_ERROR_NOT_PUBLISHED },
		{ "mute", identity, "tuba", CURIA_ERROR_INVALID_FIELD },
		{ "mute", "nobody", "camera", CURIA_ERROR_NO_SUCH_SOURCE },
		{ "kick", "nobody", NULL, CURIA_ERROR_NO_SUCH_SOURCE },
		{ "kick", NULL, NULL, CURIA_ERROR_NO_SUCH_SOURCE },
		{ "dance", identity, NULL, CURIA_ERROR_INVALID_REQUEST },
		{ "refused", "dan", NULL, -1 },
		{ "kick", identity, NULL, -1 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		g_autoptr (Json) reply = ask (code, json_pack ("{s:s s:s* s:s*}", "command", rows[i].command, "identity", rows[i].identity,
			"source", rows[i].source), &error);
		if (rows[i].code < 0)
			g_assert_no_error (error);
		else
			g_assert_error (error, CURIA_ERROR, rows[i].code);
	}
	g_autoptr (Json) muted = fake_wait_event (ann.publish, "muted", FAKE_WAIT_MS), ended = fake_wait_event (ann.publish, "ended", FAKE_WAIT_MS);
	g_assert_cmpstr (text (muted, "source"), ==, "camera");
	g_assert_cmpstr (text (ended, "reason"), ==, "kicked");
	person_leave (&ann);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("room: { quality_interval_ms = 1000 }\n");
	g_test_add_func ("/notify/story", test_story);
	g_test_add_func ("/notify/screen", test_screen);
	g_test_add_func ("/notify/quality", test_quality);
	g_test_add_func ("/notify/report-refusals", test_report_refusals);
	g_test_add_func ("/notify/join-failed", test_join_failed);
	g_test_add_func ("/notify/participants", test_participants);
	g_test_add_func ("/notify/commands", test_commands);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
