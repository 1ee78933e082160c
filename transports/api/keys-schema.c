/* What requests and answers about API keys carry. */
#include "curia-jws.h"
#include "curia-keyring.h"
#include "keys.h"
#include "schema.h"

#define PEM_MAX 4096

static const CuriaField scope_item[] = { { .name = "", .type = CURIA_FIELD_STRING, .allowed = CURIA_SCOPE_NAMES }, { 0 } };

#define PUBLIC_KEY { .name = "public_key", .type = CURIA_FIELD_TEXT, .max = PEM_MAX, \
	.doc = "PEM of the public key, RSA of 2048 bits or more or EC of P-256; with RS256 and ES256 only, and required there." }

const CuriaField api_key_create_fields[] = {
	STRING ("name", TRUE, 1, 100, "What people call it."),
	{ .name = "scopes", .type = CURIA_FIELD_ARRAY, .max = 5, .items = scope_item,
		.doc = "The grants that its tokens may hold; all when empty." },
	{ .name = "algorithm", .type = CURIA_FIELD_STRING, .allowed = CURIA_JWS_NAMES,
		.doc = "How its tokens are signed; HS256 when absent." },
	PUBLIC_KEY,
	{ 0 },
};

const CuriaField api_key_rotate_fields[] = {
	INT ("overlap_s", FALSE, 0, 31536000, "How long the old key's tokens are still accepted; 86400 when absent."),
	PUBLIC_KEY,
	{ 0 },
};

/* ---- answers ---- */

#define TIME(name_, required_, doc_) STRING (name_, required_, 0, 0, doc_ " RFC 3339, UTC.")
#define KEY_FIELDS \
	STRING ("id", TRUE, 0, 0, "The key's id: iss of its tokens."), \
	STRING ("name", TRUE, 0, 0, "What people call it."), \
	{ .name = "algorithm", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = CURIA_JWS_NAMES, \
		.doc = "The only one that its tokens may be signed with." }, \
	ARRAY ("scopes", scope_item, "The grants that its tokens may hold; empty: all."), \
	STRING ("created_by", TRUE, 0, 0, "The id of the account or of the key that made it."), \
	TIME ("created_at", TRUE, "When it was made."), \
	TIME ("expires_at", FALSE, "When its tokens are not accepted any more; null: never."), \
	TIME ("revoked_at", FALSE, "When it was revoked; null: it was not."), \
	TIME ("used_at", FALSE, "When a token of it was seen last, to a minute or so; null: never.")

static const CuriaField key_fields[] = { KEY_FIELDS, { 0 } };

static const CuriaField new_key_fields[] = {
	KEY_FIELDS,
	STRING ("secret", FALSE, 0, 0, "What signs its tokens, of HS256. It is told here and never again."),
	{ 0 },
};

static const CuriaField keys_fields[] = {
	ARRAY ("keys", key_fields, "Newest first; all there are. Those in the server's options are not among them."),
	{ 0 },
};

const ApiSchema api_key_schema = { "Key", "An API key, without its secret.", key_fields };
const ApiSchema api_new_key_schema = { "NewKey", "An API key that was just made.", new_key_fields };
const ApiSchema api_keys_schema = { "KeyList", "All API keys of the store.", keys_fields };
