#include "config.h"
#include "plugins/room/waiting.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/announce.h"
#include "plugins/room/outbox.h"
#include "plugins/room/registry.h"
#include "plugins/room/standing.h"

static const char *const reasons[] = { [WAIT_ADMISSION] = "waiting-room", [WAIT_HOST] = "host" };

/* ---- who waits ---- */

Wait waiting_decide (const CuriaRules *rules, CuriaRole role, gboolean guest, gboolean host_seen)
{
	if (role >= CURIA_ROLE_MODERATOR)
		return WAIT_NOT;
	if (rules->waiting_room == CURIA_WAITING_EVERYBODY || (rules->waiting_room == CURIA_WAITING_GUESTS && guest))
		return !rules->join_before_host && !host_seen ? WAIT_HOST : WAIT_ADMISSION;
	return rules->join_before_host || host_seen ? WAIT_NOT : WAIT_HOST;
}

static gboolean is_admitted (Room *room, const char *identity)
{
	const Standing *standing = standing_lookup (room, identity);
	return standing && standing->admitted;
}

gboolean waiting_check_lock (Room *room, const CuriaMeeting *meeting, const CuriaClaims *claims, GError **error)
{
	const CuriaRules *rules = room ? &room->meeting->rules : &meeting->rules;
	if (!rules->locked || standing_role (room, claims) >= CURIA_ROLE_MODERATOR || is_admitted (room, claims->identity))
		return TRUE;
	return curia_throw (error, CURIA_ERROR_MEETING_LOCKED, "the meeting is locked: nobody new comes in");
}

Wait waiting_reason (Room *room, const CuriaClaims *claims)
{
	if (is_admitted (room, claims->identity))
		return WAIT_NOT;
	return waiting_decide (&room->meeting->rules, standing_role (room, claims), claims->guest, room->host_seen);
}

/* ---- coming and going ---- */

static void changed (Room *room)
{
	room->waiting_changed = TRUE;
	registry_mark (room); /* it may be empty now */
}

static void waiter_free (Waiter *self)
{
	g_ptr_array_remove (self->room->waiters, self);
	self->session->waiter = NULL;
	changed (self->room);
	session_unref (self->session);
	g_free (self->identity);
	g_free (self->name);
	g_free (self);
}

void waiting_forget (Session *session)
{
	if (session->waiter)
		waiter_free (session->waiter);
}

static json_t *waiter_told (const Waiter *self)
{
	return json_pack ("{s:s s:s s:s}", "room", "waiting", "reason", reasons[self->reason], "id", self->id);
}

static Waiter *waiter_new (Room *room, Session *session, const CuriaClaims *claims)
{
	Waiter *self = g_new0 (Waiter, 1);
	self->room = room;
	g_snprintf (self->id, sizeof self->id, "w%u", ++room->last_waiter);
	self->identity = g_strdup (claims->identity);
	self->name = participant_shown_name (claims->name);
	self->guest = claims->guest;
	self->since_ms = curia_clock_wall_ms ();
	self->session = session_ref (session);
	session->waiter = self;
	g_ptr_array_add (room->waiters, self);
	return self;
}

json_t *waiting_enter (Room *room, Session *session, const CuriaClaims *claims, Wait reason, GError **error)
{
	Waiter *self = session->waiter, *older = waiting_find_identity (room, claims->identity);
	if (older && older != self)
		waiting_turn_away (older, "replaced");
	if (self && (self->room != room || !g_str_equal (self->identity, claims->identity))) {
		waiter_free (self);
		self = NULL;
	}
	if (!self && room->waiters->len >= WAITING_MAX) {
		curia_throw (error, CURIA_ERROR_MEETING_FULL, "%u people wait already", room->waiters->len);
		return NULL;
	}
	if (!self)
		self = waiter_new (room, session, claims);
	self->role = standing_role (room, claims);
	self->reason = reason;
	changed (room);
	return waiter_told (self);
}

Waiter *waiting_find (Room *room, const char *id)
{
	for (guint i = 0; id && i < room->waiters->len; i++) {
		Waiter *waiter = room->waiters->pdata[i];
		if (g_str_equal (waiter->id, id))
			return waiter;
	}
	return NULL;
}

Waiter *waiting_find_identity (Room *room, const char *identity)
{
	for (guint i = 0; identity && i < room->waiters->len; i++) {
		Waiter *waiter = room->waiters->pdata[i];
		if (g_str_equal (waiter->identity, identity))
			return waiter;
	}
	return NULL;
}

gboolean waiting_admit (Waiter *take_self, GError **error)
{
	Standing *standing = standing_get (take_self->room, take_self->identity, error);
	if (!standing)
		return FALSE;
	standing->admitted = TRUE;
	outbox_event (take_self->session, json_pack ("{s:s}", "room", "admitted"));
	waiter_free (take_self);
	return TRUE;
}

void waiting_turn_away (Waiter *take_self, const char *reason)
{
	outbox_event (take_self->session, json_pack ("{s:s s:s}", "room", "ended", "reason", reason));
	waiter_free (take_self);
}

void waiting_end (Room *room, const char *reason)
{
	while (room->waiters->len > 0)
		waiting_turn_away (room->waiters->pdata[0], reason);
}

static gboolean host_is_in (const Room *room)
{
	for (guint i = 0; i < room->participants->len; i++) {
		const Participant *participant = room->participants->pdata[i];
		if (participant->role >= CURIA_ROLE_MODERATOR && !participant_is_hidden (participant))
			return TRUE;
	}
	return FALSE;
}

static void review_one (Waiter *self)
{
	Wait reason = waiting_decide (&self->room->meeting->rules, self->role, self->guest, self->room->host_seen);
	if (reason == WAIT_NOT && self->room->meeting->rules.locked && self->role < CURIA_ROLE_MODERATOR)
		reason = WAIT_ADMISSION; /* into a locked meeting somebody inside has to let people */
	if (reason == WAIT_NOT) {
		waiting_admit (self, NULL);
	} else if (reason != self->reason) {
		self->reason = reason;
		changed (self->room);
		outbox_event (self->session, waiter_told (self));
	}
}

void waiting_review (Room *room)
{
	room->host_seen = room->host_seen || host_is_in (room);
	for (guint i = room->waiters->len; i-- > 0;) /* those who leave the list make no gap before i */
		review_one (room->waiters->pdata[i]);
}

/* ---- telling ---- */

static json_t *waiter_to_json (const Waiter *self, gboolean books)
{
	g_autofree char *since = curia_clock_rfc3339 (self->since_ms);
	return json_pack ("{s:s s:s s:b s:s s:s s:s*}", "id", self->id, "name", self->name, "guest", self->guest, "since", since,
		"reason", reasons[self->reason], "identity", books ? self->identity : NULL);
}

json_t *waiting_to_json (Room *room, gboolean books)
{
	json_t *list = json_array ();
	guint n = MIN (room->waiters->len, WAITING_MAX_TOLD);
	for (guint i = 0; i < n; i++)
		json_array_append_new (list, waiter_to_json (room->waiters->pdata[i], books));
	json_t *object = json_pack ("{s:o}", "waiting", list);
	if (room->waiters->len > n)
		json_object_set_new (object, "more", json_integer (room->waiters->len - n));
	return object;
}

static json_t *event_new (Room *room)
{
	json_t *event = waiting_to_json (room, FALSE);
	json_object_set_new (event, "room", json_string ("waiting"));
	return event;
}

void waiting_tell_one (Participant *to)
{
	if (to->publish)
		outbox_event (to->publish, event_new (to->room));
}

void waiting_tick (Room *room, gint64 now_us)
{
	if (!room->waiting_changed || !announce_due (room, room->waiting_us, WAITING_US, now_us))
		return;
	room->waiting_changed = FALSE;
	room->waiting_us = now_us;
	announce_may (room, CURIA_ACTION_ADMIT, event_new (room));
}
