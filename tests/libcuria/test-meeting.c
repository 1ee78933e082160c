/* Meetings as values. */
#include "curia-meeting.h"

#include "curia-error.h"

static void
test_json (void)
{
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	json_auto_t *open = NULL, *ended = NULL;

	meeting->created_ms = 1769851800123;
	open = curia_meeting_to_json (meeting);
	g_assert_cmpstr (curia_json_string (open, "state", ""), ==, "open");
	g_assert_cmpstr (curia_json_string (open, "created_at", ""), ==, "2026-01-31T09:30:00.123Z");
	g_assert_true (json_is_null (json_object_get (open, "ended_at")));
	g_assert_cmpstr (curia_json_string (open, "code", ""), ==, meeting->code);
	g_assert_cmpstr (curia_json_string (json_object_get (open, "settings"), "video_codec", ""), ==, "vp8");
	meeting->ended_ms = meeting->created_ms + 1000;
	ended = curia_meeting_to_json (meeting);
	g_assert_cmpstr (curia_json_string (ended, "state", ""), ==, "ended");
	g_assert_cmpstr (curia_json_string (ended, "ended_at", ""), ==, "2026-01-31T09:30:01.123Z");
}

static void
test_apply (void)
{
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), copy = NULL;
	json_auto_t *some = json_pack ("{s:s}", "title", "Weekly");
	json_auto_t *all = json_pack ("{s:s, s:i, s:s}", "title", "", "max_participants", 7, "video_codec", "av1");

	curia_meeting_apply (meeting, some);
	g_assert_cmpstr (meeting->title, ==, "Weekly");
	g_assert_cmpint (meeting->max_participants, ==, 100);
	copy = curia_meeting_copy (meeting);
	curia_meeting_apply (meeting, all);
	g_assert_cmpstr (meeting->title, ==, "");
	g_assert_cmpint (meeting->max_participants, ==, 7);
	g_assert_cmpstr (meeting->video_codec, ==, "av1");
	g_assert_cmpstr (copy->title, ==, "Weekly");
	g_assert_cmpstr (copy->code, ==, meeting->code);
}

static void
test_fields (void)
{
	static const struct {
		const char *json;
		const char *message; /* NULL: fine */
	} rows[] = {
		{ "{}", NULL },
		{ "{\"title\":\"\",\"max_participants\":1,\"video_codec\":\"h264\"}", NULL },
		{ "{\"max_participants\":0}", "max_participants must be 1 to 500, not 0" },
		{ "{\"max_participants\":501}", "max_participants must be 1 to 500, not 501" },
		{ "{\"video_codec\":\"hevc\"}", "video_codec must be one of vp8|h264|vp9|av1, not \"hevc\"" },
		{ "{\"title\":7}", "title must be a string, not a number" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		json_auto_t *fields = json_loads (rows[i].json, 0, NULL);

		curia_fields_check (fields, curia_meeting_fields, TRUE, &error);
		g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/meeting/json", test_json);
	g_test_add_func ("/meeting/apply", test_apply);
	g_test_add_func ("/meeting/fields", test_fields);
	return g_test_run ();
}
