/* fuzz-red.c: any frames, written and read back: blocks lie one behind the other, and each is a frame that went before.
 * The input: six bytes each (number, time, length), then so many of the frame's own. */
#include <string.h>

#include "fuzz.h"
#include "plugins/room/red.h"

static void check (const RedHistory *h, const guint8 *red, gsize bytes, const guint8 *payload, gsize own, guint8 type)
{
	gsize at = 0, sum = 0;
	guint n = 0;
	for (; red[at] & 0x80; at += 4, n++) {
		FUZZ_EXPECT (at + 4 < bytes && (red[at] & 0x7f) == type && n < RED_DISTANCE);
		sum += (gsize) (red[at + 2] & 3) << 8 | red[at + 3];
	}
	FUZZ_EXPECT (red[at] == type && at + 1 + sum + own == bytes);
	at++;
	for (; n > 0; n--) {
		FUZZ_EXPECT (memcmp (red + at, h->frames[n - 1].payload, h->frames[n - 1].bytes) == 0);
		at += h->frames[n - 1].bytes;
	}
	FUZZ_EXPECT (memcmp (red + at, payload, own) == 0);
}

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	RedHistory h;
	red_init (&h);
	while (size >= 6) {
		guint16 seq = (guint16) (data[0] & 1 ? h.frames[0].seq + 1 : data[0] << 8 | data[1]);
		guint32 ts = data[0] & 1 ? h.frames[0].ts + data[3] * 16u : (guint32) (data[2] << 8 | data[3]) << 6;
		gsize bytes = (gsize) (data[4] << 8 | data[5]) % 1400;
		bytes = MIN (bytes, size - 6);
		g_autofree guint8 *payload = g_memdup2 (data + 6, bytes);
		g_autofree guint8 *red = g_malloc (RED_MAX_BYTES);
		gsize written = red_write (&h, 111, seq, ts, payload, bytes, red);
		FUZZ_EXPECT (written <= RED_MAX_BYTES && (written == 0) == (bytes == 0 || bytes >= RED_MAX_BYTES));
		if (written > 0) {
			check (&h, red, written, payload, bytes, 111);
			red_set_type (red, written, 96);
			check (&h, red, written, payload, bytes, 96);
		}
		red_remember (&h, seq, ts, payload, bytes);
		data += 6 + bytes;
		size -= 6 + bytes;
	}
	return 0;
}
