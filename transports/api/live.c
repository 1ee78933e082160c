#include "live.h"

#include "curia-error.h"
#include "curia-fields.h"

guint api_live_wait_ms = 500;

char *
api_live_topic (const char *code)
{
	return g_strconcat ("meeting.", code, NULL);
}

ApiLive
api_live_ask (CuriaBus *bus, const char *code, const char *identity)
{
	g_autofree char *topic = api_live_topic (code);
	json_auto_t *message = json_pack ("{s:s, s:s*}", "command", "live", "identity", identity);
	g_autoptr (GError) error = NULL;
	json_auto_t *reply = curia_bus_request_sync (bus, topic, message, api_live_wait_ms, &error);
	if (reply == NULL)
		return (ApiLive) { .participants = g_error_matches (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND) ? 0 : -1 };
	return (ApiLive) {
		.participants = (int) curia_json_int (reply, "participants", -1),
		.waiting = (int) curia_json_int (reply, "waiting", 0),
		.present = curia_json_bool (reply, "present", FALSE),
	};
}

json_t *
api_live_to_json (ApiLive live)
{
	gboolean known = live.participants >= 0;
	return json_pack ("{s:o, s:o}", "participants", known ? json_integer (live.participants) : json_null (), "waiting",
		known ? json_integer (live.waiting) : json_null ());
}
