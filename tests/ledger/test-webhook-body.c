/* What webhooks say: each type of event against the whole text. */
#include "libcuria/curia-webhook-body.h"

#include <string.h>

#define ROOM \
	"\"room\": {\"sid\": \"CA_1\", \"name\": \"abcd-efgh-jkmn\", \"maxParticipants\": 20, \"numParticipants\": 3," \
	" \"creationTime\": \"1700000000\", \"creationTimeMs\": \"1700000000500\"}"
#define PERSON(state, more) \
	"\"participant\": {\"sid\": \"PA_1\", \"identity\": \"ann\", \"name\": \"Ann \xc3\xa9\", \"state\": \"" state "\"," \
	" \"joinedAt\": \"1700000010\", \"joinedAtMs\": \"1700000010999\"," \
	" \"permission\": {\"canSubscribe\": true, \"canPublish\": true}" more "}"
#define END "\"id\": \"EV_1\", \"createdAt\": \"1700000020\", \"curia\": {\"sequence\": 7, \"meeting\": \"MT_1\"}}"

static const struct {
	const char *type, *data, *text;
} rows[] = {
	{ "call_started", "{}", "{\"event\": \"room_started\", " ROOM ", " END },
	{ "call_ended", "{\"reason\": \"empty\"}", "{\"event\": \"room_finished\", " ROOM ", " END },
	{ "participant_joined", "{\"role\": \"participant\"}",
		"{\"event\": \"participant_joined\", " ROOM ", " PERSON ("ACTIVE", "") ", " END },
	{ "participant_left", "{\"reason\": \"kicked\"}",
		"{\"event\": \"participant_left\", " ROOM ", "
			PERSON ("DISCONNECTED", ", \"disconnectReason\": \"PARTICIPANT_REMOVED\"") ", " END },
	{ "participant_left", "{\"reason\": \"something new\"}",
		"{\"event\": \"participant_left\", " ROOM ", "
			PERSON ("DISCONNECTED", ", \"disconnectReason\": \"UNKNOWN_REASON\"") ", " END },
	{ "track_published", "{\"track\": \"TR_1\", \"source\": \"camera\", \"kind\": \"video\", \"codec\": \"vp8\"}",
		"{\"event\": \"track_published\", " ROOM ", " PERSON ("ACTIVE", "") ", \"track\": {\"sid\": \"TR_1\","
		" \"type\": \"VIDEO\", \"source\": \"CAMERA\", \"name\": \"camera\", \"muted\": false,"
		" \"mimeType\": \"video/VP8\"}, " END },
	{ "track_unpublished", "{\"track\": \"TR_2\", \"source\": \"screen_share_audio\", \"kind\": \"audio\","
		" \"codec\": \"opus\", \"muted\": true}",
		"{\"event\": \"track_unpublished\", " ROOM ", " PERSON ("ACTIVE", "") ", \"track\": {\"sid\": \"TR_2\","
		" \"type\": \"AUDIO\", \"source\": \"SCREEN_SHARE_AUDIO\", \"name\": \"screen_share_audio\", \"muted\": true,"
		" \"mimeType\": \"audio/opus\"}, " END },
};

static void
test_bodies (void)
{
	static const WebhookFacts facts = { 1700000000500, 20, 3, 1700000010999, FALSE };

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		json_auto_t *data = json_loads (rows[i].data, 0, NULL), *expected = NULL, *got = NULL;
		g_autofree char *text = NULL;
		WebhookText *parts;

		json_object_update_new (data, json_pack ("{s:s, s:s, s:s}", "participation", "PA_1", "identity", "ann", "name",
			"Ann \xc3\xa9"));
		parts = webhook_text_new (&(LedgerEvent) { .id = "EV_1", .type = rows[i].type, .meeting = "MT_1",
			.code = "abcd-efgh-jkmn", .call = "CA_1", .body = data, .time_ms = 1700000020001 }, &facts);
		text = webhook_text_with (parts, 7);
		webhook_text_free (parts);
		g_test_message ("%s", text);
		expected = json_loads (rows[i].text, 0, NULL);
		got = json_loads (text, 0, NULL);
		g_assert_nonnull (expected);
		g_assert_true (json_equal (got, expected));
	}
}

static void
test_names (void)
{
	g_assert_cmpstr (webhook_name_of ("call_started"), ==, "room_started");
	g_assert_null (webhook_name_of ("quality"));
	g_assert_null (webhook_name_of (""));
}

static void
test_bits (void)
{
	guint started = webhook_bit_of ("call_started"), left = webhook_bit_of ("participant_left");

	g_assert_cmpuint (started, !=, 0);
	g_assert_cmpuint (started & left, ==, 0);
	g_assert_cmpuint (webhook_bit_of ("quality"), ==, 0);
	g_assert_cmpuint (webhook_bits_of_list ("room_started"), ==, started);
	g_assert_cmpuint (webhook_bits_of_list ("participant_left,room_started,x"), ==, started | left);
	g_assert_cmpuint (webhook_bits_of_list ("call_started,"), ==, 0);
	g_assert_cmpuint (webhook_bits_of_list (""), ==, 63);
}

static void
test_viewer (void)
{
	json_auto_t *data = json_pack ("{s:s}", "identity", "eve");
	json_auto_t *body = webhook_body_new (&(LedgerEvent) { .id = "EV_1", .type = "participant_joined", .meeting = "MT_1",
		.code = "", .call = "", .body = data }, &(WebhookFacts) { .viewer = TRUE });
	json_t *permission = json_object_get (json_object_get (body, "participant"), "permission");

	g_assert_true (json_is_false (json_object_get (permission, "canPublish")));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/webhook-body/bodies", test_bodies);
	g_test_add_func ("/webhook-body/names", test_names);
	g_test_add_func ("/webhook-body/bits", test_bits);
	g_test_add_func ("/webhook-body/viewer", test_viewer);
	return g_test_run ();
}
