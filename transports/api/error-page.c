#include "error-page.h"

#include <string.h>
#include "transports/api/error-page-source.h" /* made from docs/errors.md */

static const char before[] = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
			     "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Errors</title>\n<main>\n";

static const struct {
	const char *pattern, *replacement;
} spans[] = {
	{ "`([^`]*)`", "<code>\\1</code>" },
	{ "\\*\\*([^*]*)\\*\\*", "<strong>\\1</strong>" },
	{ "\\[([^]]*)\\]\\([^)]*\\)", "\\1" },
};

static char *inline_html (const char *text)
{
	char *html = g_markup_escape_text (text, -1);

	for (guint i = 0; i < G_N_ELEMENTS (spans); i++) {
		g_autoptr (GRegex) regex = g_regex_new (spans[i].pattern, 0, 0, NULL);
		g_autofree char *last = html;

		html = g_regex_replace (regex, last, -1, 0, spans[i].replacement, 0, NULL);
	}
	return html;
}

char *error_page_html (const char *markdown)
{
	GString *out = g_string_new (before);
	g_auto (GStrv) blocks = g_strsplit (markdown, "\n\n", -1);

	for (char **block = blocks; *block; block++) {
		const char *text = g_strstrip (*block);
		g_autofree char *html = inline_html (text + strspn (text, "# "));

		if (g_str_has_prefix (text, "## "))
			g_string_append_printf (out, "<h2 id=\"%s\">%s</h2>\n", html, html);
		else if (*text)
			g_string_append_printf (out, "<%s>%s</%s>\n", *text == '#' ? "h1" : "p", html, *text == '#' ? "h1" : "p");
	}
	return g_string_free (g_string_append (out, "</main>\n"), FALSE);
}

void error_page_answer (Reply *reply)
{
	char *html = error_page_html (error_page_text);

	reply_clear (reply);
	reply->status = 200;
	reply->type = "text/html; charset=utf-8";
	reply->body = g_bytes_new_take (html, strlen (html));
	reply_header (reply, "cache-control:", "public, max-age=3600");
}
