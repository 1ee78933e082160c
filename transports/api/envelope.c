#include "envelope.h"

#include <stdarg.h>
#include <string.h>

static const struct {
	const char *name;
	Scope scope;
} verbs[N_VERBS] = {
	[VERB_CREATE] = { "create", SCOPE_NONE },       [VERB_INFO] = { "info", SCOPE_NONE },
	[VERB_PING] = { "ping", SCOPE_NONE },           [VERB_CLAIM] = { "claim", SCOPE_SESSION },
	[VERB_KEEPALIVE] = { "keepalive", SCOPE_SESSION }, [VERB_ATTACH] = { "attach", SCOPE_SESSION },
	[VERB_DESTROY] = { "destroy", SCOPE_SESSION },  [VERB_MESSAGE] = { "message", SCOPE_HANDLE },
	[VERB_TRICKLE] = { "trickle", SCOPE_HANDLE },   [VERB_HANGUP] = { "hangup", SCOPE_HANDLE },
	[VERB_DETACH] = { "detach", SCOPE_HANDLE },
};

/* What the core would read but a client must not say: the token in the URL is what opens this door. */
static const char *const unwanted[] = { "apisecret", "token", "admin_secret" };

/* Texts of the JSON parser may end within a character of what came in; JSON holds whole ones only. */
gboolean
refusal_set (Refusal *refusal, JanusCode code, const char *format, ...)
{
	g_autofree char *text = NULL, *valid = NULL;
	const char *end;
	va_list args;

	va_start (args, format);
	text = g_strdup_vprintf (format, args);
	va_end (args);
	valid = g_utf8_make_valid (text, -1);
	g_strlcpy (refusal->reason, valid, sizeof refusal->reason);
	g_utf8_validate (refusal->reason, -1, &end);
	refusal->reason[end - refusal->reason] = '\0';
	refusal->code = code;
	return FALSE;
}

const char *
envelope_verb_name (Verb verb)
{
	return verbs[verb].name;
}

void
envelope_clear (Envelope *self)
{
	g_clear_pointer (&self->root, json_decref);
	self->transaction = NULL;
}

static gboolean
read_id (json_t *root, const char *name, guint64 *id, Refusal *refusal)
{
	json_t *value = json_object_get (root, name);

	*id = 0;
	if (value == NULL || json_is_null (value))
		return TRUE;
	if (!json_is_integer (value) || json_integer_value (value) <= 0)
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "%s must be a positive integer", name);
	*id = (guint64) json_integer_value (value);
	return TRUE;
}

static gboolean
read_transaction (Envelope *self, Refusal *refusal)
{
	json_t *value = json_object_get (self->root, "transaction");
	gsize length = json_string_length (value);

	if (value == NULL)
		return refusal_set (refusal, JANUS_CODE_MISSING, "transaction is missing: 1 to %d characters", ENVELOPE_TRANSACTION_MAX);
	if (!json_is_string (value) || length == 0 || length > ENVELOPE_TRANSACTION_MAX)
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "transaction must be a string of 1 to %d bytes",
			ENVELOPE_TRANSACTION_MAX);
	if (g_str_has_prefix (json_string_value (value), ENVELOPE_OWN_PREFIX))
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "transaction must not begin with " ENVELOPE_OWN_PREFIX);
	self->transaction = json_string_value (value);
	return TRUE;
}

static gboolean
read_verb (Envelope *self, Refusal *refusal)
{
	json_t *value = json_object_get (self->root, "janus");

	if (value == NULL)
		return refusal_set (refusal, JANUS_CODE_MISSING, "janus is missing: the name of the request");
	if (!json_is_string (value))
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "janus must be a string");
	for (self->verb = 0; self->verb < N_VERBS; self->verb++)
		if (strcmp (verbs[self->verb].name, json_string_value (value)) == 0)
			break;
	if (self->verb == N_VERBS)
		return refusal_set (refusal, JANUS_CODE_UNKNOWN_REQUEST, "Unknown request");
	self->scope = verbs[self->verb].scope;
	return TRUE;
}

static gboolean
check_scope (const Envelope *self, Refusal *refusal)
{
	const char *name = verbs[self->verb].name;

	if (self->scope == SCOPE_NONE && (self->session_id || self->handle_id))
		return refusal_set (refusal, JANUS_CODE_INVALID_PATH, "%s takes no session_id and no handle_id", name);
	if (self->scope != SCOPE_NONE && self->session_id == 0)
		return refusal_set (refusal, JANUS_CODE_NO_SESSION, "%s needs a session_id", name);
	/* Janus' own clients put handle_id only where it belongs */
	if (self->scope == SCOPE_SESSION && self->handle_id && self->verb != VERB_KEEPALIVE)
		return refusal_set (refusal, JANUS_CODE_INVALID_PATH, "%s takes no handle_id", name);
	if (self->scope == SCOPE_HANDLE && self->handle_id == 0)
		return refusal_set (refusal, JANUS_CODE_INVALID_PATH, "%s needs a handle_id", name);
	return TRUE;
}

gboolean
envelope_parse (Envelope *self, const char *text, gsize bytes, Refusal *refusal)
{
	json_error_t error;

	memset (self, 0, sizeof *self);
	self->root = json_loadb (text, bytes, JSON_REJECT_DUPLICATES, &error);
	if (self->root == NULL)
		return refusal_set (refusal, JANUS_CODE_INVALID_JSON, "Not valid JSON: %s (line %d)", error.text, error.line);
	if (!json_is_object (self->root))
		return refusal_set (refusal, JANUS_CODE_INVALID_OBJECT, "The message must be a JSON object");
	for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++)
		json_object_del (self->root, unwanted[i]);
	return read_transaction (self, refusal) && read_verb (self, refusal) &&
	       read_id (self->root, "session_id", &self->session_id, refusal) &&
	       read_id (self->root, "handle_id", &self->handle_id, refusal) && check_scope (self, refusal);
}
