#include "curia-text.h"

#define SHOWN_CHARACTERS 40

gboolean
text_is_control (gunichar c, gboolean lines_allowed)
{
	if (c == '\n' || c == '\r' || c == '\t')
		return !lines_allowed;
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) /* C0, DEL, C1 */
		|| (c >= 0x2028 && c <= 0x202E)         /* line and paragraph separator, embeddings and overrides */
		|| (c >= 0x2066 && c <= 0x2069)         /* isolates */
		|| c == 0xFEFF;                         /* byte order mark */
}

char *
text_quote (const char *text)
{
	g_autofree char *valid = g_utf8_make_valid (text, -1);
	GString *out = g_string_new ("\"");
	int n = 0;

	for (const char *at = valid; *at; at = g_utf8_next_char (at)) {
		gunichar c = g_utf8_get_char (at);

		if (n++ == SHOWN_CHARACTERS) {
			g_string_append (out, "...");
			break;
		}
		if (c == '"' || c == '\\' || !g_unichar_isprint (c))
			g_string_append_printf (out, "\\u%04x", c);
		else
			g_string_append_unichar (out, c);
	}
	g_string_append_c (out, '"');
	return g_string_free (out, FALSE);
}
