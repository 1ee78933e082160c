#include "rest-fixture.h"

#include <string.h>
#include <glib/gstdio.h>

#include "curia-clock.h"
#include "transports/api/live.h"

static void
write_settings (Fixture *self, const char *settings)
{
	g_autofree char *path = g_build_filename (self->folder, "curia.jcfg", NULL);
	g_autofree char *text = g_strdup_printf ("store: { url = \"%s\" }\n"
		"token: { join_ttl_s = 3600, keys = [ \"" FIXTURE_KEY ":" FIXTURE_SECRET "\" ] }\n%s", self->store_url, settings);
	g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

Fixture *
fixture_new (const char *settings)
{
	return fixture_new_on (NULL, settings);
}

Fixture *
fixture_new_on (const char *store_url, const char *settings)
{
	g_autoptr (GError) error = NULL;
	Fixture *self = g_new0 (Fixture, 1);
	self->folder = g_dir_make_tmp ("curia-rest-XXXXXX", &error);
	g_assert_no_error (error);
	self->store_url = store_url != NULL ? g_strdup (store_url) : g_strdup_printf ("sqlite:%s/curia.db", self->folder);
	write_settings (self, settings);
	self->node = curia_node_ref (self->folder, &error);
	g_assert_no_error (error);
	fixture_open_room (self);
	api_live_wait_ms = 60000; /* nobody here waits: the fake room always answers, if only with an error */
	return self;
}

static void
remove_folder (const char *path)
{
	g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
	for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *file = g_build_filename (path, name, NULL);
		g_remove (file);
	}
	g_rmdir (path);
}

void
fixture_free (Fixture *self)
{
	fixture_close_room (self);
	api_routes_forget ();
	curia_node_unref (self->node);
	remove_folder (self->folder);
	json_decref (self->asked);
	g_free (self->present);
	g_free (self->store_url);
	g_free (self->folder);
	g_free (self);
}

/* ---- the fake room ---- */

static void
on_ready (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	Fixture *self = data;
	g_assert_cmpstr (topic, ==, "room");
	g_assert_cmpstr (curia_json_string (message, "command", ""), ==, "ready");
	json_auto_t *reply = json_object ();
	g_autoptr (GError) error = NULL;
	if (g_atomic_int_get (&self->silent))
		curia_throw (&error, CURIA_ERROR_TIMEOUT, "asleep");
	curia_bus_answer (request, error != NULL ? NULL : reply, error);
}

/* What is asked of the room for a moderator, kept for the test to look at. */
static void
answer_moderator (Fixture *self, json_t *message, CuriaBusRequest *request)
{
	json_auto_t *reply = json_pack ("{s:i, s:[], s:[{s:s, s:s, s:b, s:I}]}", "affected", 1, "participants", "waiting", "id", "w1",
		"name", "Ann", "guest", TRUE, "since", (json_int_t) 1000);
	g_mutex_lock (&self->lock);
	json_decref (self->asked);
	self->asked = json_deep_copy (message);
	g_mutex_unlock (&self->lock);
	curia_bus_answer (request, reply, NULL);
}

char *
fixture_asked (Fixture *self, const char *name)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	return g_strdup (curia_json_string (self->asked, name, ""));
}

static void
on_meeting (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	Fixture *self = data;
	g_assert_true (g_str_has_prefix (topic, "meeting."));
	if (request == NULL) {
		if (strcmp (curia_json_string (message, "command", ""), "refused") == 0)
			return; /* for the books */
		if (strcmp (curia_json_string (message, "command", ""), "settings") == 0) {
			g_atomic_int_inc (&self->ruled);
			return;
		}
		g_assert_cmpstr (curia_json_string (message, "command", ""), ==, "end");
		g_atomic_int_inc (&self->ended);
		return;
	}
	const char *command = curia_json_string (message, "command", "");
	if (strcmp (command, "live") != 0) {
		answer_moderator (self, message, request);
		return;
	}
	const char *identity = curia_json_string (message, "identity", NULL);
	json_auto_t *reply = json_pack ("{s:i, s:b}", "participants", g_atomic_int_get (&self->participants), "present",
		identity != NULL && g_strcmp0 (identity, self->present) == 0);
	g_autoptr (GError) error = NULL;
	if (g_atomic_int_get (&self->silent))
		curia_throw (&error, CURIA_ERROR_TIMEOUT, "asleep");
	curia_bus_answer (request, error != NULL ? NULL : reply, error);
}

void
fixture_open_room (Fixture *self)
{
	self->room = curia_bus_subscribe (curia_node_bus (self->node), "room", on_ready, self);
	self->meetings = curia_bus_subscribe (curia_node_bus (self->node), "meeting.*", on_meeting, self);
}

void
fixture_close_room (Fixture *self)
{
	if (self->room == 0)
		return;
	curia_bus_unsubscribe (curia_node_bus (self->node), self->room);
	curia_bus_unsubscribe (curia_node_bus (self->node), self->meetings);
	self->room = self->meetings = 0;
}

/* ---- requests ---- */

ApiRequest
request_new (Fixture *self, ApiMethod method, const char *path)
{
	return (ApiRequest) {
		.node = self->node, .method = method, .path = path, .query = "", .host = "meet.example.org", .tls = TRUE,
		.peer = "192.0.2.1",
	};
}

/* Errors are problem documents with all their members; answers with a schema follow it, field for field. */
static void
check_answer (const Answer *answer)
{
	g_autoptr (GError) error = NULL;
	const ApiSchema *problem = NULL;
	for (const ApiSchema *const *schema = api_schemas; *schema != NULL; schema++)
		if (strcmp ((*schema)->name, "Problem") == 0)
			problem = *schema;
	g_assert_cmpint (answer->status, >=, 200);
	g_assert_cmpint (answer->status, <, 600);
	g_assert_true (answer->problem == (answer->status >= 400));
	g_assert_true ((answer->allow != NULL) == (answer->status == 405));
	g_assert_true (json_is_object (answer->body) != (answer->text != NULL));
	if (!answer->problem)
		return;
	curia_fields_check (answer->body, problem->fields, TRUE, &error);
	g_assert_no_error (error);
	g_assert_cmpint (curia_json_int (answer->body, "status", 0), ==, answer->status);
}

Answer
ask_raw (const ApiRequest *request)
{
	Answer answer = { 0 };
	api_routes_handle (request, &answer);
	check_answer (&answer);
	return answer;
}

Answer
ask (Fixture *self, ApiMethod method, const char *target, const char *token, const char *body)
{
	g_auto (GStrv) parts = g_strsplit (target, "?", 2);
	g_autofree char *authorization = token != NULL ? g_strconcat ("Bearer ", token, NULL) : NULL;
	ApiRequest request = request_new (self, method, parts[0]);
	request.query = parts[1] != NULL ? parts[1] : "";
	request.authorization = authorization;
	request.body = body != NULL ? body : "";
	request.body_bytes = strlen (request.body);
	request.content_type = body != NULL ? "application/json" : NULL;
	return ask_raw (&request);
}

void
check_schema (ApiMethod method, const char *path, const Answer *answer)
{
	if (answer->problem || answer->body == NULL)
		return;
	for (const ApiRoute *route = api_route_table; route->path != NULL; route++) {
		json_auto_t *parameters = NULL;
		g_autoptr (GError) error = NULL;
		if (route->method != method || route->answer == NULL || !api_route_matches (route, path, &parameters))
			continue;
		curia_fields_check (answer->body, route->answer->fields, TRUE, &error);
		g_assert_no_error (error);
		g_assert_cmpint (answer->status, ==, route->status);
	}
}

char *
token_of (const char *grants, const char *room, const char *identity, const char *name)
{
	g_autoptr (CuriaKeyring) keys = curia_keyring_new ();
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	g_assert_true (curia_keyring_add (keys, FIXTURE_KEY, FIXTURE_SECRET, NULL));
	claims->room = g_strdup (room);
	claims->identity = g_strdup (identity);
	claims->name = g_strdup (name);
	claims->room_create = strstr (grants, "roomCreate") != NULL;
	claims->room_list = strstr (grants, "roomList") != NULL;
	claims->room_admin = strstr (grants, "roomAdmin") != NULL;
	claims->room_join = strstr (grants, "roomJoin") != NULL;
	claims->hidden = strstr (grants, "hidden") != NULL;
	g_autoptr (GError) error = NULL;
	char *token = curia_token_mint (keys, claims, curia_clock_wall_ms () / 1000, 600, &error);
	g_assert_no_error (error);
	return token;
}

char *
make_meeting (Fixture *self, char **host_token)
{
	g_autofree char *token = token_of ("roomCreate", NULL, "app", NULL);
	g_auto (Answer) answer = ask (self, API_POST, "/api/v1/meetings", token, "{}");
	g_assert_cmpint (answer.status, ==, 201);
	if (host_token != NULL)
		*host_token = g_strdup (text_at (&answer, "host_token"));
	return g_strdup (text_at (&answer, "code"));
}

json_t *
value_at (const Answer *answer, const char *path)
{
	g_auto (GStrv) names = g_strsplit (path, ".", -1);
	json_t *value = answer->body;
	for (guint i = 0; names[i] != NULL && value != NULL; i++)
		value = json_is_array (value) ? json_array_get (value, strtoul (names[i], NULL, 10))
			: json_object_get (value, names[i]);
	return value;
}

const char *
text_at (const Answer *answer, const char *path)
{
	return json_string_value (value_at (answer, path));
}
