/* What an event of the core becomes: rows of JSON in, and what is kept of it. */
#include "config.h"
#include "events/ledger/intake.h"

#include <string.h>

#define NOW_MS G_GINT64_CONSTANT (1700000000000)
#define ROOM(data) "{'type':64,'timestamp':1600000000000000,'event':{'plugin':'janus.plugin.curia.room','data':" data "}}"
#define CALL "'meeting':'MT_m','code':'abcd-efgh-jkmn','call':'CA_c'"
#define PERSON CALL ",'participant':'p1','participation':'PA_p','identity':'ann','name':'Ann'"

typedef struct {
	const char *event; /* with ' for " */
	IntakeVerdict verdict;
	const char *type, *data;
	gint64 time_ms;
} Row;

static const Row rows[] = {
	{ ROOM ("{'event':'call_started','time_ms':5," CALL ",'title':'T','max_participants':9}"), INTAKE_TAKEN, "call_started",
		"{'code':'abcd-efgh-jkmn','title':'T','max_participants':9}", 5 },
	{ ROOM ("{'event':'participant_left','time_ms':6," PERSON ",'reason':'left'}"), INTAKE_TAKEN, "participant_left",
		"{'code':'abcd-efgh-jkmn','participant':'p1','participation':'PA_p','identity':'ann','name':'Ann','reason':'left'}", 6 },
	/* of a plugin of ours, but not known: kept */
	{ ROOM ("{'event':'hand_raised','x':[1,2.5,true,false,null,{'y':'z'}]}"), INTAKE_TAKEN, "hand_raised",
		"{'x':[1,2.5,true,false,null,{'y':'z'}]}", 1600000000000 },
	/* what has a place of its own is not said twice, and nobody gives ids but us */
	{ ROOM ("{'event':'e','id':'EV_mine','node':'other','time_ms':7,'a':1}"), INTAKE_TAKEN, "e", "{'a':1}", 7 },
	/* time: of the event, of the envelope, or now */
	{ ROOM ("{'event':'e','time_ms':-1}"), INTAKE_TAKEN, "e", "{}", 1600000000000 },
	{ ROOM ("{'event':'e','time_ms':99999999999999999}"), INTAKE_TAKEN, "e", "{}", 1600000000000 },
	{ "{'type':64,'event':{'plugin':'janus.plugin.curia.room','data':{'event':'e'}}}", INTAKE_TAKEN, "e", "{}", NOW_MS },
	{ ROOM ("{'event':'join_failed','time_ms':8," CALL ",'identity':'','error':'meeting-full','detail':'d'}"), INTAKE_TAKEN,
		"join_failed", "{'code':'abcd-efgh-jkmn','identity':'','error':'meeting-full','detail':'d'}", 8 },
	{ ROOM ("{'event':'join_failed','time_ms':8,'meeting':'','code':'','call':null,'error':'x'}"), INTAKE_TAKEN, "join_failed",
		"{'code':'','error':'x'}", 8 },
	/* nesting ends somewhere */
	{ ROOM ("{'event':'e','time_ms':1,'a':{'b':{'c':{'d':{'e':1}}}}}"), INTAKE_TAKEN, "e", "{'a':{'b':{'c':{'d':null}}}}", 1 },
	/* no text is more than text */
	{ ROOM ("{'event':'e','time_ms':1,'a':'\\'; DROP TABLE events; --','b':'x\\\\y\\n\\u0001','c\\'d':1}"), INTAKE_TAKEN, "e",
		"{'a':'\\'; DROP TABLE events; --','b':'x\\\\y\\u000a\\u0001','c\\'d':1}", 1 },
	/* other plugins' cannot pass for ours */
	{ "{'type':64,'event':{'plugin':'janus.plugin.videoroom','data':{'event':'call_ended','call':'CA_c','time_ms':3}}}",
		INTAKE_TAKEN, "janus.plugin.videoroom/call_ended", "{}", 3 },
	/* the core's */
	{ "{'type':256,'subtype':1,'timestamp':2000,'event':{'status':'started','info':{'version_string':'1.1.2','x':1}}}",
		INTAKE_TAKEN, "core_started", "{'version':'1.1.2'}", 2 },
	{ "{'type':256,'subtype':1,'event':{'status':'update','info':{'sessions':1}}}", INTAKE_IGNORED, NULL, NULL, 0 },
	{ "{'type':256,'subtype':2,'timestamp':3000,'event':{'status':'shutdown','signum':15}}", INTAKE_TAKEN, "core_stopped",
		"{'signum':15}", 3 },
	{ "{'type':16,'subtype':6,'timestamp':4000,'session_id':11,'handle_id':12,'event':{'connection':'hangup','reason':'ICE failed'}}",
		INTAKE_TAKEN, "webrtc_down", "{'reason':'ICE failed','session':11,'handle':12}", 4 },
	{ "{'type':16,'subtype':6,'event':{'connection':'webrtcup'}}", INTAKE_IGNORED, NULL, NULL, 0 },
	{ "{'type':16,'subtype':1,'event':{'ice':'connected'}}", INTAKE_IGNORED, NULL, NULL, 0 },
	{ "{'type':32,'subtype':3,'event':{'media':'audio'}}", INTAKE_IGNORED, NULL, NULL, 0 },
	{ "{'event':{'name':'created'}}", INTAKE_IGNORED, NULL, NULL, 0 },
	/* malformed */
	{ "[]", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ "{'type':64}", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ "{'type':64,'event':[]}", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ "{'type':64,'event':{'plugin':'janus.plugin.curia.room'}}", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ "{'type':64,'event':{'plugin':'janus.plugin.curia.room','data':'x'}}", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ "{'type':64,'event':{'plugin':7,'data':{'event':'e'}}}", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ "{'type':64,'event':{'plugin':'a b','data':{'event':'e'}}}", INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':7}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':''}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'a b'}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'e','meeting':7}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'e','call':'x y'}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'call_started','meeting':'MT_m','code':'c'}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'call_started','call':'CA_c','code':'c'}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'participant_joined'," CALL "}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'participant_joined'," CALL ",'participation':'PA p'}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'track_muted'," PERSON "}"), INTAKE_MALFORMED, NULL, NULL, 0 },
	{ ROOM ("{'event':'quality'," CALL ",'rtt_us':1}"), INTAKE_MALFORMED, NULL, NULL, 0 },
};

static json_t *parse (const char *text)
{
	GString *json = g_string_new (NULL);
	json_t *value;

	/* a ' behind a backslash is one that stays */
	for (const char *at = text; *at != '\0'; at++)
		if (at[0] == '\\' && at[1] == '\'')
			g_string_append_c (json, *++at);
		else
			g_string_append_c (json, *at == '\'' ? '"' : *at);
	value = json_loads (json->str, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (value == NULL)
		g_error ("the row is no JSON: %s", json->str);
	g_string_free (json, TRUE);
	return value;
}

static void test_rows (void)
{
	IntakeScratch scratch;

	intake_scratch_init (&scratch);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		json_t *event = parse (rows[i].event), *before = json_deep_copy (event);
		Record record;

		g_test_message ("%s", rows[i].event);
		g_assert_cmpint (intake_read (event, NOW_MS, "n1", &scratch, &record), ==, rows[i].verdict);
		g_assert_true (json_equal (event, before)); /* others may share it */
		if (rows[i].verdict == INTAKE_TAKEN) {
			json_t *data = json_loads (record.data, 0, NULL), *expected = parse (rows[i].data);

			g_assert_cmpstr (record.type, ==, rows[i].type);
			g_assert_nonnull (data);
			if (!json_equal (data, expected))
				g_error ("%s, not %s", record.data, rows[i].data);
			g_assert_cmpint (record.time_ms, ==, rows[i].time_ms);
			g_assert_cmpint (record.kind, ==, RECORD_EVENT);
			g_assert_cmpstr (record.node, ==, "n1");
			json_decref (data);
			json_decref (expected);
		}
		json_decref (event);
		json_decref (before);
	}
	intake_scratch_clear (&scratch);
}

static void test_quality (void)
{
	IntakeScratch scratch;
	Record record;
	json_t *event = parse (ROOM ("{'event':'quality','time_ms':9," PERSON ",'rtt_us':23000,'down_bps':-7,'up_bps':'x','freezes':-3,"
		"'paused_slots':99999999999,'estimate_bps':9223372036854775807,'spoke_ms':4200}"));
	const gint64 expected[] = { 23000, -1, -1, -1, -1, -1, -1, G_GINT64_CONSTANT (1) << 53, G_MAXINT32, 0, 0, 4200 };

	intake_scratch_init (&scratch);
	g_assert_cmpint (intake_read (event, NOW_MS, "n1", &scratch, &record), ==, INTAKE_TAKEN);
	g_assert_cmpint (record.kind, ==, RECORD_SAMPLE);
	g_assert_cmpstr (record.participation, ==, "PA_p");
	g_assert_cmpstr (record.call, ==, "CA_c");
	g_assert_cmpint (record.time_ms, ==, 9);
	for (guint i = 0; i < LEDGER_N_VALUES; i++)
		g_assert_cmpint (record.values[i], ==, expected[i]);
	g_assert_true (intake_is_quality (event));
	json_decref (event);
	intake_scratch_clear (&scratch);
}

/* Texts that a database would refuse, or that are too long, in every place of an event. */
static void test_texts (void)
{
	g_autofree char *giant = g_strnfill (3 * 1024 * 1024, 'x');
	g_autofree char *umlauts = g_strdup ("");
	IntakeScratch scratch;
	Record record;
	json_t *data = json_pack ("{s:s s:s s:s s:s s:s s:s}", "event", "participant_joined", "meeting", "MT_m", "code", "c", "call", "CA_c",
		"participation", "PA_p", "identity", giant);
	json_t *event = json_pack ("{s:i s:{s:s s:O}}", "type", 64, "event", "plugin", "janus.plugin.curia.room", "data", data);

	for (int i = 0; i < 400; i++) {
		char *longer = g_strconcat (umlauts, "\303\274", NULL);
		g_free (umlauts);
		umlauts = longer;
	}
	json_object_set_new (data, "name", json_string (umlauts));
	json_object_set_new (data, "nul", json_stringn ("before\0after", 12));
	json_object_set_new (data, "broken", json_string_nocheck ("a\377\376b\355\240\200"));
	json_object_set_new (data, "long", json_string (giant));
	intake_scratch_init (&scratch);
	g_assert_cmpint (intake_read (event, NOW_MS, "n1", &scratch, &record), ==, INTAKE_TAKEN);
	g_assert_cmpuint (strlen (record.data), <=, RECORD_MAX_DATA_BYTES);
	g_assert_true (g_utf8_validate (record.data, -1, NULL));
	json_t *body = json_loads (record.data, 0, NULL);
	g_assert_nonnull (body);
	g_assert_cmpuint (json_string_length (json_object_get (body, "identity")), ==, 256);
	g_assert_cmpuint (json_string_length (json_object_get (body, "name")), ==, 256);
	g_assert_cmpuint (json_string_length (json_object_get (body, "long")), ==, 1024);
	g_assert_cmpstr (json_string_value (json_object_get (body, "nul")), ==, "before");
	g_assert_nonnull (strstr (json_string_value (json_object_get (body, "broken")), "a\357\277\275"));
	json_decref (body);
	/* as many fields as would make it too long: what is known of the person stays */
	for (int i = 0; i < 100; i++) {
		g_autofree char *name = g_strdup_printf ("field%d", i);
		json_object_set_new (data, name, json_string (giant));
	}
	g_assert_cmpint (intake_read (event, NOW_MS, "n1", &scratch, &record), ==, INTAKE_TAKEN);
	g_assert_cmpuint (strlen (record.data), <=, RECORD_MAX_DATA_BYTES);
	body = json_loads (record.data, 0, NULL);
	g_assert_true (json_is_true (json_object_get (body, "truncated")));
	g_assert_cmpstr (json_string_value (json_object_get (body, "participation")), ==, "PA_p");
	g_assert_cmpuint (json_string_length (json_object_get (body, "name")), ==, 256);
	json_decref (body);
	json_decref (event);
	json_decref (data);
	intake_scratch_clear (&scratch);
}

static void test_ids (void)
{
	g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *last = g_strdup ("");
	IntakeScratch scratch;
	Record record;

	intake_scratch_init (&scratch);
	for (int i = 0; i < 20000; i++) {
		intake_own ("e", "{}", NOW_MS + i / 1000, "n1", &scratch, &record);
		g_assert_cmpuint (strlen (record.id), ==, 23);
		g_assert_true (g_str_has_prefix (record.id, "EV_"));
		g_assert_cmpuint (strspn (record.id + 3, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS), ==, 20);
		g_assert_true (g_hash_table_add (seen, g_strdup (record.id)));
		g_assert_cmpint (strncmp (last, record.id, 11), <=, 0); /* in the order of time */
		g_free (last);
		last = g_strdup (record.id);
	}
	intake_scratch_clear (&scratch);
}

/* What is written can be read, and nothing else can. */
static void test_records (void)
{
	const Record event = { .kind = RECORD_EVENT, .number = 1000, .time_ms = 77, .id = "EV_1", .type = "t", .node = "n", .meeting = "",
		.code = "c", .call = "CA", .data = "{\"a\":\"\303\274\"}" };
	Record sample = { .kind = RECORD_SAMPLE, .number = 5, .time_ms = 78, .id = "EV_2", .participation = "PA", .call = "CA" }, read;
	g_autoptr (GByteArray) bytes = g_byte_array_new ();
	gsize first = 0, second = 0;

	for (guint i = 0; i < LEDGER_N_VALUES; i++)
		sample.values[i] = (gint64) i - 1;
	g_assert_cmphex (record_crc32 ((const guint8 *) "123456789", 9), ==, 0xCBF43926); /* the check value of the CRC catalogue */
	record_append (bytes, &event);
	record_append (bytes, &sample);
	g_assert_cmpint (frame_look (bytes->data, bytes->len, &first, &read), ==, FRAME_WHOLE);
	g_assert_cmpstr (read.id, ==, "EV_1");
	g_assert_cmpstr (read.data, ==, event.data);
	g_assert_cmpint (read.number, ==, event.number);
	g_assert_cmpint (frame_look (bytes->data + first, bytes->len - first, &second, &read), ==, FRAME_WHOLE);
	g_assert_cmpint (memcmp (read.values, sample.values, sizeof sample.values), ==, 0);
	g_assert_cmpuint (first + second, ==, bytes->len);
	for (gsize n = 0; n < first; n++) { /* each beginning of it in memory of its own, for the sanitizer */
		g_autofree guint8 *part = g_memdup2 (bytes->data, n);
		gsize length;

		g_assert_cmpint (frame_look (part, n, &length, &read), ==, FRAME_SHORT);
	}
	for (gsize bit = 0; bit < first * 8; bit++) {
		gsize length;

		bytes->data[bit / 8] ^= (guint8) (1 << bit % 8);
		g_assert_cmpint (frame_look (bytes->data, first, &length, &read), !=, FRAME_WHOLE);
		bytes->data[bit / 8] ^= (guint8) (1 << bit % 8);
	}
	g_assert_cmpuint (frame_search (bytes->data, bytes->len, 4), ==, 0);
	g_assert_cmpuint (frame_search (bytes->data + 1, bytes->len - 1, 4), ==, first - 1);
	g_assert_cmpuint (frame_search (bytes->data, bytes->len, 1000), ==, bytes->len);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/intake/rows", test_rows);
	g_test_add_func ("/intake/quality", test_quality);
	g_test_add_func ("/intake/texts", test_texts);
	g_test_add_func ("/intake/ids", test_ids);
	g_test_add_func ("/record/frames", test_records);
	return g_test_run ();
}
