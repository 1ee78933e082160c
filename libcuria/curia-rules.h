/* curia-rules.h: who may do what in a meeting: the one table that room, chat and API ask.
 * Thread: any (the table is const). Ownership: nothing here owns anything. */
#ifndef CURIA_RULES_H
#define CURIA_RULES_H

#include <glib.h>

/* In rank order: who is more may all that those below may. */
#define CURIA_ROLES(X) X (VIEWER, "viewer") X (PARTICIPANT, "participant") X (MODERATOR, "moderator") X (HOST, "host") X (OWNER, "owner")
#define CURIA_ROLE_NAMES "viewer|participant|moderator|host|owner"

typedef enum {
#define X(symbol, name) CURIA_ROLE_##symbol,
	CURIA_ROLES (X)
#undef X
	CURIA_N_ROLES
} CuriaRole;

/* A meeting's word on who may do something; it can only narrow what the table allows. */
#define CURIA_POLICY_NAMES "everybody|moderators|hosts|nobody"
typedef enum {
	CURIA_POLICY_EVERYBODY,
	CURIA_POLICY_MODERATORS, /* and above */
	CURIA_POLICY_HOSTS,      /* and the owner */
	CURIA_POLICY_NOBODY,
	CURIA_N_POLICIES
} CuriaPolicy;

#define CURIA_WAITING_NAMES "off|guests|everybody"
typedef enum {
	CURIA_WAITING_OFF,
	CURIA_WAITING_GUESTS,    /* who has no account and no token of an application */
	CURIA_WAITING_EVERYBODY, /* but moderators and above */
	CURIA_N_WAITING
} CuriaWaiting;

/* What a meeting's owner decides about it. */
typedef struct {
	CuriaPolicy share_screen, chat, unmute, rename, record;
	CuriaWaiting waiting_room;
	gboolean locked;           /* nobody new comes in but moderators and above */
	gboolean join_before_host; /* FALSE: all others wait until a moderator or above is in */
	gboolean mute_on_entry;
	gboolean guests;           /* FALSE: only who has an account or a token of an application */
	int end_when_empty_min;    /* the meeting ends for good when it was empty for so long. 0: never */
} CuriaRules;

extern const CuriaRules curia_rules_default;

/* X (symbol, name, least role, policy that narrows it or NONE) */
#define CURIA_ACTIONS(X)                                        \
	X (SPEAK, "speak", PARTICIPANT, NONE)                       \
	X (SHOW, "show", PARTICIPANT, NONE)                         \
	X (SHARE_SCREEN, "share-screen", PARTICIPANT, share_screen) \
	X (UNMUTE, "unmute", PARTICIPANT, unmute)                   \
	X (RENAME, "rename", VIEWER, rename)                        \
	X (CHAT, "chat", VIEWER, chat)                              \
	X (RAISE_HAND, "raise-hand", VIEWER, NONE)                  \
	X (REACT, "react", VIEWER, NONE)                            \
	X (RECORD, "record", PARTICIPANT, record)                   \
	X (MUTE_OTHERS, "mute-others", MODERATOR, NONE)             \
	X (REMOVE, "remove", MODERATOR, NONE)                       \
	X (ADMIT, "admit", MODERATOR, NONE)                         \
	X (LOWER_HANDS, "lower-hands", MODERATOR, NONE)             \
	X (SPOTLIGHT, "spotlight", MODERATOR, NONE)                 \
	X (LOCK, "lock", MODERATOR, NONE)                           \
	X (CHANGE_ROLES, "change-roles", HOST, NONE)                \
	X (CHANGE_SETTINGS, "change-settings", HOST, NONE)          \
	X (END, "end", HOST, NONE)

typedef enum {
#define X(symbol, name, least, policy) CURIA_ACTION_##symbol,
	CURIA_ACTIONS (X)
#undef X
	CURIA_N_ACTIONS
} CuriaAction;

const char *curia_role_name (CuriaRole role);
/* FALSE when there is no such role. */
gboolean curia_role_parse (const char *name, CuriaRole *role);
const char *curia_action_name (CuriaAction action);

/* Whether a role may do something in a meeting with these rules. [any] */
gboolean curia_rules_allow (const CuriaRules *self, CuriaRole role, CuriaAction action);
/* The same, FORBIDDEN saying who may. [any] */
gboolean curia_rules_check (const CuriaRules *self, CuriaRole role, CuriaAction action, GError **error);
/* Whether somebody may do it to somebody else: only to those of lower rank; hosts and owners also to their own. */
gboolean curia_rules_check_target (CuriaRole actor, CuriaRole target, GError **error);
/* Whether `actor` may give `target` the role `given`: never more than its own. */
gboolean curia_rules_check_promotion (CuriaRole actor, CuriaRole target, CuriaRole given, GError **error);

#endif
