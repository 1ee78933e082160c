/* Layers through the built module against a fake core: who gets which, when it changes, what the publisher is told. */
#include "config.h"

#include <string.h>

#include "tests/room/people.h"

/* Keyframes of 320x180, 640x360 and 1280x720, and a frame that refers to another; picture ids are written in. */
static const struct {
	const char *rid;
	guint32 ssrc;
	guint16 width, height;
	guint frame_bytes; /* at 100 frames a second: 80, 480 and 800 kbit/s */
} layers[] = { { "l", 101, 320, 180, 100 }, { "m", 102, 640, 360, 600 }, { "h", 103, 1280, 720, 1000 } };

#define N_LAYERS G_N_ELEMENTS (layers)
#define MAX_FRAME_BYTES 1000

static guint16 seqs[N_LAYERS];

static void send_layer (Person *self, guint layer, gboolean keyframe)
{
	guint16 seq = ++seqs[layer], width = layers[layer].width, height = layers[layer].height;
	guint8 frame[MAX_FRAME_BYTES] = { 0x90, 0x80, seq & 0x7f, keyframe ? 0x10 : 0x11, 2, 0, 0x9d, 0x01, 0x2a,
		width & 0xff, width >> 8, height & 0xff, height >> 8, 0 };
	/* the extension names the layer in its first packets only, as browsers do */
	const char *rid = seq < 1000 * (layer + 1) + 5 ? layers[layer].rid : NULL;
	fake_layer (self->publish, 1, rid, layers[layer].ssrc, seq, seq * 3000u, frame, layers[layer].frame_bytes);
}

static void send_all (Person *self, gboolean keyframe)
{
	for (guint i = 0; i < N_LAYERS; i++)
		send_layer (self, i, keyframe);
}

static Person publisher_join (const char *code, const char *name)
{
	Person self = person_join (code, name);
	for (guint i = 0; i < N_LAYERS; i++)
		seqs[i] = 1000 * (i + 1);
	fake_offer_simulcast (self.publish, 1);
	person_publish (&self);
	return self;
}

/* Ann watches Bob, who sends all layers, in her first video slot. */
#define SLOT 3
#define SLOT_MID "3"

typedef struct {
	Person ann, bob;
} Scene;

static Scene scene_new (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 5);
	Scene self = { .ann = person_join (code, "Ann"), .bob = publisher_join (code, "Bob") };
	json_decref (person_subscribe (&self.ann, "ar ar ar vr vr"));
	return self;
}

static void scene_clear (Scene *self)
{
	person_leave (&self->ann);
	person_leave (&self->bob);
	person_clear (&self->ann);
	person_clear (&self->bob);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void wish (Scene *self, int height)
{
	g_autoptr (Json) answer = fake_request (self->ann.view, json_pack ("{s:s s:[{s:s s:i}]}", "request", "view", "slots",
		"mid", SLOT_MID, "height", height), NULL, NULL);
	assert_room (answer, "viewing");
}

static json_int_t layer_of (Scene *self)
{
	g_autoptr (Json) holder = NULL;
	json_t *layer = at (slot_of (&self->ann, SLOT_MID, &holder), "layer");
	return json_is_integer (layer) ? json_integer_value (layer) : -1;
}

/* Bob sends a frame, which is a keyframe if one was asked for since *answered; 100 of them last a second. */
static void feed (Scene *self, guint *answered)
{
	guint asked = fake_keyframe_requests (self->bob.publish, 1);
	send_all (&self->bob, asked > *answered);
	*answered = asked;
	g_usleep (10000);
}

static void feed_until_layer (Scene *self, json_int_t layer)
{
	guint answered = fake_keyframe_requests (self->bob.publish, 1);
	for (guint i = 0; i < 300 && layer_of (self) != layer; i++)
		feed (self, &answered);
	g_assert_cmpint (layer_of (self), ==, layer);
}

/* Of what was relayed to the slot every number comes once and none is missing. */
static void assert_continuous (Scene *self)
{
	FakeHandle *view = self->ann.view;
	guint n = fake_relayed (view, SLOT);
	for (guint i = 1; i < n; i++) {
		FakePacket a = fake_packet (view, SLOT, i - 1), b = fake_packet (view, SLOT, i);
		g_assert_cmpint ((guint16) (b.seq - a.seq), ==, 1);
		g_assert_cmpint ((gint32) (b.ts - a.ts), >, 0);
		g_assert_cmpint ((b.payload[2] - a.payload[2]) & 0x7f, ==, 1);
	}
}

static gboolean is_wanted (json_t *event, const char *rid)
{
	json_t *wanted = at (event, "tracks.0.wanted"), *item;
	gsize i;
	json_array_foreach (wanted, i, item)
		if (g_strcmp0 (json_string_value (item), rid) == 0)
			return TRUE;
	return FALSE;
}

/* ---- stories ---- */

static void test_heights (void)
{
	g_auto (Scene) scene = scene_new ();
	g_assert_cmpstr (text (scene.ann.joined, "media.publish.camera.layers.0.rid"), ==, "h");
	g_assert_cmpint (number (scene.ann.joined, "media.publish.camera.layers.2.scale"), ==, 4);
	wish (&scene, 180);
	fake_until (fake_keyframe_requests (scene.bob.publish, 1) >= 1);
	send_all (&scene.bob, TRUE);
	feed_until_layer (&scene, 0);
	wish (&scene, 700);
	feed_until_layer (&scene, 2);
	wish (&scene, 300);
	feed_until_layer (&scene, 1);
	assert_continuous (&scene);
	g_assert_cmpuint (fake_relayed (scene.ann.view, SLOT), >, 10);

	g_autoptr (Json) quality = fake_request (scene.ann.view, json_pack ("{s:s}", "request", "quality"), NULL, NULL);
	assert_room (quality, "quality");
	g_assert_cmpint (number (quality, "estimate_bps"), >, 0);
	g_assert_cmpint (number (quality, "slots.0.layer"), ==, 1);
	g_assert_cmpint (number (quality, "slots.0.wanted_height"), ==, 300);
	g_assert_cmpstr (text (quality, "slots.0.reason"), ==, "as_wished");
}

/* Who just came gets smaller pictures first. */
static void test_warm_up (void)
{
	gint64 came_us = g_get_monotonic_time ();
	g_auto (Scene) scene = scene_new ();
	wish (&scene, 700);
	send_all (&scene.bob, TRUE);
	feed_until_layer (&scene, 2);
	g_assert_cmpint (g_get_monotonic_time () - came_us, >, G_TIME_SPAN_SECOND);
	assert_continuous (&scene);
}

/* Layers that nobody gets are stopped at their publisher, and run again as soon as somebody wants them. */
static void test_wanted (void)
{
	g_auto (Scene) scene = scene_new ();
	wish (&scene, 180);
	send_all (&scene.bob, TRUE);
	feed_until_layer (&scene, 0);
	gboolean l = TRUE, m = TRUE, h = TRUE;
	for (guint i = 0; i < 400 && (m || h); i++) {
		g_autoptr (Json) event = fake_wait_event (scene.bob.publish, "layers", 10);
		l = event ? is_wanted (event, "l") : l;
		m = event ? is_wanted (event, "m") : m;
		h = event ? is_wanted (event, "h") : h;
		send_all (&scene.bob, FALSE);
	}
	g_assert_true (l && !m && !h);
	gint64 asked_us = g_get_monotonic_time ();
	wish (&scene, 700);
	g_autoptr (Json) again = fake_wait_event (scene.bob.publish, "layers", FAKE_WAIT_MS);
	if (!again || !is_wanted (again, "h"))
		g_error ("not wanted again: %s", again ? json_dumps (again, 0) : "no event");
	g_assert_cmpint (g_get_monotonic_time () - asked_us, <, 500 * G_TIME_SPAN_MILLISECOND);
	feed_until_layer (&scene, 2);
	assert_continuous (&scene);

	/* nobody at all: not even the smallest */
	g_autoptr (Json) paused = fake_request (scene.ann.view, json_pack ("{s:s s:b}", "request", "pause", "paused", 1), NULL, NULL);
	assert_room (paused, "paused");
	for (guint i = 0; i < 8 && (l || h); i++) {
		g_autoptr (Json) event = fake_wait_event (scene.bob.publish, "layers", FAKE_WAIT_MS);
		g_assert_nonnull (event);
		l = is_wanted (event, "l");
		h = is_wanted (event, "h");
	}
	g_assert_false (l || h);
}

/* Receiver reports with a REMB of `bps`, as Chromium sends them: they reach the viewer's estimate at once. */
static void report_remb (Scene *self, guint32 bps)
{
	guint exponent = 0;
	for (; bps >= 1u << 18; bps >>= 1)
		exponent++;
	guint8 rtcp[] = { 0x80, 201, 0, 1, 0, 0, 0, 1,
		0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, exponent << 2 | bps >> 16, bps >> 8, bps, 0, 0, 0, 9 };
	fake_rtcp (self->ann.view, SLOT, TRUE, rtcp, sizeof rtcp);
}

static int quality_of (Scene *self, const char *what)
{
	g_autoptr (Json) quality = fake_request (self->ann.view, json_pack ("{s:s}", "request", "quality"), NULL, NULL);
	return number (quality, what);
}

/* One report block on the slot, answering at once a sender report of 50 ms ago; `lost` so far. */
static void report_block (Scene *self, guint16 seq, guint16 lost)
{
	guint64 sent_us = (guint64) g_get_real_time () - 50000 + G_GUINT64_CONSTANT (2208988800) * G_USEC_PER_SEC;
	guint32 sr = (guint32) ((sent_us / G_USEC_PER_SEC) << 16 | (sent_us % G_USEC_PER_SEC << 16) / G_USEC_PER_SEC);
	guint8 rtcp[] = { 0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, lost >> 8, lost & 0xff, 0, 0, seq >> 8, seq & 0xff, 0, 0, 0, 5,
		sr >> 24, sr >> 16 & 0xff, sr >> 8 & 0xff, sr & 0xff, 0, 0, 0, 0 };
	fake_rtcp (self->ann.view, SLOT, TRUE, rtcp, sizeof rtcp);
}

/* Ann's browser reports less and less, and so many losses each time, until her slot has the layer, -1 for none; and why. */
static void squeeze (Scene *self, guint32 remb_bps, guint losses, json_int_t layer, const char *reason)
{
	guint answered = fake_keyframe_requests (self->bob.publish, 1), lost = 0;
	for (guint i = 0; i < 800 && layer_of (self) != layer; i++) {
		if (i % 20 == 0) {
			report_remb (self, remb_bps);
			report_block (self, fake_packet (self->ann.view, SLOT, fake_relayed (self->ann.view, SLOT) - 1).seq, lost);
			remb_bps = remb_bps * 9 / 10;
			lost += losses;
		}
		feed (self, &answered);
	}
	g_assert_cmpint (layer_of (self), ==, layer);
	g_autoptr (Json) quality = fake_request (self->ann.view, json_pack ("{s:s}", "request", "quality"), NULL, NULL);
	g_assert_cmpstr (text (quality, "slots.0.reason"), ==, reason);
	g_assert_cmpint (number (quality, "allocated_bps"), <=, number (quality, "estimate_bps"));
	g_assert_cmpint (number (quality, "wanted_bps"), >, number (quality, "estimate_bps"));
}

/* A line that carries less gets a smaller picture; one that carries hardly more than voices gets none. */
static void test_bandwidth (void)
{
	g_auto (Scene) scene = scene_new ();
	wish (&scene, 360);
	send_all (&scene.bob, TRUE);
	feed_until_layer (&scene, 1);
	int before_bps = quality_of (&scene, "estimate_bps");
	report_remb (&scene, 2000000);
	squeeze (&scene, 600000, 0, 0, "limited");
	assert_slot (&scene.ann, SLOT_MID, scene.bob.id, "camera", NULL);
	assert_continuous (&scene);
	g_assert_cmpint (quality_of (&scene, "estimate_bps"), <, before_bps);
	squeeze (&scene, 250000, 8, -1, "no_bandwidth");
	assert_slot (&scene.ann, SLOT_MID, scene.bob.id, "camera", "bandwidth");
	guint before = fake_relayed (scene.ann.view, SLOT);
	send_all (&scene.bob, TRUE);
	g_assert_cmpuint (fake_relayed (scene.ann.view, SLOT), ==, before);
}

/* What is reported of the slot's own packets counts; what bears its SSRC but is of the retransmissions does not. */
static void test_losses (void)
{
	g_auto (Scene) scene = scene_new ();
	wish (&scene, 180);
	send_all (&scene.bob, TRUE);
	feed_until_layer (&scene, 0);
	guint16 first = fake_packet (scene.ann.view, SLOT, fake_relayed (scene.ann.view, SLOT) - 1).seq;
	report_block (&scene, first, 0);
	for (guint i = 0; i < 100; i++)
		send_all (&scene.bob, FALSE);
	report_block (&scene, first + 20000, 90);
	g_usleep (1200000);
	g_assert_cmpint (quality_of (&scene, "loss_permille"), ==, 0);
	g_assert_cmpint (quality_of (&scene, "rtt_ms"), >=, 50);
	report_block (&scene, first + 100, 50);
	fake_until (quality_of (&scene, "loss_permille") > 0);
}

/* Packets whose layer nobody named, or that are not of this codec, go nowhere. */
static void test_unknown_layers (void)
{
	g_auto (Scene) scene = scene_new ();
	fake_until (fake_keyframe_requests (scene.bob.publish, 1) >= 1);
	for (guint16 i = 0; i < 50; i++) {
		fake_layer (scene.bob.publish, 1, NULL, 77, i, i * 3000u, VP8_KEYFRAME, VP8_BYTES);
		fake_layer (scene.bob.publish, 1, "x", 78, i, i * 3000u, VP8_KEYFRAME, VP8_BYTES);
	}
	g_assert_cmpuint (fake_relayed (scene.ann.view, SLOT), ==, 0);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("room: { warm_up_ms = 1000 }\n");
	g_test_add_func ("/simulcast/heights", test_heights);
	g_test_add_func ("/simulcast/warm-up", test_warm_up);
	g_test_add_func ("/simulcast/wanted", test_wanted);
	g_test_add_func ("/simulcast/bandwidth", test_bandwidth);
	g_test_add_func ("/simulcast/losses", test_losses);
	g_test_add_func ("/simulcast/unknown-layers", test_unknown_layers);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
