#include "curia-account-token.h"

#include <string.h>
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-id.h"

/* {"alg":"HS256","typ":"at+jwt"} as base64url. We alone mint these tokens, so theirs is the only header there is: nobody
 * chooses an algorithm by sending another. */
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9"
#define MAX_BYTES 2048
#define HASH_BYTES 32
#define LEEWAY_S 5 /* between the clocks of our own nodes */

static const CuriaField payload_fields[] = {
	{ "iss", CURIA_FIELD_STRING, .required = TRUE, .allowed = "curia" },
	{ "sub", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 100 },
	{ "sid", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 100 },
	{ "role", CURIA_FIELD_STRING, .required = TRUE, .allowed = CURIA_ACCOUNT_ROLES },
	{ "iat", CURIA_FIELD_INT, .required = TRUE },
	{ "exp", CURIA_FIELD_INT, .required = TRUE },
	{ 0 },
};

void
curia_account_token_free (CuriaAccountToken *self)
{
	if (self == NULL)
		return;
	g_free (self->account);
	g_free (self->session);
	g_free (self->role);
	g_free (self);
}

/* ---- base64url, RFC 7515 ---- */

static char *
encode (const void *bytes, gsize n)
{
	char *text = g_base64_encode (bytes, n);

	g_strdelimit (text, "+", '-');
	g_strdelimit (text, "/", '_');
	text[strcspn (text, "=")] = '\0';
	return text;
}

/* Of what we encoded ourselves: the signature has been checked. */
static char *
decode (const char *text)
{
	g_autofree char *padded = g_strconcat (text, "===", NULL);
	g_autofree guint8 *bytes = NULL;
	gsize n;

	padded[(strlen (text) + 3) / 4 * 4] = '\0';
	g_strdelimit (padded, "-", '+');
	g_strdelimit (padded, "_", '/');
	bytes = g_base64_decode (padded, &n);
	return g_strndup ((const char *) bytes, n);
}

static char *
signature_of (const char *key, const char *text, gsize length)
{
	g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) key, strlen (key));
	guint8 bytes[HASH_BYTES];
	gsize n = sizeof bytes;

	g_hmac_update (hmac, (const guchar *) text, (gssize) length);
	g_hmac_get_digest (hmac, bytes, &n);
	return encode (bytes, n);
}

/* ---- tokens ---- */

gboolean
curia_account_token_is (const char *jwt)
{
	return jwt != NULL && g_str_has_prefix (jwt, HEADER ".");
}

char *
curia_account_token_mint (const char *key, const CuriaAccountToken *token, gint64 now_s)
{
	json_auto_t *payload = json_pack ("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", "curia", "sub", token->account, "sid",
		token->session, "role", token->role, "iat", (json_int_t) now_s, "exp",
		(json_int_t) (now_s + CURIA_ACCOUNT_TOKEN_TTL_S));
	g_autofree char *text = json_dumps (payload, JSON_COMPACT);
	g_autofree char *encoded = encode (text, strlen (text));
	g_autofree char *body = g_strconcat (HEADER ".", encoded, NULL);
	g_autofree char *signature = signature_of (key, body, strlen (body));

	return g_strconcat (body, ".", signature, NULL);
}

static gpointer
refuse (GError **error, const char *reason)
{
	curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "%s", reason);
	return NULL;
}

static CuriaAccountToken *
token_from_json (json_t *payload)
{
	CuriaAccountToken *token = g_new (CuriaAccountToken, 1);

	*token = (CuriaAccountToken) {
		.account = g_strdup (curia_json_string (payload, "sub", "")),
		.session = g_strdup (curia_json_string (payload, "sid", "")),
		.role = g_strdup (curia_json_string (payload, "role", "")),
		.issued_s = curia_json_int (payload, "iat", 0),
		.expires_s = curia_json_int (payload, "exp", 0),
	};
	return token;
}

CuriaAccountToken *
curia_account_token_verify (const char *key, const char *jwt, gint64 now_s, GError **error)
{
	g_autofree char *signature = NULL, *encoded = NULL, *text = NULL;
	json_auto_t *payload = NULL;
	const char *dot;

	if (!curia_account_token_is (jwt) || strlen (jwt) > MAX_BYTES)
		return refuse (error, "this is no access token of an account");
	dot = strrchr (jwt, '.');
	signature = signature_of (key, jwt, (gsize) (dot - jwt));
	if (!curia_id_secret_equal (signature, dot + 1))
		return refuse (error, "the token's signature is wrong");
	if (dot < jwt + sizeof HEADER)
		return refuse (error, "the token is damaged");
	encoded = g_strndup (jwt + sizeof HEADER, (gsize) (dot - jwt) - sizeof HEADER);
	text = decode (encoded);
	payload = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
	if (!curia_fields_check (payload, payload_fields, FALSE, NULL))
		return refuse (error, "the token is damaged");
	if (now_s >= curia_json_int (payload, "exp", 0) + LEEWAY_S)
		return refuse (error, "the token has expired");
	return token_from_json (payload);
}
