/* Messages of clients: what is let in, and what of it the core gets. */
#include "transports/api/forward.h"

#include <string.h>

#define T "\"transaction\":\"t\""
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"
#define IDS "\"session_id\":7,\"handle_id\":9"
#define SDP "v=0\\r\\nm=audio 9 X 0\\r\\na=mid:0\\r\\na=setup:actpass\\r\\n"

typedef struct {
	const char *name, *text;
	int code;           /* 0: passes */
	const char *expect; /* what the core gets, compact and with sorted keys; NULL: not looked at */
} Row;

static const Row rows[] = {
	{ "create", "{\"janus\":\"create\"," T "}", 0, "{\"janus\":\"create\",\"transaction\":\"t\"}" },
	{ "secrets", "{\"janus\":\"create\"," T ",\"apisecret\":\"a\",\"token\":\"b\",\"admin_secret\":\"c\",\"more\":1}", 0,
	  "{\"janus\":\"create\",\"transaction\":\"t\"}" },
	{ "own-id", "{\"janus\":\"create\"," T ",\"id\":5}", 467, NULL },
	{ "not-json", "{", 454, NULL },
	{ "twice", "{\"janus\":\"create\",\"janus\":\"info\"," T "}", 454, NULL },
	{ "not-utf8", "{\"janus\":\"\xff\"}", 454, NULL },
	{ "half-a-character", "{\"janus\":\"\\\xc3\xa9\"}", 454, NULL }, /* the parser's message ends in the middle of it */
	{ "array", "[]", 455, NULL },
	{ "no-transaction", "{\"janus\":\"create\"}", 456, NULL },
	{ "empty-transaction", "{\"janus\":\"create\",\"transaction\":\"\"}", 467, NULL },
	{ "long-transaction", "{\"janus\":\"create\",\"transaction\":\"" LONG "\"}", 467, NULL },
	{ "number-transaction", "{\"janus\":\"create\",\"transaction\":5}", 467, NULL },
	{ "our-transaction", "{\"janus\":\"create\",\"transaction\":\"curia:1\"}", 467, NULL },
	{ "no-verb", "{" T "}", 456, NULL },
	{ "number-verb", "{\"janus\":5," T "}", 467, NULL },
	{ "unknown", "{\"janus\":\"add_token\"," T "}", 453, NULL },
	{ "case", "{\"janus\":\"Create\"," T "}", 453, NULL },
	{ "create-in-session", "{\"janus\":\"create\"," T ",\"session_id\":7}", 457, NULL },
	{ "attach-outside", "{\"janus\":\"attach\"," T "}", 458, NULL },
	{ "text-id", "{\"janus\":\"destroy\"," T ",\"session_id\":\"7\"}", 467, NULL },
	{ "negative-id", "{\"janus\":\"destroy\"," T ",\"session_id\":-7}", 467, NULL },
	{ "null-id", "{\"janus\":\"ping\"," T ",\"session_id\":null}", 0, NULL },
	{ "attach", "{\"janus\":\"attach\"," T ",\"session_id\":7,\"plugin\":\"janus.plugin.curia.room\",\"opaque_id\":\"o\"}", 0,
	  "{\"janus\":\"attach\",\"opaque_id\":\"o\",\"plugin\":\"janus.plugin.curia.room\",\"session_id\":7,\"transaction\":\"t\"}" },
	{ "attach-nothing", "{\"janus\":\"attach\"," T ",\"session_id\":7}", 456, NULL },
	{ "attach-other", "{\"janus\":\"attach\"," T ",\"session_id\":7,\"plugin\":\"janus.plugin.sip\"}", 460, NULL },
	{ "attach-loop", "{\"janus\":\"attach\"," T ",\"session_id\":7,\"plugin\":\"janus.plugin.curia.room\",\"loop_index\":1}", 467, NULL },
	{ "attach-long", "{\"janus\":\"attach\"," T ",\"session_id\":7,\"plugin\":\"janus.plugin.curia.room\",\"opaque_id\":\"" LONG "\"}",
	  467, NULL },
	{ "attach-on-handle", "{\"janus\":\"attach\"," T "," IDS "}", 457, NULL },
	{ "message-no-handle", "{\"janus\":\"message\"," T ",\"session_id\":7}", 457, NULL },
	{ "message", "{\"janus\":\"message\"," T "," IDS ",\"body\":{\"request\":\"sync\"}}", 0,
	  "{\"body\":{\"request\":\"sync\"},\"handle_id\":9,\"janus\":\"message\",\"session_id\":7,\"transaction\":\"t\"}" },
	{ "message-no-body", "{\"janus\":\"message\"," T "," IDS "}", 456, NULL },
	{ "message-text-body", "{\"janus\":\"message\"," T "," IDS ",\"body\":\"x\"}", 467, NULL },
	{ "jsep", "{\"janus\":\"message\"," T "," IDS ",\"body\":{},\"jsep\":{\"type\":\"offer\",\"sdp\":\"" SDP "\",\"trickle\":true,"
	  "\"force_relay\":true}}", 0,
	  "{\"body\":{},\"handle_id\":9,\"janus\":\"message\",\"jsep\":{\"sdp\":\"v=0\\r\\nm=audio 9 X 0\\r\\na=mid:0\\r\\na=setup:active"
	  "\\r\\n\",\"trickle\":true,\"type\":\"offer\"},\"session_id\":7,\"transaction\":\"t\"}" },
	{ "jsep-answer", "{\"janus\":\"message\"," T "," IDS ",\"body\":{},\"jsep\":{\"type\":\"answer\",\"sdp\":\"" SDP "\"}}", 464, NULL },
	{ "jsep-text", "{\"janus\":\"message\"," T "," IDS ",\"body\":{},\"jsep\":\"x\"}", 467, NULL },
	{ "jsep-data", "{\"janus\":\"message\"," T "," IDS ",\"body\":{},\"jsep\":{\"type\":\"offer\",\"sdp\":\"v=0\\nm=application 9 x\"}}",
	  465, NULL },
	{ "trickle", "{\"janus\":\"trickle\"," T "," IDS ",\"candidate\":{\"completed\":true}}", 0, NULL },
	{ "trickle-text", "{\"janus\":\"trickle\"," T "," IDS ",\"candidate\":\"x\"}", 467, NULL },
	{ "trickle-many", "{\"janus\":\"trickle\"," T "," IDS ",\"candidates\":[{},{}]}", 0, NULL },
	{ "detach", "{\"janus\":\"detach\"," T "," IDS "}", 0, NULL },
	{ "keepalive-with-handle", "{\"janus\":\"keepalive\"," T "," IDS "}", 0, NULL },
	{ "claim", "{\"janus\":\"claim\"," T ",\"session_id\":7,\"last_seq\":4}", 0, NULL },
};

static void
test_row (gconstpointer data)
{
	const Row *row = data;
	g_auto (Envelope) envelope = { 0 };
	Refusal refusal = { 0 };
	json_t *message = envelope_parse (&envelope, row->text, strlen (row->text), &refusal) ? forward_request (&envelope, &refusal) : NULL;

	g_assert_cmpint (message ? 0 : refusal.code, ==, row->code);
	g_assert_true (g_utf8_validate (refusal.reason, -1, NULL)); /* else it could not be said in JSON */
	if (row->expect) {
		g_autofree char *text = json_dumps (message, JSON_COMPACT | JSON_SORT_KEYS);

		g_assert_cmpstr (text, ==, row->expect);
	}
	json_decref (message);
}

static void
test_own (void)
{
	json_t *message = forward_own (VERB_MESSAGE, 7, 9, json_pack ("{ss}", "request", "connection"));
	g_autofree char *text = json_dumps (message, JSON_COMPACT | JSON_SORT_KEYS);

	g_assert_cmpstr (text, ==,
		"{\"body\":{\"request\":\"connection\"},\"handle_id\":9,\"janus\":\"message\",\"session_id\":7,\"transaction\":\"curia:\"}");
	json_decref (message);
}

static void
test_deep (void)
{
	g_autoptr (GString) text = g_string_new ("{\"janus\":\"message\"," T "," IDS ",\"body\":");
	g_auto (Envelope) envelope = { 0 };
	Refusal refusal;

	for (int i = 0; i < 100000; i++)
		g_string_append_c (text, '[');
	g_assert_false (envelope_parse (&envelope, text->str, text->len, &refusal));
	g_assert_cmpint (refusal.code, ==, JANUS_CODE_INVALID_JSON);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *path = g_strconcat ("/envelope/", rows[i].name, NULL);

		g_test_add_data_func (path, &rows[i], test_row);
	}
	g_test_add_func ("/forward/own", test_own);
	g_test_add_func ("/envelope/deep", test_deep);
	return g_test_run ();
}
