/* Who may do what: every cell of the table. */
#include "curia-rules.h"

#include <string.h>

#include "curia-error.h"

/* By action, for viewer, participant, moderator, host, owner: y, -, or the letter of the policy that decides. */
static const struct {
	const char *action, *cells;
} table[] = {
	{ "speak", "-yyyy" },       { "show", "-yyyy" },       { "share-screen", "-pppp" },    { "unmute", "-pppp" },
	{ "rename", "ppppp" },      { "chat", "ppppp" },       { "raise-hand", "yyyyy" },      { "react", "yyyyy" },
	{ "record", "-pppp" },      { "mute-others", "--yyy" }, { "remove", "--yyy" },         { "admit", "--yyy" },
	{ "lower-hands", "--yyy" }, { "spotlight", "--yyy" },  { "lock", "--yyy" },            { "change-roles", "---yy" },
	{ "change-settings", "---yy" }, { "end", "---yy" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (table) == CURIA_N_ACTIONS);

/* By policy: who is let through. */
static const char *const let_through[] = {
	[CURIA_POLICY_EVERYBODY] = "yyyyy",
	[CURIA_POLICY_MODERATORS] = "--yyy",
	[CURIA_POLICY_HOSTS] = "---yy",
	[CURIA_POLICY_NOBODY] = "-----",
};

static gboolean
expected (guint action, guint role, CuriaPolicy policy)
{
	char cell = table[action].cells[role];

	return cell == 'y' || (cell == 'p' && let_through[policy][role] == 'y');
}

static void
test_cells (void)
{
	for (CuriaPolicy policy = 0; policy < CURIA_N_POLICIES; policy++) {
		CuriaRules rules = curia_rules_default;

		rules.share_screen = rules.chat = rules.unmute = rules.rename = rules.record = policy;
		for (guint action = 0; action < CURIA_N_ACTIONS; action++)
			for (guint role = 0; role < CURIA_N_ROLES; role++) {
				g_autoptr (GError) error = NULL;
				gboolean may = curia_rules_allow (&rules, role, action);

				g_assert_cmpstr (curia_action_name (action), ==, table[action].action);
				g_assert_cmpint (may, ==, expected (action, role, policy));
				g_assert_cmpint (curia_rules_check (&rules, role, action, &error), ==, may);
				if (!may)
					g_assert_error (error, CURIA_ERROR, CURIA_ERROR_FORBIDDEN);
			}
	}
}

/* Each policy narrows its own action and no other. */
static void
test_policies_are_apart (void)
{
	static const struct {
		gsize offset;
		CuriaAction action;
	} policies[] = {
		{ G_STRUCT_OFFSET (CuriaRules, share_screen), CURIA_ACTION_SHARE_SCREEN },
		{ G_STRUCT_OFFSET (CuriaRules, chat), CURIA_ACTION_CHAT },
		{ G_STRUCT_OFFSET (CuriaRules, unmute), CURIA_ACTION_UNMUTE },
		{ G_STRUCT_OFFSET (CuriaRules, rename), CURIA_ACTION_RENAME },
		{ G_STRUCT_OFFSET (CuriaRules, record), CURIA_ACTION_RECORD },
	};

	for (guint i = 0; i < G_N_ELEMENTS (policies); i++) {
		CuriaRules rules = { 0 };

		G_STRUCT_MEMBER (CuriaPolicy, &rules, policies[i].offset) = CURIA_POLICY_NOBODY;
		for (guint action = 0; action < CURIA_N_ACTIONS; action++)
			g_assert_cmpint (
				curia_rules_allow (&rules, CURIA_ROLE_OWNER, action), ==, action != policies[i].action);
	}
}

static void
test_targets (void)
{
	/* rows: who acts; columns: on whom */
	static const char *const may[] = { "-----", "y----", "yy---", "yyyy-", "yyyyy" };

	for (guint actor = 0; actor < CURIA_N_ROLES; actor++)
		for (guint target = 0; target < CURIA_N_ROLES; target++) {
			gboolean ok = may[actor][target] == 'y';

			g_assert_cmpint (curia_rules_check_target (actor, target, NULL), ==, ok);
			for (guint given = 0; given < CURIA_N_ROLES; given++)
				g_assert_cmpint (
					curia_rules_check_promotion (actor, target, given, NULL), ==, ok && given <= actor);
		}
}

static void
test_words (void)
{
	g_autoptr (GError) error = NULL, off = NULL;
	CuriaRules rules = curia_rules_default;
	CuriaRole role;

	for (guint i = 0; i < CURIA_N_ROLES; i++) {
		g_assert_true (curia_role_parse (curia_role_name (i), &role));
		g_assert_cmpuint (role, ==, i);
	}
	g_assert_false (curia_role_parse ("king", &role));
	g_assert_false (curia_role_parse (NULL, &role));
	curia_rules_check (&rules, CURIA_ROLE_PARTICIPANT, CURIA_ACTION_LOCK, &error);
	g_assert_cmpstr (error->message, ==, "lock is for moderators and above in this meeting, not for a participant");
	rules.chat = CURIA_POLICY_NOBODY;
	curia_rules_check (&rules, CURIA_ROLE_OWNER, CURIA_ACTION_CHAT, &off);
	g_assert_cmpstr (off->message, ==, "chat is switched off in this meeting");
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/rules/cells", test_cells);
	g_test_add_func ("/rules/policies-are-apart", test_policies_are_apart);
	g_test_add_func ("/rules/targets", test_targets);
	g_test_add_func ("/rules/words", test_words);
	return g_test_run ();
}
