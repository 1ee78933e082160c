#include "curia-rules.h"

#include "curia-error.h"

#define NO_POLICY G_MAXSIZE
#define offset_NONE NO_POLICY
#define offset_share_screen G_STRUCT_OFFSET (CuriaRules, share_screen)
#define offset_chat G_STRUCT_OFFSET (CuriaRules, chat)
#define offset_unmute G_STRUCT_OFFSET (CuriaRules, unmute)
#define offset_rename G_STRUCT_OFFSET (CuriaRules, rename)
#define offset_record G_STRUCT_OFFSET (CuriaRules, record)

const CuriaRules curia_rules_default = {
	.record = CURIA_POLICY_HOSTS,
	.join_before_host = TRUE,
	.guests = TRUE,
};

static const char *const role_names[] = {
#define X(symbol, name) [CURIA_ROLE_##symbol] = name,
	CURIA_ROLES (X)
#undef X
};

static const struct {
	const char *name;
	CuriaRole least;
	gsize policy; /* offset of the setting that narrows it, or NO_POLICY */
} actions[] = {
#define X(symbol, name, least, policy) [CURIA_ACTION_##symbol] = { name, CURIA_ROLE_##least, offset_##policy },
	CURIA_ACTIONS (X)
#undef X
};

/* The least role that a policy lets through; NOBODY is above all. */
static const CuriaRole policy_least[] = {
	[CURIA_POLICY_EVERYBODY] = CURIA_ROLE_VIEWER,
	[CURIA_POLICY_MODERATORS] = CURIA_ROLE_MODERATOR,
	[CURIA_POLICY_HOSTS] = CURIA_ROLE_HOST,
	[CURIA_POLICY_NOBODY] = CURIA_N_ROLES,
};

const char *
curia_role_name (CuriaRole role)
{
	return role_names[role];
}

gboolean
curia_role_parse (const char *name, CuriaRole *role)
{
	for (guint i = 0; name != NULL && i < CURIA_N_ROLES; i++)
		if (g_str_equal (role_names[i], name)) {
			*role = i;
			return TRUE;
		}
	return FALSE;
}

const char *
curia_action_name (CuriaAction action)
{
	return actions[action].name;
}

static CuriaRole
least_role (const CuriaRules *self, CuriaAction action)
{
	CuriaRole least = actions[action].least;

	if (actions[action].policy == NO_POLICY)
		return least;
	return MAX (least, policy_least[G_STRUCT_MEMBER (CuriaPolicy, self, actions[action].policy)]);
}

gboolean
curia_rules_allow (const CuriaRules *self, CuriaRole role, CuriaAction action)
{
	return role >= least_role (self, action);
}

gboolean
curia_rules_check (const CuriaRules *self, CuriaRole role, CuriaAction action, GError **error)
{
	CuriaRole least = least_role (self, action);

	if (role >= least)
		return TRUE;
	if (least == CURIA_N_ROLES)
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "%s is switched off in this meeting", actions[action].name);
	return curia_throw (error, CURIA_ERROR_FORBIDDEN, "%s is for %ss and above in this meeting, not for a %s",
		actions[action].name, role_names[least], role_names[role]);
}

gboolean
curia_rules_check_target (CuriaRole actor, CuriaRole target, GError **error)
{
	if (target < actor || (target == actor && actor >= CURIA_ROLE_HOST))
		return TRUE;
	return curia_throw (error, CURIA_ERROR_FORBIDDEN, "a %s may not do this to a %s", role_names[actor], role_names[target]);
}

gboolean
curia_rules_check_promotion (CuriaRole actor, CuriaRole target, CuriaRole given, GError **error)
{
	if (!curia_rules_check_target (actor, target, error))
		return FALSE;
	return given <= actor
		|| curia_throw (error, CURIA_ERROR_FORBIDDEN, "a %s may not make anybody %s", role_names[actor], role_names[given]);
}
