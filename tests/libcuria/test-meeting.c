/* Meetings as values. */
#include "curia-meeting.h"

#include "curia-error.h"

static void test_json (void)
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

static void test_apply (void)
{
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), copy = NULL;
	json_auto_t *some = json_pack ("{s:s}", "title", "Weekly");
	json_auto_t *all = json_pack ("{s:s, s:i, s:s, s:i, s:i}", "title", "", "max_participants", 7, "video_codec", "av1",
		"camera_bitrate_bps", 300000, "audio_slots", 8);

	curia_meeting_apply (meeting, some);
	g_assert_cmpstr (meeting->title, ==, "Weekly");
	g_assert_cmpint (meeting->max_participants, ==, 100);
	copy = curia_meeting_copy (meeting);
	curia_meeting_apply (meeting, all);
	g_assert_cmpstr (meeting->title, ==, "");
	g_assert_cmpint (meeting->max_participants, ==, 7);
	g_assert_cmpstr (meeting->video_codec, ==, "av1");
	g_assert_cmpint (meeting->camera_bitrate_bps, ==, 300000);
	g_assert_cmpint (meeting->audio_slots, ==, 8);
	g_assert_cmpint (meeting->screen_bitrate_bps, ==, 0);
	g_assert_cmpstr (copy->title, ==, "Weekly");
	g_assert_cmpstr (copy->code, ==, meeting->code);
}

/* Each rule goes in by its word and comes out by it; what is not said stays. */
static void test_rules (void)
{
	static const char given[] =
		"{\"waiting_room\":\"everybody\",\"locked\":true,\"join_before_host\":false,\"mute_on_entry\":true,\"guests\":false,"
		"\"share_screen\":\"hosts\",\"chat\":\"moderators\",\"unmute\":\"nobody\",\"rename\":\"hosts\",\"record\":\"everybody\","
		"\"end_when_empty_min\":15}";
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	json_auto_t *fields = json_loads (given, 0, NULL), *none = json_object (), *usual = curia_meeting_rules_to_json (meeting);

	g_assert_cmpstr (curia_json_string (usual, "record", ""), ==, "hosts");
	g_assert_true (curia_json_bool (usual, "guests", FALSE));
	curia_meeting_apply (meeting, fields);
	curia_meeting_apply (meeting, none);
	json_object_set_new (fields, "password", json_false ());
	json_auto_t *rules = curia_meeting_rules_to_json (meeting);
	g_assert_true (json_equal (rules, fields));
	g_assert_cmpint (meeting->rules.waiting_room, ==, CURIA_WAITING_EVERYBODY);
	g_assert_cmpint (meeting->rules.unmute, ==, CURIA_POLICY_NOBODY);
}

static void test_fields (void)
{
	static const struct {
		const char *json;
		const char *message; /* NULL: fine */
	} rows[] = {
		{ "{}", NULL },
		{ "{\"title\":\"\",\"max_participants\":1,\"video_codec\":\"h264\"}", NULL },
		{ "{\"max_participants\":0}", "max_participants must be 1 to 1000, not 0" },
		{ "{\"max_participants\":1001}", "max_participants must be 1 to 1000, not 1001" },
		{ "{\"max_publishers\":0}", "max_publishers must be 1 to 1000, not 0" },
		{ "{\"camera_bitrate_bps\":29999}", "camera_bitrate_bps must be 30000 to 50000000, not 29999" },
		{ "{\"screen_bitrate_bps\":50000001}", "screen_bitrate_bps must be 30000 to 50000000, not 50000001" },
		{ "{\"simulcast_layers\":4}", "simulcast_layers must be 1 to 3, not 4" },
		{ "{\"audio_slots\":9}", "audio_slots must be 1 to 8, not 9" },
		{ "{\"video_codec\":\"hevc\"}", "video_codec must be one of vp8|h264|vp9|av1, not \"hevc\"" },
		{ "{\"waiting_room\":\"some\"}", "waiting_room must be one of off|guests|everybody, not \"some\"" },
		{ "{\"chat\":\"all\"}", "chat must be one of everybody|moderators|hosts|nobody, not \"all\"" },
		{ "{\"locked\":1}", "locked must be true or false, not a number" },
		{ "{\"end_when_empty_min\":1441}", "end_when_empty_min must be 0 to 1440, not 1441" },
		{ "{\"title\":7}", "title must be a string, not a number" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		json_auto_t *fields = json_loads (rows[i].json, 0, NULL);

		curia_fields_check (fields, curia_meeting_fields, TRUE, &error);
		g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
	}
}

static CuriaOptions *options_of (const char *text)
{
	g_autoptr (GError) error = NULL;
	CuriaOptions *options = curia_options_parse (text, "f", &error);

	g_assert_no_error (error);
	return options;
}

/* What a server allows, beside what anybody may ask for. */
static void test_check (void)
{
	static const struct {
		const char *json;
		const char *message; /* NULL: fine */
	} rows[] = {
		{ "{}", NULL },
		{ "{\"video_codec\":null}", NULL },
		{ "{\"video_codec\":\"h264\",\"max_participants\":20,\"max_publishers\":10,\"audio_slots\":8}", NULL },
		{ "{\"video_codec\":\"av1\"}", "video_codec must be one of h264|vp8 on this server, not \"av1\"" },
		{ "{\"max_participants\":21}", "max_participants must be 1 to 20 on this server, not 21" },
		{ "{\"max_publishers\":11}", "max_publishers must be 1 to 10 on this server, not 11" },
		{ "{\"camera_bitrate_bps\":500001}", "camera_bitrate_bps must be 30000 to 500000 on this server, not 500001" },
		{ "{\"simulcast_layers\":3}", "simulcast_layers must be 1 to 2 on this server, not 3" },
	};
	g_autoptr (CuriaOptions) options = options_of ("room: { video_codecs = [ \"h264\", \"vp8\" ]; max_participants = 20;"
		" max_publishers = 10; video_bitrate_bps = 500000; simulcast_layers = 2 }");

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		json_auto_t *fields = json_loads (rows[i].json, 0, NULL);

		g_assert_cmpint (curia_meeting_check (fields, options, &error), ==, rows[i].message == NULL);
		g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
		if (error != NULL)
			g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	}
}

static void test_resolve (void)
{
	g_autoptr (CuriaOptions) defaults = options_of (""), tight = options_of ("room: { video_codecs = [ \"h264\" ];"
		" max_participants = 20; max_publishers = 10; video_bitrate_bps = 500000; audio_slots = 2 }");
	g_autoptr (CuriaMeeting) open = curia_meeting_new (), said = curia_meeting_new ();

	curia_meeting_resolve (open, defaults);
	g_assert_cmpstr (open->video_codec, ==, "vp8");
	g_assert_cmpint (open->max_participants, ==, 100);
	g_assert_cmpint (open->max_publishers, ==, 200);
	g_assert_cmpint (open->camera_bitrate_bps, ==, 1500000);
	g_assert_cmpint (open->screen_bitrate_bps, ==, 2500000);
	g_assert_cmpint (open->simulcast_layers, ==, 3);
	g_assert_cmpint (open->audio_slots, ==, 3);
	said->camera_bitrate_bps = 400000; /* less than the server allows: kept */
	said->audio_slots = 5;             /* more than its option says: kept, it is no limit */
	curia_meeting_resolve (said, tight);
	g_assert_cmpstr (said->video_codec, ==, "h264");
	g_assert_cmpint (said->max_participants, ==, 20);
	g_assert_cmpint (said->max_publishers, ==, 10);
	g_assert_cmpint (said->camera_bitrate_bps, ==, 400000);
	g_assert_cmpint (said->audio_slots, ==, 5);
	curia_meeting_resolve (open, tight); /* resolved elsewhere before: the limits hold all the same */
	g_assert_cmpint (open->camera_bitrate_bps, ==, 500000);
	g_assert_cmpint (open->audio_slots, ==, 3);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/meeting/json", test_json);
	g_test_add_func ("/meeting/apply", test_apply);
	g_test_add_func ("/meeting/rules", test_rules);
	g_test_add_func ("/meeting/fields", test_fields);
	g_test_add_func ("/meeting/check", test_check);
	g_test_add_func ("/meeting/resolve", test_resolve);
	return g_test_run ();
}
