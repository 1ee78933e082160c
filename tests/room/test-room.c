/* The built module against a fake core: whole stories of meetings, from join to leave. */
#include "config.h"

#include <string.h>

#include "tests/room/people.h"

/* ---- stories ---- */

static void test_refusals (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 2), *token = fake_token (code, "ann", "Ann", FALSE),
		*elsewhere = fake_token ("abcd-efgh-jkmn", "ann", "Ann", FALSE), *long_text = g_strnfill (9000, 'x');
	const struct {
		const char *body;
		CuriaErrorCode code;
		const char *field;
	} rows[] = {
		{ "[]", CURIA_ERROR_NO_MESSAGE, NULL },
		{ "{}", CURIA_ERROR_INVALID_REQUEST, NULL },
		{ "{\"request\":7}", CURIA_ERROR_INVALID_REQUEST, NULL },
		{ "{\"request\":\"dance\"}", CURIA_ERROR_INVALID_REQUEST, NULL },
		{ "{\"request\":\"join\"}", CURIA_ERROR_MISSING_FIELD, "token" },
		{ "{\"request\":\"join\",\"token\":5}", CURIA_ERROR_INVALID_FIELD, "token" },
		{ "{\"request\":\"join\",\"token\":\"a.b.c\"}", CURIA_ERROR_UNAUTHORIZED, NULL },
		{ "{\"request\":\"join\",\"token\":\"$long\"}", CURIA_ERROR_INVALID_FIELD, "token" },
		{ "{\"request\":\"join\",\"token\":\"$elsewhere\"}", CURIA_ERROR_NO_SUCH_MEETING, NULL },
		{ "{\"request\":\"configure\"}", CURIA_ERROR_JOIN_FIRST, NULL },
		{ "{\"request\":\"publish\",\"tracks\":[]}", CURIA_ERROR_INVALID_FIELD, "tracks" },
		{ "{\"request\":\"publish\",\"tracks\":[{\"mid\":\"0\",\"source\":\"camera\"}]}", CURIA_ERROR_MISSING_FIELD, "jsep" },
		{ "{\"request\":\"sync\"}", CURIA_ERROR_JOIN_FIRST, NULL },
		{ "{\"request\":\"view\"}", CURIA_ERROR_JOIN_FIRST, NULL },
		{ "{\"request\":\"subscribe\"}", CURIA_ERROR_MISSING_FIELD, "jsep" },
		{ "{\"request\":\"connection\",\"state\":\"dropped\",\"secret\":\"guess\"}", CURIA_ERROR_FORBIDDEN, NULL },
		{ "{\"request\":\"connection\",\"state\":\"off\",\"secret\":\"guess\"}", CURIA_ERROR_INVALID_FIELD, "state" },
	};
	FakeHandle *handle = fake_attach ();
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		GString *body = g_string_new (rows[i].body);
		g_string_replace (body, "$long", long_text, 0);
		g_string_replace (body, "$elsewhere", elsewhere, 0);
		g_test_message ("%.60s", body->str);
		g_autoptr (Json) answer = fake_request (handle, json_loads (body->str, 0, NULL), NULL, NULL);
		assert_error (answer, rows[i].code, rows[i].field);
		g_string_free (body, TRUE);
	}
	g_assert_cmpuint (fake_closed (handle), ==, 0);
	/* The same handle can still join; and then not again. */
	g_autoptr (Json) joined = join (handle, code, "ann", "Ann"), again = join (handle, code, "ann", "Ann");
	assert_room (joined, "joined");
	assert_error (again, CURIA_ERROR_ALREADY_JOINED, NULL);
	fake_detach (handle);
}

static void test_people (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 3);
	g_auto (Person) ann = person_join (code, "Ann");
	g_assert_cmpuint (json_array_size (at (ann.joined, "participants")), ==, 0);
	g_assert_cmpstr (text (ann.joined, "you.role"), ==, "participant");
	g_assert_cmpuint (json_array_size (at (ann.joined, "you.can.publish")), ==, 4);
	g_assert_cmpstr (text (ann.joined, "meeting.code"), ==, code);
	g_assert_cmpint (number (ann.joined, "media.audio_slots"), ==, 3);

	g_auto (Person) bob = person_join (code, "Bob");
	g_assert_cmpstr (text (bob.joined, "participants.0.name"), ==, "Ann");
	g_assert_cmpstr (ann.id, !=, bob.id);
	g_autoptr (Json) roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
	int rev = number (roster, "rev");
	while (json_array_size (at (roster, "joined")) == 0) { /* an empty one for Ann's own arrival may come first */
		json_decref (roster);
		roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		g_assert_cmpint (number (roster, "rev"), ==, ++rev);
	}
	g_assert_cmpstr (text (roster, "joined.0.participant"), ==, bob.id);
	g_assert_false (json_is_true (at (roster, "joined.0.away")));

	g_autoptr (Json) renamed = fake_request (bob.publish, json_pack ("{s:s s:s}", "request", "configure", "name", "Bobby"), NULL, NULL);
	assert_room (renamed, "configured");
	g_autoptr (Json) changed = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
	g_assert_cmpstr (text (changed, "changed.0.name"), ==, "Bobby");

	g_auto (Person) cid = person_join (code, "Cid");
	FakeHandle *dan = fake_attach ();
	g_autoptr (Json) full = join (dan, code, "Dan", "Dan");
	assert_error (full, CURIA_ERROR_MEETING_FULL, NULL);

	g_autoptr (Json) left = fake_request (bob.publish, json_pack ("{s:s}", "request", "leave"), NULL, NULL);
	assert_room (left, "left");
	fake_detach (cid.publish);
	g_autofree char *reasons = g_strdup ("");
	while (strlen (reasons) < 2) {
		g_autoptr (Json) event = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		json_t *entry;
		gsize i;
		json_array_foreach (at (event, "left"), i, entry) {
			char *more = g_strconcat (reasons, g_strcmp0 (text (entry, "participant"), bob.id) == 0 ? "B" : "C",
				g_strcmp0 (text (entry, "reason"), "left") == 0 ? "l" : "g", NULL);
			g_free (reasons);
			reasons = more;
		}
		if (strlen (reasons) == 2)
			continue;
	}
	if (strlen (reasons) == 2) {
		g_autoptr (Json) event = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		g_assert_cmpstr (text (event, "left.0.reason"), ==, "gone");
	} else {
		g_assert_cmpstr (reasons, ==, "BlCg");
	}
	g_autoptr (Json) sync = fake_request (ann.publish, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpuint (json_array_size (at (sync, "participants")), ==, 0);
	g_autoptr (Json) back = join (bob.publish, code, "Bob", "Bob"); /* a handle that left may join again */
	assert_room (back, "joined");
	fake_detach (bob.publish);
	fake_detach (ann.publish);
	fake_detach (dan);
}

/* Names of other issuers' tokens, meetings of another codec, and people whom nobody sees. */
static void test_oddities (void)
{
	g_autofree char *code = fake_make_meeting ("h264", 9), *long_name = g_strnfill (100, 'n'), *offer = fake_offer ("as vs"),
		*old_offer = g_strdup ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"), *answer = NULL;
	FakeHandle *ann = fake_attach (), *hidden = fake_attach ();
	g_autoptr (Json) joined = join (ann, code, "Ann", long_name);
	g_assert_cmpuint (strlen (text (joined, "you.name")), ==, 60);
	const char *camera = "[{\"mid\":\"1\",\"source\":\"camera\"}]";
	g_autoptr (Json) refused = fake_request (ann, json_pack ("{s:s s:o}", "request", "publish", "tracks", json_loads (camera, 0, NULL)), old_offer, NULL);
	assert_error (refused, CURIA_ERROR_INVALID_SDP, NULL);
	g_assert_nonnull (strstr (text (refused, "error"), "h264"));
	g_autoptr (Json) published = fake_request (ann, json_pack ("{s:s s:o}", "request", "publish", "tracks", json_loads (camera, 0, NULL)), offer, &answer);
	g_assert_cmpstr (text (published, "tracks.0.codec"), ==, "h264");
	g_assert_nonnull (strstr (answer, "m=video 9 UDP/TLS/RTP/SAVPF 104\r\n"));
	g_assert_nonnull (strstr (answer, "b=TIAS:1500000\r\n"));

	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	claims->identity = g_strdup ("recorder");
	claims->name = g_strdup ("   ");
	claims->room = g_strdup (code);
	claims->room_join = claims->hidden = TRUE;
	g_autofree char *token = curia_token_mint (curia_node_keys (fake_node ()), claims, g_get_real_time () / G_USEC_PER_SEC, 60, NULL);
	fake_drop_events (ann);
	g_autoptr (Json) unseen = fake_request (hidden, json_pack ("{s:s s:s}", "request", "join", "token", token), NULL, NULL);
	assert_room (unseen, "joined");
	g_assert_cmpstr (text (unseen, "you.name"), ==, "Guest");
	g_assert_cmpuint (json_array_size (at (unseen, "you.can.publish")), ==, 0);
	g_autoptr (Json) forbidden = fake_request (hidden, json_pack ("{s:s s:o}", "request", "publish", "tracks", json_loads (camera, 0, NULL)), offer, NULL);
	assert_error (forbidden, CURIA_ERROR_FORBIDDEN, NULL);
	g_autoptr (Json) sync = fake_request (ann, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpuint (json_array_size (at (sync, "participants")), ==, 0);
	for (;;) {
		g_autoptr (Json) roster = fake_wait_event (ann, "roster", 200);
		if (!roster)
			break;
		g_assert_cmpuint (json_array_size (at (roster, "joined")), ==, 0);
	}
	fake_detach (hidden);
	fake_detach (ann);
}

static void test_take_over (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 2);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	FakeHandle *again = fake_attach ();
	g_autoptr (Json) joined = join (again, code, "Ann", "Ann on the phone");
	assert_room (joined, "joined");
	g_assert_cmpstr (text (joined, "you.participant"), ==, ann.id);
	g_assert_cmpstr (text (joined, "you.ticket"), !=, text (ann.joined, "you.ticket"));
	FakeHandle *old[] = { ann.publish, ann.view };
	for (guint i = 0; i < 2; i++) {
		g_autoptr (Json) ended = fake_wait_event (old[i], "ended", FAKE_WAIT_MS);
		g_assert_cmpstr (text (ended, "reason"), ==, "replaced");
		fake_until (fake_closed (old[i]) == 1);
		fake_detach (old[i]);
	}
	g_autofree char *offer = fake_offer ("ar vr");
	FakeHandle *view = fake_attach ();
	g_autoptr (Json) stale = fake_request (view, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", text (ann.joined, "you.ticket")), offer, NULL);
	assert_error (stale, CURIA_ERROR_UNAUTHORIZED, NULL);
	fake_until (fake_closed (view) == 1); /* a refused offer must not block the handle */
	for (;;) {
		g_autoptr (Json) roster = fake_wait_event (bob.publish, "roster", 300);
		if (!roster)
			break;
		g_assert_cmpuint (json_array_size (at (roster, "left")), ==, 0);
	}
	g_autoptr (Json) sync = fake_request (bob.publish, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	g_assert_cmpstr (text (sync, "participants.0.name"), ==, "Ann on the phone");
	g_assert_cmpuint (json_array_size (at (sync, "participants.0.tracks")), ==, 0);
	FakeHandle *all[] = { again, view, bob.publish, bob.view };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		fake_detach (all[i]);
}

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

static void test_wishes (void)
{
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"0\"}]}", "slots[0].mid" }, /* audio */
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":\"all\"}]}", "slots[0].want" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":{\"participant\":\"x\",\"source\":\"camera\"}}]}", "slots[0].want" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":{\"participant\":\"p1\",\"source\":\"microphone\"}}]}", "slots[0].want" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"height\":-1}]}", "slots[0].height" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":\"none\"},{\"mid\":\"77\"}]}", "slots[1].mid" },
		{ "{\"request\":\"view\",\"pinned\":[\"p1\",7]}", "pinned[1]" },
		{ "{\"request\":\"pause\",\"paused\":true,\"mids\":[\"0\"]}", "mids[0]" },
		{ "{\"request\":\"pause\"}", "paused" },
	};
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	g_auto (Person) cid = person_full (code, "Cid");
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autoptr (Json) answer = fake_request (ann.view, json_loads (bad[i].body, 0, NULL), NULL, NULL);
		g_test_message ("%s", bad[i].body);
		g_assert_cmpstr (text (answer, "field"), ==, bad[i].field);
	}
	assert_slot (&ann, "3", bob.id, "camera", NULL); /* nothing changed */
	assert_slot (&ann, "4", cid.id, "camera", NULL);
	fake_drop_events (ann.view);

	g_autoptr (Json) viewing = fake_request (ann.view, json_pack ("{s:s s:[{s:s s:{s:s s:s} s:i} {s:s s:s}]}", "request", "view", "slots",
		"mid", "3", "want", "participant", cid.id, "source", "camera", "height", 720, "mid", "4", "want", "none"), NULL, NULL);
	assert_room (viewing, "viewing");
	g_autoptr (Json) slots = fake_wait_event (ann.view, "slots", FAKE_WAIT_MS);
	g_assert_cmpuint (json_array_size (at (slots, "slots")), ==, 2);
	assert_slot (&ann, "3", cid.id, "camera", NULL);
	assert_slot (&ann, "4", NULL, NULL, NULL);

	mute (&cid, "camera", TRUE);
	g_autoptr (Json) muted = fake_wait_event (ann.view, "slots", FAKE_WAIT_MS);
	g_assert_cmpint (number (muted, "rev"), ==, number (slots, "rev") + 1);
	g_assert_cmpstr (text (muted, "slots.0.paused"), ==, "muted");
	mute (&cid, "camera", FALSE);

	/* A shared screen comes before faces in an automatic slot. */
	g_autoptr (Json) automatic = fake_request (ann.view, json_pack ("{s:s s:[{s:s s:s}]}", "request", "view", "slots", "mid", "4", "want", "auto"), NULL, NULL);
	assert_room (automatic, "viewing");
	assert_slot (&ann, "4", bob.id, "camera", NULL);
	mute (&bob, "screen_share", FALSE);
	assert_slot (&ann, "4", bob.id, "screen_share", NULL);

	send_video (&cid, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 1);
	g_autoptr (Json) paused = fake_request (ann.view, json_pack ("{s:s s:b}", "request", "pause", "paused", 1), NULL, NULL);
	assert_room (paused, "paused");
	assert_slot (&ann, "3", cid.id, "camera", NULL); /* a request later, so the stage has been set */
	send_video (&cid, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 1);
	g_autoptr (Json) resumed = fake_request (ann.view, json_pack ("{s:s s:b}", "request", "pause", "paused", 0), NULL, NULL);
	assert_room (resumed, "paused");
	assert_slot (&ann, "3", cid.id, "camera", NULL);
	send_video (&cid, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 2);

	person_leave (&cid);
	person_leave (&ann);
	person_leave (&bob);
}

/* With more people than are forwarded to everybody, audio slots follow who speaks. */
static void test_speakers (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	Person people[6];
	char name[2] = "A";
	for (guint i = 0; i < G_N_ELEMENTS (people); i++, name[0]++)
		people[i] = person_full (code, name);
	for (guint i = 1; i < 4; i++)
		speak (&people[i], 200);
	fake_drop_events (people[0].publish);
	speak (&people[5], 400);
	g_autoptr (Json) holder = NULL;
	gboolean heard = FALSE;
	for (int mid = 0; mid < 3; mid++) {
		char text_mid[2] = { '0' + mid, 0 };
		heard |= g_strcmp0 (text (slot_of (&people[0], text_mid, &holder), "participant"), people[5].id) == 0;
	}
	g_assert_true (heard);
	gboolean told = FALSE;
	for (int i = 0; i < 20 && !told; i++) {
		g_autoptr (Json) event = fake_wait_event (people[0].publish, "speakers", 500);
		g_assert_nonnull (event);
		json_t *id;
		gsize j;
		json_array_foreach (at (event, "speaking"), j, id)
			told |= g_strcmp0 (json_string_value (id), people[5].id) == 0;
	}
	g_assert_true (told);
	for (int mid = 0; mid < 3; mid++) { /* nobody hears themselves */
		char text_mid[2] = { '0' + mid, 0 };
		g_assert_cmpstr (text (slot_of (&people[5], text_mid, &holder), "participant"), !=, people[5].id);
	}
	for (guint i = 0; i < G_N_ELEMENTS (people); i++) {
		fake_detach (people[i].view);
		fake_detach (people[i].publish);
		person_clear (&people[i]);
	}
}

static void test_end (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9), *topic = g_strconcat ("meeting.", code, NULL);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_join (code, "Bob");
	g_autoptr (Json) ask = json_pack ("{s:s s:s}", "command", "live", "identity", "Ann"), end = json_pack ("{s:s s:s}", "command", "end", "reason", "ended");
	g_autoptr (Json) live = curia_bus_request_sync (curia_node_bus (fake_node ()), topic, ask, 2000, NULL);
	g_assert_cmpint (number (live, "participants"), ==, 2);
	g_assert_cmpint (number (live, "publishers"), ==, 1);
	g_assert_true (json_is_true (at (live, "present")));
	g_assert_true (curia_store_meeting_end (curia_node_store (fake_node ()), code, 1, NULL));
	g_assert_true (curia_bus_publish (curia_node_bus (fake_node ()), topic, end, NULL));
	FakeHandle *all[] = { ann.publish, ann.view, bob.publish };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
		g_autoptr (Json) ended = fake_wait_event (all[i], "ended", FAKE_WAIT_MS);
		g_assert_cmpstr (text (ended, "reason"), ==, "ended");
		fake_until (fake_closed (all[i]) == 1);
	}
	g_autoptr (Json) late = join (bob.publish, code, "Bob", "Bob");
	assert_error (late, CURIA_ERROR_MEETING_ENDED, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		fake_detach (all[i]);
}

static void test_connection (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_join (code, "Ann");
	g_auto (Person) bob = person_join (code, "Bob");
	const char *secret = curia_node_secret (fake_node ()), *states[] = { "dropped", "back", "dropped" };
	for (guint i = 0; i < G_N_ELEMENTS (states); i++) { /* away only when it lasts */
		g_autoptr (Json) answer = fake_request (bob.publish, json_pack ("{s:s s:s s:s}", "request", "connection", "state", states[i], "secret", secret), NULL, NULL);
		assert_room (answer, "connection");
	}
	gint64 dropped_us = g_get_monotonic_time ();
	gboolean away = FALSE;
	while (!away) {
		g_autoptr (Json) roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
		g_assert_nonnull (roster);
		away = json_is_true (at (roster, "changed.0.away"));
	}
	g_assert_cmpint (g_get_monotonic_time () - dropped_us, >=, 1900000);
	g_autoptr (Json) back = fake_request (bob.publish, json_pack ("{s:s s:s s:s}", "request", "connection", "state", "back", "secret", secret), NULL, NULL);
	g_autoptr (Json) roster = fake_wait_event (ann.publish, "roster", FAKE_WAIT_MS);
	g_assert_true (json_is_false (at (roster, "changed.0.away")));
	fake_detach (ann.publish);
	fake_detach (bob.publish);
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

static void test_renegotiation (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9), *offer = fake_offer ("ar ar ar vr vr vr"), *answer = NULL;
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 1);
	/* More slots: what flows goes on, without a new keyframe. */
	g_autoptr (Json) more = fake_request (ann.view, json_pack ("{s:s}", "request", "subscribe"), offer, &answer);
	g_assert_cmpuint (json_array_size (at (more, "slots")), ==, 6);
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, FALSE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 2);
	g_assert_cmpint ((guint16) (fake_packet (ann.view, 3, 1).seq - fake_packet (ann.view, 3, 0).seq), ==, 1);
	/* An ICE restart of the publisher leaves its tracks alone. */
	person_publish (&bob);
	send_video (&bob, FALSE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 3);
	/* A new PeerConnection: nothing flows before it is up, then from a keyframe on. */
	fake_down (ann.view);
	g_autoptr (Json) anew = fake_request (ann.view, json_pack ("{s:s}", "request", "subscribe"), offer, NULL);
	assert_room (anew, "subscribed");
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 3);
	fake_up (ann.view);
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, FALSE);
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 4);
	/* An answer that the core refuses closes the PeerConnection. */
	guint closed = fake_closed (ann.view);
	fake_fail_next_jsep (465);
	g_autofree char *lost = fake_send (ann.view, json_pack ("{s:s}", "request", "subscribe"), offer);
	fake_until (fake_closed (ann.view) == closed + 1);
	person_leave (&ann);
	person_leave (&bob);
}

static void test_overload (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_join (code, "Ann");
	g_autoptr (GPtrArray) transactions = g_ptr_array_new_with_free_func (g_free);
	guint refused = 0;
	fake_set_push_delay_us (20000);
	for (int i = 0; i < 60; i++)
		g_ptr_array_add (transactions, fake_send (ann.publish, json_pack ("{s:s}", "request", "sync"), NULL));
	fake_set_push_delay_us (0);
	for (guint i = 0; i < transactions->len; i++) { /* every one is answered, one way or the other */
		g_autoptr (Json) answer = fake_wait_answer (ann.publish, transactions->pdata[i], NULL);
		refused += g_strcmp0 (text (answer, "room"), "error") == 0;
	}
	g_assert_cmpuint (refused, >=, 10);
	g_assert_cmpuint (refused, <, 60);
	fake_detach (ann.publish);
}

static void test_admin (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, TRUE);
	g_autoptr (Json) ask = json_pack ("{s:s s:s}", "request", "room", "code", code), list = json_pack ("{s:s}", "request", "list"),
		bad = json_pack ("{s:s s:s}", "request", "room", "code", "nope");
	g_autoptr (Json) room = fake_plugin ()->handle_admin_message (ask), rooms = fake_plugin ()->handle_admin_message (list),
		none = fake_plugin ()->handle_admin_message (bad);
	g_assert_cmpint (number (room, "participants.1.tracks.1.packets"), ==, 1);
	g_assert_cmpint (number (room, "participants.0.viewing.slots.3.slot.verdicts.sent"), ==, 1);
	g_assert_cmpuint (json_array_size (at (rooms, "rooms")), ==, 1);
	assert_error (none, CURIA_ERROR_NO_SUCH_MEETING, NULL);
	g_autoptr (Json) handle = fake_plugin ()->query_session ((janus_plugin_session *) ann.view);
	g_assert_cmpuint (json_array_size (at (handle, "slots")), ==, 5);
	person_leave (&ann);
	person_leave (&bob);
}

static void test_events (void)
{
	static const char *const expected[] = { "opened", "joined", "published", "published", "published", "muted", "unpublished", "unpublished",
		"unpublished", "left", "closed" };
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	fake_record_events (TRUE);
	g_auto (Person) ann = person_join (code, "Ann");
	person_publish (&ann);
	g_autoptr (Json) left = fake_request (ann.publish, json_pack ("{s:s}", "request", "leave"), NULL, NULL);
	fake_detach (ann.publish);
	g_usleep (100000);
	fake_record_events (FALSE);
	g_autoptr (Json) events = fake_take_recorded ();
	json_t *event;
	gsize i;
	guint n = 0;
	json_array_foreach (events, i, event) {
		if (g_strcmp0 (text (event, "code"), code) != 0)
			continue; /* a former test's */
		g_assert_cmpuint (n, <, G_N_ELEMENTS (expected));
		g_assert_cmpstr (text (event, "event"), ==, expected[n++]);
	}
	g_assert_cmpuint (n, ==, G_N_ELEMENTS (expected));
}

/* ---- a storm: threads that join, publish, view and vanish at any step while media flows ---- */

static char *storm_code;

static gpointer storm_thread (gpointer data)
{
	g_autoptr (GRand) random = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
	for (int round = 0; round < 30; round++) {
		char name[16];
		g_snprintf (name, sizeof name, "s%d", g_rand_int_range (random, 0, 6));
		FakeHandle *publish = fake_attach (), *view = fake_attach ();
		g_autoptr (Json) joined = join (publish, storm_code, name, name);
		g_autofree char *offer = fake_offer ("as vs"), *slots = fake_offer ("ar ar ar vr vr");
		if (g_rand_int_range (random, 0, 5) && text (joined, "you.ticket")) {
			g_free (fake_send (publish, json_pack ("{s:s s:[{s:s s:s}{s:s s:s}]}", "request", "publish", "tracks", "mid", "0",
				"source", "microphone", "mid", "1", "source", "camera"), offer));
			g_free (fake_send (view, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", text (joined, "you.ticket")), slots));
			fake_up (publish);
			fake_up (view);
		}
		for (int i = g_rand_int_range (random, 0, 60); i > 0; i--) {
			fake_rtp (publish, 1, TRUE, 96, i, i * 3000, TRUE, i % 10 ? VP8_DELTA : VP8_KEYFRAME, VP8_BYTES, -1);
			fake_rtp (publish, 0, FALSE, 111, i, i * 960, FALSE, (const guint8 *) "opus", 4, 30);
			if (i % 8 == 0)
				g_usleep (1000);
		}
		if (g_rand_boolean (random))
			g_free (fake_send (publish, json_pack ("{s:s}", "request", "leave"), NULL));
		if (g_rand_boolean (random))
			fake_down (view);
		fake_detach (g_rand_boolean (random) ? publish : view);
		if (!g_atomic_int_get (&((janus_plugin_session *) publish)->stopped))
			fake_detach (publish);
		else
			fake_detach (view);
	}
	return NULL;
}

static void test_storm (void)
{
	storm_code = fake_make_meeting ("vp8", 9);
	GThread *threads[4];
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("storm", storm_thread, GUINT_TO_POINTER (i + 1));
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
	g_autofree char *topic = g_strconcat ("meeting.", storm_code, NULL);
	g_autoptr (Json) ask = json_pack ("{s:s}", "request", "list");
	for (int i = 0; i < 500; i++) {
		g_autoptr (Json) rooms = fake_plugin ()->handle_admin_message (ask);
		if (json_array_size (at (rooms, "rooms")) == 0)
			break;
		g_usleep (10000);
	}
	g_autoptr (Json) rooms = fake_plugin ()->handle_admin_message (ask);
	g_assert_cmpuint (json_array_size (at (rooms, "rooms")), ==, 0);
	g_clear_pointer (&storm_code, g_free);
}

int main (int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*func) (void);
	} tests[] = {
		{ "refusals", test_refusals }, { "people", test_people }, { "oddities", test_oddities }, { "take-over", test_take_over },
		{ "publish-refusals", test_publish_refusals }, { "media", test_media }, { "wishes", test_wishes },
		{ "speakers", test_speakers }, { "end", test_end }, { "connection", test_connection }, { "silence", test_silence },
		{ "renegotiation", test_renegotiation }, { "overload", test_overload }, { "admin", test_admin }, { "events", test_events },
		{ "storm", test_storm },
	};
	g_test_init (&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
		g_autofree char *path = g_strconcat ("/room/", tests[i].name, NULL);
		g_test_add_func (path, tests[i].func);
	}
	fake_start ("room: { silent_ms = 2000 }\n");
	int result = g_test_run ();
	fake_stop ();
	return result;
}
