#include "turn.h"

#include <string.h>

#define WHOM_CHARACTERS 16 /* hexadecimal: 64 bits */

char *
api_turn_credential (const char *secret, const char *username)
{
	g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, (const guchar *) secret, strlen (secret));
	guint8 digest[20];
	gsize length = sizeof digest;

	g_hmac_update (hmac, (const guchar *) username, -1);
	g_hmac_get_digest (hmac, digest, &length);
	return g_base64_encode (digest, length);
}

static json_t *
urls_to_json (const char *const *urls)
{
	json_t *list = json_array ();

	for (; *urls != NULL; urls++)
		json_array_append_new (list, json_string (*urls));
	return list;
}

/* A hash of whom it is for: the TURN server need not know, but its log can be put beside ours. */
static json_t *
turn_server (const CuriaOptions *options, const char *whom, gint64 now_s)
{
	g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, whom, -1);
	g_autofree char *username = g_strdup_printf ("%" G_GINT64_FORMAT ":%.*s",
		now_s + curia_options_int (options, "turn.ttl_s"), WHOM_CHARACTERS, hash);
	g_autofree char *credential = api_turn_credential (curia_options_string (options, "turn.secret"), username);

	return json_pack ("{s:o, s:s, s:s}", "urls", urls_to_json (curia_options_list (options, "turn.urls")), "username", username,
		"credential", credential);
}

json_t *
api_turn_ice_servers (const CuriaOptions *options, const char *whom, gint64 now_s)
{
	const char *const *stun = curia_options_list (options, "api.ice_servers");
	json_t *servers = json_array ();

	if (stun[0] != NULL)
		json_array_append_new (servers, json_pack ("{s:o}", "urls", urls_to_json (stun)));
	if (curia_options_list (options, "turn.urls")[0] != NULL)
		json_array_append_new (servers, turn_server (options, whom, now_s));
	return servers;
}
