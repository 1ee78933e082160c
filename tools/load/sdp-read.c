#include "config.h"
#include "tools/load/sdp.h"

#include <arpa/inet.h>
#include <string.h>

#include "curia-error.h"

/* What a section says of payload types until all of it was read. */
typedef struct {
	gboolean wanted[128]; /* opus or VP8 */
	int repairs[128];     /* the type that this one repairs, or -1 */
	int order[128];
	int n;
} Types;

Sdp *sdp_new (void)
{
	return g_new0 (Sdp, 1);
}

void sdp_free (Sdp *self)
{
	g_free (self);
}

/* "<number> <rest>": cuts the number off; -1 when there is none. */
static int take_type (const char **value)
{
	char *end = NULL;
	guint64 number = g_ascii_isdigit (**value) ? g_ascii_strtoull (*value, &end, 10) : 128;
	if (number > 127 || *end != ' ')
		return -1;
	*value = end + 1;
	return (int) number;
}

static void read_rtpmap (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types, const char *value)
{
	int type = take_type (&value);
	if (type >= 0)
		types->wanted[type] = g_ascii_strncasecmp (value, section->video ? "VP8/" : "opus/", section->video ? 4 : 5) == 0;
}

static void read_fmtp (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types, const char *value)
{
	int type = take_type (&value);
	section->dtx |= type >= 0 && strstr (value, "usedtx=1") != NULL;
	if (type >= 0 && g_str_has_prefix (value, "apt="))
		types->repairs[type] = CLAMP (atoi (value + 4), -1, 127);
}

static void read_mid (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types G_GNUC_UNUSED, const char *value)
{
	g_strlcpy (section->mid, value, sizeof section->mid);
}

static void read_extmap (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types G_GNUC_UNUSED, const char *value)
{
	int id = atoi (value);
	const char *uri = strchr (value, ' ');
	for (int i = 0; uri && id > 0 && id < 15 && i < EXT_N; i++)
		if (g_str_equal (uri + 1, extension_uris[i]))
			section->ids[i] = id;
}

/* The first SSRC is the media's; a group or a second one tells the repairs'. */
static void read_ssrc (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types G_GNUC_UNUSED, const char *value)
{
	guint32 ssrc = g_ascii_strtoull (value, NULL, 10);
	if (!section->ssrc)
		section->ssrc = ssrc;
	else if (ssrc != section->ssrc && !section->repair_ssrc)
		section->repair_ssrc = ssrc;
}

static void read_group (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types G_GNUC_UNUSED, const char *value)
{
	char *end;
	if (!g_str_has_prefix (value, "FID "))
		return;
	section->ssrc = g_ascii_strtoull (value + 4, &end, 10);
	section->repair_ssrc = g_ascii_strtoull (end, NULL, 10);
}

/* "h;m;l" after "send " or "recv ", each perhaps with "~" for paused. */
static void read_simulcast (Sdp *sdp G_GNUC_UNUSED, SdpSection *section, Types *types G_GNUC_UNUSED, const char *value)
{
	const char *list = strchr (value, ' ');
	g_auto (GStrv) rids = g_strsplit (list ? list + 1 : "", ";", SDP_MAX_RIDS + 1);
	for (guint i = 0; rids[i] && i < SDP_MAX_RIDS; i++)
		g_strlcpy (section->rids[section->n_rids++ % SDP_MAX_RIDS], rids[i] + (*rids[i] == '~'), SDP_RID_BYTES);
	section->n_rids = MIN (section->n_rids, SDP_MAX_RIDS);
}

static void read_candidate (Sdp *sdp, SdpSection *section G_GNUC_UNUSED, Types *types G_GNUC_UNUSED, const char *value)
{
	g_auto (GStrv) words = g_strsplit (value, " ", 9);
	struct in_addr address;
	if (g_strv_length (words) < 8 || sdp->n_candidates == SDP_MAX_CANDIDATES || !g_str_equal (words[1], "1")
		|| g_ascii_strcasecmp (words[2], "udp") != 0 || inet_pton (AF_INET, words[4], &address) != 1)
		return;
	struct sockaddr_in candidate = { .sin_family = AF_INET, .sin_addr = address, .sin_port = htons (atoi (words[5])) };
	for (guint i = 0; i < sdp->n_candidates; i++)
		if (memcmp (&sdp->candidates[i], &candidate, sizeof candidate) == 0)
			return;
	sdp->candidates[sdp->n_candidates++] = candidate;
}

static void read_ufrag (Sdp *sdp, SdpSection *section G_GNUC_UNUSED, Types *types G_GNUC_UNUSED, const char *value)
{
	g_strlcpy (sdp->ufrag, value, sizeof sdp->ufrag);
}

static void read_password (Sdp *sdp, SdpSection *section G_GNUC_UNUSED, Types *types G_GNUC_UNUSED, const char *value)
{
	g_strlcpy (sdp->password, value, sizeof sdp->password);
}

static void read_fingerprint (Sdp *sdp, SdpSection *section G_GNUC_UNUSED, Types *types G_GNUC_UNUSED, const char *value)
{
	g_strlcpy (sdp->fingerprint, value, sizeof sdp->fingerprint);
}

static void read_setup (Sdp *sdp, SdpSection *section G_GNUC_UNUSED, Types *types G_GNUC_UNUSED, const char *value)
{
	g_strlcpy (sdp->setup, value, sizeof sdp->setup);
}

static const struct {
	const char *name;
	void (*read) (Sdp *sdp, SdpSection *section, Types *types, const char *value);
	gboolean of_section; /* means nothing before the first m= line */
} attributes[] = {
	{ "rtpmap:", read_rtpmap, TRUE }, { "fmtp:", read_fmtp, TRUE }, { "mid:", read_mid, TRUE },
	{ "extmap:", read_extmap, TRUE }, { "ssrc:", read_ssrc, TRUE }, { "ssrc-group:", read_group, TRUE },
	{ "simulcast:", read_simulcast, TRUE }, { "candidate:", read_candidate, FALSE }, { "ice-ufrag:", read_ufrag, FALSE },
	{ "ice-pwd:", read_password, FALSE }, { "fingerprint:", read_fingerprint, FALSE }, { "setup:", read_setup, FALSE },
};

static const char *const directions[] = { "sendrecv", "sendonly", "recvonly", "inactive" };

static void read_attribute (Sdp *sdp, SdpSection *section, Types *types, const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
		if (g_str_has_prefix (text, attributes[i].name)) {
			if (section || !attributes[i].of_section)
				attributes[i].read (sdp, section, types, text + strlen (attributes[i].name));
			return;
		}
	for (guint i = 0; section && i < G_N_ELEMENTS (directions); i++)
		if (g_str_equal (text, directions[i]))
			section->direction = (SdpDirection) i;
}

static void finish_section (SdpSection *section, const Types *types)
{
	for (int i = 0; section && i < types->n && section->payload_type < 0; i++)
		if (types->wanted[types->order[i]])
			section->payload_type = types->order[i];
	for (int i = 0; section && i < types->n && section->payload_type >= 0; i++)
		if (types->repairs[types->order[i]] == section->payload_type)
			section->repair_type = types->order[i];
}

/* "audio 9 UDP/TLS/RTP/SAVPF 111 63" */
static SdpSection *start_section (Sdp *sdp, Types *types, const char *text)
{
	g_auto (GStrv) words = g_strsplit (text, " ", 40);
	if (g_strv_length (words) < 4 || sdp->n == SDP_MAX_SECTIONS)
		return NULL;
	SdpSection *section = &sdp->sections[sdp->n++];
	*section = (SdpSection) { .video = g_str_equal (words[0], "video"), .rejected = g_str_equal (words[1], "0"),
		.payload_type = -1, .repair_type = -1 };
	types->n = 0;
	for (int i = 0; i < 128; i++) {
		types->wanted[i] = FALSE;
		types->repairs[i] = -1;
	}
	for (char **word = words + 3; *word && types->n < 128; word++)
		types->order[types->n++] = CLAMP (atoi (*word), 0, 127);
	return section;
}

Sdp *sdp_read (const char *text, GError **error)
{
	g_autoptr (Sdp) sdp = sdp_new ();
	g_autofree Types *types = g_new0 (Types, 1);
	SdpSection *section = NULL;
	if (strlen (text) > SDP_MAX_BYTES || !g_str_has_prefix (text, "v=0")) {
		curia_throw (error, CURIA_ERROR_INVALID_SDP, "the server's SDP must begin with v=0 and have at most %d bytes", SDP_MAX_BYTES);
		return NULL;
	}
	g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_strchomp (*line);
		if (g_str_has_prefix (*line, "m=")) {
			finish_section (section, types);
			section = start_section (sdp, types, *line + 2);
			if (!section) {
				curia_throw (error, CURIA_ERROR_INVALID_SDP, "the server's SDP has a damaged or one too many m= line: %.80s", *line);
				return NULL;
			}
		} else if (g_str_has_prefix (*line, "a=")) {
			read_attribute (sdp, section, types, *line + 2);
		}
	}
	finish_section (section, types);
	return g_steal_pointer (&sdp);
}
