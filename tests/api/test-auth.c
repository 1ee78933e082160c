/* Who may do what. */
#include "transports/api/auth.h"

#include <string.h>

#include "rest-fixture.h"

#define CODE "abcd-efgh-jkmn"
#define OK (-1)

typedef struct {
	ApiNeed need;
	const char *grants; /* NULL: no token */
	const char *room;
	gboolean guests;
	int error;
} Row;

static const Row rows[] = {
	{ API_NEED_NOTHING, NULL, NULL, FALSE, OK },
	{ API_NEED_NOTHING, "", "other", FALSE, OK },
	{ API_NEED_CREATE, NULL, NULL, TRUE, OK },
	{ API_NEED_CREATE, NULL, NULL, FALSE, CURIA_ERROR_UNAUTHORIZED },
	{ API_NEED_CREATE, "c", NULL, FALSE, OK },
	{ API_NEED_CREATE, "jal", NULL, TRUE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_LIST, "l", NULL, FALSE, OK },
	{ API_NEED_LIST, "cja", NULL, FALSE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_LIST, NULL, NULL, FALSE, CURIA_ERROR_UNAUTHORIZED },
	{ API_NEED_ACTION, "a", NULL, FALSE, OK },
	{ API_NEED_ACTION, "a", "", FALSE, OK },
	{ API_NEED_ACTION, "a", CODE, FALSE, OK },
	{ API_NEED_ACTION, "a", "ABCDEFGHJKMN", FALSE, OK },
	{ API_NEED_ACTION, "a", "aaaa-aaaa-aaaa", FALSE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_ACTION, "a", "abcd", FALSE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_ACTION, "cl", CODE, FALSE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_ACTION, "j", CODE, FALSE, OK }, /* the role decides */
	{ API_NEED_ACTION, NULL, NULL, FALSE, CURIA_ERROR_UNAUTHORIZED },
	{ API_NEED_SERVER, "a", NULL, FALSE, OK },
	{ API_NEED_SERVER, "a", "", FALSE, OK },
	{ API_NEED_SERVER, "a", CODE, FALSE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_SERVER, "jcl", NULL, FALSE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_SERVER, NULL, NULL, FALSE, CURIA_ERROR_UNAUTHORIZED },
	{ API_NEED_JOIN, "j", CODE, FALSE, OK },
	{ API_NEED_JOIN, "a", CODE, FALSE, OK },
	{ API_NEED_JOIN, "j", "aaaa-aaaa-aaaa", TRUE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_JOIN, "cl", NULL, TRUE, CURIA_ERROR_FORBIDDEN },
	{ API_NEED_JOIN, NULL, NULL, TRUE, OK },
	{ API_NEED_JOIN, NULL, NULL, FALSE, CURIA_ERROR_UNAUTHORIZED },
};

static void
test_decide (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		const Row *row = &rows[i];
		g_autoptr (CuriaClaims) claims = row->grants != NULL ? curia_claims_new () : NULL;
		g_autoptr (GError) error = NULL;
		if (claims != NULL) {
			claims->room = g_strdup (row->room);
			claims->room_create = strchr (row->grants, 'c') != NULL;
			claims->room_list = strchr (row->grants, 'l') != NULL;
			claims->room_admin = strchr (row->grants, 'a') != NULL;
			claims->room_join = strchr (row->grants, 'j') != NULL;
		}
		gboolean may = api_auth_decide (row->need, claims, CODE, row->guests, &error);
		g_test_message ("row %u", i);
		g_assert_cmpint (may, ==, row->error == OK);
		if (!may)
			g_assert_error (error, CURIA_ERROR, row->error);
	}
}

static void
test_header (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *token = token_of ("roomList", NULL, "app", NULL);
	static const struct {
		const char *before, *after;
		int status;
	} forms[] = {
		{ "Bearer ", "", 200 }, { "bearer ", "", 200 }, { "BEARER   ", "", 200 }, { "", "", 401 }, { "Basic ", "", 401 },
		{ "Bearer", "", 401 }, { "Bearer ", "x", 401 }, { "Bearer x", "", 401 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
		g_autofree char *authorization = g_strconcat (forms[i].before, token, forms[i].after, NULL);
		ApiRequest request = request_new (fixture, API_GET, "/api/v1/meetings");
		request.authorization = authorization;
		g_auto (Answer) answer = ask_raw (&request);
		g_assert_cmpint (answer.status, ==, forms[i].status);
	}
	/* Signatures that are too short, too long, or no base64url; under valgrind these also show that nothing reads past. */
	static const char *const signatures[] = { "", ".", ".YQ", ".YWJj", ".!!!!", ".A", ".AAAA\xc3\xa4", "AAAA", "=" };
	for (guint i = 0; i < G_N_ELEMENTS (signatures); i++) {
		g_autofree char *body = g_strndup (token, strrchr (token, '.') - token);
		g_autofree char *authorization = g_strconcat ("Bearer ", signatures[i][0] == '.' ? body : token, signatures[i], NULL);
		ApiRequest request = request_new (fixture, API_GET, "/api/v1/meetings");
		request.authorization = authorization;
		g_auto (Answer) answer = ask_raw (&request);
		g_assert_cmpint (answer.status, ==, signatures[i][0] != '\0' ? 401 : 200);
	}
	static const char *const empty[] = { "", "Bearer", "Bearer ", " ", "Bearer \xff\xfe" };
	for (guint i = 0; i < G_N_ELEMENTS (empty); i++) {
		ApiRequest request = request_new (fixture, API_GET, "/api/v1/meetings");
		request.authorization = empty[i];
		g_auto (Answer) answer = ask_raw (&request);
		g_assert_cmpint (answer.status, ==, 401);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/auth/decide", test_decide);
	g_test_add_func ("/auth/header", test_header);
	return g_test_run ();
}
