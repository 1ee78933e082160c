#include "config.h"
#include "plugins/room/spotlight.h"

#include <string.h>

#include "plugins/room/announce.h"

json_t *spotlight_to_json (const Room *room)
{
	json_t *list = json_array ();
	for (guint i = 0; i < room->n_spotlight; i++)
		json_array_append_new (list, json_sprintf ("p%u", room->spotlight[i]));
	return list;
}

void spotlight_set (Room *room, const guint32 *numbers, guint n)
{
	room->n_spotlight = MIN (n, ROOM_MAX_SPOTLIGHT);
	if (n > 0)
		memmove (room->spotlight, numbers, room->n_spotlight * sizeof numbers[0]);
	announce_all (room, json_pack ("{s:s s:o}", "room", "spotlight", "participants", spotlight_to_json (room)));
	room_restage (room);
}

guint spotlight_place (const Room *room, guint32 number)
{
	for (guint i = 0; i < room->n_spotlight; i++)
		if (room->spotlight[i] == number)
			return i + 1;
	return 0;
}

void spotlight_left (Participant *self)
{
	Room *room = self->room;
	guint32 others[ROOM_MAX_SPOTLIGHT];
	guint n = 0;
	if (!spotlight_place (room, self->number))
		return;
	for (guint i = 0; i < room->n_spotlight; i++)
		if (room->spotlight[i] != self->number)
			others[n++] = room->spotlight[i];
	spotlight_set (room, others, n);
}
