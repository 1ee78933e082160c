#include "oidc-request.h"

#include <string.h>
#include <jansson.h>

#include "curia-error.h"
#include "curia-fields.h"
#include "curia-id.h"

#define SECRET_BYTES 32
#define SCOPES "openid email profile"
#define NEXT_MAX 512

/* ---- where it may end ---- */

gboolean
oidc_next_is_local (const char *next)
{
	gsize length = strlen (next);
	if (length < 1 || length > NEXT_MAX || next[0] != '/' || next[1] == '/')
		return FALSE;
	for (const char *at = next; *at != '\0'; at++)
		if (!g_ascii_isgraph (*at) || *at == '\\')
			return FALSE;
	return TRUE;
}

/* ---- what is remembered ---- */

static const CuriaField state_fields[] = {
	{ .name = "state", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 1024 },
	{ .name = "nonce", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 1024 },
	{ .name = "verifier", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 1024 },
	{ .name = "next", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 1024 },
	{ .name = "expires_s", .type = CURIA_FIELD_INT, .required = TRUE },
	{ 0 },
};

OidcState *
oidc_state_new (const char *next, gint64 now_s)
{
	OidcState *self = g_new (OidcState, 1);
	*self = (OidcState) {
		.state = curia_id_secret (SECRET_BYTES),
		.nonce = curia_id_secret (SECRET_BYTES),
		.verifier = curia_id_secret (SECRET_BYTES),
		.next = g_strdup (next != NULL && oidc_next_is_local (next) ? next : OIDC_HOME),
		.expires_s = now_s + OIDC_STATE_TTL_S,
	};
	return self;
}

void
oidc_state_free (OidcState *self)
{
	if (self == NULL)
		return;
	g_free (self->state);
	g_free (self->nonce);
	g_free (self->verifier);
	g_free (self->next);
	g_free (self);
}

static char *
purpose_of (const char *provider)
{
	return g_strconcat ("oidc-state:", provider, NULL);
}

char *
oidc_state_lock (const OidcState *self, const CuriaSeal *seal, const char *provider)
{
	json_auto_t *json = json_pack ("{s:s, s:s, s:s, s:s, s:I}", "state", self->state, "nonce", self->nonce, "verifier", self->verifier,
		"next", self->next, "expires_s", (json_int_t) self->expires_s);
	g_autofree char *text = json_dumps (json, JSON_COMPACT), *purpose = purpose_of (provider);
	g_autofree char *sealed = curia_seal_lock (seal, purpose, text);
	/* a cookie's value without ':' */
	return g_strdelimit (g_steal_pointer (&sealed), ":", '.');
}

static gpointer
refuse (GError **error, const char *reason)
{
	curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "%s", reason);
	return NULL;
}

OidcState *
oidc_state_unlock (const CuriaSeal *seal, const char *provider, const char *sealed, const char *state, gint64 now_s, GError **error)
{
	g_autofree char *copy = g_strdelimit (g_strdup (sealed), ".", ':'), *purpose = purpose_of (provider),
		*text = curia_seal_unlock (seal, purpose, copy, NULL);
	json_auto_t *json = text != NULL ? json_loads (text, 0, NULL) : NULL;
	if (!curia_fields_check (json, state_fields, TRUE, NULL))
		return refuse (error, "This browser has not begun to sign in here");
	if (!curia_id_secret_equal (curia_json_string (json, "state", ""), state))
		return refuse (error, "The answer belongs to another sign-in");
	if (now_s >= curia_json_int (json, "expires_s", 0))
		return refuse (error, "The sign-in took too long");
	OidcState *self = g_new (OidcState, 1);
	*self = (OidcState) {
		.state = g_strdup (state),
		.nonce = g_strdup (curia_json_string (json, "nonce", "")),
		.verifier = g_strdup (curia_json_string (json, "verifier", "")),
		.next = g_strdup (curia_json_string (json, "next", OIDC_HOME)),
		.expires_s = curia_json_int (json, "expires_s", 0),
	};
	return self;
}

/* ---- what is sent ---- */

char *
oidc_challenge (const char *verifier)
{
	g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
	guint8 bytes[32];
	gsize n = sizeof bytes;
	g_checksum_update (sum, (const guchar *) verifier, (gssize) strlen (verifier));
	g_checksum_get_digest (sum, bytes, &n);
	char *text = g_base64_encode (bytes, n);
	g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
	text[strcspn (text, "=")] = '\0';
	return text;
}

static void
add (GString *form, const char *name, const char *value)
{
	g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);
	if (form->len > 0 && form->str[form->len - 1] != '?' && form->str[form->len - 1] != '&')
		g_string_append_c (form, '&');
	g_string_append_printf (form, "%s=%s", name, escaped);
}

char *
oidc_authorization_url (const char *endpoint, const char *client_id, const char *redirect_uri, const OidcState *state)
{
	g_autoptr (GString) url = g_string_new (endpoint);
	g_autofree char *challenge = oidc_challenge (state->verifier);
	if (strchr (endpoint, '?') == NULL)
		g_string_append_c (url, '?');
	add (url, "response_type", "code");
	add (url, "client_id", client_id);
	add (url, "redirect_uri", redirect_uri);
	add (url, "scope", SCOPES);
	add (url, "state", state->state);
	add (url, "nonce", state->nonce);
	add (url, "code_challenge", challenge);
	add (url, "code_challenge_method", "S256");
	return g_strdup (url->str);
}

char *
oidc_token_body (const char *code, const char *client_id, const char *client_secret, const char *redirect_uri, const char *verifier)
{
	g_autoptr (GString) form = g_string_new (NULL);
	add (form, "grant_type", "authorization_code");
	add (form, "code", code);
	add (form, "redirect_uri", redirect_uri);
	add (form, "code_verifier", verifier);
	if (client_secret != NULL) {
		add (form, "client_id", client_id);
		if (*client_secret != '\0')
			add (form, "client_secret", client_secret);
	}
	return g_strdup (form->str);
}

char *
oidc_basic (const char *client_id, const char *client_secret)
{
	g_autofree char *id = g_uri_escape_string (client_id, NULL, FALSE), *secret = g_uri_escape_string (client_secret, NULL, FALSE),
		*both = g_strconcat (id, ":", secret, NULL), *encoded = g_base64_encode ((const guchar *) both, strlen (both));
	return g_strconcat ("Basic ", encoded, NULL);
}
