/* fuzz-descriptor.c: an RTP packet from anybody: its header, then its payload as every codec; VP8 numbers written back.
 * Speaks libFuzzer's interface. */
#include <string.h>

#include "plugins/room/descriptor.h"
#include "plugins/room/rtp.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize bytes);

static void
rewrite_vp8 (guint8 *payload, gsize bytes)
{
	Vp8Descriptor d;
	DescriptorMap map;
	g_autofree guint8 *before = g_memdup2 (payload, bytes);
	if (!descriptor_vp8_parse (payload, bytes, &d))
		return;
	descriptor_map_init (&map);
	descriptor_map_vp8 (&map, &d);
	descriptor_map_switch (&map);
	Vp8Descriptor out = descriptor_map_vp8 (&map, &d);
	descriptor_vp8_write (payload, &out);
	descriptor_vp8_write (payload, &d);
	g_assert (memcmp (before, payload, bytes) == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize bytes)
{
	RtpPacket p;
	if (!rtp_parse (data, bytes, &p))
		return 0;
	g_assert (p.payload_at >= RTP_HEADER_BYTES && p.payload_at + p.payload_bytes <= bytes);
	g_autofree guint8 *payload = g_memdup2 (data + p.payload_at, p.payload_bytes);
	for (Codec codec = CODEC_NONE; codec < CODEC_N; codec++)
		descriptor_is_keyframe (codec, payload, p.payload_bytes);
	rewrite_vp8 (payload, p.payload_bytes);
	return 0;
}
