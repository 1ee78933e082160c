#include "config.h"
#include "plugins/room/calls-moderate.h"

#include "curia-error.h"
#include "plugins/room/moderation.h"
#include "plugins/room/rights.h"
#include "plugins/room/standing.h"
#include "plugins/room/waiting.h"

/* What is said of a password is only whether there is one; nobody here needs to know it. */
static void take_password (CuriaMeeting *meeting, json_t *settings)
{
	json_t *password = json_object_get (settings, "password");
	if (json_is_boolean (password)) {
		g_free (meeting->password);
		meeting->password = g_strdup (json_is_true (password) ? "*" : "");
	}
	json_object_del (settings, "password");
}

json_t *calls_settings (Room *room, json_t *message, GError **error)
{
	json_auto_t *settings = json_copy (json_object_get (message, "settings"));
	g_autoptr (CuriaMeeting) meeting = curia_meeting_copy (room->meeting);
	if (!json_is_object (settings)) {
		curia_throw (error, CURIA_ERROR_MISSING_FIELD, "settings is required");
		return NULL;
	}
	take_password (meeting, settings);
	if (!curia_fields_check (settings, curia_meeting_fields, FALSE, error))
		return NULL;
	curia_meeting_apply (meeting, settings);
	rights_set_rules (room, meeting);
	return json_object ();
}

/* Whoever has a seat here is the same person over REST, with no more than the role that was given here, whatever the token says. */
static void know (Room *room, Moderator *moderator)
{
	const Standing *standing = standing_lookup (room, moderator->by);
	moderator->me = g_hash_table_lookup (room->by_identity, moderator->by);
	if (standing && standing->has_role)
		moderator->role = MIN (moderator->role, standing->role);
}

json_t *calls_moderate (Room *room, json_t *message, GError **error)
{
	Moderator moderator = { .role = CURIA_ROLE_HOST, .by = curia_json_string (message, "by", "api") };
	/* "role" says who asks, too, but where it is the role that is to be given */
	gboolean gives = g_str_equal (curia_json_string (message, "action", ""), "role");
	const char *role = curia_json_string (message, "by_role", gives ? NULL : curia_json_string (message, "role", NULL));
	if (role && !curia_role_parse (role, &moderator.role)) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "by_role must be one of " CURIA_ROLE_NAMES ", not \"%s\"", role);
		return NULL;
	}
	if (!curia_fields_check (message, moderation_fields, FALSE, error))
		return NULL;
	know (room, &moderator);
	json_t *done = moderation_run (room, &moderator, message, error);
	if (done)
		json_object_del (done, "action");
	return done;
}

json_t *calls_waiting (Room *room, json_t *message G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
	return waiting_to_json (room, TRUE);
}

json_t *calls_let_back (Room *room, json_t *message, GError **error G_GNUC_UNUSED)
{
	standing_let_back (room, curia_json_string (message, "identity", ""));
	return json_object ();
}

json_t *calls_kick (Room *room, json_t *message, GError **error)
{
	const char *identity = curia_json_string (message, "identity", "");
	Moderator moderator = { .role = CURIA_ROLE_HOST, .by = curia_json_string (message, "by", "api") };
	Participant *participant = g_hash_table_lookup (room->by_identity, identity);
	if (!participant)
		curia_throw (error, CURIA_ERROR_NO_SUCH_SOURCE, "nobody with the identity \"%s\" is in the meeting", identity);
	else if (moderation_remove (participant, &moderator, curia_json_bool (message, "ban", FALSE), error))
		return json_object ();
	return NULL;
}
