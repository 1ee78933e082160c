#include "config.h"
#include "tools/load/sdp.h"

#include <arpa/inet.h>
#include <string.h>

enum { TYPE_OPUS = 111, TYPE_VP8 = 96, TYPE_RTX = 97 };
/* Ids of header extensions in our offers, as Chromium numbers them. */
static const guint8 our_ids[EXT_N] = { [EXT_MID] = 4, [EXT_RID] = 10, [EXT_LEVEL] = 1, [EXT_ABS_SEND_TIME] = 2, [EXT_TRANSPORT_CC] = 3 };

static gboolean sends (SdpDirection direction)
{
	return direction == SDP_SENDONLY || direction == SDP_SENDRECV;
}

SdpSection *sdp_add (Sdp *self, const char *mid, gboolean video, SdpDirection direction)
{
	g_assert (self->n < SDP_MAX_SECTIONS);
	SdpSection *section = &self->sections[self->n++];
	*section = (SdpSection) { .video = video, .direction = direction, .payload_type = video ? TYPE_VP8 : TYPE_OPUS, .repair_type = -1 };
	g_strlcpy (section->mid, mid, sizeof section->mid);
	section->ids[EXT_MID] = our_ids[EXT_MID];
	if (!video)
		section->ids[EXT_LEVEL] = our_ids[EXT_LEVEL];
	if (video && !sends (direction)) {
		section->repair_type = TYPE_RTX;
		section->ids[EXT_ABS_SEND_TIME] = our_ids[EXT_ABS_SEND_TIME];
	}
	if (sends (direction))
		section->ids[EXT_TRANSPORT_CC] = our_ids[EXT_TRANSPORT_CC];
	if (video && sends (direction))
		section->ids[EXT_RID] = our_ids[EXT_RID];
	return section;
}

Sdp *sdp_answer_to (const Sdp *offer)
{
	Sdp *answer = sdp_new ();
	for (guint i = 0; i < offer->n; i++) {
		const SdpSection *theirs = &offer->sections[i];
		SdpSection *ours = &answer->sections[answer->n++];
		*ours = *theirs;
		ours->ssrc = ours->repair_ssrc = ours->n_rids = 0;
		ours->rejected = theirs->rejected || theirs->payload_type < 0;
		ours->direction = sends (theirs->direction) ? SDP_RECVONLY : SDP_INACTIVE;
		/* Without it the sender goes by REMB, as it does for our own offers. */
		ours->ids[EXT_TRANSPORT_CC] = 0;
	}
	g_strlcpy (answer->setup, "active", sizeof answer->setup);
	return answer;
}

static void write_transport (GString *out, const Sdp *self)
{
	char address[INET_ADDRSTRLEN];
	for (guint i = 0; i < self->n_candidates; i++)
		g_string_append_printf (out, "a=candidate:1 1 udp 2130706431 %s %u typ host\r\n",
			inet_ntop (AF_INET, &self->candidates[i].sin_addr, address, sizeof address), ntohs (self->candidates[i].sin_port));
	g_string_append_printf (out, "a=end-of-candidates\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\na=setup:%s\r\n",
		self->ufrag, self->password, self->fingerprint, self->setup);
}

static void write_video_codec (GString *out, const SdpSection *section)
{
	static const char *const feedback[] = { "nack", "nack pli", "ccm fir", "goog-remb" };
	int type = section->payload_type;
	g_string_append_printf (out, "a=rtpmap:%d VP8/90000\r\n", type);
	for (guint i = 0; i < G_N_ELEMENTS (feedback); i++)
		g_string_append_printf (out, "a=rtcp-fb:%d %s\r\n", type, feedback[i]);
	if (section->ids[EXT_TRANSPORT_CC])
		g_string_append_printf (out, "a=rtcp-fb:%d transport-cc\r\n", type);
	if (section->repair_type >= 0)
		g_string_append_printf (out, "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n", section->repair_type, section->repair_type, type);
}

static void write_source (GString *out, const SdpSection *section)
{
	g_string_append_printf (out, "a=msid:load load-%s\r\n", section->mid);
	if (section->n_rids == 0) {
		g_string_append_printf (out, "a=ssrc:%u cname:load\r\n", section->ssrc);
		return;
	}
	g_autoptr (GString) rids = g_string_new (NULL);
	for (guint i = 0; i < section->n_rids; i++) {
		g_string_append_printf (out, "a=rid:%s send\r\n", section->rids[i]);
		g_string_append_printf (rids, "%s%s", i ? ";" : "", section->rids[i]);
	}
	g_string_append_printf (out, "a=simulcast:send %s\r\n", rids->str);
}

static void write_section (GString *out, const Sdp *self, const SdpSection *section)
{
	static const char *const directions[] = { "sendrecv", "sendonly", "recvonly", "inactive" };
	int type = MAX (section->payload_type, 0);
	g_string_append_printf (out, "m=%s %d UDP/TLS/RTP/SAVPF %d", section->video ? "video" : "audio", section->rejected ? 0 : 9, type);
	if (section->repair_type >= 0)
		g_string_append_printf (out, " %d", section->repair_type);
	g_string_append (out, "\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n");
	write_transport (out, self);
	g_string_append_printf (out, "a=mid:%s\r\n", section->mid);
	for (int i = 0; i < EXT_N; i++)
		if (section->ids[i])
			g_string_append_printf (out, "a=extmap:%d %s\r\n", section->ids[i], extension_uris[i]);
	g_string_append_printf (out, "a=%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n", directions[section->direction]);
	if (section->video)
		write_video_codec (out, section);
	else
		g_string_append_printf (out, "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1\r\n", type, type);
	if (sends (section->direction))
		write_source (out, section);
}

char *sdp_write (const Sdp *self)
{
	GString *out = g_string_new ("v=0\r\no=- 4611731400430051336 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
	for (guint i = 0; i < self->n; i++)
		if (!self->sections[i].rejected)
			g_string_append_printf (out, " %s", self->sections[i].mid);
	g_string_append (out, "\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS *\r\n");
	for (guint i = 0; i < self->n; i++)
		write_section (out, self, &self->sections[i]);
	return g_string_free (out, FALSE);
}
