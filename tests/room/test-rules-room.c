/* Who may do what, cell by cell: role x action x policy, through the built module against a fake core. The cells are written
 * out here, so that a changed table is seen. */
#include "config.h"

#include "tests/room/ruled.h"

#define N_ROLES CURIA_N_ROLES
#define N_POLICIES CURIA_N_POLICIES

static const char *const policies[N_POLICIES] = { "everybody", "moderators", "hosts", "nobody" };

/* Of viewer, participant, moderator, host and owner: x may, - may not. One row of cells for each policy. */
typedef struct {
	const char *action;
	const char *cells[N_POLICIES];
} Row;

#define ALWAYS(cells) { cells, cells, cells, cells }

static const Row rows[] = {
	{ "speak", ALWAYS ("-xxxx") },
	{ "show", ALWAYS ("-xxxx") },
	{ "share-screen", { "-xxxx", "--xxx", "---xx", "-----" } },
	{ "unmute", { "-xxxx", "--xxx", "---xx", "-----" } },
	{ "rename", { "xxxxx", "--xxx", "---xx", "-----" } },
	{ "chat", { "xxxxx", "--xxx", "---xx", "-----" } },
	{ "raise-hand", ALWAYS ("xxxxx") },
	{ "react", ALWAYS ("xxxxx") },
	{ "record", { "-xxxx", "--xxx", "---xx", "-----" } },
	{ "mute-others", ALWAYS ("--xxx") },
	{ "remove", ALWAYS ("--xxx") },
	{ "admit", ALWAYS ("--xxx") },
	{ "lower-hands", ALWAYS ("--xxx") },
	{ "spotlight", ALWAYS ("--xxx") },
	{ "lock", ALWAYS ("--xxx") },
	{ "change-roles", ALWAYS ("---xx") },
	{ "change-settings", ALWAYS ("---xx") },
	{ "end", ALWAYS ("---xx") },
};

static gboolean may (const char *action, int policy, int role)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (g_str_equal (rows[i].action, action))
			return rows[i].cells[policy][role] == 'x';
	g_assert_not_reached ();
}

/* Requests that a right lets through. $1: somebody of the lowest rank but one, $2: who waits. */
static const struct {
	const char *action, *body, *answer;
} requests[] = {
	{ "rename", "{'request':'rename','name':'Zoe'}", "renamed" },
	{ "rename", "{'request':'configure','name':'Zoe B'}", "configured" },
	{ "raise-hand", "{'request':'raise_hand','raised':true}", "hand" },
	{ "react", "{'request':'react','emoji':'👍'}", "reacted" },
	{ "mute-others", "{'request':'moderate','action':'mute','participant':'$1','source':'microphone'}", "moderated" },
	{ "mute-others", "{'request':'moderate','action':'mute','all':true,'source':'microphone'}", "moderated" },
	{ "mute-others", "{'request':'moderate','action':'ask_unmute','participant':'$1','source':'microphone'}", "moderated" },
	{ "mute-others", "{'request':'moderate','action':'stop','participant':'$1','source':'camera'}", "moderated" },
	{ "lower-hands", "{'request':'moderate','action':'lower_hand','participant':'$1'}", "moderated" },
	{ "lower-hands", "{'request':'moderate','action':'lower_hand','all':true}", "moderated" },
	{ "spotlight", "{'request':'moderate','action':'spotlight','participants':['$1']}", "moderated" },
	{ "lock", "{'request':'moderate','action':'lock','locked':true}", "moderated" },
	{ "admit", "{'request':'moderate','action':'admit','id':'$2'}", "moderated" },
	{ "admit", "{'request':'moderate','action':'deny','all':true}", "moderated" },
	{ "change-roles", "{'request':'moderate','action':'role','participant':'$1','role':'viewer'}", "moderated" },
	{ "remove", "{'request':'moderate','action':'remove','participant':'$1'}", "moderated" },
	{ "end", "{'request':'moderate','action':'end'}", "moderated" },
};

static void check_can (json_t *can, int policy, int role)
{
	gsize n = 0;
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		gboolean allowed = rows[i].cells[policy][role] == 'x';
		g_assert_cmpint (has_word (at (can, "actions"), rows[i].action), ==, allowed);
		n += allowed;
	}
	g_assert_cmpuint (json_array_size (at (can, "actions")), ==, n);
	g_assert_cmpuint (json_array_size (at (can, "publish")), ==, role == CURIA_ROLE_VIEWER ? 0 : 4);
}

/* The answer to publishing one source that is not muted. */
static Json *publish_one (Person *self, const char *mid, const char *source)
{
	g_autofree char *offer = fake_offer ("as vs vs as"), *answer = NULL;
	return fake_request (self->publish, json_pack ("{s:s s:[{s:s s:s s:b}]}", "request", "publish", "tracks", "mid", mid, "source", source,
		"muted", 0), offer, &answer);
}

/* Sources in `publish`, and switched on in `configure`. */
static void check_sources (Person *self, int policy, int role)
{
	static const struct {
		const char *action, *mid, *source;
	} sources[] = {
		{ "show", "1", "camera" }, { "share-screen", "2", "screen_share" }, { "share-screen", "3", "screen_share_audio" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
		g_autoptr (Json) answer = publish_one (self, sources[i].mid, sources[i].source);
		if (may (sources[i].action, policy, role))
			assert_room (answer, "published");
		else
			assert_error (answer, CURIA_ERROR_FORBIDDEN, NULL);
	}
	g_autoptr (Json) microphone = publish_one (self, "0", "microphone");
	if (!may ("speak", policy, role)) {
		assert_error (microphone, CURIA_ERROR_FORBIDDEN, NULL);
		return;
	}
	assert_room (microphone, "published"); /* muted, where it may not be on */
	g_assert_cmpint (json_is_false (at (microphone, "tracks.0.muted")), ==, may ("unmute", policy, role));
	ruled_publish_muted (self);
	static const char *const switched[][2] = { { "unmute", "microphone" }, { "show", "camera" }, { "share-screen", "screen_share" } };
	for (guint i = 0; i < G_N_ELEMENTS (switched); i++) {
		g_autoptr (Json) answer = ruled_ask (self, "{'request':'configure','tracks':[{'source':'$1','muted':false}]}", switched[i][1], NULL);
		if (may (switched[i][0], policy, role))
			assert_room (answer, "configured");
		else
			assert_error (answer, CURIA_ERROR_FORBIDDEN, NULL);
	}
}

static void check_requests (Person *self, const char *target, const char *waits, int policy, int role)
{
	for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
		g_autoptr (Json) answer = ruled_ask (self, requests[i].body, target, waits);
		g_test_message ("%s", requests[i].body);
		if (may (requests[i].action, policy, role))
			assert_room (answer, requests[i].answer);
		else
			assert_error (answer, CURIA_ERROR_FORBIDDEN, NULL);
	}
}

static void check_cell (int policy, int role)
{
	CuriaRules rules = curia_rules_default;
	rules.share_screen = rules.chat = rules.unmute = rules.rename = rules.record = policy;
	g_test_message ("a %s, %s", curia_role_name (role), policies[policy]);
	g_autofree char *code = ruled_meeting (&rules);
	g_auto (Person) actor = ruled_join (code, "actor", role);
	g_auto (Person) target = ruled_join (code, "target", CURIA_ROLE_PARTICIPANT);
	g_assert_cmpstr (text (actor.joined, "you.role"), ==, curia_role_name (role));
	g_assert_cmpstr (text (actor.joined, "settings.unmute"), ==, policies[policy]);
	check_can (at (actor.joined, "you.can"), policy, role);
	check_sources (&actor, policy, role);
	ruled_publish_muted (&target);
	ruled_do (&target, "{'request':'raise_hand','raised':true}", NULL, NULL, "hand");
	ruled_set (code, "{'waiting_room':'everybody'}");
	g_autoptr (CuriaClaims) claims = ruled_claims (code, "late", CURIA_ROLE_PARTICIPANT);
	g_auto (Person) late = ruled_try (claims);
	assert_room (late.joined, "waiting");
	check_requests (&actor, target.id, text (late.joined, "id"), policy, role);
	person_leave (&late);
	person_leave (&target);
	person_leave (&actor);
}

static void test_cells (void)
{
	for (int policy = 0; policy < N_POLICIES; policy++)
		for (int role = 0; role < N_ROLES; role++)
			check_cell (policy, role);
}

/* A settings event tells anew what one may do, and the meeting is as it says from then on. */
static void test_policies_change (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	Person people[N_ROLES];
	for (int role = 0; role < N_ROLES; role++)
		people[role] = ruled_join (code, curia_role_name (role), role);
	for (int policy = 1; policy <= N_POLICIES; policy++) { /* the first is the last */
		g_autofree char *settings = g_strdup_printf ("{'share_screen':'%1$s','chat':'%1$s','unmute':'%1$s','rename':'%1$s','record':'%1$s'}",
			policies[policy % N_POLICIES]);
		ruled_set (code, settings);
		for (int role = 0; role < N_ROLES; role++) {
			g_autoptr (Json) event = fake_wait_event (people[role].publish, "settings", FAKE_WAIT_MS);
			g_autoptr (Json) sync = ruled_ask (&people[role], "{'request':'sync'}", NULL, NULL);
			g_assert_cmpstr (text (event, "settings.rename"), ==, policies[policy % N_POLICIES]);
			g_assert_cmpstr (text (event, "role"), ==, curia_role_name (role));
			check_can (at (event, "can"), policy % N_POLICIES, role);
			check_can (at (sync, "can"), policy % N_POLICIES, role);
			g_assert_cmpstr (text (sync, "settings.chat"), ==, policies[policy % N_POLICIES]);
		}
	}
	for (int role = 0; role < N_ROLES; role++) {
		person_leave (&people[role]);
		person_clear (&people[role]);
	}
}

/* Rows: who does it; columns: to whom, another person. */
static const char *const ranks[N_ROLES] = { "-----", "-----", "xx---", "xxxx-", "xxxxx" };

static void test_targets (void)
{
	static const char *const bodies[] = {
		"{'request':'moderate','action':'mute','participant':'$1','source':'microphone'}",
		"{'request':'moderate','action':'ask_unmute','participant':'$1','source':'microphone'}",
		"{'request':'moderate','action':'stop','participant':'$1','source':'camera'}",
		"{'request':'moderate','action':'lower_hand','participant':'$1'}",
		"{'request':'moderate','action':'remove','participant':'$1'}",
	};
	for (int role = 0; role < N_ROLES; role++) {
		g_autofree char *code = ruled_meeting (&curia_rules_default);
		g_auto (Person) actor = ruled_join (code, "actor", role);
		for (int other = CURIA_ROLE_PARTICIPANT; other < N_ROLES; other++) {
			g_auto (Person) target = ruled_join (code, curia_role_name (other), other);
			ruled_publish_muted (&target);
			for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
				g_autoptr (Json) answer = ruled_ask (&actor, bodies[i], target.id, NULL);
				g_test_message ("a %s to a %s: %s", curia_role_name (role), curia_role_name (other), bodies[i]);
				if (ranks[role][other] == 'x')
					assert_room (answer, "moderated");
				else
					assert_error (answer, CURIA_ERROR_FORBIDDEN, NULL);
			}
			person_leave (&target);
		}
		person_leave (&actor);
	}
}

static void test_promotions (void)
{
	CuriaRules rules = curia_rules_default;
	rules.record = CURIA_POLICY_EVERYBODY;
	for (int role = 0; role < N_ROLES; role++) {
		g_autofree char *code = ruled_meeting (&rules);
		g_auto (Person) actor = ruled_join (code, "actor", role);
		for (int before = 0; before < N_ROLES; before++) {
			for (int given = 0; given < N_ROLES; given++) {
				g_autofree char *name = g_strdup_printf ("%d-%d", before, given);
				g_auto (Person) target = ruled_join (code, name, before);
				gboolean allowed = role >= CURIA_ROLE_HOST && ranks[role][before] == 'x' && given <= role;
				g_autoptr (Json) answer = ruled_ask (&actor, "{'request':'moderate','action':'role','participant':'$1','role':'$2'}", target.id,
					curia_role_name (given));
				g_test_message ("a %s makes a %s %s", curia_role_name (role), curia_role_name (before), curia_role_name (given));
				if (allowed)
					assert_room (answer, "moderated");
				else
					assert_error (answer, CURIA_ERROR_FORBIDDEN, NULL);
				g_autoptr (Json) sync = ruled_ask (&target, "{'request':'sync'}", NULL, NULL);
				g_assert_cmpstr (text (sync, "role"), ==, curia_role_name (allowed ? given : before));
				check_can (at (sync, "can"), CURIA_POLICY_EVERYBODY, allowed ? given : before);
				person_leave (&target);
			}
		}
		person_leave (&actor);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("");
	g_test_add_func ("/rules-room/cells", test_cells);
	g_test_add_func ("/rules-room/policies-change", test_policies_change);
	g_test_add_func ("/rules-room/targets", test_targets);
	g_test_add_func ("/rules-room/promotions", test_promotions);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
