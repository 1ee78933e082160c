#include "offer.h"

#include <string.h>

#define MAX_PAYLOAD_TYPE 127
#define MAX_RTX_SSRCS 32

typedef struct {
	const char *text; /* not NUL-terminated */
	gsize length;
} Line;

typedef enum { KIND_AUDIO, KIND_VIDEO } Kind;

/* A media section: its m= line and all up to the next. */
typedef struct {
	guint begin, end; /* lines */
	Kind kind;
	gboolean sends;
	gboolean rtx[MAX_PAYLOAD_TYPE + 1];
	gboolean has_rtx, has_group;
	gboolean has_codec, has_apt; /* an rtpmap that is not RTX's; an fmtp of RTX */
	guint32 rtx_ssrcs[MAX_RTX_SSRCS];
	guint n_rtx_ssrcs;
} Section;

typedef struct {
	GArray *lines;      /* of Line */
	guint session_end;  /* lines before the first section */
	Section *sections;
	guint n_sections;
	guint32 seed;
	Refusal *refusal;
} Offer;

/* ---- lines ---- */

static const Line *
line_at (const Offer *self, guint i)
{
	return &g_array_index (self->lines, Line, i);
}

static gboolean
line_begins (const Line *line, const char *prefix)
{
	gsize length = strlen (prefix);

	return line->length >= length && memcmp (line->text, prefix, length) == 0;
}

/* The number right after the prefix, or -1. *rest gets what follows it. */
static gint64
line_number (const Line *line, const char *prefix, Line *rest)
{
	gsize at = strlen (prefix);
	gsize begin = at;
	guint64 value = 0;

	if (!line_begins (line, prefix))
		return -1;
	for (; at < line->length && g_ascii_isdigit (line->text[at]) && at - begin < 10; at++)
		value = value * 10 + (line->text[at] - '0');
	if (at == begin || value > G_MAXUINT32)
		return -1;
	if (rest)
		*rest = (Line) { line->text + at, line->length - at };
	return (gint64) value;
}

static gboolean
split_lines (Offer *self, const char *sdp, gsize bytes)
{
	for (gsize at = 0; at < bytes;) {
		const char *end = memchr (sdp + at, '\n', bytes - at);
		gsize length = end ? (gsize) (end - (sdp + at)) : bytes - at;
		Line line = { sdp + at, length };

		at += length + 1;
		while (line.length && line.text[line.length - 1] == '\r')
			line.length--;
		if (line.length == 0)
			continue;
		if (self->lines->len == OFFER_MAX_LINES)
			return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "The offer has more than %d lines", OFFER_MAX_LINES);
		if (line.length < 2 || line.text[1] != '=' || memchr (line.text, '\0', line.length))
			return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "Line %u of the offer is not <letter>=<value>",
				self->lines->len + 1);
		g_array_append_val (self->lines, line);
	}
	if (self->lines->len == 0 || !line_begins (line_at (self, 0), "v=0"))
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "The offer must begin with v=0");
	return TRUE;
}

/* ---- reading a section ---- */

static gboolean
open_section (Offer *self, guint at)
{
	const Line *line = line_at (self, at);
	Section *section = &self->sections[self->n_sections];

	if (line_begins (line, "m=application "))
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "m=application is not allowed: nothing here uses data channels");
	if (!line_begins (line, "m=audio ") && !line_begins (line, "m=video "))
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "m= must be audio or video");
	if (self->n_sections == OFFER_MAX_SECTIONS)
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "The offer has more than %d sections", OFFER_MAX_SECTIONS);
	*section = (Section) { .begin = at, .kind = line_begins (line, "m=video ") ? KIND_VIDEO : KIND_AUDIO, .sends = TRUE };
	self->n_sections++;
	return TRUE;
}

static gboolean
check_mid (Offer *self, const Line *line, GHashTable *mids)
{
	g_autofree char *mid = g_strndup (line->text + strlen ("a=mid:"), line->length - strlen ("a=mid:"));

	if (*mid == '\0' || strlen (mid) > OFFER_MAX_MID || strspn (mid, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.") != strlen (mid))
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "a=mid must be 1 to %d letters or digits", OFFER_MAX_MID);
	if (!g_hash_table_add (mids, g_steal_pointer (&mid)))
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "The same a=mid is in the offer twice");
	return TRUE;
}

/* " VP8/90000" */
static gboolean
is_codec (const Line *line)
{
	g_autofree char *text = g_strndup (line->text, line->length);
	const char *clock = strchr (text, '/');

	return clock && g_ascii_string_to_unsigned (clock + 1, 10, 1, G_MAXUINT32, NULL, NULL);
}

/* a=rtpmap:97 rtx/90000 */
static void
read_rtpmap (Section *section, const Line *line)
{
	Line rest;
	gint64 type = line_number (line, "a=rtpmap:", &rest);

	if (type < 0 || type > MAX_PAYLOAD_TYPE)
		return;
	if (rest.length >= 5 && g_ascii_strncasecmp (rest.text, " rtx/", 5) == 0)
		section->rtx[type] = section->has_rtx = TRUE;
	else
		section->has_codec |= is_codec (&rest);
}

/* a=fmtp:97 apt=96 */
static void
read_fmtp (Section *section, const Line *line)
{
	section->has_apt |= line_begins (line, "a=fmtp:") && g_strstr_len (line->text, (gssize) line->length, "apt=");
}

/* a=ssrc-group:FID 11 22: the second one is the RTX stream's */
static void
read_group (Section *section, const Line *line)
{
	Line rest;

	if (line_number (line, "a=ssrc-group:FID ", &rest) < 0)
		return;
	section->has_group = TRUE;
	gint64 second = line_number (&rest, " ", NULL);
	if (second > 0 && section->n_rtx_ssrcs < MAX_RTX_SSRCS)
		section->rtx_ssrcs[section->n_rtx_ssrcs++] = (guint32) second;
}

static gboolean
read_line (Offer *self, Section *section, const Line *line, GHashTable *mids)
{
	gint64 ssrc = line_number (line, "a=ssrc:", NULL);

	if (ssrc == 0 || ssrc == 1)
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "a=ssrc must not be 0 or 1");
	if (line_begins (line, "a=mid:"))
		return check_mid (self, line, mids);
	if (line_begins (line, "a=recvonly") || line_begins (line, "a=inactive"))
		section->sends = FALSE;
	read_rtpmap (section, line);
	read_fmtp (section, line);
	read_group (section, line);
	return TRUE;
}

/* Janus looks up clock rates where it met RTX, also where there are none. */
static gboolean
check_codecs (const Offer *self)
{
	for (guint i = 0; i < self->n_sections; i++) {
		const Section *section = &self->sections[i];

		if (section->kind == KIND_VIDEO && section->has_apt && !section->has_codec)
			return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "a=fmtp with apt needs the a=rtpmap of a codec, like 96 VP8/90000");
	}
	return TRUE;
}

static gboolean
read_sections (Offer *self)
{
	g_autoptr (GHashTable) mids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

	self->session_end = self->lines->len;
	for (guint i = 1; i < self->lines->len; i++) {
		const Line *line = line_at (self, i);

		if (line_begins (line, "m=")) {
			if (self->n_sections)
				self->sections[self->n_sections - 1].end = i;
			else
				self->session_end = i;
			if (!open_section (self, i))
				return FALSE;
		} else if (self->n_sections && !read_line (self, &self->sections[self->n_sections - 1], line, mids)) {
			return FALSE;
		}
	}
	if (self->n_sections == 0)
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "The offer has no m= line");
	self->sections[self->n_sections - 1].end = self->lines->len;
	if (g_hash_table_size (mids) != self->n_sections)
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "Every section needs exactly one a=mid");
	return check_codecs (self);
}

/* ---- writing ---- */

static void
write_text (GString *out, const char *text, gsize length)
{
	g_string_append_len (out, text, length);
	g_string_append (out, "\r\n");
}

/* The m= line without the payload types of RTX. */
static gboolean
write_m_line (Offer *self, const Section *section, GString *out)
{
	const Line *line = line_at (self, section->begin);
	g_autofree char *text = g_strndup (line->text, line->length);
	g_auto (GStrv) words = g_strsplit (text, " ", -1);
	gsize begin = out->len;
	guint kept = 0;

	for (guint i = 0; words[i]; i++) {
		guint64 type = G_MAXUINT64;

		if (i >= 3 && g_ascii_string_to_unsigned (words[i], 10, 0, MAX_PAYLOAD_TYPE, &type, NULL) && section->sends &&
		    section->rtx[type])
			continue;
		kept += i >= 3;
		g_string_append_printf (out, "%s%s", i ? " " : "", words[i]);
	}
	if (kept == 0 || out->len - begin > OFFER_MAX_M_LINE)
		return refusal_set (self->refusal, JANUS_CODE_INVALID_SDP, "An m= line has no codec or more than %d characters",
			OFFER_MAX_M_LINE);
	g_string_append (out, "\r\n");
	return TRUE;
}

static gboolean
is_about_rtx_ssrc (const Section *section, const Line *line)
{
	gint64 ssrc = line_number (line, "a=ssrc:", NULL);

	for (guint i = 0; i < section->n_rtx_ssrcs; i++)
		if (ssrc == section->rtx_ssrcs[i])
			return TRUE;
	return FALSE;
}

/* Whether a line of a sending section speaks of RTX only. */
static gboolean
is_about_rtx (const Section *section, const Line *line)
{
	static const char *const prefixes[] = { "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:" };

	for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
		gint64 type = line_number (line, prefixes[i], NULL);

		if (type >= 0 && type <= MAX_PAYLOAD_TYPE && section->rtx[type])
			return TRUE;
	}
	return line_begins (line, "a=ssrc-group:FID ") || is_about_rtx_ssrc (section, line);
}

static void
write_line (const Section *section, const Line *line, GString *out)
{
	if (line->length == strlen ("a=setup:actpass") && line_begins (line, "a=setup:actpass"))
		write_text (out, "a=setup:active", strlen ("a=setup:active"));
	else if (section == NULL || !section->sends || !is_about_rtx (section, line))
		write_text (out, line->text, line->length);
}

/* Two SSRCs that are the same for every offer of a handle, none of them 0 or 1. */
static void
write_group (guint32 seed, GString *out)
{
	guint32 media = (seed * 2654435761u) | 0x10000u;
	guint32 rtx = (media ^ 0x5bd1e995u) | 2u;

	g_string_append_printf (out, "a=ssrc-group:FID %u %u\r\na=ssrc:%u cname:curia\r\na=ssrc:%u cname:curia\r\n", media, rtx, media, rtx);
}

static gboolean
write_section (Offer *self, const Section *section, gboolean *cured, GString *out)
{
	if (!write_m_line (self, section, out))
		return FALSE;
	for (guint i = section->begin + 1; i < section->end; i++)
		write_line (section, line_at (self, i), out);
	if (*cured || section->kind != KIND_VIDEO || section->sends || !section->has_rtx)
		return TRUE;
	*cured = TRUE;
	if (!section->has_group)
		write_group (self->seed, out);
	return TRUE;
}

static char *
write_offer (Offer *self, gsize bytes)
{
	g_autoptr (GString) out = g_string_sized_new (bytes + 256);
	gboolean cured = FALSE;

	for (guint i = 0; i < self->session_end; i++)
		write_line (NULL, line_at (self, i), out);
	for (guint i = 0; i < self->n_sections; i++)
		if (!write_section (self, &self->sections[i], &cured, out))
			return NULL;
	return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
offer_rewrite (const char *sdp, gsize bytes, guint32 seed, Refusal *refusal)
{
	g_autoptr (GArray) lines = g_array_sized_new (FALSE, FALSE, sizeof (Line), 512);
	g_autofree Section *sections = g_new0 (Section, OFFER_MAX_SECTIONS);
	Offer self = { .lines = lines, .sections = sections, .seed = seed, .refusal = refusal };

	if (bytes > OFFER_MAX_BYTES) {
		refusal_set (refusal, JANUS_CODE_INVALID_SDP, "The offer has more than %d bytes", OFFER_MAX_BYTES);
		return NULL;
	}
	if (!split_lines (&self, sdp, bytes) || !read_sections (&self))
		return NULL;
	return write_offer (&self, bytes);
}
