/* browser-fixture.h: a browser in a few lines: it keeps the cookie and the access token that answers give it.
 * Thread: the test's. Ownership: a browser owns what it keeps. */
#ifndef BROWSER_FIXTURE_H
#define BROWSER_FIXTURE_H

#include "tests/api/rest-fixture.h"

#include <string.h>

#include "curia-store-sessions.h"
#include "transports/api/session-life.h"

#define OPEN "accounts: { sign_up = true }"
#define PASSWORD "correct horse battery"
#define ANN "{\"email\":\"Ann@Example.org\",\"password\":\"" PASSWORD "\",\"name\":\"Ann\"}"
#define BOB "{\"email\":\"bob@example.org\",\"password\":\"" PASSWORD "\",\"name\":\"Bob\"}"
#define ANN_SIGNS_IN "{\"email\":\"ann@example.org\",\"password\":\"" PASSWORD "\"}"

typedef struct {
	char *cookie, *token, *id, *set_cookie; /* "curia_refresh=..."; access token; the account's; the whole header */
} Browser;

G_GNUC_UNUSED static void
browser_clear (Browser *self)
{
	g_free (self->cookie);
	g_free (self->token);
	g_free (self->id);
	g_free (self->set_cookie);
	*self = (Browser) { 0 };
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Browser, browser_clear)

typedef struct {
	const char *origin, *cookie, *peer, *type;
	gboolean plain; /* without X-Curia */
} How;

G_GNUC_UNUSED static Answer
send (Fixture *site, ApiMethod method, const char *path, const char *body, How how)
{
	ApiRequest request = request_new (site, method, path);

	request.body = body != NULL ? body : "";
	request.body_bytes = strlen (request.body);
	request.content_type = how.type != NULL ? how.type : body != NULL ? "application/json" : NULL;
	request.cookie = how.cookie;
	request.origin = how.origin != NULL ? how.origin : "https://meet.example.org";
	request.from_script = !how.plain;
	request.user_agent = "Test \xff browser";
	if (how.peer != NULL)
		request.peer = how.peer;
	Answer answer = ask_raw (&request);
	check_schema (method, path, &answer);
	return answer;
}

/* Takes what an answer gives, as a browser does. */
G_GNUC_UNUSED static void
take (Browser *self, const Answer *answer)
{
	if (text_at (answer, "access_token") != NULL) {
		g_free (self->token);
		g_free (self->id);
		self->token = g_strdup (text_at (answer, "access_token"));
		self->id = g_strdup (text_at (answer, "account.id"));
	}
	if (answer->cookies[0] == NULL)
		return;
	g_free (self->set_cookie);
	g_free (self->cookie);
	self->set_cookie = g_strdup (answer->cookies[0]);
	self->cookie = g_strndup (self->set_cookie, strcspn (self->set_cookie, ";"));
}

G_GNUC_UNUSED static int
go (Fixture *site, Browser *self, const char *path, const char *body)
{
	g_auto (Answer) answer = send (site, API_POST, path, body, (How) { .cookie = self->cookie });
	int status = answer.status;

	take (self, &answer);
	return status;
}

G_GNUC_UNUSED static int
refresh (Fixture *site, Browser *self)
{
	return go (site, self, "/api/v1/sessions/refresh", NULL);
}

G_GNUC_UNUSED static int
status_of (Fixture *site, ApiMethod method, const char *path, const char *token, const char *body)
{
	g_auto (Answer) answer = ask (site, method, path, token, body);

	check_schema (method, path, &answer);
	return answer.status;
}

G_GNUC_UNUSED static void
assert_problem (Answer answer, int status, const char *slug)
{
	g_autofree char *type = g_strconcat ("/docs/errors#", slug, NULL);

	g_assert_cmpstr (text_at (&answer, "type"), ==, type);
	g_assert_cmpint (answer.status, ==, status);
	api_response_clear (&answer);
}

G_GNUC_UNUSED static void
make_admin (Fixture *site, Browser *self)
{
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_store_account_set_role (curia_node_store (site->node), self->id, "admin", "active", &error));
	g_assert_no_error (error);
	api_session_forget ();
}

#endif
