#include "config.h"
#include "plugins/room/moderation.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/hands.h"
#include "plugins/room/lasting.h"
#include "plugins/room/membership.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/publishing.h"
#include "plugins/room/rights.h"
#include "plugins/room/spotlight.h"
#include "plugins/room/standing.h"
#include "plugins/room/waiting.h"

/* One act on its way. */
typedef struct {
	Room *room;
	const Moderator *moderator;
	json_t *body;
	const char *action;
	guint affected;            /* people */
} Act;

typedef gboolean (*ActRun) (Act *act, GError **error);

/* ---- reading ---- */

static const char *word (const Act *act, const char *name)
{
	return curia_json_string (act->body, name, NULL);
}

static gboolean is_for_all (const Act *act)
{
	return curia_json_bool (act->body, "all", FALSE);
}

static Participant *lookup (Room *room, const char *id, const char *identity)
{
	return id ? room_lookup (room, participant_parse_id (id)) : g_hash_table_lookup (room->by_identity, identity);
}

/* Whoever the act names. MISSING_FIELD, NO_SUCH_SOURCE. */
static Participant *find (const Act *act, GError **error)
{
	const char *id = word (act, "participant"), *identity = word (act, "identity");
	if (!id && !identity) {
		curia_throw (error, CURIA_ERROR_MISSING_FIELD, "participant is required: whom to %s", act->action);
		return NULL;
	}
	Participant *found = lookup (act->room, id, identity);
	if (!found)
		curia_throw (error, CURIA_ERROR_NO_SUCH_SOURCE, "nobody called \"%s\" is in the meeting", id ? id : identity);
	return found;
}

/* The same, if it may be done to them; to oneself it may. */
static Participant *find_target (const Act *act, GError **error)
{
	Participant *found = find (act, error);
	if (!found || found == act->moderator->me || curia_rules_check_target (act->moderator->role, found->role, error))
		return found;
	return NULL;
}

/* The same, but not oneself. */
static Participant *find_other (const Act *act, GError **error)
{
	Participant *found = find_target (act, error);
	if (!found || found != act->moderator->me)
		return found;
	curia_throw (error, CURIA_ERROR_INVALID_FIELD, "participant must be somebody else");
	return NULL;
}

/* One of `allowed`; SOURCE_N with MISSING_FIELD or INVALID_FIELD. */
static Source find_source (const Act *act, const char *allowed, GError **error)
{
	const char *name = word (act, "source");
	if (!name)
		curia_throw (error, CURIA_ERROR_MISSING_FIELD, "source is required: one of %s", allowed);
	else if (!curia_words_contain (allowed, name))
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "source must be one of %s, not \"%s\"", allowed, name);
	else
		return source_lookup (name);
	return SOURCE_N;
}

/* ---- for the books ---- */

static void note (const Act *act, const Participant *target, const char *detail)
{
	const Moderator *moderator = act->moderator;
	notify_moderated (act->room, act->action, moderator->by, moderator->role, target ? target->claims->identity : NULL,
		word (act, "source"), detail);
}

static const char *id_of (const Moderator *moderator)
{
	return moderator->me ? moderator->me->id : NULL;
}

/* ---- what people send ---- */

static gboolean is_below (const Act *act, const Participant *participant)
{
	return participant->role < act->moderator->role && participant != act->moderator->me;
}

static void mute_all (Act *act, Source source)
{
	gint64 now_us = curia_clock_us ();
	for (guint i = 0; i < act->room->participants->len; i++) {
		Participant *target = act->room->participants->pdata[i];
		if (is_below (act, target))
			target->asked &= ~(1u << source); /* who was asked to unmute is not any more */
		if (!target->tracks[source] || target->tracks[source]->muted || !is_below (act, target))
			continue;
		publishing_mute (target, source, id_of (act->moderator), now_us, NULL);
		act->affected++;
	}
	note (act, NULL, "all");
}

static gboolean act_mute (Act *act, GError **error)
{
	Source source = find_source (act, SOURCE_NAMES, error);
	if (source == SOURCE_N)
		return FALSE;
	if (is_for_all (act)) {
		mute_all (act, source);
		return TRUE;
	}
	Participant *target = find_target (act, error);
	if (!target || !publishing_mute (target, source, id_of (act->moderator), curia_clock_us (), error))
		return FALSE;
	note (act, target, NULL);
	act->affected = 1;
	return TRUE;
}

static gboolean act_stop (Act *act, GError **error)
{
	Source source = find_source (act, "camera|screen_share", error);
	Participant *target = source == SOURCE_N ? NULL : find_target (act, error);
	if (!target || !publishing_mute (target, source, id_of (act->moderator), curia_clock_us (), error))
		return FALSE;
	if (source == SOURCE_SCREEN)
		publishing_mute (target, SOURCE_SCREEN_AUDIO, id_of (act->moderator), curia_clock_us (), NULL);
	note (act, target, NULL);
	act->affected = 1;
	return TRUE;
}

/* Who is asked may switch it on once, even where the rules leave that to moderators. */
static gboolean act_ask_unmute (Act *act, GError **error)
{
	Source source = find_source (act, "microphone|camera", error);
	Participant *target = source == SOURCE_N ? NULL : find_target (act, error);
	if (!target)
		return FALSE;
	if (!target->tracks[source])
		return curia_throw (error, CURIA_ERROR_NOT_PUBLISHED, "%s is not published", source_name (source));
	target->asked |= 1u << source;
	outbox_event (target->publish, json_pack ("{s:s s:s s:s s:s?}", "room", "asked", "action", "unmute", "source", source_name (source),
		"by", id_of (act->moderator)));
	note (act, target, NULL);
	act->affected = 1;
	return TRUE;
}

/* ---- who is in ---- */

static gboolean remember_removal (Participant *participant, const Moderator *moderator, gboolean ban, gint64 now_ms, GError **error)
{
	Standing *standing = standing_get (participant->room, participant->claims->identity, error);
	if (!standing)
		return FALSE;
	standing->removed_s = now_ms / 1000;
	standing->banned = ban;
	standing->admitted = FALSE;
	lasting_removal (participant, ban, moderator->by, now_ms);
	return TRUE;
}

gboolean moderation_remove (Participant *participant, const Moderator *moderator, gboolean ban, GError **error)
{
	if (!remember_removal (participant, moderator, ban, curia_clock_wall_ms (), error))
		return FALSE;
	notify_moderated (participant->room, "remove", moderator->by, moderator->role, participant->claims->identity, NULL,
		ban ? "banned" : NULL);
	room_kick (participant);
	return TRUE;
}

static gboolean act_remove (Act *act, GError **error)
{
	Participant *target = find_other (act, error);
	act->affected = 1;
	return target && moderation_remove (target, act->moderator, curia_json_bool (act->body, "ban", TRUE), error);
}

/* Whoever waits and is named. MISSING_FIELD, NO_SUCH_SOURCE. */
static Waiter *find_waiter (const Act *act, GError **error)
{
	const char *id = word (act, "id"), *identity = word (act, "identity");
	Waiter *found = id ? waiting_find (act->room, id) : waiting_find_identity (act->room, identity);
	if (!id && !identity)
		curia_throw (error, CURIA_ERROR_MISSING_FIELD, "id is required: whom to %s", act->action);
	else if (!found)
		curia_throw (error, CURIA_ERROR_NO_SUCH_SOURCE, "nobody called \"%s\" is waiting", id ? id : identity);
	return found;
}

static gboolean answer_waiter (Act *act, Waiter *waiter, GError **error)
{
	g_autofree char *identity = g_strdup (waiter->identity);
	if (g_str_equal (act->action, "deny"))
		waiting_turn_away (waiter, "denied");
	else if (!waiting_admit (waiter, error))
		return FALSE;
	notify_moderated (act->room, act->action, act->moderator->by, act->moderator->role, identity, NULL, NULL);
	act->affected++;
	return TRUE;
}

static gboolean act_admit_or_deny (Act *act, GError **error)
{
	if (!is_for_all (act)) {
		Waiter *waiter = find_waiter (act, error);
		return waiter && answer_waiter (act, waiter, error);
	}
	while (act->room->waiters->len > 0)
		if (!answer_waiter (act, act->room->waiters->pdata[0], error))
			return FALSE;
	return TRUE;
}

static gboolean act_role (Act *act, GError **error)
{
	Participant *target = find_other (act, error);
	CuriaRole role, before;
	if (!target)
		return FALSE;
	if (!curia_role_parse (word (act, "role"), &role))
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "role is required: one of " CURIA_ROLE_NAMES);
	if (!curia_rules_check_promotion (act->moderator->role, target->role, role, error))
		return FALSE;
	Standing *standing = standing_get (act->room, target->claims->identity, error);
	if (!standing)
		return FALSE;
	before = target->role;
	standing->has_role = TRUE;
	standing->role = target->role = role;
	note (act, target, participant_role (target));
	if (before != role) {
		notify_role (target, before, act->moderator->by);
		rights_role_changed (target, curia_clock_us ());
	}
	act->affected = 1;
	return TRUE;
}

/* ---- hands and spotlight ---- */

static gboolean act_lower_hand (Act *act, GError **error)
{
	Participant *target = is_for_all (act) ? NULL : find_target (act, error);
	if (!is_for_all (act) && !target)
		return FALSE;
	for (guint i = 0; i < act->room->participants->len; i++) {
		Participant *participant = act->room->participants->pdata[i];
		if (participant == target || (!target && is_below (act, participant)))
			act->affected += hands_raise (participant, FALSE);
	}
	note (act, target, target ? NULL : "all");
	return TRUE;
}

/* Names in `list` as numbers; ids when they are named so, else identities. */
static gboolean read_spotlight (const Act *act, json_t *list, gboolean ids, guint32 *numbers, GError **error)
{
	for (gsize i = 0; i < json_array_size (list); i++) {
		const char *name = json_string_value (json_array_get (list, i));
		const Participant *found = lookup (act->room, ids ? name : NULL, name);
		if (!found || participant_is_hidden (found))
			return curia_throw (error, CURIA_ERROR_NO_SUCH_SOURCE, "nobody called \"%s\" is in the meeting", name);
		for (gsize j = 0; j < i; j++)
			if (numbers[j] == found->number)
				return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "participants[%u] must not be named twice", (guint) i);
		numbers[i] = found->number;
	}
	return TRUE;
}

static gboolean act_spotlight (Act *act, GError **error)
{
	json_t *ids = json_object_get (act->body, "participants"), *list = ids ? ids : json_object_get (act->body, "identities");
	guint32 numbers[ROOM_MAX_SPOTLIGHT];
	if (!list)
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "participants is required: up to %d, or [] for none", ROOM_MAX_SPOTLIGHT);
	if (!read_spotlight (act, list, ids != NULL, numbers, error))
		return FALSE;
	act->affected = json_array_size (list);
	note (act, act->affected == 1 ? room_lookup (act->room, numbers[0]) : NULL, act->affected ? NULL : "none");
	spotlight_set (act->room, numbers, act->affected);
	return TRUE;
}

/* ---- the meeting ---- */

static gboolean act_lock (Act *act, GError **error)
{
	json_t *locked = json_object_get (act->body, "locked");
	if (!json_is_boolean (locked))
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "locked is required: true or false");
	note (act, NULL, json_is_true (locked) ? "locked" : "unlocked");
	if (act->room->meeting->rules.locked == json_is_true (locked))
		return TRUE;
	act->room->meeting->rules.locked = json_is_true (locked);
	lasting_lock (act->room);
	rights_rules_changed (act->room, curia_clock_us ());
	return TRUE;
}

static gboolean act_end (Act *act, GError **error G_GNUC_UNUSED)
{
	act->affected = act->room->participants->len;
	note (act, NULL, NULL);
	lasting_end (act->room);
	room_end (act->room);
	return TRUE;
}

/* ---- the table ---- */

static const CuriaField name_items[] = { { "", CURIA_FIELD_STRING, .min = 1, .max = 256 }, { 0 } };

const CuriaField moderation_fields[] = {
	{ .name = "request", .type = CURIA_FIELD_STRING, .min = 1, .max = 32, .doc = "Name of the request" },
	{ .name = "action", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = MODERATION_ACTS, .doc = "What to do" },
	{ .name = "participant", .type = CURIA_FIELD_STRING, .min = 1, .max = 16, .doc = "To whom" },
	{ .name = "identity", .type = CURIA_FIELD_STRING, .min = 1, .max = 256, .doc = "To whom, by the identity of the token" },
	{ .name = "id", .type = CURIA_FIELD_STRING, .min = 1, .max = 16, .doc = "admit, deny: who waits" },
	{ .name = "all", .type = CURIA_FIELD_BOOL, .doc = "mute, lower_hand: to all of lower rank; admit, deny: to all who wait" },
	{ .name = "source", .type = CURIA_FIELD_STRING, .allowed = SOURCE_NAMES, .doc = "mute, ask_unmute, stop: what the track is of" },
	{ .name = "ban", .type = CURIA_FIELD_BOOL, .doc = "remove: whether a new token does not help either; true when absent" },
	{ .name = "participants", .type = CURIA_FIELD_ARRAY, .max = ROOM_MAX_SPOTLIGHT, .items = name_items,
	  .doc = "spotlight: who is shown to all, the most important first" },
	{ .name = "identities", .type = CURIA_FIELD_ARRAY, .max = ROOM_MAX_SPOTLIGHT, .items = name_items, .doc = "The same by identity" },
	{ .name = "role", .type = CURIA_FIELD_STRING, .allowed = CURIA_ROLE_NAMES, .doc = "role: the new one" },
	{ .name = "locked", .type = CURIA_FIELD_BOOL, .doc = "lock: whether nobody new comes in" },
	{ 0 },
};

static const struct {
	const char *name;
	CuriaAction needs;
	ActRun run;
} acts[] = {
	{ "mute", CURIA_ACTION_MUTE_OTHERS, act_mute },
	{ "ask_unmute", CURIA_ACTION_MUTE_OTHERS, act_ask_unmute },
	{ "stop", CURIA_ACTION_MUTE_OTHERS, act_stop },
	{ "remove", CURIA_ACTION_REMOVE, act_remove },
	{ "admit", CURIA_ACTION_ADMIT, act_admit_or_deny },
	{ "deny", CURIA_ACTION_ADMIT, act_admit_or_deny },
	{ "lower_hand", CURIA_ACTION_LOWER_HANDS, act_lower_hand },
	{ "spotlight", CURIA_ACTION_SPOTLIGHT, act_spotlight },
	{ "role", CURIA_ACTION_CHANGE_ROLES, act_role },
	{ "lock", CURIA_ACTION_LOCK, act_lock },
	{ "end", CURIA_ACTION_END, act_end },
};

json_t *moderation_run (Room *room, const Moderator *moderator, json_t *body, GError **error)
{
	Act act = { .room = room, .moderator = moderator, .body = body, .action = curia_json_string (body, "action", "") };
	for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
		if (!g_str_equal (acts[i].name, act.action))
			continue;
		if (!curia_rules_check (&room->meeting->rules, moderator->role, acts[i].needs, error) || !acts[i].run (&act, error))
			return NULL;
		return json_pack ("{s:s s:i}", "action", act.action, "affected", (int) act.affected);
	}
	curia_throw (error, CURIA_ERROR_INVALID_FIELD, "action must be one of " MODERATION_ACTS ", not \"%s\"", act.action);
	return NULL;
}
