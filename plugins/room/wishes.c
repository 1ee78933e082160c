#include "config.h"
#include "plugins/room/wishes.h"

#include <string.h>

#include "curia-error.h"
#include "curia-fields.h"
#include "plugins/room/participant.h"

static int find_video (const Viewing *self, const char *mid)
{
	for (guint i = 0; i < self->n_video; i++)
		if (g_str_equal (self->video[i].mid, mid))
			return i;
	return -1;
}

static gboolean read_want (json_t *want, guint at, ViewSlot *view, GError **error)
{
	static const char *const help =
		"slots[%u].want must be \"auto\", \"none\" or {\"participant\": id, \"source\": \"camera|screen_share\"}";
	const char *word = json_string_value (want);
	if (word && (g_str_equal (word, "auto") || g_str_equal (word, "none"))) {
		view->want = word[0] == 'a' ? VIEW_WANT_AUTO : VIEW_WANT_NONE;
		return TRUE;
	}
	guint32 participant = participant_parse_id (json_string_value (json_object_get (want, "participant")));
	Source source = source_lookup (json_string_value (json_object_get (want, "source")));
	if (!participant || !source_is_video (source))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, help, at);
	view->want = VIEW_WANT_SOURCE;
	view->want_participant = participant;
	view->want_source = source;
	return TRUE;
}

static gboolean read_wish (const Viewing *self, json_t *item, guint at, ViewSlot *views, GError **error)
{
	const char *mid = json_string_value (json_object_get (item, "mid"));
	int index = find_video (self, mid);
	if (index < 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "slots[%u].mid must be the mid of one of your video slots, not \"%s\"",
			at, mid);
	json_t *want = json_object_get (item, "want");
	if (want && !read_want (want, at, &views[index], error))
		return FALSE;
	views[index].height = curia_json_int (item, "height", views[index].height);
	return TRUE;
}

static gboolean read_pinned (json_t *pinned, guint32 *numbers, GError **error)
{
	for (gsize i = 0; i < json_array_size (pinned); i++) {
		numbers[i] = participant_parse_id (json_string_value (json_array_get (pinned, i)));
		if (!numbers[i])
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "pinned[%u] must be a participant's id", (guint) i);
	}
	return TRUE;
}

gboolean wishes_view (Viewing *self, json_t *body, GError **error)
{
	ViewSlot views[VIEW_MAX_SLOTS];
	guint32 numbers[VIEWING_MAX_PINNED];
	memcpy (views, self->video_view, sizeof views);
	json_t *slots = json_object_get (body, "slots"), *pinned = json_object_get (body, "pinned");
	for (gsize i = 0; i < json_array_size (slots); i++)
		if (!read_wish (self, json_array_get (slots, i), i, views, error))
			return FALSE;
	if (!read_pinned (pinned, numbers, error))
		return FALSE;
	memcpy (self->video_view, views, sizeof views);
	if (pinned) {
		self->n_pinned = json_array_size (pinned);
		memcpy (self->pinned, numbers, self->n_pinned * sizeof numbers[0]);
	}
	return TRUE;
}

gboolean wishes_pause (Viewing *self, json_t *body, GError **error)
{
	gboolean paused = curia_json_bool (body, "paused", TRUE), wanted[VIEW_MAX_SLOTS] = { FALSE };
	json_t *mids = json_object_get (body, "mids");
	for (gsize i = 0; i < json_array_size (mids); i++) {
		const char *mid = json_string_value (json_array_get (mids, i));
		int index = mid ? find_video (self, mid) : -1;
		if (index < 0)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "mids[%u] must be the mid of one of your video slots", (guint) i);
		wanted[index] = TRUE;
	}
	for (guint i = 0; i < self->n_video; i++)
		if (!mids || wanted[i])
			self->video[i].paused = paused;
	return TRUE;
}
