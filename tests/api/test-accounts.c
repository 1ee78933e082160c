/* Accounts over REST: signing in and out, what one may change, what administrators may, and what attackers must not. */
#include "tests/api/browser-fixture.h"

#include <string.h>

#include "curia-account-token.h"
#include "curia-refresh-token.h"
#include "transports/api/attempts.h"

/* ---- signing up and in ---- */

static void
test_sign_up (void)
{
	g_autoptr (Fixture) closed = fixture_new ("");
	g_auto (Browser) ann = { 0 };

	assert_problem (send (closed, API_POST, "/api/v1/accounts", ANN, (How) { 0 }), 403, "forbidden");
	g_clear_pointer (&closed, fixture_free);
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_assert_cmpint (go (site, &ann, "/api/v1/accounts", ANN), ==, 201);
	g_auto (Answer) me = ask (site, API_GET, "/api/v1/me", ann.token, NULL);
	check_schema (API_GET, "/api/v1/me", &me);
	g_assert_cmpstr (text_at (&me, "email"), ==, "ann@example.org");
	g_assert_cmpstr (text_at (&me, "role"), ==, "user");
	g_autofree char *text = json_dumps (me.body, 0);
	g_assert_null (strstr (text, "argon2"));
	assert_problem (send (site, API_POST, "/api/v1/accounts", ANN, (How) { 0 }), 409, "account-exists");
}

/* What is sent to browsers: scripts cannot read it, and it goes nowhere else. */
static void
test_cookie (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	g_assert_nonnull (strstr (ann.set_cookie, "; HttpOnly"));
	g_assert_nonnull (strstr (ann.set_cookie, "; Secure"));
	g_assert_nonnull (strstr (ann.set_cookie, "; SameSite=Strict"));
	g_assert_nonnull (strstr (ann.set_cookie, "; Path=/api/v1/sessions;"));
	g_assert_nonnull (strstr (ann.set_cookie, "; Max-Age=2592000;"));
	g_assert_null (strstr (ann.set_cookie, "Domain"));
	g_assert_null (strstr (ann.set_cookie, ann.token));
}

/* Whoever is wrong learns nothing of who has an account. */
static void
test_wrong (void)
{
	static const char *const bodies[] = {
		"{\"email\":\"ann@example.org\",\"password\":\"wrong\"}",
		"{\"email\":\"nobody@example.org\",\"password\":\"wrong\"}",
		"{\"email\":\"nobody@example.org\",\"password\":\"" PASSWORD "\"}",
	};
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };
	g_autofree char *first = NULL;

	go (site, &ann, "/api/v1/accounts", ANN);
	for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
		g_auto (Answer) answer = send (site, API_POST, "/api/v1/sessions", bodies[i], (How) { 0 });
		char *text = json_dumps (answer.body, JSON_SORT_KEYS);

		g_assert_cmpint (answer.status, ==, 401);
		g_assert_null (answer.cookies[0]);
		if (first != NULL)
			g_assert_cmpstr (text, ==, first);
		g_free (first);
		first = text;
	}
	g_assert_cmpint (go (site, &ann, "/api/v1/sessions", ANN_SIGNS_IN), ==, 201);
	/* nor who is disabled */
	g_assert_true (curia_store_account_set_role (curia_node_store (site->node), ann.id, "user", "disabled", NULL));
	g_auto (Answer) disabled = send (site, API_POST, "/api/v1/sessions", ANN_SIGNS_IN, (How) { 0 });
	g_autofree char *text = json_dumps (disabled.body, JSON_SORT_KEYS);
	g_assert_cmpstr (text, ==, first);
}

/* Best of several, as the machine may be busy. */
static gint64
time_of (Fixture *site, const char *body)
{
	gint64 best = G_MAXINT64;

	for (int i = 0; i < 4; i++) {
		gint64 begun = g_get_monotonic_time ();

		api_attempts_forget ();
		assert_problem (send (site, API_POST, "/api/v1/sessions", body, (How) { 0 }), 401, "wrong-credentials");
		best = MIN (best, g_get_monotonic_time () - begun);
	}
	return best;
}

static void
test_same_time (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	gint64 known = time_of (site, "{\"email\":\"ann@example.org\",\"password\":\"wrong\"}");
	gint64 unknown = time_of (site, "{\"email\":\"nobody@example.org\",\"password\":\"wrong\"}");
	g_test_message ("known %" G_GINT64_FORMAT " us, unknown %" G_GINT64_FORMAT " us", known, unknown);
	g_assert_cmpint (unknown, >, known / 2);
	g_assert_cmpint (unknown, <, known * 2);
}

/* ---- sessions ---- */

static void
test_refresh (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, nobody = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	g_autofree char *first = g_strdup (ann.cookie);
	g_assert_cmpint (refresh (site, &ann), ==, 200);
	g_assert_cmpstr (ann.cookie, !=, first);
	g_assert_cmpint (refresh (site, &ann), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", ann.token, NULL), ==, 200);
	g_assert_cmpint (refresh (site, &nobody), ==, 401);
}

/* A stolen cookie: whoever comes second is not let in, and whoever came first is out, too. */
static void
test_replay (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, thief = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	thief.cookie = g_strdup (ann.cookie);
	g_assert_cmpint (refresh (site, &thief), ==, 200);
	g_assert_cmpint (refresh (site, &ann), ==, 401);
	g_assert_nonnull (strstr (ann.set_cookie, "Max-Age=0")); /* the browser forgets it */
	g_assert_cmpint (refresh (site, &thief), ==, 401);
	assert_problem (ask (site, API_GET, "/api/v1/me", thief.token, NULL), 401, "session-ended");
	g_assert_cmpint (go (site, &ann, "/api/v1/sessions", ANN_SIGNS_IN), ==, 201);
	g_assert_cmpint (refresh (site, &ann), ==, 200);
}

/* Nobody ends another's session by making up tokens. */
static void
test_forged (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	g_auto (GStrv) parts = g_strsplit (ann.cookie + strlen ("curia_refresh="), ".", -1);
	CuriaRefreshToken made_up = { parts[0], parts[2], 1 }, other_secret = { parts[0], (char *) "x", 0 };
	g_autofree char *other_key = curia_refresh_token_to_text (&made_up, "another key");
	g_autofree char *guessed = curia_refresh_token_to_text (&other_secret, curia_node_account_key (site->node));
	g_autofree char *later = g_strdup_printf ("%s.2.%s.%s", parts[0], parts[2], parts[3]);
	const char *const forged[] = { other_key, guessed, later, parts[0], "", "x.y.z.w" };

	for (guint i = 0; i < G_N_ELEMENTS (forged); i++) {
		g_auto (Browser) attacker = { .cookie = g_strconcat ("curia_refresh=", forged[i], NULL) };

		g_assert_cmpint (refresh (site, &attacker), ==, 401);
	}
	/* two of them: a neighbour put one beside it */
	g_auto (Browser) tossed = { .cookie = g_strconcat (ann.cookie, "; ", ann.cookie, NULL) };
	g_assert_cmpint (refresh (site, &tossed), ==, 401);
	g_assert_cmpint (refresh (site, &ann), ==, 200);
}

/* An attacker's cookie in the victim's browser: signing in makes another session, and that of the attacker is not the victim's. */
static void
test_fixation (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) bob = { 0 }, ann = { 0 };

	go (site, &bob, "/api/v1/accounts", BOB);
	go (site, &ann, "/api/v1/accounts", ANN);
	g_free (ann.cookie);
	ann.cookie = g_strdup (bob.cookie);
	g_assert_cmpint (go (site, &ann, "/api/v1/sessions", ANN_SIGNS_IN), ==, 201);
	g_assert_cmpstr (ann.cookie, !=, bob.cookie);
	g_auto (GStrv) anns = g_strsplit (ann.cookie, ".", 2), bobs = g_strsplit (bob.cookie, ".", 2);
	g_assert_cmpstr (anns[0], !=, bobs[0]);
	g_assert_cmpint (refresh (site, &bob), ==, 401); /* ended with the sign-in in that browser */
	g_assert_cmpint (refresh (site, &ann), ==, 200);
	g_auto (Answer) me = ask (site, API_GET, "/api/v1/me", ann.token, NULL);
	g_assert_cmpstr (text_at (&me, "name"), ==, "Ann");
}

static void
test_csrf (void)
{
	static const char *const origins[] = { "https://evil.example", "null", "https://meet.example.org.evil.example", "http://meet.example.org:81" };
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	for (guint i = 0; i < G_N_ELEMENTS (origins); i++) {
		How how = { .origin = origins[i], .cookie = ann.cookie };

		assert_problem (send (site, API_POST, "/api/v1/sessions/refresh", NULL, how), 403, "forbidden");
		assert_problem (send (site, API_POST, "/api/v1/sessions", ANN_SIGNS_IN, how), 403, "forbidden");
		assert_problem (send (site, API_POST, "/api/v1/accounts", BOB, how), 403, "forbidden");
		assert_problem (send (site, API_POST, "/api/v1/one-time", "{\"secret\":\"x\",\"password\":\"" PASSWORD "\"}", how), 403, "forbidden");
	}
	/* what a form can send: no header of its own, no JSON */
	assert_problem (
		send (site, API_POST, "/api/v1/sessions/refresh", NULL, (How) { .cookie = ann.cookie, .plain = TRUE }), 403, "forbidden");
	assert_problem (
		send (site, API_POST, "/api/v1/sessions", ANN_SIGNS_IN, (How) { .type = "text/plain" }), 415, "unsupported-media-type");
	/* the cookie alone does nothing but refresh */
	assert_problem (send (site, API_PATCH, "/api/v1/me", "{\"name\":\"x\"}", (How) { .cookie = ann.cookie }), 401, "unauthorized");
	assert_problem (send (site, API_DELETE, "/api/v1/sessions", NULL, (How) { .cookie = ann.cookie }), 401, "unauthorized");
	g_assert_cmpint (refresh (site, &ann), ==, 200); /* none of it ended anything */
}

static void
test_sign_out (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, laptop = { 0 }, phone = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	go (site, &laptop, "/api/v1/sessions", ANN_SIGNS_IN);
	go (site, &phone, "/api/v1/sessions", ANN_SIGNS_IN);
	g_auto (Answer) list = ask (site, API_GET, "/api/v1/sessions", phone.token, NULL);
	check_schema (API_GET, "/api/v1/sessions", &list);
	g_assert_cmpuint (json_array_size (value_at (&list, "sessions")), ==, 3);
	g_assert_cmpint (status_of (site, API_DELETE, "/api/v1/sessions/current", laptop.token, NULL), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", laptop.token, NULL), ==, 401);
	g_assert_cmpint (refresh (site, &laptop), ==, 401);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", phone.token, NULL), ==, 200);
	g_auto (Answer) all = ask (site, API_DELETE, "/api/v1/sessions", phone.token, NULL);
	g_assert_cmpint (json_integer_value (value_at (&all, "ended")), ==, 2);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", phone.token, NULL), ==, 401);
	g_assert_cmpint (refresh (site, &ann), ==, 401);
}

/* Signed out on another node, which tells nobody: within five seconds. */
static void
test_elsewhere (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };
	guint n;

	go (site, &ann, "/api/v1/accounts", ANN);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", ann.token, NULL), ==, 200);
	g_assert_true (curia_store_session_end (curia_node_store (site->node), ann.id, NULL, &n, NULL));
	gint64 until_us = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;
	while (status_of (site, API_GET, "/api/v1/me", ann.token, NULL) == 200 && g_get_monotonic_time () < until_us)
		g_usleep (100 * G_TIME_SPAN_MILLISECOND);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", ann.token, NULL), ==, 401);
}

/* ---- what one may change ---- */

static void
test_mass_assignment (void)
{
	static const char *const fields[] = { "\"role\":\"admin\"", "\"id\":\"AC_x\"", "\"state\":\"active\"", "\"email_verified\":true",
		"\"created_at\":\"x\"", "\"providers\":[]", "\"password_hash\":\"x\"", "\"__proto__\":{}" };
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
		g_autofree char *body = g_strdup_printf ("{\"email\":\"m%u@x.org\",\"password\":\"" PASSWORD "\",\"name\":\"M\",%s}", i, fields[i]);

		assert_problem (send (site, API_POST, "/api/v1/accounts", body, (How) { 0 }), 422, "invalid-field");
	}
	go (site, &ann, "/api/v1/accounts", ANN);
	for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
		g_autofree char *body = g_strdup_printf ("{\"name\":\"Changed\",%s}", fields[i]);
		g_autofree char *nested = g_strdup_printf ("{\"preferences\":{%s}}", fields[i]);

		g_assert_cmpint (status_of (site, API_PATCH, "/api/v1/me", ann.token, body), ==, 422);
		g_assert_cmpint (status_of (site, API_PATCH, "/api/v1/me", ann.token, nested), ==, 422);
	}
	g_assert_cmpint (status_of (site, API_PATCH, "/api/v1/me", ann.token, "{\"email\":\"other@x.org\"}"), ==, 422);
	g_auto (Answer) me = ask (site, API_GET, "/api/v1/me", ann.token, NULL);
	g_assert_cmpstr (text_at (&me, "name"), ==, "Ann");
	g_assert_cmpstr (text_at (&me, "role"), ==, "user");
}

static void
test_profile (void)
{
	static const struct {
		const char *body;
		int status;
	} rows[] = {
		{ "{}", 200 },
		{ "{\"name\":\"<script>alert(1)</script>\"}", 200 }, /* text, which pages show as text */
		{ "{\"name\":\"\"}", 422 },
		{ "{\"language\":\"pt-BR\"}", 200 },
		{ "{\"language\":\"../../etc\"}", 422 },
		{ "{\"preferences\":{\"camera\":false,\"speaker_id\":\"abc\"}}", 200 },
		{ "{\"preferences\":{\"camera\":\"no\"}}", 422 },
		{ "{\"avatar\":\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==\"}", 200 },
		{ "{\"avatar\":\"data:image/jpeg;base64,/9j/4AAQSkZJRg==\"}", 200 },
		{ "{\"avatar\":\"data:image/png;base64,/9j/4AAQSkZJRg==\"}", 422 },
		{ "{\"avatar\":\"data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=\"}", 422 },
		{ "{\"avatar\":\"data:image/png;base64,iVBORw0KGgo\\\"onload=x\"}", 422 },
		{ "{\"avatar\":\"https://tracker.example/x.png\"}", 422 },
		{ "{\"avatar\":\"javascript:alert(1)\"}", 422 },
		{ "{\"avatar\":\"\"}", 200 },
	};
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpint (status_of (site, API_PATCH, "/api/v1/me", ann.token, rows[i].body), ==, rows[i].status);
	g_auto (Answer) me = ask (site, API_GET, "/api/v1/me", ann.token, NULL);
	g_assert_cmpstr (text_at (&me, "language"), ==, "pt-BR");
	g_assert_cmpstr (text_at (&me, "preferences.speaker_id"), ==, "abc");
}

static void
test_password (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, other = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	go (site, &other, "/api/v1/sessions", ANN_SIGNS_IN);
	g_assert_cmpint (status_of (site, API_POST, "/api/v1/me/password", ann.token, "{\"old\":\"wrong\",\"new\":\"another password\"}"), ==, 401);
	g_assert_cmpint (status_of (site, API_POST, "/api/v1/me/password", ann.token, "{\"new\":\"another password\"}"), ==, 422);
	g_assert_cmpint (status_of (site, API_POST, "/api/v1/me/password", ann.token, "{\"old\":\"" PASSWORD "\",\"new\":\"short\"}"), ==, 422);
	g_assert_cmpint (
		status_of (site, API_POST, "/api/v1/me/password", ann.token, "{\"old\":\"" PASSWORD "\",\"new\":\"ANN@example.org\"}"), ==, 422);
	g_assert_cmpint (
		status_of (site, API_POST, "/api/v1/me/password", ann.token, "{\"old\":\"" PASSWORD "\",\"new\":\"another password\"}"), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", ann.token, NULL), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", other.token, NULL), ==, 401);
	g_assert_cmpint (refresh (site, &other), ==, 401);
	g_assert_cmpint (go (site, &other, "/api/v1/sessions", ANN_SIGNS_IN), ==, 401);
	g_assert_cmpint (go (site, &other, "/api/v1/sessions", "{\"email\":\"ann@example.org\",\"password\":\"another password\"}"), ==, 201);
}

/* ---- guessing ---- */

static int
guess (Fixture *site, const char *email, const char *password, const char *peer, int *retry_after_s)
{
	g_autofree char *body = g_strdup_printf ("{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
	g_auto (Answer) answer = send (site, API_POST, "/api/v1/sessions", body, (How) { .peer = peer });

	*retry_after_s = answer.retry_after_s;
	return answer.status;
}

static void
test_throttle (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, bob = { 0 };
	int wait_s;

	go (site, &ann, "/api/v1/accounts", ANN);
	go (site, &bob, "/api/v1/accounts", BOB);
	for (int i = 0; i < 5; i++)
		g_assert_cmpint (guess (site, "ann@example.org", "wrong", "192.0.2.7", &wait_s), ==, 401);
	/* the right one, too: else guessing goes on beside the waits */
	g_assert_cmpint (guess (site, "ann@example.org", PASSWORD, "192.0.2.7", &wait_s), ==, 429);
	g_assert_cmpint (wait_s, >=, 1);
	/* the account is shut to other addresses, the address to other accounts; others go on */
	g_assert_cmpint (guess (site, "ann@example.org", PASSWORD, "192.0.2.8", &wait_s), ==, 429);
	g_assert_cmpint (guess (site, "bob@example.org", PASSWORD, "192.0.2.7", &wait_s), ==, 429);
	g_assert_cmpint (guess (site, "bob@example.org", PASSWORD, "192.0.2.9", &wait_s), ==, 201);
	/* whoever is in stays in, and unknown addresses are shut in the same way */
	g_assert_cmpint (refresh (site, &ann), ==, 200);
	for (int i = 0; i < 5; i++)
		g_assert_cmpint (guess (site, "nobody@example.org", "wrong", "192.0.2.10", &wait_s), ==, 401);
	g_assert_cmpint (guess (site, "nobody@example.org", "wrong", "192.0.2.11", &wait_s), ==, 429);
	g_assert_cmpint (guess (site, "NOBODY@example.org", "wrong", "192.0.2.12", &wait_s), ==, 429);
}

static void
test_sign_up_throttle (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	int refused = 0;

	for (int i = 0; i < 14; i++) {
		g_autofree char *body = g_strdup_printf ("{\"email\":\"p%d@x.org\",\"password\":\"" PASSWORD "\",\"name\":\"P\"}", i);
		g_auto (Answer) answer = send (site, API_POST, "/api/v1/accounts", body, (How) { 0 });

		refused += answer.status == 429;
	}
	g_assert_cmpint (refused, >=, 3);
}

/* ---- whose it is ---- */

static void
test_ids (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, bob = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	go (site, &bob, "/api/v1/accounts", BOB);
	g_auto (Answer) list = ask (site, API_GET, "/api/v1/sessions", bob.token, NULL);
	g_autofree char *session = g_strconcat ("/api/v1/sessions/", text_at (&list, "sessions.0.id"), NULL);
	g_autofree char *account = g_strconcat ("/api/v1/accounts/", bob.id, NULL), *link = g_strconcat (account, "/reset", NULL);
	/* another's session and account, known by id */
	g_assert_cmpint (status_of (site, API_DELETE, session, ann.token, NULL), ==, 404);
	g_assert_cmpint (status_of (site, API_GET, account, ann.token, NULL), ==, 403);
	g_assert_cmpint (status_of (site, API_PATCH, account, ann.token, "{\"role\":\"admin\"}"), ==, 403);
	g_assert_cmpint (status_of (site, API_DELETE, account, ann.token, NULL), ==, 403);
	g_assert_cmpint (status_of (site, API_POST, link, ann.token, NULL), ==, 403);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/accounts", ann.token, NULL), ==, 403);
	g_assert_cmpint (status_of (site, API_POST, "/api/v1/accounts/invite", ann.token, "{\"email\":\"x@y.org\"}"), ==, 403);
	/* nor is there a difference to one that is not there */
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/accounts/AC_none", ann.token, NULL), ==, 403);
	g_assert_cmpint (refresh (site, &bob), ==, 200);
	g_assert_cmpint (status_of (site, API_DELETE, session, bob.token, NULL), ==, 200);
	g_assert_cmpint (refresh (site, &bob), ==, 401);
}

/* Neither an API key nor a seat's token is a person who is signed in, whatever it says of itself. */
static void
test_other_tokens (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	make_admin (site, &ann);
	g_autofree char *app = token_of ("roomAdmin roomCreate roomList", NULL, ann.id, "Ann");
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", app, NULL), ==, 403);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/accounts", app, NULL), ==, 403);
	CuriaAccountToken forged = { ann.id, (char *) "SE_made_up", (char *) "admin", 0, 0 };
	g_autofree char *no_session = curia_account_token_mint (curia_node_account_key (site->node), &forged, g_get_real_time () / 1000000);
	g_autofree char *other_key = curia_account_token_mint (FIXTURE_SECRET, &forged, g_get_real_time () / 1000000);
	assert_problem (ask (site, API_GET, "/api/v1/me", no_session, NULL), 401, "session-ended");
	assert_problem (ask (site, API_GET, "/api/v1/me", other_key, NULL), 401, "unauthorized");
	/* a token says what the account was: what counts is what it is */
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/accounts", ann.token, NULL), ==, 200);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/accounts/sign-up", test_sign_up);
	g_test_add_func ("/accounts/cookie", test_cookie);
	g_test_add_func ("/accounts/wrong", test_wrong);
	g_test_add_func ("/accounts/same-time", test_same_time);
	g_test_add_func ("/accounts/refresh", test_refresh);
	g_test_add_func ("/accounts/replay", test_replay);
	g_test_add_func ("/accounts/forged", test_forged);
	g_test_add_func ("/accounts/fixation", test_fixation);
	g_test_add_func ("/accounts/csrf", test_csrf);
	g_test_add_func ("/accounts/sign-out", test_sign_out);
	g_test_add_func ("/accounts/elsewhere", test_elsewhere);
	g_test_add_func ("/accounts/mass-assignment", test_mass_assignment);
	g_test_add_func ("/accounts/profile", test_profile);
	g_test_add_func ("/accounts/password", test_password);
	g_test_add_func ("/accounts/throttle", test_throttle);
	g_test_add_func ("/accounts/sign-up-throttle", test_sign_up_throttle);
	g_test_add_func ("/accounts/ids", test_ids);
	g_test_add_func ("/accounts/other-tokens", test_other_tokens);
	return g_test_run ();
}
