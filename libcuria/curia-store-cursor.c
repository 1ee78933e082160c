#include "curia-store-private.h"

#include <string.h>
#include "curia-error.h"

#define MAX_ID_BYTES 100

gboolean
store_cursor_parse (const char *cursor, gint64 *before_ms, const char **before_id, GError **error)
{
	static const char id_letters[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_."; /* a delivery's has a dot */
	char *end = NULL;

	*before_ms = G_MAXINT64;
	*before_id = "";
	if (cursor == NULL)
		return TRUE;
	*before_ms = g_ascii_isdigit (*cursor) ? g_ascii_strtoll (cursor, &end, 10) : 0;
	if (end == NULL || *end != '.' || end[1] == '\0' || strlen (end) > MAX_ID_BYTES
		|| end[1 + strspn (end + 1, id_letters)] != '\0')
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "cursor must be a next_cursor from before");
	*before_id = end + 1;
	return TRUE;
}

char *
store_cursor_of (gint64 time_ms, const char *id)
{
	return g_strdup_printf ("%" G_GINT64_FORMAT ".%s", time_ms, id);
}
