#include "curia-claims.h"

#define MAX_TIME_S G_GINT64_CONSTANT (253402300799) /* year 9999; keeps sums from overflowing */
#define SOURCES "camera|microphone|screen_share|screen_share_audio"

/* ---- values ---- */

CuriaClaims *
curia_claims_new (void)
{
	CuriaClaims *self = g_new0 (CuriaClaims, 1);

	self->can_publish = self->can_subscribe = self->can_publish_data = TRUE;
	return self;
}

CuriaClaims *
curia_claims_copy (const CuriaClaims *self)
{
	CuriaClaims *copy = g_new (CuriaClaims, 1);

	*copy = *self;
	copy->key_id = g_strdup (self->key_id);
	copy->identity = g_strdup (self->identity);
	copy->name = g_strdup (self->name);
	copy->room = g_strdup (self->room);
	copy->metadata = g_strdup (self->metadata);
	copy->account = g_strdup (self->account);
	copy->role = g_strdup (self->role);
	copy->sources = g_strdupv (self->sources);
	return copy;
}

void
curia_claims_free (CuriaClaims *self)
{
	if (self == NULL)
		return;
	g_free (self->key_id);
	g_free (self->identity);
	g_free (self->name);
	g_free (self->room);
	g_free (self->metadata);
	g_free (self->account);
	g_free (self->role);
	g_strfreev (self->sources);
	g_free (self);
}

gboolean
curia_claims_may_publish (const CuriaClaims *self, const char *source)
{
	return self->can_publish
		&& (self->sources == NULL || g_strv_contains ((const char *const *) self->sources, source));
}

static gboolean
may_publish_any (const CuriaClaims *self)
{
	static const char *const sources[] = { "camera", "microphone", "screen_share", "screen_share_audio" };

	for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
		if (curia_claims_may_publish (self, sources[i]))
			return TRUE;
	return FALSE;
}

CuriaRole
curia_claims_role (const CuriaClaims *self)
{
	CuriaRole role;

	if (curia_role_parse (self->role, &role))
		return role;
	if (self->room_admin)
		return CURIA_ROLE_HOST;
	return may_publish_any (self) ? CURIA_ROLE_PARTICIPANT : CURIA_ROLE_VIEWER;
}

/* Identities that the server gives out itself: no application may take such a seat with a key that is not for everything. */
static gboolean
is_ours (const char *identity)
{
	static const char *const prefixes[] = { "AC_", "guest:", "host:" };

	for (guint i = 0; identity != NULL && i < G_N_ELEMENTS (prefixes); i++)
		if (g_str_has_prefix (identity, prefixes[i]))
			return TRUE;
	return FALSE;
}

void
curia_claims_limit (CuriaClaims *self, guint scopes)
{
	CuriaRole role;

	self->room_create &= (scopes & CURIA_SCOPE_CREATE) != 0;
	self->room_list &= (scopes & CURIA_SCOPE_LIST) != 0;
	self->room_admin &= (scopes & CURIA_SCOPE_ADMIN) != 0;
	self->room_join &= (scopes & CURIA_SCOPE_JOIN) != 0;
	self->room_record &= (scopes & CURIA_SCOPE_RECORD) != 0;
	if ((scopes & CURIA_SCOPE_ADMIN) != 0)
		return;
	g_clear_pointer (&self->account, g_free);
	if (is_ours (self->identity))
		g_clear_pointer (&self->identity, g_free);
	if (curia_role_parse (self->role, &role) && role > CURIA_ROLE_PARTICIPANT)
		g_clear_pointer (&self->role, g_free);
}

/* ---- JSON; both directions read these tables ---- */

static const CuriaField source_items[] = { { "", CURIA_FIELD_STRING, .allowed = SOURCES }, { 0 } };

static const CuriaField video_fields[] = {
	{ "room", CURIA_FIELD_STRING, .max = 256 },
	{ "roomJoin", CURIA_FIELD_BOOL },
	{ "roomAdmin", CURIA_FIELD_BOOL },
	{ "roomCreate", CURIA_FIELD_BOOL },
	{ "roomList", CURIA_FIELD_BOOL },
	{ "roomRecord", CURIA_FIELD_BOOL },
	{ "hidden", CURIA_FIELD_BOOL },
	{ "canPublish", CURIA_FIELD_BOOL },
	{ "canSubscribe", CURIA_FIELD_BOOL },
	{ "canPublishData", CURIA_FIELD_BOOL },
	{ "canPublishSources", CURIA_FIELD_ARRAY, .max = 16, .items = source_items },
	{ 0 },
};

/* Those that are ours; an application may have others. */
static const CuriaField attribute_fields[] = {
	{ "curia.role", CURIA_FIELD_STRING, .allowed = CURIA_ROLE_NAMES },
	{ "curia.account", CURIA_FIELD_STRING, .max = 64 },
	{ "curia.guest", CURIA_FIELD_STRING, .allowed = "0|1" },
	{ 0 },
};

const CuriaField claim_fields[] = {
	{ "iss", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 64 },
	{ "sub", CURIA_FIELD_STRING, .max = 256 },
	{ "exp", CURIA_FIELD_INT, .required = TRUE, .min = 0, .max = MAX_TIME_S },
	{ "nbf", CURIA_FIELD_INT, .min = 0, .max = MAX_TIME_S },
	{ "iat", CURIA_FIELD_INT, .min = 0, .max = MAX_TIME_S },
	{ "name", CURIA_FIELD_STRING, .max = 256 },
	{ "metadata", CURIA_FIELD_TEXT, .max = MAX_TOKEN_BYTES },
	{ "attributes", CURIA_FIELD_OBJECT, .items = attribute_fields },
	{ "video", CURIA_FIELD_OBJECT, .items = video_fields },
	{ 0 },
};

typedef struct {
	const char *name;
	gsize offset;
	gboolean absent; /* what absence in the token means */
} Grant;

/* clang-format off */
#define GRANT(name, member, absent) { name, G_STRUCT_OFFSET (CuriaClaims, member), absent }
static const Grant grants[] = {
	GRANT ("roomJoin", room_join, FALSE),          GRANT ("roomAdmin", room_admin, FALSE),
	GRANT ("roomCreate", room_create, FALSE),      GRANT ("roomList", room_list, FALSE),
	GRANT ("roomRecord", room_record, FALSE),      GRANT ("hidden", hidden, FALSE),
	GRANT ("canPublish", can_publish, TRUE),       GRANT ("canSubscribe", can_subscribe, TRUE),
	GRANT ("canPublishData", can_publish_data, TRUE),
};
/* clang-format on */

/* An empty list means all, as in LiveKit. */
static char **
sources_from_json (json_t *array)
{
	gsize n = json_array_size (array);
	char **list = n > 0 ? g_new0 (char *, n + 1) : NULL;

	for (gsize i = 0; i < n; i++)
		list[i] = g_strdup (json_string_value (json_array_get (array, i)));
	return list;
}

CuriaClaims *
claims_from_json (json_t *payload)
{
	CuriaClaims *self = curia_claims_new ();
	json_t *video = json_object_get (payload, "video"), *attributes = json_object_get (payload, "attributes");

	self->key_id = g_strdup (curia_json_string (payload, "iss", NULL));
	self->identity = g_strdup (curia_json_string (payload, "sub", NULL));
	self->name = g_strdup (curia_json_string (payload, "name", NULL));
	self->metadata = g_strdup (curia_json_string (payload, "metadata", NULL));
	self->room = g_strdup (curia_json_string (video, "room", NULL));
	self->expires_s = curia_json_int (payload, "exp", 0);
	self->not_before_s = curia_json_int (payload, "nbf", 0);
	self->issued_s = curia_json_int (payload, "iat", self->not_before_s);
	self->role = g_strdup (curia_json_string (attributes, "curia.role", NULL));
	self->account = g_strdup (curia_json_string (attributes, "curia.account", NULL));
	self->guest = g_str_equal (curia_json_string (attributes, "curia.guest", "0"), "1");
	self->sources = sources_from_json (json_object_get (video, "canPublishSources"));
	for (guint i = 0; i < G_N_ELEMENTS (grants); i++)
		G_STRUCT_MEMBER (gboolean, self, grants[i].offset) = curia_json_bool (video, grants[i].name, grants[i].absent);
	return self;
}

static void
set_string (json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new (object, name, json_string (value));
}

static json_t *
video_to_json (const CuriaClaims *self)
{
	json_t *video = json_object ();

	set_string (video, "room", self->room);
	for (guint i = 0; i < G_N_ELEMENTS (grants); i++) {
		gboolean value = G_STRUCT_MEMBER (gboolean, self, grants[i].offset);

		if (value != grants[i].absent)
			json_object_set_new (video, grants[i].name, json_boolean (value));
	}
	if (self->sources != NULL) {
		json_t *array = json_array ();

		for (guint i = 0; self->sources[i] != NULL; i++)
			json_array_append_new (array, json_string (self->sources[i]));
		json_object_set_new (video, "canPublishSources", array);
	}
	return video;
}

static json_t *
attributes_to_json (const CuriaClaims *self)
{
	json_t *attributes = json_object ();

	set_string (attributes, "curia.role", self->role);
	set_string (attributes, "curia.account", self->account);
	set_string (attributes, "curia.guest", self->guest ? "1" : NULL);
	return attributes;
}

json_t *
claims_to_json (const CuriaClaims *self, const char *key_id, gint64 not_before_s, gint64 expires_s)
{
	json_auto_t *attributes = attributes_to_json (self);
	json_t *payload =
		json_pack ("{s:s, s:I, s:I}", "iss", key_id, "nbf", (json_int_t) not_before_s, "exp", (json_int_t) expires_s);

	set_string (payload, "sub", self->identity);
	set_string (payload, "name", self->name);
	set_string (payload, "metadata", self->metadata);
	if (json_object_size (attributes) > 0)
		json_object_set (payload, "attributes", attributes);
	json_object_set_new (payload, "video", video_to_json (self));
	return payload;
}
