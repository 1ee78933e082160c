/* What a publisher may send, and what becomes of its packets, through the built module against a fake core. */
#include "config.h"

#include "tests/room/people.h"

static void test_publish_refusals (void)
{
	static const struct {
		const char *offer, *tracks;
		CuriaErrorCode code;
		const char *field;
	} rows[] = {
		{ "as vs", "[{\"mid\":\"9\",\"source\":\"camera\"}]", CURIA_ERROR_INVALID_FIELD, "tracks[0].mid" },
		{ "as vs", "[{\"mid\":\"0\",\"source\":\"camera\"}]", CURIA_ERROR_INVALID_FIELD, "tracks[0].mid" },
		{ "as vs", "[{\"mid\":\"0\",\"source\":\"piano\"}]", CURIA_ERROR_INVALID_FIELD, "tracks[0].source" },
		{ "as as", "[{\"mid\":\"0\",\"source\":\"microphone\"},{\"mid\":\"1\",\"source\":\"microphone\"}]", CURIA_ERROR_INVALID_FIELD, "tracks[1].source" },
		{ "as as", "[{\"mid\":\"0\",\"source\":\"microphone\"},{\"mid\":\"0\",\"source\":\"screen_share_audio\"}]", CURIA_ERROR_INVALID_FIELD, "tracks[1].mid" },
		{ "ar", "[{\"mid\":\"0\",\"source\":\"microphone\"}]", CURIA_ERROR_INVALID_SDP, NULL },
		{ "", "[{\"mid\":\"0\",\"source\":\"microphone\"}]", CURIA_ERROR_INVALID_SDP, NULL },
	};
	g_autofree char *code = fake_make_meeting ("vp8", 2);
	g_auto (Person) ann = person_join (code, "Ann");
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *offer = *rows[i].offer ? fake_offer (rows[i].offer) : g_strdup ("v=0\r\n");
		g_autoptr (Json) answer = fake_request (ann.publish, json_pack ("{s:s s:o}", "request", "publish", "tracks",
			json_loads (rows[i].tracks, 0, NULL)), offer, NULL);
		assert_error (answer, rows[i].code, rows[i].field);
		fake_until (fake_closed (ann.publish) == i + 1);
	}
	g_autoptr (Json) nothing = fake_request (ann.publish, json_pack ("{s:s}", "request", "unpublish"), NULL, NULL);
	assert_error (nothing, CURIA_ERROR_NOT_PUBLISHED, NULL);
	fake_detach (ann.publish);
}

static void test_media (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 5);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	assert_slot (&ann, "0", bob.id, "microphone", NULL);
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	assert_slot (&ann, "4", NULL, NULL, NULL);
	fake_until (fake_keyframe_requests (bob.publish, 1) >= 1);

	send_video (&bob, FALSE); /* nobody can start here */
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 0);
	guint16 first = next_seq + 1;
	send_video (&bob, TRUE);
	send_video (&bob, FALSE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 2);
	FakePacket a = fake_packet (ann.view, 3, 0), b = fake_packet (ann.view, 3, 1);
	g_assert_cmpint ((guint16) (b.seq - a.seq), ==, 1);
	g_assert_cmpint (b.ts - a.ts, ==, 3000);
	g_assert_cmpint (a.payload_type, ==, 96);
	g_assert_true (a.marker);
	g_assert_cmpint (a.payload_bytes, ==, VP8_BYTES);

	/* A late packet keeps its place; a repeated one goes nowhere; other payload types and padding neither. */
	next_seq++;
	send_video (&bob, FALSE);
	fake_rtp (bob.publish, 1, TRUE, 96, next_seq - 1, 5, FALSE, VP8_DELTA, VP8_BYTES, -1);
	fake_rtp (bob.publish, 1, TRUE, 96, next_seq - 1, 5, FALSE, VP8_DELTA, VP8_BYTES, -1);
	fake_rtp (bob.publish, 1, TRUE, 97, next_seq + 1, 5, FALSE, VP8_DELTA, VP8_BYTES, -1);
	fake_rtp (bob.publish, 1, TRUE, 96, ++next_seq, 5, FALSE, VP8_DELTA, 0, -1);
	send_video (&bob, FALSE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 5);
	g_assert_cmpint ((guint16) (fake_packet (ann.view, 3, 3).seq - a.seq), ==, 2);
	g_assert_cmpint ((guint16) (fake_packet (ann.view, 3, 4).seq - a.seq), ==, 4);

	send_audio (&bob, 30);
	g_assert_cmpuint (fake_relayed (ann.view, 0), ==, 1);
	g_assert_cmpint (fake_packet (ann.view, 0, 0).payload_type, ==, 111);
	g_assert_cmpuint (fake_relayed (bob.view, 0), ==, 0); /* never your own voice */
	g_assert_cmpuint (first, >, 0);

	/* Muted: the slot is emptied of packets; unmuted: a keyframe is asked for, and the stream goes on without a gap. */
	guint asked = fake_keyframe_requests (bob.publish, 1);
	mute (&bob, "camera", TRUE);
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 5);
	mute (&bob, "camera", FALSE);
	fake_until (fake_keyframe_requests (bob.publish, 1) > asked);
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, FALSE);
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 6);
	g_assert_cmpint ((guint16) (fake_packet (ann.view, 3, 5).seq - a.seq), ==, 5);

	/* A viewer's PLI, even one the core could not place, comes to the publisher, but not more often than it may. */
	static const guint8 pli[] = { 0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9 };
	g_usleep (550000);
	asked = fake_keyframe_requests (bob.publish, 1);
	for (int i = 0; i < 50; i++)
		fake_rtcp (ann.view, 0, FALSE, pli, sizeof pli);
	fake_until (fake_keyframe_requests (bob.publish, 1) > asked);
	g_assert_cmpuint (fake_keyframe_requests (bob.publish, 1), <=, asked + 2);

	/* Packets for m-lines nobody published, and nonsense. */
	fake_rtp (bob.publish, 3, FALSE, 111, 1, 1, FALSE, VP8_DELTA, VP8_BYTES, 5);
	fake_rtp (bob.publish, 63, FALSE, 111, 1, 1, FALSE, VP8_DELTA, VP8_BYTES, 5);
	fake_rtcp (ann.view, 0, FALSE, (const guint8 *) "\xff\xff", 2);
	person_leave (&ann);
	person_leave (&bob);
}

/* Media that stops without a word: the PeerConnection is closed; one that has nothing to send is left alone. */
static void test_silence (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	for (int i = 0; i < 20; i++) { /* Bob sends and then is silent; Ann never sends, and says she receives for a while */
		send_video (&bob, TRUE);
		g_usleep (100000);
	}
	fake_until (fake_closed (bob.publish) == 1);
	g_assert_cmpuint (fake_closed (ann.publish), ==, 0);
	g_assert_cmpuint (fake_closed (bob.view), ==, 0);
	fake_down (bob.publish);
	g_autoptr (Json) sync = fake_request (ann.publish, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpuint (json_array_size (at (sync, "participants.0.tracks")), ==, 0);
	person_publish (&bob); /* and comes back on the same handle */
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	person_leave (&ann);
	person_leave (&bob);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("room: { silent_ms = 2000 }\n");
	g_test_add_func ("/media/publish-refusals", test_publish_refusals);
	g_test_add_func ("/media/media", test_media);
	g_test_add_func ("/media/silence", test_silence);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
