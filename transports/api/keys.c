#include "keys.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-store-keys.h"

#define SECRET_BYTES 32
#define OVERLAP_S 86400

static CuriaStore *
store_of (const ApiCall *call)
{
	return curia_node_store (call->request->node);
}

/* ---- answers ---- */

static json_t *
time_to_json (gint64 time_ms)
{
	g_autofree char *text = time_ms != 0 ? curia_clock_rfc3339 (time_ms) : NULL;
	return text != NULL ? json_string (text) : json_null ();
}

static json_t *
scopes_to_json (const char *scopes)
{
	g_auto (GStrv) names = g_strsplit (scopes, ",", -1);
	json_t *list = json_array ();
	for (char **name = names; *name != NULL; name++)
		json_array_append_new (list, json_string (*name));
	return list;
}

static json_t *
key_to_json (const CuriaApiKey *key)
{
	return json_pack ("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "id", key->id, "name", key->name, "algorithm", key->algorithm,
		"scopes", scopes_to_json (key->scopes), "created_by", key->created_by, "created_at", time_to_json (key->created_ms),
		"expires_at", time_to_json (key->expires_ms), "revoked_at", time_to_json (key->revoked_ms), "used_at",
		time_to_json (key->used_ms));
}

/* The only answer that ever holds a secret. */
static void
answer_new (ApiCall *call, const CuriaApiKey *key, const char *secret)
{
	call->response->body = key_to_json (key);
	if (secret != NULL)
		json_object_set_new (call->response->body, "secret", json_string (secret));
	call->response->location = g_strconcat ("/api/v1/keys/", key->id, NULL);
}

/* ---- what requests say ---- */

static void
replace (char **field, char *text)
{
	g_free (*field);
	*field = text;
}

static char *
scopes_of (json_t *list)
{
	g_autoptr (GString) names = g_string_new (NULL);
	json_t *item;
	size_t i;
	json_array_foreach (list, i, item)
		g_string_append_printf (names, "%s%s", i > 0 ? "," : "", json_string_value (item));
	return g_strdup (names->str);
}

/* A key makes none that may do more than itself. */
static gboolean
may_give (const ApiCall *call, const char *names, GError **error)
{
	guint scopes, own = curia_keyring_scopes (curia_node_keys (call->request->node), call->claims->key_id);
	if (!curia_scopes_parse (names, &scopes, error))
		return FALSE;
	return (scopes & ~own) == 0 || curia_throw (error, CURIA_ERROR_FORBIDDEN,
		"scopes must be among those of the key that asks");
}

static gboolean
take_public_key (ApiCall *call, CuriaApiKey *key, GError **error)
{
	const char *pem = curia_json_string (call->body, "public_key", NULL);
	g_autoptr (GError) why = NULL;
	if (pem == NULL)
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "public_key is required with %s", key->algorithm);
	g_autoptr (CuriaJwsKey) jws = curia_jws_key_new_pem (pem, &why);
	if (jws == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "public_key cannot be used: %s", why->message);
	if (strcmp (curia_jws_name (curia_jws_key_algorithm (jws)), key->algorithm) != 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "public_key must be a key for %s", key->algorithm);
	replace (&key->secret, g_strdup (pem));
	return TRUE;
}

static gboolean
make_secret (ApiCall *call, CuriaApiKey *key, char **secret, GError **error)
{
	g_autoptr (GError) cause = NULL;
	const CuriaSeal *seal = curia_node_seal (call->request->node, &cause);
	g_autofree char *purpose = g_strconcat ("api-key:", key->id, NULL);
	if (json_object_get (call->body, "public_key") != NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "public_key must be absent with HS256, whose secret is made here");
	if (seal == NULL) {
		curia_log_error ("keys", "%s", cause->message);
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "The server's file for sealing secrets cannot be used");
	}
	*secret = curia_id_secret (SECRET_BYTES);
	replace (&key->secret, curia_seal_lock (seal, purpose, *secret));
	return TRUE;
}

/* *secret stays NULL where there is only a public key. */
static gboolean
fill (ApiCall *call, CuriaApiKey *key, char **secret, GError **error)
{
	const char *by = call->claims->account != NULL ? call->claims->account : call->claims->key_id;
	replace (&key->created_by, g_strdup (by != NULL ? by : ""));
	if (!may_give (call, key->scopes, error))
		return FALSE;
	return strcmp (key->algorithm, "HS256") == 0 ? make_secret (call, key, secret, error) : take_public_key (call, key, error);
}

/* It is in the store; when this node cannot read it at once it will soon. */
static void
tell_nodes (ApiCall *call)
{
	curia_node_keys_changed (call->request->node, NULL);
}

/* ---- handlers ---- */

gboolean
api_keys_create (ApiCall *call, GError **error)
{
	g_autoptr (CuriaApiKey) key = curia_api_key_new ();
	g_autofree char *secret = NULL;
	replace (&key->name, g_strdup (curia_json_string (call->body, "name", "")));
	replace (&key->algorithm, g_strdup (curia_json_string (call->body, "algorithm", "HS256")));
	replace (&key->scopes, scopes_of (json_object_get (call->body, "scopes")));
	if (!fill (call, key, &secret, error) || !curia_store_key_create (store_of (call), key, error))
		return FALSE;
	tell_nodes (call);
	answer_new (call, key, secret);
	return TRUE;
}

gboolean
api_keys_list (ApiCall *call, GError **error)
{
	g_autoptr (GPtrArray) keys = curia_store_key_list (store_of (call), error);
	if (keys == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < keys->len; i++)
		json_array_append_new (list, key_to_json (g_ptr_array_index (keys, i)));
	call->response->body = json_pack ("{s:o}", "keys", list);
	return TRUE;
}

static gboolean
answer_key (ApiCall *call, const char *id, GError **error)
{
	g_autoptr (CuriaApiKey) key = curia_store_key_lookup (store_of (call), id, error);
	if (key != NULL)
		call->response->body = key_to_json (key);
	return key != NULL;
}

gboolean
api_keys_read (ApiCall *call, GError **error)
{
	return answer_key (call, api_call_parameter (call, "id"), error);
}

gboolean
api_keys_rotate (ApiCall *call, GError **error)
{
	const char *id = api_call_parameter (call, "id");
	gint64 overlap_s = curia_json_int (call->body, "overlap_s", OVERLAP_S);
	g_autoptr (CuriaApiKey) old = curia_store_key_lookup (store_of (call), id, error), next = curia_api_key_new ();
	g_autofree char *secret = NULL;
	if (old == NULL)
		return FALSE;
	replace (&next->name, g_strdup (old->name));
	replace (&next->algorithm, g_strdup (old->algorithm));
	replace (&next->scopes, g_strdup (old->scopes));
	if (!fill (call, next, &secret, error) ||
		!curia_store_key_rotate (store_of (call), id, next, call->now_ms + overlap_s * 1000, error))
		return FALSE;
	tell_nodes (call);
	answer_new (call, next, secret);
	return TRUE;
}

gboolean
api_keys_revoke (ApiCall *call, GError **error)
{
	const char *id = api_call_parameter (call, "id");
	if (!curia_store_key_revoke (store_of (call), id, call->now_ms, error))
		return FALSE;
	tell_nodes (call);
	return answer_key (call, id, error);
}
