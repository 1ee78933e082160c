#include "members.h"

#include "curia-clock.h"
#include "curia-store-accounts.h"
#include "curia-store-members.h"
#include "meetings.h"
#include "schema.h"

#define LIST_DEFAULT 50

/* ---- what requests and answers carry ---- */

#define MEMBER_ROLES "viewer|participant|moderator|host" /* the owner is the one who made it */
#define ROLE(required_) \
	{ .name = "role", .type = CURIA_FIELD_STRING, .required = required_, .allowed = MEMBER_ROLES, \
		.doc = "What the account is in the meeting." }

const CuriaField api_member_add_fields[] = {
	STRING ("email", TRUE, 3, 254, "The account's e-mail address."),
	ROLE (TRUE),
	{ 0 },
};

const CuriaField api_member_set_fields[] = { ROLE (TRUE), { 0 } };

#define MEMBER_FIELDS \
	STRING ("account", TRUE, 0, 0, "The account's id."), \
	STRING ("email", TRUE, 0, 0, "Its e-mail address."), \
	STRING ("name", TRUE, 0, 0, "Its name."), \
	ROLE (TRUE), \
	STRING ("added_at", TRUE, 0, 0, "RFC 3339, UTC.")

static const CuriaField member_fields[] = { MEMBER_FIELDS, { 0 } };
static const CuriaField members_fields[] = {
	ARRAY ("members", member_fields, "In the order in which they were added; at most 1000."),
	{ 0 },
};

static const CuriaField mine_item[] = {
	STRING ("id", TRUE, 0, 0, "The meeting's id."),
	STRING ("code", TRUE, 0, 0, "The public name, as in the link."),
	STRING ("title", TRUE, 0, 0, "Empty when none was given."),
	{ .name = "state", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "open|ended", .doc = "Nobody can join an ended one." },
	STRING ("created_at", TRUE, 0, 0, "RFC 3339, UTC."),
	STRING ("ended_at", FALSE, 0, 0, "RFC 3339, UTC; null while open."),
	STRING ("url", TRUE, 0, 0, "The link to give to people."),
	{ .name = "role", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = CURIA_ROLE_NAMES, .doc = "What the account is in it." },
	{ .name = "settings", .type = CURIA_FIELD_OBJECT, .required = TRUE, .doc = "How the meeting is run, as in Meeting." },
	{ 0 },
};

static const CuriaField mine_fields[] = {
	ARRAY ("meetings", mine_item, "Newest first."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for the following meetings; null at the end."),
	{ 0 },
};

const ApiSchema api_member_schema = { "Member", "An account with a role of its own in a meeting.", member_fields };
const ApiSchema api_members_schema = { "MemberList", "The members of a meeting.", members_fields };
const ApiSchema api_my_meetings_schema = { "MyMeetings", "A page of the meetings of an account.", mine_fields };

/* ---- members ---- */

static CuriaStore *
store_of (const ApiCall *call)
{
	return curia_node_store (call->request->node);
}

static json_t *
member_to_json (const CuriaMember *member)
{
	g_autofree char *added = curia_clock_rfc3339 (member->added_ms);
	return json_pack ("{s:s, s:s, s:s, s:s, s:s}", "account", member->account, "email", member->email, "name", member->name, "role",
		curia_role_name (member->role), "added_at", added);
}

gboolean
api_members_list (ApiCall *call, GError **error)
{
	g_autoptr (GPtrArray) found = curia_store_member_list (store_of (call), call->caller.meeting->id, error);
	if (found == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < found->len; i++)
		json_array_append_new (list, member_to_json (found->pdata[i]));
	call->response->body = json_pack ("{s:o}", "members", list);
	return TRUE;
}

static gboolean
answer (ApiCall *call, const char *account, GError **error)
{
	g_autoptr (GPtrArray) found = curia_store_member_list (store_of (call), call->caller.meeting->id, error);
	for (guint i = 0; found != NULL && i < found->len; i++) {
		const CuriaMember *member = found->pdata[i];
		if (g_str_equal (member->account, account))
			call->response->body = member_to_json (member);
	}
	return call->response->body != NULL
		|| (found != NULL && curia_throw (error, CURIA_ERROR_NOT_FOUND, "This account is no member of the meeting"));
}

/* Nobody gives more than they have; and a member who is more than the caller is not theirs to change. */
static gboolean
check_promotion (const ApiCall *call, const char *account, CuriaRole given, GError **error)
{
	int now = account != NULL ? curia_store_member_role (store_of (call), call->caller.meeting->id, account, error) : -1;
	if (now < -1)
		return FALSE;
	return curia_rules_check_promotion (call->caller.role, now >= 0 ? (CuriaRole) now : CURIA_ROLE_VIEWER, given, error);
}

static gboolean
set (ApiCall *call, CuriaMemberKey who, GError **error)
{
	CuriaRole role = CURIA_ROLE_VIEWER;
	g_autofree char *account = NULL;
	curia_role_parse (curia_json_string (call->body, "role", ""), &role); /* it is one: the table allows no other */
	return check_promotion (call, who.account, role, error)
		&& curia_store_member_set (store_of (call), call->caller.meeting->id, who, role, call->now_ms, &account, error)
		&& answer (call, account, error);
}

gboolean
api_members_add (ApiCall *call, GError **error)
{
	g_autofree char *email = curia_account_email (curia_json_string (call->body, "email", ""));
	/* anybody can make a meeting and be its host: such a one must not find out who has an account here */
	if (call->claims->identity != NULL && g_str_has_prefix (call->claims->identity, "host:"))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "Members are added by address only by who is signed in, or by an application");
	if (email == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "email must be an e-mail address");
	return set (call, (CuriaMemberKey) { .email = email }, error);
}

gboolean
api_members_set (ApiCall *call, GError **error)
{
	return set (call, (CuriaMemberKey) { .account = api_call_parameter (call, "account") }, error);
}

gboolean
api_members_remove (ApiCall *call, GError **error)
{
	const char *account = api_call_parameter (call, "account");
	return check_promotion (call, account, CURIA_ROLE_VIEWER, error) && answer (call, account, error)
		&& curia_store_member_remove (store_of (call), call->caller.meeting->id, account, error);
}

/* ---- one's own meetings ---- */

/* As a member, or as the owner, which is more. */
static gboolean
add_mine (ApiCall *call, const CuriaMeeting *meeting, json_t *list, GError **error)
{
	const char *account = call->caller.account->account;
	gboolean owner = g_str_equal (meeting->owner, account);
	int role = owner ? (int) CURIA_ROLE_OWNER : curia_store_member_role (store_of (call), meeting->id, account, error);
	if (role < -1)
		return FALSE;
	json_t *object = api_meetings_to_json (meeting, call->request);
	json_object_set_new (object, "role", json_string (curia_role_name (role >= 0 ? (CuriaRole) role : CURIA_ROLE_PARTICIPANT)));
	json_array_append_new (list, object);
	return TRUE;
}

gboolean
api_members_meetings (ApiCall *call, GError **error)
{
	g_autofree char *next = NULL;
	g_autoptr (GPtrArray) found = curia_store_meeting_list_of (store_of (call), call->caller.account->account,
		(int) curia_json_int (call->query, "limit", LIST_DEFAULT), curia_json_string (call->query, "cursor", NULL), &next, error);
	json_auto_t *list = json_array ();
	for (guint i = 0; found != NULL && i < found->len; i++)
		if (!add_mine (call, found->pdata[i], list, error))
			return FALSE;
	if (found != NULL)
		call->response->body = json_pack ("{s:O, s:s?}", "meetings", list, "next_cursor", next);
	return found != NULL;
}
