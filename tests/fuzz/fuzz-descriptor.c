/* fuzz-descriptor.c: an RTP packet from anybody: its header, then its payload as every codec; VP8 numbers mapped and written
 * back. Behind the payload's first 64 bytes, each five are a picture that is sent or dropped. */
#include <string.h>

#include "fuzz.h"
#include "plugins/room/descriptor.h"
#include "plugins/room/rtp.h"

static void rewrite_vp8 (guint8 *payload, gsize bytes)
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
	FUZZ_EXPECT (memcmp (before, payload, bytes) == 0);
}

static void map_pictures (const guint8 *data, gsize bytes)
{
	DescriptorMap map;
	descriptor_map_init (&map);
	for (; bytes >= 5; data += 5, bytes -= 5) {
		guint bits = data[0] & 1 ? 15 : data[0] & 2 ? 7 : 0, mask = (1u << bits) - 1;
		gboolean follows = data[0] & 4 && bits == map.picture_id_bits;
		Vp8Descriptor d = {
			.keyframe = data[0] & 8, .picture_id_bits = (guint8) bits, .has_tl0 = data[0] & 16, .tl0 = data[3],
			.picture_id = (guint16) ((follows ? map.newest_in + 1u : (guint) (data[1] << 8 | data[2])) & mask),
		};
		DescriptorMap before = map;
		if (data[0] & 32) {
			descriptor_map_skip (&map, &d);
			FUZZ_EXPECT (!follows || map.newest_out == before.newest_out);
		} else if (data[0] & 64) {
			descriptor_map_switch (&map);
		} else {
			Vp8Descriptor out = descriptor_map_vp8 (&map, &d);
			FUZZ_EXPECT (out.picture_id <= mask && (bits == 0 || map.newest_in <= mask));
			FUZZ_EXPECT (!follows || bits == 0 || out.picture_id == ((before.newest_out + 1u) & mask));
		}
	}
}

int LLVMFuzzerTestOneInput (const guint8 *data, gsize bytes)
{
	RtpPacket p;
	if (!rtp_parse (data, bytes, &p))
		return 0;
	FUZZ_EXPECT (p.payload_at >= RTP_HEADER_BYTES && p.payload_at + p.payload_bytes <= bytes);
	g_autofree guint8 *payload = g_memdup2 (data + p.payload_at, p.payload_bytes);
	for (Codec codec = CODEC_NONE; codec < CODEC_N; codec++) {
		guint width = 0, height = 0;
		descriptor_is_keyframe (codec, payload, p.payload_bytes);
		gboolean known = descriptor_size (codec, payload, p.payload_bytes, &width, &height);
		FUZZ_EXPECT (known == (width > 0) && known == (height > 0) && width <= 16384 && height <= 32768);
	}
	rewrite_vp8 (payload, p.payload_bytes);
	if (p.payload_bytes > 64)
		map_pictures (payload + 64, p.payload_bytes - 64);
	return 0;
}
