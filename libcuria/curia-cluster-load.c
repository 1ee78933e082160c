/* Which node is the least loaded one, and how a node tells of itself. */
#include "curia-cluster-private.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-fields.h"

#define FULL_CPU_PCT 70
#define FULL_CONNECTIONS 1000
#define STEP_PCT 10 /* smaller differences say nothing */

static gint64
steps_full (const CuriaClusterNode *node)
{
	return MAX (node->cpu_pct * 100 / FULL_CPU_PCT, node->connections * 100 / FULL_CONNECTIONS) / STEP_PCT;
}

static int
order (gint64 a, gint64 b)
{
	return (a > b) - (a < b);
}

int
cluster_compare (const CuriaClusterNode *a, const CuriaClusterNode *b)
{
	int by_load = order (steps_full (a), steps_full (b)), by_meetings = order (a->meetings + a->placed, b->meetings + b->placed),
		by_people = order (a->participants, b->participants);

	if (by_load != 0 || by_meetings != 0)
		return by_load != 0 ? by_load : by_meetings;
	return by_people != 0 ? by_people : g_strcmp0 (a->name, b->name);
}

json_t *
cluster_node_to_json (const CuriaClusterNode *node, const char *instance)
{
	return json_pack ("{s:s s:s s:s s:s s:I s:I s:I s:I}", "name", node->name, "url", node->url, "version", node->version, "instance",
		instance, "participants", (json_int_t) node->participants, "meetings", (json_int_t) node->meetings, "connections",
		(json_int_t) node->connections, "cpu_pct", (json_int_t) node->cpu_pct);
}

/* No controls, nothing unseen, and of spaces none that breaks lines. */
static gboolean
is_plain (gunichar c)
{
	return c == ' ' || (g_unichar_isprint (c) && !g_unichar_isspace (c));
}

gboolean
cluster_is_name (const char *name)
{
	glong n = 0;

	if (!g_utf8_validate (name, -1, NULL))
		return FALSE;
	for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
		if (++n > CLUSTER_MAX_NAME || !is_plain (g_utf8_get_char (at)))
			return FALSE;
	return n > 0;
}

gboolean
cluster_is_url (const char *url)
{
	g_autofree char *scheme = NULL, *host = NULL, *path = NULL, *user = NULL, *query = NULL, *fragment = NULL;

	if (*url == '\0')
		return TRUE;
	for (const char *at = url; *at != '\0'; at++)
		if (!g_ascii_isgraph (*at))
			return FALSE; /* GLib takes spaces */
	return strlen (url) <= CLUSTER_MAX_URL && g_str_has_prefix (url, "https://")
		&& g_uri_split (url, G_URI_FLAGS_NONE, &scheme, &user, &host, NULL, &path, &query, &fragment, NULL) && host != NULL && *host != '\0'
		&& (*path == '\0' || g_str_equal (path, "/")) && user == NULL && query == NULL && fragment == NULL;
}

CuriaClusterNode *
cluster_node_from_json (json_t *object)
{
	static const CuriaField fields[] = {
		{ .name = "name", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = CLUSTER_MAX_NAME },
		{ .name = "url", .type = CURIA_FIELD_STRING, .required = TRUE, .max = CLUSTER_MAX_URL },
		{ .name = "version", .type = CURIA_FIELD_STRING, .max = 64 },
		{ .name = "participants", .type = CURIA_FIELD_INT, .max = G_MAXINT32 },
		{ .name = "meetings", .type = CURIA_FIELD_INT, .max = G_MAXINT32 },
		{ .name = "connections", .type = CURIA_FIELD_INT, .max = G_MAXINT32 },
		{ .name = "cpu_pct", .type = CURIA_FIELD_INT, .max = 100 },
		{ 0 },
	};
	CuriaClusterNode *self;

	if (!json_is_object (object) || !curia_fields_check (object, fields, FALSE, NULL)
		|| !cluster_is_name (curia_json_string (object, "name", "")) || !cluster_is_url (curia_json_string (object, "url", "")))
		return NULL;
	self = g_new0 (CuriaClusterNode, 1);
	self->name = g_strdup (curia_json_string (object, "name", ""));
	self->url = g_strdup (curia_json_string (object, "url", ""));
	self->version = g_strdup (curia_json_string (object, "version", ""));
	self->participants = curia_json_int (object, "participants", 0);
	self->meetings = curia_json_int (object, "meetings", 0);
	self->connections = curia_json_int (object, "connections", 0);
	self->cpu_pct = curia_json_int (object, "cpu_pct", 0);
	self->seen_ms = curia_clock_wall_ms ();
	return self;
}

void
curia_cluster_node_free (CuriaClusterNode *self)
{
	g_free (self->name);
	g_free (self->url);
	g_free (self->version);
	g_free (self);
}
