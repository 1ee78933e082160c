#include "config.h"
#include "plugins/room/sdp.h"

#include <string.h>

#include "curia-error.h"
#include "plugins/room/sdp-format.h"

static const char *const extension_uris[SDP_EXT_N] = {
	[SDP_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
	[SDP_EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	[SDP_EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
	[SDP_EXT_TRANSPORT_CC] = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
	[SDP_EXT_ORIENTATION] = "urn:3gpp:video-orientation",
	[SDP_EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
};

#define BIT(extension) (1u << (extension))
static const guint accepted_receiving = BIT (SDP_EXT_MID) | BIT (SDP_EXT_AUDIO_LEVEL) | BIT (SDP_EXT_TRANSPORT_CC)
	| BIT (SDP_EXT_ORIENTATION) | BIT (SDP_EXT_RID);
static const guint accepted_sending = BIT (SDP_EXT_MID) | BIT (SDP_EXT_ABS_SEND_TIME) | BIT (SDP_EXT_ORIENTATION);

/* ---- reading ---- */

/* What a section says of each payload type, until the best of each codec is known. */
typedef struct {
	char *rtpmap[128], *format[128];
	gboolean transport_cc[128];
} Payloads;

static void payloads_clear (Payloads *self)
{
	for (int i = 0; i < 128; i++) {
		g_clear_pointer (&self->rtpmap[i], g_free);
		g_clear_pointer (&self->format[i], g_free);
	}
	memset (self->transport_cc, 0, sizeof self->transport_cc);
}

/* Cuts "<payload type> " off the front; -1 when there is none. "*" (all of them) is -1 too. */
static int take_payload_type (const char **value)
{
	char *end;
	guint64 number = g_ascii_isdigit (**value) ? g_ascii_strtoull (*value, &end, 10) : G_MAXUINT64;
	if (number > 127 || *end != ' ')
		return -1;
	*value = end + 1;
	return number;
}

static void read_rtpmap (SdpSection *section G_GNUC_UNUSED, Payloads *payloads, const char *value)
{
	int type = take_payload_type (&value);
	if (type >= 0 && !payloads->rtpmap[type])
		payloads->rtpmap[type] = strlen (value) <= 64 ? g_strdup (value) : NULL;
}

static void read_fmtp (SdpSection *section G_GNUC_UNUSED, Payloads *payloads, const char *value)
{
	int type = take_payload_type (&value);
	if (type >= 0 && !payloads->format[type] && strlen (value) <= 300)
		payloads->format[type] = g_strdup (value);
}

static void read_rtcp_fb (SdpSection *section G_GNUC_UNUSED, Payloads *payloads, const char *value)
{
	int type = take_payload_type (&value);
	if (type >= 0 && g_str_equal (value, "transport-cc"))
		payloads->transport_cc[type] = TRUE;
}

static void read_mid (SdpSection *section, Payloads *payloads G_GNUC_UNUSED, const char *value)
{
	gsize length = strspn (value, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.!#$%&'*+^`{|}~");
	if (length > 0 && length < sizeof section->mid && !value[length])
		g_strlcpy (section->mid, value, sizeof section->mid);
}

/* "<id>[/<direction>] <uri>[ <attributes>]". Two-byte ids are left out: Janus writes one-byte extensions. */
static void read_extmap (SdpSection *section, Payloads *payloads G_GNUC_UNUSED, const char *value)
{
	guint64 id = g_ascii_isdigit (*value) ? g_ascii_strtoull (value, NULL, 10) : 0;
	const char *uri = strchr (value, ' ');
	if (id < 1 || id > 14 || !uri)
		return;
	gsize length = strcspn (++uri, " ");
	for (int i = 0; i < SDP_EXT_N; i++)
		if (strlen (extension_uris[i]) == length && strncmp (uri, extension_uris[i], length) == 0)
			section->extension[i] = id;
}

static const struct {
	const char *name;
	void (*read) (SdpSection *section, Payloads *payloads, const char *value);
} attributes[] = {
	{ "rtpmap:", read_rtpmap }, { "fmtp:", read_fmtp }, { "rtcp-fb:", read_rtcp_fb }, { "mid:", read_mid }, { "extmap:", read_extmap },
};

static const char *const direction_names[] = { "sendrecv", "sendonly", "recvonly", "inactive" };

static void read_attribute (SdpSection *section, Payloads *payloads, const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
		if (g_str_has_prefix (text, attributes[i].name)) {
			attributes[i].read (section, payloads, text + strlen (attributes[i].name));
			return;
		}
	for (guint i = 0; i < G_N_ELEMENTS (direction_names); i++)
		if (g_str_equal (text, direction_names[i]))
			section->direction = i;
}

/* The section is complete: keeps the best payload type of each codec, in the order of the m-line. */
static void finish_section (SdpSection *section, Payloads *payloads, char **types)
{
	int best[CODEC_N] = { 0 };
	for (; *types; types++) {
		gint64 type = g_ascii_isdigit (**types) ? g_ascii_strtoll (*types, NULL, 10) : -1;
		if (type < 0 || type > 127)
			continue;
		if (section->audio && section->red_type < 0 && g_strcmp0 (payloads->rtpmap[type], "red/48000/2") == 0)
			section->red_type = type;
		Codec codec = sdp_format_codec (payloads->rtpmap[type]);
		int score = sdp_format_score (codec, payloads->format[type]);
		if (score <= best[codec] || codec_is_video (codec) != section->video)
			continue;
		best[codec] = score;
		section->payload_type[codec] = type;
		section->transport_cc[codec] = payloads->transport_cc[type];
		g_free (section->format[codec]);
		section->format[codec] = g_strdup (payloads->format[type]);
		g_free (section->rtpmap[codec]);
		section->rtpmap[codec] = g_strdup (payloads->rtpmap[type]);
	}
	payloads_clear (payloads);
}

/* "m=<kind> <port> <protocol> <type>..." */
static gboolean start_section (SdpOffer *offer, char **words, GError **error)
{
	if (g_strv_length (words) < 4 || strlen (words[2]) > 60)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "the offer has a damaged m= line");
	if (offer->n == SDP_MAX_SECTIONS)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "the offer has more than %d sections", SDP_MAX_SECTIONS);
	SdpSection *section = &offer->sections[offer->n];
	section->audio = g_str_equal (words[0], "audio");
	section->video = g_str_equal (words[0], "video");
	section->rejected = g_str_equal (words[1], "0");
	section->protocol = g_strdup (words[2]);
	/* The core drops the mid of a section when it looks like a payload type it drops; clients count mids from 0. */
	g_snprintf (section->mid, sizeof section->mid, "%u", offer->n++);
	section->red_type = -1;
	for (int codec = 0; codec < CODEC_N; codec++)
		section->payload_type[codec] = -1;
	return TRUE;
}

SdpOffer *sdp_offer_parse (const char *text, GError **error)
{
	if (!g_str_has_prefix (text, "v=0") || strlen (text) > SDP_MAX_BYTES) {
		curia_throw (error, CURIA_ERROR_INVALID_SDP, "the offer must begin with v=0 and be at most %d bytes", SDP_MAX_BYTES);
		return NULL;
	}
	g_autoptr (SdpOffer) offer = g_new0 (SdpOffer, 1);
	g_auto (GStrv) lines = g_strsplit (text, "\n", -1), words = NULL;
	g_autofree Payloads *payloads = g_new0 (Payloads, 1);
	SdpSection *section = NULL;
	gboolean ok = TRUE;
	for (char **line = lines; ok && *line; line++) {
		g_strchomp (*line);
		if (g_str_has_prefix (*line, "m=")) {
			if (section)
				finish_section (section, payloads, words + 3);
			g_strfreev (words);
			words = g_strsplit (*line + 2, " ", 40);
			ok = start_section (offer, words, error);
			section = ok ? &offer->sections[offer->n - 1] : NULL;
		} else if (section && g_str_has_prefix (*line, "a=")) {
			read_attribute (section, payloads, *line + 2);
		}
	}
	if (section)
		finish_section (section, payloads, words + 3);
	else
		payloads_clear (payloads);
	if (ok && offer->n == 0)
		ok = curia_throw (error, CURIA_ERROR_INVALID_SDP, "the offer has no sections");
	return ok ? g_steal_pointer (&offer) : NULL;
}

void sdp_offer_free (SdpOffer *self)
{
	for (guint i = 0; i < self->n; i++) {
		g_free (self->sections[i].protocol);
		for (int codec = 0; codec < CODEC_N; codec++) {
			g_free (self->sections[i].format[codec]);
			g_free (self->sections[i].rtpmap[codec]);
		}
	}
	g_free (self);
}

int sdp_offer_find (const SdpOffer *self, const char *mid)
{
	for (guint i = 0; i < self->n; i++)
		if (g_str_equal (self->sections[i].mid, mid))
			return i;
	return -1;
}

void sdp_offer_read_simulcast (SdpOffer *self, json_t *simulcast)
{
	for (gsize i = 0; i < json_array_size (simulcast); i++) {
		json_t *item = json_array_get (simulcast, i), *rids = json_object_get (item, "rids");
		json_int_t mindex = json_integer_value (json_object_get (item, "mindex"));
		gsize n = json_array_size (rids);
		if (mindex < 0 || mindex >= self->n || n < 2 || n > SDP_MAX_RIDS || !self->sections[mindex].extension[SDP_EXT_RID])
			continue;
		SdpSection *section = &self->sections[mindex];
		section->n_rids = n;
		for (gsize at = 0; at < n; at++) {
			const char *rid = json_string_value (json_array_get (rids, n - 1 - at));
			if (!rid || !*rid || g_strlcpy (section->rids[at], rid, SDP_RID_BYTES) >= SDP_RID_BYTES)
				section->n_rids = 0;
		}
	}
}

/* ---- writing ---- */

static void write_extensions (GString *out, const SdpSection *section, guint accepted)
{
	for (int i = 0; i < SDP_EXT_N; i++)
		if (section->extension[i] && (accepted & BIT (i)))
			g_string_append_printf (out, "a=extmap:%d %s\r\n", section->extension[i], extension_uris[i]);
}

static void write_codec (GString *out, const SdpSection *section, Codec codec, const SdpReply *reply)
{
	static const char *const feedback[] = { "ccm fir", "nack", "nack pli", "goog-remb" };
	int type = section->payload_type[codec];
	const char *format = reply->format ? reply->format : section->format[codec];
	g_string_append_printf (out, "a=rtpmap:%d %s\r\n", type, section->rtpmap[codec]);
	if (format)
		g_string_append_printf (out, "a=fmtp:%d %s\r\n", type, format);
	for (guint i = 0; section->video && i < G_N_ELEMENTS (feedback); i++)
		g_string_append_printf (out, "a=rtcp-fb:%d %s\r\n", type, feedback[i]);
	if (reply->codec != CODEC_NONE && !reply->send && section->transport_cc[codec])
		g_string_append_printf (out, "a=rtcp-fb:%d transport-cc\r\n", type);
}

/* An inactive section must name a codec too. */
static Codec any_codec (const SdpSection *section)
{
	for (int codec = CODEC_NONE + 1; codec < CODEC_N; codec++)
		if (section->payload_type[codec] >= 0)
			return codec;
	return CODEC_NONE;
}

static void write_section (GString *out, const SdpSection *section, const SdpReply *reply)
{
	const char *kind = section->audio ? "audio" : section->video ? "video" : "application";
	gboolean active = reply->codec != CODEC_NONE;
	Codec codec = active ? reply->codec : any_codec (section);
	if (section->rejected || section->payload_type[codec] < 0) {
		g_string_append_printf (out, "m=%s 0 %s 0\r\nc=IN IP4 127.0.0.1\r\na=inactive\r\n", kind, section->protocol);
		return;
	}
	/* Never port 0 for what was offered: the core would take the SSRC away from the m-line for good. */
	gboolean red = active && reply->red && section->red_type >= 0;
	g_string_append_printf (out, "m=%s 9 %s %d", kind, section->protocol, section->payload_type[codec]);
	if (red)
		g_string_append_printf (out, " %d", section->red_type);
	g_string_append (out, "\r\nc=IN IP4 127.0.0.1\r\n");
	if (active && reply->bitrate_bps)
		g_string_append_printf (out, "b=TIAS:%u\r\n", reply->bitrate_bps);
	g_string_append_printf (out, "a=%s\r\n", !active ? "inactive" : reply->send ? "sendonly" : "recvonly");
	if (active && reply->send)
		g_string_append_printf (out, "a=msid:%s %s\r\n", reply->stream, reply->track);
	write_codec (out, section, codec, reply);
	if (red)
		g_string_append_printf (out, "a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d\r\n", section->red_type, section->red_type,
			section->payload_type[codec], section->payload_type[codec]);
	write_extensions (out, section, !active ? BIT (SDP_EXT_MID) : reply->send ? accepted_sending : accepted_receiving);
}

char *sdp_answer_write (const SdpOffer *offer, const SdpReply *replies)
{
	GString *out = g_string_new ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Curia\r\nt=0 0\r\n");
	for (guint i = 0; i < offer->n; i++)
		write_section (out, &offer->sections[i], &replies[i]);
	return g_string_free (out, FALSE);
}
