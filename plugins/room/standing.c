#include "config.h"
#include "plugins/room/standing.h"

#include "curia-error.h"

const Standing *standing_lookup (Room *room, const char *identity)
{
	return room ? g_hash_table_lookup (room->standings, identity) : NULL;
}

Standing *standing_get (Room *room, const char *identity, GError **error)
{
	Standing *self = g_hash_table_lookup (room->standings, identity);
	if (self)
		return self;
	if (g_hash_table_size (room->standings) >= STANDING_MAX) {
		curia_throw (error, CURIA_ERROR_OVERLOADED, "the meeting remembers %d people already", STANDING_MAX);
		return NULL;
	}
	self = g_new0 (Standing, 1);
	g_hash_table_insert (room->standings, g_strdup (identity), self);
	return self;
}

CuriaRole standing_role (Room *room, const CuriaClaims *claims)
{
	const Standing *self = standing_lookup (room, claims->identity);
	return self && self->has_role ? self->role : curia_claims_role (claims);
}

gboolean standing_check (Room *room, const CuriaClaims *claims, GError **error)
{
	const Standing *self = standing_lookup (room, claims->identity);
	if (!self || (!self->banned && (!self->removed_s || claims->issued_s > self->removed_s)))
		return TRUE;
	return curia_throw (error, CURIA_ERROR_REMOVED, "you were removed from this meeting");
}

void standing_let_back (Room *room, const char *identity)
{
	Standing *self = g_hash_table_lookup (room->standings, identity);
	if (!self)
		return;
	self->banned = FALSE;
	self->removed_s = 0;
}
