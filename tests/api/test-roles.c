/* The rule table on the API: each role against each route that not everybody may ask for; and what makes somebody what they are in a
 * meeting: a token's role, an account, membership, ownership. */
#include <string.h>

#include "curia-clock.h"
#include "curia-account-token.h"
#include "curia-store-accounts.h"
#include "curia-store-audit.h"
#include "curia-store-members.h"
#include "curia-store-removals.h"
#include "curia-store-sessions.h"
#include "rest-fixture.h"

/* ---- people ---- */

static char *
token_with_role (const char *role, const char *room, const char *identity)
{
	g_autoptr (CuriaKeyring) keys = curia_keyring_new ();
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	g_autoptr (GError) error = NULL;
	g_assert_true (curia_keyring_add (keys, FIXTURE_KEY, FIXTURE_SECRET, NULL));
	claims->room = g_strdup (room);
	claims->identity = g_strdup (identity);
	claims->role = g_strdup (role);
	claims->room_join = TRUE;
	char *token = curia_token_mint (keys, claims, curia_clock_wall_ms () / 1000, 600, &error);
	g_assert_no_error (error);
	return token;
}

typedef struct {
	char *id, *token;
} Person;

static void
person_clear (Person *self)
{
	g_free (self->id);
	g_free (self->token);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Person, person_clear)

/* An account that is signed in. */
static Person
sign_in (Fixture *fixture, const char *email, const char *role)
{
	CuriaStore *store = curia_node_store (fixture->node);
	g_autoptr (CuriaAccount) account = curia_account_new ();
	g_autoptr (GError) error = NULL;
	gint64 now_ms = curia_clock_wall_ms ();
	g_free (account->email);
	g_free (account->role);
	account->email = g_strdup (email);
	account->role = g_strdup (role);
	g_assert_true (curia_store_account_create (store, account, &error));
	g_autofree char *id = g_strconcat ("SE_", account->id + 3, NULL);
	CuriaSession session = { id, account->id, (char *) "x", 1, now_ms, now_ms, now_ms + 3600000, (char *) "", (char *) "" };
	g_assert_true (curia_store_session_create (store, &session, &error));
	g_assert_no_error (error);
	CuriaAccountToken token = { .account = account->id, .session = id, .role = (char *) role };
	return (Person) { g_strdup (account->id), curia_account_token_mint (curia_node_account_key (fixture->node), &token, now_ms / 1000) };
}

static char *
make (Fixture *fixture, const char *token, const char *body)
{
	g_auto (Answer) answer = ask (fixture, API_POST, "/api/v1/meetings", token, body);
	g_assert_cmpint (answer.status, ==, 201);
	return g_strdup (text_at (&answer, "code"));
}

static void
add_member (Fixture *fixture, const char *code, const Person *person, CuriaRole role)
{
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (fixture->node), code, NULL);
	g_autoptr (GError) error = NULL;
	curia_store_member_set (curia_node_store (fixture->node), meeting->id, (CuriaMemberKey) { .account = person->id }, role, 1, NULL, &error);
	g_assert_no_error (error);
}

static Answer
ask_at (Fixture *fixture, ApiMethod method, const char *code, const char *rest, const char *token, const char *body)
{
	g_autofree char *path = g_strconcat ("/api/v1/meetings/", code, rest, NULL);
	Answer answer = ask (fixture, method, path, token, body);
	check_schema (method, path, &answer);
	return answer;
}

/* ---- the table ---- */

/* Written down by hand: what the documentation promises, not what the code's table happens to say. */
static const struct {
	ApiMethod method;
	const char *rest, *body;
	CuriaRole least;
} cells[] = {
	{ API_GET, "/participants", NULL, CURIA_ROLE_MODERATOR },
	{ API_POST, "/participants/bob/mute", "{\"source\":\"camera\"}", CURIA_ROLE_MODERATOR },
	{ API_DELETE, "/participants/bob", NULL, CURIA_ROLE_MODERATOR },
	{ API_GET, "/waiting", NULL, CURIA_ROLE_MODERATOR },
	{ API_GET, "/removals", NULL, CURIA_ROLE_MODERATOR },
	{ API_DELETE, "/removals/carl", NULL, CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"mute\",\"identity\":\"bob\",\"source\":\"microphone\"}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"ask_unmute\",\"identity\":\"bob\"}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"stop\",\"identity\":\"bob\",\"source\":\"camera\"}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"remove\",\"identity\":\"bob\"}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"admit\",\"all\":true}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"deny\",\"id\":\"w1\"}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"lower_hand\",\"all\":true}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"spotlight\",\"identities\":[\"bob\"]}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"lock\",\"locked\":true}", CURIA_ROLE_MODERATOR },
	{ API_POST, "/moderate", "{\"action\":\"role\",\"identity\":\"bob\",\"role\":\"viewer\"}", CURIA_ROLE_HOST },
	{ API_GET, "/members", NULL, CURIA_ROLE_HOST },
	{ API_POST, "/members", "{\"email\":\"nobody@example.org\",\"role\":\"viewer\"}", CURIA_ROLE_HOST },
	{ API_PUT, "/members/AC_nobody", "{\"role\":\"viewer\"}", CURIA_ROLE_HOST },
	{ API_DELETE, "/members/AC_nobody", NULL, CURIA_ROLE_HOST },
	{ API_PATCH, "", "{\"title\":\"New\"}", CURIA_ROLE_HOST },
	{ API_POST, "/moderate", "{\"action\":\"end\"}", CURIA_ROLE_HOST }, /* the last two end the meeting */
	{ API_POST, "/end", NULL, CURIA_ROLE_HOST },
};

static const char narrow[] = "{\"share_screen\":\"nobody\",\"chat\":\"nobody\",\"unmute\":\"nobody\",\"rename\":\"nobody\","
	"\"record\":\"nobody\",\"waiting_room\":\"everybody\",\"locked\":true,\"join_before_host\":false,\"guests\":false}";

/* Every cell for somebody whose token is `token` and who is `role` in the meeting. */
static void
check_cells (Fixture *fixture, const char *code, const char *token, CuriaRole role, const char *what)
{
	for (guint i = 0; i < G_N_ELEMENTS (cells); i++) {
		g_auto (Answer) answer = ask_at (fixture, cells[i].method, code, cells[i].rest, token, cells[i].body);
		g_test_message ("%s as %s: %s%s %s -> %d", what, curia_role_name (role), api_method_name (cells[i].method), cells[i].rest,
			cells[i].body != NULL ? cells[i].body : "", answer.status);
		if (role < cells[i].least) {
			g_assert_cmpint (answer.status, ==, 403);
			g_assert_cmpstr (text_at (&answer, "type"), ==, "/docs/errors#forbidden");
		} else {
			/* what it names may not be there; the end has come when others have ended it */
			g_assert_true (answer.status == 200 || answer.status == 404 || answer.status == 410);
		}
	}
}

static void
test_tokens (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	for (guint settings = 0; settings < 2; settings++)
		for (CuriaRole role = 0; role < CURIA_N_ROLES; role++) {
			g_autofree char *code = make (fixture, NULL, settings == 0 ? "{}" : narrow);
			g_autofree char *token = token_with_role (curia_role_name (role), code, "ann");
			check_cells (fixture, code, token, role, settings == 0 ? "a token" : "a token, narrow rules,");
		}
}

static void
test_accounts (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Person) owner = sign_in (fixture, "owner@example.org", "user");
	g_auto (Person) admin = sign_in (fixture, "admin@example.org", "admin");
	g_auto (Person) other = sign_in (fixture, "other@example.org", "user");
	g_auto (Person) member = sign_in (fixture, "member@example.org", "user");
	for (CuriaRole role = 0; role < CURIA_ROLE_OWNER; role++) {
		g_autofree char *code = make (fixture, owner.token, "{}");
		add_member (fixture, code, &member, role);
		check_cells (fixture, code, member.token, role, "a member");
	}
	g_autofree char *one = make (fixture, owner.token, "{}"), *two = make (fixture, owner.token, "{}"),
		*three = make (fixture, owner.token, "{}");
	check_cells (fixture, one, other.token, CURIA_ROLE_PARTICIPANT, "another account");
	check_cells (fixture, two, admin.token, CURIA_ROLE_HOST, "an administrator");
	check_cells (fixture, three, owner.token, CURIA_ROLE_OWNER, "the owner");
}

/* No token, one for another meeting, one that opens nothing. */
static void
test_outsiders (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make (fixture, NULL, "{}"), *other = make (fixture, NULL, "{}");
	g_autofree char *elsewhere = token_with_role ("owner", other, "ann"), *grantless = token_of ("", code, "ann", NULL);
	for (guint i = 0; i < G_N_ELEMENTS (cells); i++) {
		g_auto (Answer) nobody = ask_at (fixture, cells[i].method, code, cells[i].rest, NULL, cells[i].body);
		g_auto (Answer) stranger = ask_at (fixture, cells[i].method, code, cells[i].rest, elsewhere, cells[i].body);
		g_auto (Answer) powerless = ask_at (fixture, cells[i].method, code, cells[i].rest, grantless, cells[i].body);
		g_assert_cmpint (nobody.status, ==, 401);
		g_assert_cmpint (stranger.status, ==, 403);
		g_assert_cmpint (powerless.status, ==, 403);
	}
}

/* ---- what is said to the room ---- */

static void
assert_asked (Fixture *fixture, const char *name, const char *text)
{
	g_autofree char *asked = fixture_asked (fixture, name);
	g_assert_cmpstr (asked, ==, text);
}

static void
test_room_is_asked (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make (fixture, NULL, "{}"), *token = token_with_role ("moderator", code, "mo");
	g_auto (Answer) removed = ask_at (fixture, API_POST, code, "/moderate", token, "{\"action\":\"remove\",\"identity\":\"bob\"}");
	g_assert_cmpint (removed.status, ==, 200);
	g_assert_cmpint (json_integer_value (value_at (&removed, "affected")), ==, 1);
	assert_asked (fixture, "command", "moderate");
	assert_asked (fixture, "action", "remove");
	assert_asked (fixture, "identity", "bob");
	assert_asked (fixture, "by", "mo");
	assert_asked (fixture, "by_role", "moderator");
	/* the old way to remove is the same, with the same rank */
	g_auto (Answer) kicked = ask_at (fixture, API_DELETE, code, "/participants/carl", token, NULL);
	g_assert_cmpint (kicked.status, ==, 200);
	assert_asked (fixture, "action", "remove");
	assert_asked (fixture, "by_role", "moderator");
	/* a body cannot make more of its sender */
	g_auto (Answer) sly = ask_at (fixture, API_POST, code, "/moderate", token,
		"{\"action\":\"mute\",\"identity\":\"bob\",\"by_role\":\"owner\"}");
	g_assert_cmpint (sly.status, ==, 422);
	g_auto (Answer) waiting = ask_at (fixture, API_GET, code, "/waiting", token, NULL);
	g_assert_cmpstr (text_at (&waiting, "waiting.0.id"), ==, "w1");
	assert_asked (fixture, "command", "waiting");
	fixture_close_room (fixture);
	g_auto (Answer) nobody = ask_at (fixture, API_POST, code, "/moderate", token, "{\"action\":\"remove\",\"identity\":\"bob\"}");
	g_assert_cmpint (nobody.status, ==, 404);
	g_auto (Answer) lock = ask_at (fixture, API_POST, code, "/moderate", token, "{\"action\":\"lock\",\"locked\":true}");
	g_assert_cmpint (lock.status, ==, 200);
	g_auto (Answer) locked = ask_at (fixture, API_GET, code, "", NULL, NULL);
	g_assert_true (json_is_true (value_at (&locked, "settings.locked")));
}

static void
test_settings_reach_the_room (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL;
	g_autofree char *code = make_meeting (fixture, &host);
	g_auto (Answer) changed = ask_at (fixture, API_PATCH, code, "", host, "{\"waiting_room\":\"guests\",\"password\":\"swordfish\"}");
	g_assert_cmpint (changed.status, ==, 200);
	g_assert_cmpstr (text_at (&changed, "settings.waiting_room"), ==, "guests");
	g_assert_true (json_is_true (value_at (&changed, "settings.password")));
	for (int i = 0; i < 500 && g_atomic_int_get (&fixture->ruled) < 1; i++)
		g_usleep (10000);
	g_assert_cmpint (g_atomic_int_get (&fixture->ruled), ==, 1);
	/* the hash is nobody's business, and no hash goes in by another name */
	g_autofree char *shown = json_dumps (changed.body, 0);
	g_assert_null (strstr (shown, "argon2"));
	g_auto (Answer) sly = ask_at (fixture, API_PATCH, code, "", host, "{\"owner\":\"AC_eve\"}");
	g_assert_cmpint (sly.status, ==, 422);
}

/* ---- members ---- */

static void
test_members (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Person) owner = sign_in (fixture, "owner@example.org", "user");
	g_auto (Person) ann = sign_in (fixture, "ann@example.org", "user");
	g_auto (Person) bob = sign_in (fixture, "bob@example.org", "user");
	g_autofree char *code = make (fixture, owner.token, "{}"), *path = g_strconcat ("/members/", bob.id, NULL);
	g_auto (Answer) added = ask_at (fixture, API_POST, code, "/members", owner.token, "{\"email\":\" Ann@Example.org\",\"role\":\"host\"}");
	g_assert_cmpint (added.status, ==, 200);
	g_assert_cmpstr (text_at (&added, "account"), ==, ann.id);
	/* now Ann is a host, and may make others that, but not more */
	g_auto (Answer) set = ask_at (fixture, API_PUT, code, path, ann.token, "{\"role\":\"moderator\"}");
	g_assert_cmpint (set.status, ==, 200);
	g_auto (Answer) more = ask_at (fixture, API_PUT, code, path, ann.token, "{\"role\":\"owner\"}");
	g_assert_cmpint (more.status, ==, 422);
	g_auto (Answer) list = ask_at (fixture, API_GET, code, "/members", ann.token, NULL);
	g_assert_cmpint (json_array_size (value_at (&list, "members")), ==, 2);
	/* Bob, a moderator, does not */
	g_auto (Answer) refused = ask_at (fixture, API_PUT, code, path, bob.token, "{\"role\":\"host\"}");
	g_assert_cmpint (refused.status, ==, 403);
	g_auto (Answer) mine = ask (fixture, API_GET, "/api/v1/me/meetings", bob.token, NULL);
	g_assert_cmpstr (text_at (&mine, "meetings.0.code"), ==, code);
	g_assert_cmpstr (text_at (&mine, "meetings.0.role"), ==, "moderator");
	g_auto (Answer) owned = ask (fixture, API_GET, "/api/v1/me/meetings", owner.token, NULL);
	g_assert_cmpstr (text_at (&owned, "meetings.0.role"), ==, "owner");
	g_auto (Answer) gone = ask_at (fixture, API_DELETE, code, path, ann.token, NULL);
	g_assert_cmpint (gone.status, ==, 200);
	g_auto (Answer) nothing = ask (fixture, API_GET, "/api/v1/me/meetings", bob.token, NULL);
	g_assert_cmpint (json_array_size (value_at (&nothing, "meetings")), ==, 0);
	/* a seat's token is no account's, even when it names one */
	g_autofree char *seat = token_with_role ("host", code, ann.id);
	g_auto (Answer) not_me = ask (fixture, API_GET, "/api/v1/me/meetings", seat, NULL);
	g_assert_cmpint (not_me.status, ==, 403);
}

/* Who signs out everywhere is nobody within moments. */
static void
test_ended_session (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Person) ann = sign_in (fixture, "ann@example.org", "user");
	guint n = 0;
	g_assert_true (curia_store_session_end (curia_node_store (fixture->node), ann.id, NULL, &n, NULL));
	g_auto (Answer) answer = ask (fixture, API_GET, "/api/v1/me/meetings", ann.token, NULL);
	g_assert_cmpint (answer.status, ==, 401);
}

/* ---- join ---- */

static CuriaClaims *
seat_of (Fixture *fixture, const Answer *answer)
{
	g_autoptr (GError) error = NULL;
	g_assert_cmpint (answer->status, ==, 200);
	CuriaClaims *claims = curia_token_verify (curia_node_keys (fixture->node), text_at (answer, "token"),
		curia_clock_wall_ms () / 1000, &error);
	g_assert_no_error (error);
	return claims;
}

static void
check_seat (Fixture *fixture, const char *code, const char *token, const char *body, const char *role, const char *account, gboolean guest)
{
	g_auto (Answer) answer = ask_at (fixture, API_POST, code, "/join", token, body);
	g_autoptr (CuriaClaims) claims = seat_of (fixture, &answer);
	g_assert_cmpstr (text_at (&answer, "role"), ==, role);
	g_assert_cmpstr (curia_role_name (curia_claims_role (claims)), ==, role);
	g_assert_cmpstr (claims->account, ==, account);
	g_assert_cmpint (claims->guest, ==, guest);
	g_assert_cmpstr (claims->room, ==, code);
	g_assert_false (claims->room_create || claims->room_list);
}

static void
test_seats (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Person) owner = sign_in (fixture, "owner@example.org", "user");
	g_auto (Person) admin = sign_in (fixture, "admin@example.org", "admin");
	g_auto (Person) member = sign_in (fixture, "member@example.org", "user");
	g_auto (Person) other = sign_in (fixture, "other@example.org", "user");
	g_autofree char *code = make (fixture, owner.token, "{}"), *moderator = token_with_role ("moderator", code, "mo"),
		*app = token_of ("roomJoin", code, "app", NULL);
	static const char name[] = "{\"name\":\"Ann\"}", watching[] = "{\"name\":\"Ann\",\"role\":\"viewer\"}";
	add_member (fixture, code, &member, CURIA_ROLE_MODERATOR);
	check_seat (fixture, code, owner.token, name, "owner", owner.id, FALSE);
	check_seat (fixture, code, admin.token, name, "host", admin.id, FALSE);
	check_seat (fixture, code, member.token, name, "moderator", member.id, FALSE);
	check_seat (fixture, code, other.token, name, "participant", other.id, FALSE);
	check_seat (fixture, code, other.token, watching, "viewer", other.id, FALSE);
	check_seat (fixture, code, moderator, name, "moderator", NULL, FALSE);
	check_seat (fixture, code, app, name, "participant", NULL, FALSE);
	check_seat (fixture, code, NULL, name, "participant", NULL, TRUE);
	check_seat (fixture, code, NULL, watching, "viewer", NULL, TRUE);
	/* a guest's token makes it no more than a guest */
	g_auto (Answer) first = ask_at (fixture, API_POST, code, "/join", NULL, name);
	check_seat (fixture, code, text_at (&first, "token"), name, "participant", NULL, TRUE);
}

/* A seat's token is worth what its account is now, and gives nothing on beyond its own end. */
static void
test_seats_do_not_last (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	CuriaStore *store = curia_node_store (fixture->node);
	g_auto (Person) owner = sign_in (fixture, "owner@example.org", "user");
	g_auto (Person) member = sign_in (fixture, "member@example.org", "user");
	g_autofree char *code = make (fixture, owner.token, "{}"), *host = token_with_role ("host", code, "mo");
	static const char name[] = "{\"name\":\"Ann\"}";
	add_member (fixture, code, &member, CURIA_ROLE_HOST);
	g_auto (Answer) joined = ask_at (fixture, API_POST, code, "/join", member.token, name);
	const char *seat = text_at (&joined, "token");
	check_seat (fixture, code, seat, name, "host", member.id, FALSE);
	add_member (fixture, code, &member, CURIA_ROLE_PARTICIPANT);
	check_seat (fixture, code, seat, name, "participant", member.id, FALSE);
	g_auto (Answer) refused = ask_at (fixture, API_PATCH, code, "", seat, "{\"title\":\"Mine\"}");
	g_assert_cmpint (refused.status, ==, 403);
	g_assert_true (curia_store_account_set_role (store, member.id, "user", "disabled", NULL));
	g_auto (Answer) gone = ask_at (fixture, API_POST, code, "/join", seat, name);
	g_assert_cmpint (gone.status, ==, 401);

	g_auto (Answer) application = ask_at (fixture, API_POST, code, "/join", host, name);
	g_autoptr (CuriaClaims) given = curia_token_verify (curia_node_keys (fixture->node), host, curia_clock_wall_ms () / 1000, NULL);
	g_autoptr (CuriaClaims) passed_on = seat_of (fixture, &application);
	g_assert_cmpint (passed_on->expires_s, <=, given->expires_s);
}

static void
assert_refused (Fixture *fixture, const char *code, const char *token, const char *body, int status, const char *slug)
{
	g_auto (Answer) answer = ask_at (fixture, API_POST, code, "/join", token, body);
	g_autofree char *type = g_strconcat ("/docs/errors#", slug, NULL);
	g_assert_cmpstr (text_at (&answer, "type"), ==, type);
	g_assert_cmpint (answer.status, ==, status);
}

static void
test_password_and_guests (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Person) owner = sign_in (fixture, "owner@example.org", "user");
	g_auto (Person) other = sign_in (fixture, "other@example.org", "user");
	g_autofree char *code = make (fixture, owner.token, "{\"password\":\"swordfish\"}"), *app = token_of ("roomJoin", code, "app", NULL);
	static const char plain[] = "{\"name\":\"Ann\"}", right[] = "{\"name\":\"Ann\",\"password\":\"swordfish\"}",
		wrong[] = "{\"name\":\"Ann\",\"password\":\"Swordfish\"}";
	assert_refused (fixture, code, NULL, plain, 403, "password-needed");
	assert_refused (fixture, code, NULL, wrong, 403, "password-needed");
	assert_refused (fixture, code, other.token, plain, 403, "password-needed");
	check_seat (fixture, code, NULL, right, "participant", NULL, TRUE);
	check_seat (fixture, code, NULL, right, "participant", NULL, TRUE); /* known again */
	check_seat (fixture, code, other.token, right, "participant", other.id, FALSE);
	check_seat (fixture, code, owner.token, plain, "owner", owner.id, FALSE);
	check_seat (fixture, code, app, plain, "participant", NULL, FALSE);
	/* a new one makes the old one void at once */
	g_auto (Answer) changed = ask_at (fixture, API_PATCH, code, "", owner.token, "{\"password\":\"tuna\"}");
	g_assert_cmpint (changed.status, ==, 200);
	assert_refused (fixture, code, NULL, right, 403, "password-needed");
	g_auto (Answer) opened = ask_at (fixture, API_PATCH, code, "", owner.token, "{\"password\":\"\",\"guests\":false}");
	g_assert_false (json_is_true (value_at (&opened, "settings.password")));
	assert_refused (fixture, code, NULL, plain, 403, "guests-not-allowed");
	check_seat (fixture, code, other.token, plain, "participant", other.id, FALSE);
	check_seat (fixture, code, app, plain, "participant", NULL, FALSE);
}

/* Who guesses waits, whatever the guess; others do not. */
static void
test_guessing (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make (fixture, NULL, "{\"password\":\"swordfish\"}"), *path = g_strdup_printf ("/api/v1/meetings/%s/join", code);
	int refused = 0;
	for (int i = 0; i < 20; i++) {
		g_auto (Answer) answer = ask (fixture, API_POST, path, NULL, "{\"name\":\"Eve\",\"password\":\"guess\"}");
		refused += answer.status == 429;
		g_assert_true (answer.status == 403 || answer.status == 429);
		g_assert_true (answer.status == 403 || answer.retry_after_s > 0);
	}
	g_assert_cmpint (refused, >, 0);
	assert_refused (fixture, code, NULL, "{\"name\":\"Eve\",\"password\":\"swordfish\"}", 429, "too-many-requests");
	ApiRequest request = request_new (fixture, API_POST, path);
	request.peer = "198.51.100.7";
	request.content_type = "application/json";
	request.body = "{\"name\":\"Ann\",\"password\":\"swordfish\"}";
	request.body_bytes = strlen (request.body);
	g_auto (Answer) elsewhere = ask_raw (&request);
	g_assert_cmpint (elsewhere.status, ==, 200);
}

/* ---- removals ---- */

static void
remove_from (Fixture *fixture, const char *code, const char *identity, gint64 removed_ms, gboolean banned)
{
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (fixture->node), code, NULL);
	CuriaRemoval removal = { meeting->id, (char *) identity, (char *) "Name", removed_ms, banned, (char *) "host" };
	g_assert_true (curia_store_removal_add (curia_node_store (fixture->node), &removal, NULL));
}

static void
test_removed (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL;
	g_autofree char *code = make_meeting (fixture, &host);
	g_autofree char *token = token_with_role ("moderator", code, "mo"), *ann = token_of ("roomJoin", code, "ann/1", NULL);
	gint64 later_ms = curia_clock_wall_ms () + 5000;
	check_seat (fixture, code, ann, "{\"name\":\"Ann\"}", "participant", NULL, FALSE);
	remove_from (fixture, code, "ann/1", later_ms, FALSE);
	remove_from (fixture, code, "mo", later_ms, TRUE);
	/* an old token makes no new one, and a moderator that was removed moderates no more */
	assert_refused (fixture, code, ann, "{\"name\":\"Ann\"}", 403, "removed");
	g_auto (Answer) acts = ask_at (fixture, API_GET, code, "/removals", token, NULL);
	g_assert_cmpint (acts.status, ==, 403);
	g_assert_cmpstr (text_at (&acts, "type"), ==, "/docs/errors#removed");
	g_auto (Answer) list = ask_at (fixture, API_GET, code, "/removals", host, NULL);
	g_assert_cmpint (json_array_size (value_at (&list, "removals")), ==, 2);
	g_auto (Answer) forgiven = ask_at (fixture, API_DELETE, code, "/removals/ann/1", host, NULL);
	g_assert_cmpint (forgiven.status, ==, 200);
	assert_asked (fixture, "command", "let_back");
	check_seat (fixture, code, ann, "{\"name\":\"Ann\"}", "participant", NULL, FALSE);
	/* a guest who comes back with the same seat */
	g_auto (Answer) seated = ask_at (fixture, API_POST, code, "/join", NULL, "{\"name\":\"Eve\",\"identity\":\"tab\"}");
	g_autoptr (CuriaClaims) eve = seat_of (fixture, &seated);
	remove_from (fixture, code, eve->identity, later_ms, TRUE);
	assert_refused (fixture, code, NULL, "{\"name\":\"Eve\",\"identity\":\"tab\"}", 403, "removed");
}

/* ---- the audit log ---- */

static void
test_audit (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Person) admin = sign_in (fixture, "admin@example.org", "admin");
	g_auto (Person) owner = sign_in (fixture, "owner@example.org", "user");
	g_autofree char *code = make (fixture, owner.token, "{}"), *everywhere = token_of ("roomAdmin", NULL, "app", NULL);
	g_autofree char *query = g_strconcat ("/api/v1/audit?meeting=", code, NULL);
	g_auto (Answer) patched = ask_at (fixture, API_PATCH, code, "", owner.token, "{\"title\":\"Plan\",\"password\":\"swordfish\"}");
	g_auto (Answer) invalid = ask_at (fixture, API_PATCH, code, "", owner.token, "{\"title\":7}");
	g_autofree char *viewer = token_with_role ("viewer", code, "vic");
	g_auto (Answer) refused = ask_at (fixture, API_DELETE, code, "/participants/bob", viewer, NULL);
	g_assert_cmpint (patched.status, ==, 200);
	g_assert_cmpint (invalid.status, ==, 422);
	g_assert_cmpint (refused.status, ==, 403);
	g_assert_true (curia_store_audit_flush (curia_node_store (fixture->node), 60000));
	g_auto (Answer) list = ask (fixture, API_GET, query, admin.token, NULL);
	check_schema (API_GET, "/api/v1/audit", &list);
	g_assert_cmpint (json_array_size (value_at (&list, "entries")), ==, 2); /* what failed for its content is none */
	g_assert_cmpstr (text_at (&list, "entries.0.action"), ==, "participant.remove");
	g_assert_cmpstr (text_at (&list, "entries.0.result"), ==, "refused");
	g_assert_cmpstr (text_at (&list, "entries.0.actor"), ==, "vic");
	g_assert_cmpstr (text_at (&list, "entries.0.target"), ==, "bob");
	g_assert_cmpstr (text_at (&list, "entries.0.address"), ==, "192.0.2.1");
	g_assert_cmpstr (text_at (&list, "entries.1.action"), ==, "meeting.update");
	g_assert_cmpstr (text_at (&list, "entries.1.result"), ==, "done");
	g_assert_cmpstr (text_at (&list, "entries.1.actor"), ==, owner.id);
	g_assert_cmpstr (text_at (&list, "entries.1.detail.fields.0"), ==, "title");
	g_autofree char *shown = json_dumps (list.body, 0);
	g_assert_null (strstr (shown, "swordfish"));
	g_auto (Answer) by_key = ask (fixture, API_GET, "/api/v1/audit?limit=1", everywhere, NULL);
	g_assert_cmpint (by_key.status, ==, 200);
	g_assert_nonnull (text_at (&by_key, "next_cursor"));
	g_auto (Answer) not_for_users = ask (fixture, API_GET, "/api/v1/audit", owner.token, NULL);
	g_assert_cmpint (not_for_users.status, ==, 403);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/roles/tokens", test_tokens);
	g_test_add_func ("/roles/accounts", test_accounts);
	g_test_add_func ("/roles/outsiders", test_outsiders);
	g_test_add_func ("/roles/room-is-asked", test_room_is_asked);
	g_test_add_func ("/roles/settings-reach-the-room", test_settings_reach_the_room);
	g_test_add_func ("/roles/members", test_members);
	g_test_add_func ("/roles/ended-session", test_ended_session);
	g_test_add_func ("/roles/seats", test_seats);
	g_test_add_func ("/roles/seats-do-not-last", test_seats_do_not_last);
	g_test_add_func ("/roles/password-and-guests", test_password_and_guests);
	g_test_add_func ("/roles/guessing", test_guessing);
	g_test_add_func ("/roles/removed", test_removed);
	g_test_add_func ("/roles/audit", test_audit);
	return g_test_run ();
}
