/* One request through the table: find the row, check caller and input, run the handler, answer. */
#include "routes.h"

#include <string.h>

#include "attempts.h"
#include "audit.h"
#include "curia-clock.h"
#include "curia-id.h"
#include "curia-log.h"
#include "idempotency.h"
#include "input.h"
#include "oidc.h"
#include "knock.h"
#include "session-life.h"

#define KEEP_ENTRIES 10000
#define KEEP_US (24 * G_TIME_SPAN_HOUR)
#define TWIN_WAIT_US (5 * G_TIME_SPAN_SECOND)
#define KEY_MIN 16
#define KEY_MAX 128
#define SEGMENTS_MAX 64

static const struct {
	ApiMethod method;
	const char *name, *allow;
} methods[] = {
	{ API_GET, "GET", "GET, HEAD" }, /* the server answers HEAD like GET without its body */
	{ API_POST, "POST", "POST" },
	{ API_PUT, "PUT", "PUT" },
	{ API_PATCH, "PATCH", "PATCH" },
	{ API_DELETE, "DELETE", "DELETE" },
};

static ApiIdempotency *answers_kept;
static GMutex answers_lock;

static ApiIdempotency *
kept (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&answers_lock);
	if (answers_kept == NULL)
		answers_kept = api_idempotency_new (KEEP_ENTRIES, KEEP_US);
	return answers_kept;
}

void
api_routes_forget (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&answers_lock);
	g_clear_pointer (&answers_kept, api_idempotency_free);
	api_knock_forget ();
	api_attempts_forget ();
	api_session_forget ();
	api_oidc_forget ();
}

const char *
api_method_name (ApiMethod method)
{
	for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "?";
}

gboolean
api_routes_owns (const char *path)
{
	return strcmp (path, "/api") == 0 || g_str_has_prefix (path, "/api/") || strcmp (path, "/healthz") == 0 ||
		strcmp (path, "/readyz") == 0 || strcmp (path, "/metrics") == 0;
}

/* Meetings have passwords, too, which whoever joins or changes one sends along; JSON can spell the name in other ways. */
static gboolean
names_password (const char *body, gsize bytes)
{
	return bytes > 0
		&& (g_strstr_len (body, (gssize) bytes, "\"password\"") != NULL || g_strstr_len (body, (gssize) bytes, "\\u") != NULL);
}

/* A row's path with one {name} or none, without taking it apart: sockets ask. */
static gboolean
looks_like (const char *pattern, const char *path)
{
	const char *brace = strchr (pattern, '{'), *rest = brace != NULL ? strchr (brace, '}') + 1 : NULL;
	if (brace == NULL)
		return strcmp (pattern, path) == 0;
	return strncmp (pattern, path, (gsize) (brace - pattern)) == 0 && g_str_has_suffix (path, rest);
}

ApiPool
api_routes_pool (ApiMethod method, const char *path, const char *body, gsize bytes)
{
	for (const ApiRoute *route = api_route_table; route->path != NULL; route++)
		if (route->pool != API_POOL_GENERAL && route->method == method && looks_like (route->path, path))
			return route->pool;
	if (!api_routes_owns (path))
		return API_POOL_PROMPT;
	return names_password (body, bytes) ? API_POOL_HASHING : API_POOL_GENERAL;
}

guint64
api_route_fails (const ApiRoute *route)
{
	guint64 fails = route->fails | API_FAILS (TOO_MANY) | API_FAILS (INTERNAL);
	if (route->need != API_NEED_NOTHING)
		fails |= API_FAILS (UNAUTHORIZED) | API_FAILS (FORBIDDEN);
	if (route->query != NULL || route->body != NULL)
		fails |= API_FAILS (INVALID_FIELD);
	if (route->body != NULL)
		fails |= API_FAILS (MISSING_FIELD);
	if (route->method != API_GET)
		fails |= API_FAILS (INVALID_JSON) | API_FAILS (MEDIA_TYPE) | API_FAILS (TOO_LARGE) | API_FAILS (INVALID_FIELD) |
			API_FAILS (OVERLOADED) | API_FAILS (UNAVAILABLE);
	if (route->need == API_NEED_ACTION)
		fails |= API_FAILS (REMOVED);
	if (strstr (route->path, "{code}") != NULL)
		fails |= API_FAILS (NO_SUCH_MEETING) | API_FAILS (UNAVAILABLE);
	return fails;
}

/* ---- finding the row ---- */

static gboolean
is_parameter (const char *segment)
{
	return segment[0] == '{';
}

/* "{code}" -> "code". Caller frees. */
static char *
parameter_name (const char *segment)
{
	return g_strndup (segment + 1, strlen (segment) - 2);
}

char **
api_route_parameters (const ApiRoute *route)
{
	g_auto (GStrv) segments = g_strsplit (route->path, "/", -1);
	g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
	for (char **segment = segments; *segment != NULL; segment++) {
		g_autofree char *name = is_parameter (*segment) ? parameter_name (*segment) : NULL;
		if (name != NULL)
			g_strv_builder_add (names, name);
	}
	return g_strv_builder_end (names);
}

/* FALSE when the text is empty or no UTF-8. */
static gboolean
take_parameter (json_t *parameters, const char *segment, const char *text)
{
	g_autofree char *name = parameter_name (segment);
	return text[0] != '\0' && json_object_set_new (parameters, name, json_string (text)) == 0;
}

/* The next `n` segments of a path as they stood there. */
static char *
join (char **segments, guint n)
{
	g_autoptr (GPtrArray) taken = g_ptr_array_new ();
	for (guint i = 0; i < n; i++)
		g_ptr_array_add (taken, segments[i]);
	g_ptr_array_add (taken, NULL);
	return g_strjoinv ("/", (char **) taken->pdata);
}

gboolean
api_route_matches (const ApiRoute *route, const char *path, json_t **parameters)
{
	g_auto (GStrv) wanted = g_strsplit (route->path, "/", -1);
	g_auto (GStrv) given = g_strsplit (path, "/", SEGMENTS_MAX);
	json_auto_t *found = json_object ();
	guint n_wanted = g_strv_length (wanted), n_given = g_strv_length (given), at = 0;
	*parameters = NULL;
	if (n_given < n_wanted)
		return FALSE;
	for (guint i = 0; i < n_wanted; i++) {
		guint n = strcmp (wanted[i], "{identity}") == 0 ? 1 + n_given - n_wanted : 1;
		g_autofree char *text = join (given + at, n);
		if (!(is_parameter (wanted[i]) ? take_parameter (found, wanted[i], text) : strcmp (wanted[i], text) == 0))
			return FALSE;
		at += n;
	}
	if (at != n_given)
		return FALSE;
	*parameters = g_steal_pointer (&found);
	return TRUE;
}

const char *
api_call_parameter (const ApiCall *call, const char *name)
{
	const char *text = json_string_value (json_object_get (call->parameters, name));
	g_assert (text != NULL);
	return text;
}

static gboolean
refuse_method (const ApiRequest *request, GPtrArray *allowed, ApiResponse *response, GError **error)
{
	if (allowed->len == 0)
		return curia_throw (error, CURIA_ERROR_NOT_FOUND, "There is no %.200s", request->path);
	g_ptr_array_add (allowed, NULL);
	response->allow = g_strjoinv (", ", (char **) allowed->pdata);
	return curia_throw (error, CURIA_ERROR_METHOD, "%s is not possible here, but %s", api_method_name (request->method),
		response->allow);
}

static const char *
allow_text (ApiMethod method)
{
	for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
		if (methods[i].method == method)
			return methods[i].allow;
	return "?";
}

/* The row of path and method, and the parameters in the path. */
static const ApiRoute *
find (const ApiRequest *request, json_t **parameters, ApiResponse *response, GError **error)
{
	g_autoptr (GPtrArray) allowed = g_ptr_array_new ();
	for (const ApiRoute *route = api_route_table; route->path != NULL; route++) {
		json_auto_t *here = NULL;
		if (!api_route_matches (route, request->path, &here))
			continue;
		if (route->method == request->method) {
			*parameters = g_steal_pointer (&here);
			return route;
		}
		g_ptr_array_add (allowed, (gpointer) allow_text (route->method));
	}
	refuse_method (request, allowed, response, error);
	return NULL;
}

/* ---- carrying it out ---- */

static gboolean
normalise_code (ApiCall *call, GError **error)
{
	const char *raw = json_string_value (json_object_get (call->parameters, "code"));
	if (raw == NULL || curia_id_code_parse (raw, &call->code))
		return TRUE;
	return curia_throw (error, CURIA_ERROR_NO_SUCH_MEETING,
		"A meeting's code is 12 letters, like abcd-efgh-jkmn; %.40s is none", raw);
}

/* Caller before content: who may not do it learns nothing from how the content is judged. */
static gboolean
check (ApiCall *call, GError **error)
{
	const ApiRequest *request = call->request;
	const ApiRoute *route = call->route;
	if (!normalise_code (call, error) ||
		!api_caller_check (request, route->need, route->action, call->code, call->now_ms / 1000, &call->caller, error))
		return FALSE;
	call->claims = call->caller.claims;
	call->query = api_input_query (request->query, route->query, error);
	if (call->query == NULL)
		return FALSE;
	call->body = route->method == API_GET ? json_object () : api_input_body (request, route->body, error);
	return call->body != NULL;
}

static gboolean
run (ApiCall *call, GError **error)
{
	if (!call->route->handler (call, error))
		return FALSE;
	call->response->status = call->route->status;
	return TRUE;
}

/* ---- Idempotency-Key ---- */

static char *
pack_answer (const ApiResponse *response)
{
	json_auto_t *answer = json_pack ("{s:i, s:O, s:s?}", "status", response->status, "body", response->body, "location",
		response->location);
	return json_dumps (answer, JSON_COMPACT);
}

static gboolean
unpack_answer (ApiResponse *response, const char *text)
{
	json_auto_t *answer = json_loads (text, 0, NULL);
	response->status = (int) curia_json_int (answer, "status", 500);
	response->body = json_incref (json_object_get (answer, "body"));
	response->location = g_strdup (curia_json_string (answer, "location", NULL));
	return TRUE;
}

/* A key that is long and random is a secret: nobody gets another's answer by guessing. */
static gboolean
key_valid (const char *key, GError **error)
{
	gsize length = strlen (key);
	gboolean visible = length >= KEY_MIN && length <= KEY_MAX;
	for (gsize i = 0; visible && i < length; i++)
		visible = g_ascii_isgraph (key[i]);
	return visible || curia_throw (error, CURIA_ERROR_INVALID_FIELD,
		"Idempotency-Key must be %d to %d visible ASCII characters, such as a UUID", KEY_MIN, KEY_MAX);
}

static char *
digest (const char *a, const char *b, const char *c)
{
	g_autofree char *all = g_strjoin ("\n", a, b, c, NULL);
	return g_compute_checksum_for_string (G_CHECKSUM_SHA256, all, -1);
}

static gboolean
run_once (ApiCall *call, GError **error)
{
	const ApiRequest *request = call->request;
	if (!key_valid (request->idempotency_key, error))
		return FALSE;
	g_autofree char *caller = g_strdup (request->authorization != NULL ? request->authorization : "");
	g_autofree char *key = digest (call->route->operation, caller, request->idempotency_key);
	g_autofree char *content = json_dumps (call->body, JSON_COMPACT | JSON_SORT_KEYS);
	g_autofree char *request_digest = digest (request->path, "", content);
	g_autofree char *answer = NULL;
	if (!api_idempotency_begin (kept (), key, request_digest, curia_clock_us (), TWIN_WAIT_US, &answer, error))
		return FALSE;
	if (answer != NULL)
		return unpack_answer (call->response, answer);
	gboolean done = run (call, error);
	if (done)
		answer = pack_answer (call->response);
	api_idempotency_end (kept (), key, answer, curia_clock_us ());
	return done;
}

static gboolean
carry_out (ApiCall *call, GError **error)
{
	return call->route->idempotent && call->request->idempotency_key != NULL ? run_once (call, error) : run (call, error);
}

static void
call_clear (ApiCall *call)
{
	json_decref (call->parameters);
	g_free (call->code);
	json_decref (call->query);
	json_decref (call->body);
	api_caller_clear (&call->caller);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ApiCall, call_clear)

static gboolean
answer (const ApiRequest *request, ApiResponse *response, GError **error)
{
	g_auto (ApiCall) call = { .request = request, .response = response, .now_ms = curia_clock_wall_ms () };
	call.route = find (request, &call.parameters, response, error);
	response->operation = call.route != NULL ? call.route->operation : NULL;
	if (call.route == NULL)
		return FALSE;
	g_autoptr (GError) cause = NULL;
	gboolean done = check (&call, &cause) && carry_out (&call, &cause);
	api_audit_call (&call, cause);
	if (!done)
		g_propagate_error (error, g_steal_pointer (&cause));
	return done;
}

void
api_routes_handle (const ApiRequest *request, ApiResponse *response)
{
	g_autoptr (GError) error = NULL;
	*response = (ApiResponse) { 0 };
	if (answer (request, response, &error))
		return;
	api_response_fail (response, error, request->path);
	if (response->status >= 500)
		curia_log (response->status == 500 ? CURIA_LOG_ERROR : CURIA_LOG_WARNING, "api", "%s %s: %s",
			api_method_name (request->method), request->path, error->message);
}
