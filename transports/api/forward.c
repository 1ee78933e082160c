#include "forward.h"

#include <string.h>
#include "offer.h"

typedef gboolean (*Take) (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal);

static gboolean
take_plugin (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	(void) envelope;
	if (!json_is_string (value))
		return refusal_set (refusal, JANUS_CODE_MISSING, "plugin is missing: " FORWARD_PLUGIN_PREFIX "room");
	if (!g_str_has_prefix (json_string_value (value), FORWARD_PLUGIN_PREFIX) || json_string_length (value) > 64)
		return refusal_set (refusal, JANUS_CODE_NO_PLUGIN, "No such plugin: only " FORWARD_PLUGIN_PREFIX "* are here");
	json_object_set (message, "plugin", value);
	return TRUE;
}

static gboolean
take_opaque_id (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	(void) envelope;
	if (value == NULL || json_is_null (value))
		return TRUE;
	if (!json_is_string (value) || json_string_length (value) > FORWARD_OPAQUE_ID_MAX)
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "opaque_id must be a string of at most %d bytes",
			FORWARD_OPAQUE_ID_MAX);
	json_object_set (message, "opaque_id", value);
	return TRUE;
}

static gboolean
take_nothing (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	(void) envelope;
	(void) message;
	if (value == NULL)
		return TRUE;
	return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "id and loop_index are the server's to choose");
}

static gboolean
take_body (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	(void) envelope;
	if (!json_is_object (value))
		return refusal_set (refusal, value ? JANUS_CODE_INVALID_TYPE : JANUS_CODE_MISSING, "body must be an object");
	json_object_set (message, "body", value);
	return TRUE;
}

static gboolean
take_jsep (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	static const char *const flags[] = { "trickle", "rid_order", "e2ee" };
	guint32 seed = (guint32) (envelope->handle_id ^ (envelope->handle_id >> 32));
	json_t *sdp = json_object_get (value, "sdp");
	json_t *jsep;

	if (value == NULL || json_is_null (value))
		return TRUE;
	if (!json_is_object (value) || !json_is_string (sdp))
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "jsep must be {\"type\": \"offer\", \"sdp\": \"...\"}");
	if (g_strcmp0 (json_string_value (json_object_get (value, "type")), "offer") != 0)
		return refusal_set (refusal, JANUS_CODE_JSEP_TYPE, "jsep.type must be offer: the server never offers");
	g_autofree char *rewritten = offer_rewrite (json_string_value (sdp), json_string_length (sdp), seed, refusal);
	if (rewritten == NULL)
		return FALSE;
	jsep = json_pack ("{ss ss}", "type", "offer", "sdp", rewritten);
	if (jsep == NULL)
		return refusal_set (refusal, JANUS_CODE_INVALID_SDP, "The offer is not UTF-8");
	for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
		if (json_object_get (value, flags[i]))
			json_object_set (jsep, flags[i], json_object_get (value, flags[i]));
	json_object_set_new (message, "jsep", jsep);
	return TRUE;
}

static gboolean
take_candidate (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	(void) envelope;
	if (value == NULL)
		return TRUE;
	if (!json_is_object (value))
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "candidate must be an object");
	json_object_set (message, "candidate", value);
	return TRUE;
}

static gboolean
take_candidates (const Envelope *envelope, json_t *value, json_t *message, Refusal *refusal)
{
	(void) envelope;
	if (value == NULL)
		return TRUE;
	if (!json_is_array (value) || json_array_size (value) > FORWARD_CANDIDATES_MAX)
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "candidates must be an array of at most %d", FORWARD_CANDIDATES_MAX);
	json_object_set (message, "candidates", value);
	return TRUE;
}

/* Which fields a verb takes, beside the envelope's own; all others stay here. */
static const struct {
	Verb verb;
	const char *name;
	Take take;
} fields[] = {
	{ VERB_CREATE, "id", take_nothing },
	{ VERB_ATTACH, "plugin", take_plugin },
	{ VERB_ATTACH, "opaque_id", take_opaque_id },
	{ VERB_ATTACH, "loop_index", take_nothing },
	{ VERB_MESSAGE, "body", take_body },
	{ VERB_MESSAGE, "jsep", take_jsep },
	{ VERB_TRICKLE, "candidate", take_candidate },
	{ VERB_TRICKLE, "candidates", take_candidates },
};

static json_t *
frame (Verb verb, const char *transaction, guint64 session_id, guint64 handle_id)
{
	json_t *message = json_pack ("{ss ss}", "janus", envelope_verb_name (verb), "transaction", transaction);

	if (session_id)
		json_object_set_new (message, "session_id", json_integer ((json_int_t) session_id));
	if (handle_id)
		json_object_set_new (message, "handle_id", json_integer ((json_int_t) handle_id));
	return message;
}

json_t *
forward_request (const Envelope *envelope, Refusal *refusal)
{
	guint64 handle_id = envelope->scope == SCOPE_HANDLE ? envelope->handle_id : 0;
	json_t *message = frame (envelope->verb, envelope->transaction, envelope->session_id, handle_id);

	for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
		if (fields[i].verb != envelope->verb)
			continue;
		if (!fields[i].take (envelope, json_object_get (envelope->root, fields[i].name), message, refusal)) {
			json_decref (message);
			return NULL;
		}
	}
	return message;
}

json_t *
forward_own (Verb verb, guint64 session_id, guint64 handle_id, json_t *body)
{
	json_t *message = frame (verb, ENVELOPE_OWN_PREFIX, session_id, handle_id);

	if (body)
		json_object_set_new (message, "body", body);
	return message;
}
