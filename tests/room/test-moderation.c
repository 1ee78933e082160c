/* What people do to others and show each other, and who is told: through the built module against a fake core. */
#include "config.h"

#include <string.h>

#include "tests/room/ruled.h"

static void leave_all (Person **people)
{
	for (; *people; people++)
		person_leave (*people);
}
#define LEAVE(...) leave_all ((Person *[]) { __VA_ARGS__, NULL })

/* The next event of that name in which `path` is `value`. */
static Json *await (Person *self, const char *name, const char *path, const char *value)
{
	gint64 until_us = g_get_monotonic_time () + FAKE_WAIT_MS * 1000;
	while (g_get_monotonic_time () < until_us) {
		g_autoptr (Json) event = fake_wait_event (self->publish, name, 500);
		if (event && g_strcmp0 (text (event, path), value) == 0)
			return g_steal_pointer (&event);
	}
	g_error ("no %s event with %s %s", name, path, value);
}

/* The entry of somebody in that list of the next roster events: joined, changed or left. */
static Json *await_roster (Person *self, const char *list, const char *id)
{
	for (;;) {
		g_autoptr (Json) event = fake_wait_event (self->publish, "roster", FAKE_WAIT_MS);
		json_t *entry;
		gsize i;
		g_assert_nonnull (event);
		json_array_foreach (at (event, list), i, entry)
			if (g_strcmp0 (text (entry, "participant"), id) == 0)
				return json_incref (entry);
	}
}

static gboolean is_muted (Person *of, Person *seen_by, const char *source)
{
	g_autoptr (Json) sync = ruled_ask (seen_by, "{'request':'sync'}", NULL, NULL);
	json_t *participant, *track;
	gsize i, j;
	g_usleep (210000); /* syncs are few */
	json_array_foreach (at (sync, "participants"), i, participant)
		if (g_strcmp0 (text (participant, "participant"), of->id) == 0)
			json_array_foreach (at (participant, "tracks"), j, track)
				if (g_strcmp0 (text (track, "source"), source) == 0)
					return json_is_true (at (track, "muted"));
	g_error ("%s sends no %s", of->id, source);
}

/* ---- what people send ---- */

static void test_mute (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) mia = ruled_join (code, "Mia", CURIA_ROLE_MODERATOR), ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT),
		hal = ruled_join (code, "Hal", CURIA_ROLE_HOST);
	person_publish (&ann);
	person_publish (&hal);
	person_publish (&mia);
	ruled_do (&mia, "{'request':'moderate','action':'mute','participant':'$1','source':'microphone'}", ann.id, NULL, "moderated");
	g_autoptr (Json) muted = fake_wait_event (ann.publish, "muted", FAKE_WAIT_MS);
	g_assert_cmpstr (text (muted, "source"), ==, "microphone");
	g_assert_cmpstr (text (muted, "by"), ==, mia.id);
	g_assert_true (is_muted (&ann, &hal, "microphone"));
	mute (&ann, "microphone", FALSE);
	g_autoptr (Json) all = ruled_ask (&mia, "{'request':'moderate','action':'mute','all':true,'source':'microphone'}", NULL, NULL);
	g_assert_cmpint (number (all, "affected"), ==, 1); /* neither the host nor herself */
	g_assert_true (is_muted (&ann, &hal, "microphone"));
	g_assert_false (is_muted (&hal, &ann, "microphone"));
	g_assert_false (is_muted (&mia, &ann, "microphone"));
	ruled_do (&ann, "{'request':'configure','tracks':[{'source':'screen_share','muted':false}]}", NULL, NULL, "configured");
	ruled_do (&mia, "{'request':'moderate','action':'stop','participant':'$1','source':'screen_share'}", ann.id, NULL, "moderated");
	g_assert_true (is_muted (&ann, &hal, "screen_share"));
	ruled_refused (&mia, "{'request':'moderate','action':'stop','participant':'$1','source':'microphone'}", ann.id, NULL, CURIA_ERROR_INVALID_FIELD);
	ruled_refused (&mia, "{'request':'moderate','action':'mute','participant':'$1','source':'screen_share_audio'}", ann.id, NULL,
		CURIA_ERROR_NOT_PUBLISHED);
	ruled_refused (&mia, "{'request':'moderate','action':'mute','participant':'p99','source':'camera'}", NULL, NULL, CURIA_ERROR_NO_SUCH_SOURCE);
	ruled_refused (&mia, "{'request':'moderate','action':'mute','participant':'$1'}", ann.id, NULL, CURIA_ERROR_MISSING_FIELD);
	ruled_refused (&mia, "{'request':'moderate','action':'mute','source':'camera'}", NULL, NULL, CURIA_ERROR_MISSING_FIELD);
	ruled_refused (&mia, "{'request':'moderate','action':'dance'}", NULL, NULL, CURIA_ERROR_INVALID_FIELD);
	LEAVE (&mia, &ann, &hal);
}

/* Muted when they come in, once; and what a question allows. */
static void test_unmute (void)
{
	CuriaRules rules = curia_rules_default;
	rules.mute_on_entry = TRUE;
	g_autofree char *code = ruled_meeting (&rules);
	g_auto (Person) mia = ruled_join (code, "Mia", CURIA_ROLE_MODERATOR), ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT);
	person_publish (&mia);
	person_publish (&ann);
	g_autoptr (Json) muted = fake_wait_event (ann.publish, "muted", FAKE_WAIT_MS);
	g_assert_true (json_is_null (at (muted, "by")));
	g_assert_true (is_muted (&ann, &mia, "microphone"));
	g_assert_false (is_muted (&mia, &ann, "microphone"));
	mute (&ann, "microphone", FALSE);
	ruled_do (&ann, "{'request':'unpublish'}", NULL, NULL, "unpublished");
	person_publish (&ann); /* she came in long ago */
	g_assert_false (is_muted (&ann, &mia, "microphone"));

	ruled_set (code, "{'unmute':'moderators','mute_on_entry':false}"); /* who talks may go on */
	g_assert_false (is_muted (&ann, &mia, "microphone"));
	mute (&ann, "microphone", TRUE);
	static const char *const unmute = "{'request':'configure','tracks':[{'source':'microphone','muted':false}]}";
	static const char *const ask = "{'request':'moderate','action':'ask_unmute','participant':'$1','source':'microphone'}";
	ruled_refused (&ann, unmute, NULL, NULL, CURIA_ERROR_FORBIDDEN);
	g_assert_true (is_muted (&ann, &mia, "microphone"));
	ruled_do (&ann, "{'request':'unpublish'}", NULL, NULL, "unpublished");
	person_publish (&ann); /* no way around */
	g_assert_true (is_muted (&ann, &mia, "microphone"));
	ruled_do (&mia, ask, ann.id, NULL, "moderated");
	g_autoptr (Json) asked = fake_wait_event (ann.publish, "asked", FAKE_WAIT_MS);
	g_assert_cmpstr (text (asked, "action"), ==, "unmute");
	g_assert_cmpstr (text (asked, "source"), ==, "microphone");
	g_assert_cmpstr (text (asked, "by"), ==, mia.id);
	ruled_do (&ann, unmute, NULL, NULL, "configured");
	mute (&ann, "microphone", TRUE);
	ruled_refused (&ann, unmute, NULL, NULL, CURIA_ERROR_FORBIDDEN); /* it was for once */
	ruled_do (&mia, ask, ann.id, NULL, "moderated");
	ruled_do (&mia, "{'request':'moderate','action':'mute','participant':'$1','source':'microphone'}", ann.id, NULL, "moderated");
	ruled_refused (&ann, unmute, NULL, NULL, CURIA_ERROR_FORBIDDEN); /* and is taken back */
	LEAVE (&mia, &ann);
}

/* A screen that is shared goes when the rules forbid it. */
static void test_screen_is_stopped (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT), bob = ruled_join (code, "Bob", CURIA_ROLE_PARTICIPANT);
	person_publish (&ann);
	mute (&ann, "screen_share", FALSE);
	ruled_set (code, "{'share_screen':'hosts'}");
	g_autoptr (Json) muted = fake_wait_event (ann.publish, "muted", FAKE_WAIT_MS);
	g_assert_cmpstr (text (muted, "source"), ==, "screen_share");
	g_assert_true (is_muted (&ann, &bob, "screen_share"));
	g_assert_false (is_muted (&ann, &bob, "camera"));
	LEAVE (&ann, &bob);
}

/* What is muted on the server is not heard, whatever comes in. */
static void test_muted_is_not_sent (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) mia = person_full (code, "Mia");
	g_auto (Person) hal = ruled_join (code, "Hal", CURIA_ROLE_HOST);
	g_auto (Person) ann = person_full (code, "Ann");
	speak (&ann, 100);
	fake_until (fake_relayed (mia.view, 0) > 0);
	ruled_do (&hal, "{'request':'moderate','action':'mute','participant':'$1','source':'microphone'}", ann.id, NULL, "moderated");
	guint before = fake_relayed (mia.view, 0);
	speak (&ann, 200);
	g_assert_cmpuint (fake_relayed (mia.view, 0), ==, before);
	LEAVE (&mia, &hal, &ann);
}

/* ---- roles ---- */

static void test_roles (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) hal = ruled_join (code, "Hal", CURIA_ROLE_HOST), ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT);
	g_autoptr (CuriaClaims) claims = ruled_claims (code, "Vic", CURIA_ROLE_VIEWER);
	claims->can_publish = FALSE;
	g_auto (Person) vic = ruled_try (claims);
	static const char *const role = "{'request':'moderate','action':'role','participant':'$1','role':'$2'}";
	person_publish (&ann);

	ruled_do (&hal, role, vic.id, "participant", "moderated"); /* a viewer is let speak */
	g_autoptr (Json) can = await (&vic, "settings", "role", "participant");
	g_assert_cmpuint (json_array_size (at (can, "can.publish")), ==, 4);
	g_autoptr (Json) listed = await_roster (&ann, "joined", vic.id);
	g_assert_cmpstr (text (listed, "role"), ==, "participant");
	person_publish (&vic);

	ruled_do (&hal, role, ann.id, "viewer", "moderated"); /* and the other way round */
	g_autoptr (Json) quiet = await (&ann, "settings", "role", "viewer");
	g_assert_cmpuint (json_array_size (at (quiet, "can.publish")), ==, 0);
	fake_until (fake_closed (ann.publish) == 1);
	g_autoptr (Json) unlisted = await_roster (&vic, "left", ann.id);
	g_autofree char *token = fake_token (code, "Ann", "Ann");
	ruled_do (&ann, "{'request':'leave'}", NULL, NULL, "left");
	g_autoptr (Json) back = ruled_ask (&ann, "{'request':'join','token':'$1'}", token, NULL);
	g_assert_cmpstr (text (back, "you.role"), ==, "viewer"); /* coming back does not help */

	ruled_do (&hal, role, vic.id, "moderator", "moderated");
	g_autoptr (Json) told = fake_wait_event (vic.publish, "waiting", FAKE_WAIT_MS);
	g_assert_nonnull (told);
	ruled_do (&vic, "{'request':'moderate','action':'lower_hand','all':true}", NULL, NULL, "moderated");
	ruled_refused (&hal, role, hal.id, "owner", CURIA_ERROR_INVALID_FIELD);
	ruled_refused (&hal, "{'request':'moderate','action':'role','participant':'$1'}", vic.id, NULL, CURIA_ERROR_MISSING_FIELD);
	ruled_refused (&hal, role, vic.id, "king", CURIA_ERROR_INVALID_FIELD);
	LEAVE (&hal, &ann, &vic);
}

/* ---- hands and reactions ---- */

static void test_hands (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) mia = ruled_join (code, "Mia", CURIA_ROLE_MODERATOR), ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT),
		bob = ruled_join (code, "Bob", CURIA_ROLE_PARTICIPANT);
	static const char *const raise = "{'request':'raise_hand','raised':true}";
	ruled_do (&bob, raise, NULL, NULL, "hand");
	ruled_do (&bob, raise, NULL, NULL, "hand"); /* once is enough */
	ruled_do (&ann, raise, NULL, NULL, "hand");
	g_autoptr (Json) hands = await (&mia, "hands", "hands.1.participant", ann.id);
	g_assert_cmpstr (text (hands, "hands.0.participant"), ==, bob.id); /* who was first */
	g_assert_cmpuint (json_array_size (at (hands, "hands")), ==, 2);
	g_assert_nonnull (text (hands, "hands.0.raised_at"));
	g_auto (Person) cid = ruled_join (code, "Cid", CURIA_ROLE_PARTICIPANT);
	g_assert_cmpstr (text (cid.joined, "hands.0.name"), ==, "Bob");
	g_assert_true (json_is_null (at (cid.joined, "you.hand")));
	g_assert_true (json_is_true (at (cid.joined, "participants.1.hand")));
	FakeHandle *again = fake_attach (); /* a seat keeps it */
	g_autoptr (Json) joined = join (again, code, "Bob", "Bob");
	g_assert_true (json_is_integer (at (joined, "you.hand")));
	ruled_do (&ann, "{'request':'raise_hand','raised':false}", NULL, NULL, "hand");
	g_autoptr (Json) lowered = ruled_ask (&mia, "{'request':'moderate','action':'lower_hand','all':true}", NULL, NULL);
	g_assert_cmpint (number (lowered, "affected"), ==, 1);
	g_autoptr (Json) none = await (&cid, "hands", "hands.0.participant", NULL);
	g_assert_cmpuint (json_array_size (at (none, "hands")), ==, 0);
	ruled_do (&cid, raise, NULL, NULL, "hand");
	g_autoptr (Json) up = await (&mia, "hands", "hands.0.participant", cid.id);
	person_leave (&cid); /* who goes takes it along */
	g_autoptr (Json) gone = await (&mia, "hands", "hands.0.participant", NULL);
	fake_detach (again);
	LEAVE (&mia, &ann, &bob);
}

static void test_reactions (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT), bob = ruled_join (code, "Bob", CURIA_ROLE_PARTICIPANT);
	guint seen = 0, sent = 0, refused = 0;
	for (guint i = 0; i < 20; i++) {
		g_autoptr (Json) answer = ruled_ask (&ann, "{'request':'react','emoji':'$1'}", i % 2 ? "🎉" : "❤️", NULL);
		sent += g_strcmp0 (text (answer, "room"), "reacted") == 0;
		refused += number (answer, "error_code") == curia_error_row_of (CURIA_ERROR_TOO_MANY)->wire_code;
	}
	g_assert_cmpuint (sent + refused, ==, 20);
	g_assert_cmpuint (sent, >=, 5);
	g_assert_cmpuint (refused, >, 0);
	while (seen < sent) {
		g_autoptr (Json) event = fake_wait_event (bob.publish, "reactions", FAKE_WAIT_MS);
		g_assert_nonnull (event);
		g_assert_cmpstr (text (event, "reactions.0.participant"), ==, ann.id);
		seen += json_array_size (at (event, "reactions"));
	}
	g_assert_cmpuint (seen, ==, sent);
	ruled_refused (&bob, "{'request':'react','emoji':'<b>'}", NULL, NULL, CURIA_ERROR_INVALID_FIELD);
	LEAVE (&ann, &bob);
}

/* ---- spotlight ---- */

static void test_spotlight (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) mia = ruled_join (code, "Mia", CURIA_ROLE_MODERATOR);
	g_auto (Person) ann = person_full (code, "Ann"), bob = person_full (code, "Bob"), eve = person_full (code, "Eve");
	g_auto (Person) viewer = ruled_join (code, "Vic", CURIA_ROLE_PARTICIPANT);
	mute (&ann, "screen_share", FALSE);
	g_autoptr (Json) subscribed = person_subscribe (&viewer, "ar vr");
	assert_slot (&viewer, "1", ann.id, "screen_share", NULL); /* a screen comes first */
	ruled_do (&mia, "{'request':'moderate','action':'spotlight','participants':['$1']}", eve.id, NULL, "moderated");
	assert_slot (&viewer, "1", eve.id, "camera", NULL);
	g_autoptr (Json) told = await (&bob, "spotlight", "participants.0", eve.id);
	g_autoptr (Json) pinned = fake_request (viewer.view, json_pack ("{s:s s:[s]}", "request", "view", "pinned", bob.id), NULL, NULL);
	assert_slot (&viewer, "1", bob.id, "camera", NULL); /* but for one's own pins */
	g_autoptr (Json) unpinned = fake_request (viewer.view, json_pack ("{s:s s:[]}", "request", "view", "pinned"), NULL, NULL);
	assert_slot (&viewer, "1", eve.id, "camera", NULL);
	person_leave (&eve);
	g_autoptr (Json) gone = await (&bob, "spotlight", "participants.0", NULL);
	assert_slot (&viewer, "1", ann.id, "screen_share", NULL);
	ruled_do (&mia, "{'request':'moderate','action':'spotlight','participants':['$1','$2']}", ann.id, bob.id, "moderated");
	g_auto (Person) late = ruled_join (code, "Late", CURIA_ROLE_PARTICIPANT);
	g_assert_cmpstr (text (late.joined, "spotlight.1"), ==, bob.id);
	ruled_refused (&mia, "{'request':'moderate','action':'spotlight','participants':['$1','$1']}", ann.id, NULL, CURIA_ERROR_INVALID_FIELD);
	ruled_refused (&mia, "{'request':'moderate','action':'spotlight','participants':['p1','p2','p3','p4','p5']}", NULL, NULL, CURIA_ERROR_INVALID_FIELD);
	ruled_refused (&mia, "{'request':'moderate','action':'spotlight','participants':['p99']}", NULL, NULL, CURIA_ERROR_NO_SUCH_SOURCE);
	ruled_refused (&mia, "{'request':'moderate','action':'spotlight'}", NULL, NULL, CURIA_ERROR_MISSING_FIELD);
	LEAVE (&mia, &ann, &bob, &viewer, &late);
}

/* ---- over the bus, and in the books ---- */

static void test_bus (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) hal = ruled_join (code, "Hal", CURIA_ROLE_HOST), ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT);
	static const struct {
		const char *message;
		CuriaErrorCode error;
		gboolean fine;
	} rows[] = {
		{ "{'command':'moderate','by_role':'moderator','by':'x','action':'spotlight','identities':['Ann']}", 0, TRUE },
		{ "{'command':'moderate','role':'moderator','by':'x','action':'spotlight','identities':[]}", 0, TRUE },
		{ "{'command':'moderate','by_role':'participant','by':'x','action':'spotlight','identities':['Ann']}", CURIA_ERROR_FORBIDDEN, FALSE },
		{ "{'command':'moderate','by_role':'moderator','by':'x','action':'remove','identity':'Hal'}", CURIA_ERROR_FORBIDDEN, FALSE },
		{ "{'command':'moderate','by_role':'moderator','by':'x','action':'remove','identity':'Nobody'}", CURIA_ERROR_NO_SUCH_SOURCE, FALSE },
		{ "{'command':'moderate','by_role':'king','action':'remove','identity':'Ann'}", CURIA_ERROR_INVALID_FIELD, FALSE },
		{ "{'command':'moderate','by_role':'host','action':'dance'}", CURIA_ERROR_INVALID_FIELD, FALSE },
		{ "{'command':'moderate','by_role':'host'}", CURIA_ERROR_MISSING_FIELD, FALSE },
		{ "{'command':'moderate','by_role':'host','by':'x','action':'role','identity':'Ann','role':'moderator'}", 0, TRUE },
		/* whose role was changed in the room is no more over REST, whatever the token says */
		{ "{'command':'moderate','by_role':'host','by':'Ann','action':'role','identity':'Ann','role':'host'}", CURIA_ERROR_FORBIDDEN, FALSE },
		{ "{'command':'moderate','by_role':'host','by':'Ann','action':'end'}", CURIA_ERROR_FORBIDDEN, FALSE },
		{ "{'command':'moderate','by_role':'host','by':'x','action':'role','identity':'Ann','role':'owner'}", CURIA_ERROR_FORBIDDEN, FALSE },
		{ "{'command':'moderate','by_role':'owner','by':'x','action':'lock','locked':true}", 0, TRUE },
		{ "{'command':'settings'}", CURIA_ERROR_MISSING_FIELD, FALSE },
		{ "{'command':'settings','settings':{'unmute':'sometimes'}}", CURIA_ERROR_INVALID_FIELD, FALSE },
		{ "{'command':'settings','settings':{'unmute':'hosts','password':true}}", 0, TRUE },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		g_autoptr (Json) answer = ruled_command (code, rows[i].message, &error);
		g_test_message ("%s: %s", rows[i].message, error ? error->message : "fine");
		if (rows[i].fine)
			g_assert_no_error (error);
		else
			g_assert_error (error, CURIA_ERROR, (int) rows[i].error);
	}
	g_autoptr (Json) sync = ruled_ask (&ann, "{'request':'sync'}", NULL, NULL);
	g_assert_cmpstr (text (sync, "role"), ==, "moderator");
	g_assert_true (json_is_true (at (sync, "settings.locked")));
	g_assert_true (json_is_true (at (sync, "settings.password")));
	g_assert_cmpstr (text (sync, "settings.unmute"), ==, "hosts");
	g_autoptr (Json) people = ruled_command (code, "{'command':'participants'}", NULL);
	g_assert_cmpstr (text (people, "participants.1.role"), ==, "moderator");
	g_assert_true (json_is_false (at (people, "participants.1.hand")));
	LEAVE (&hal, &ann);
}

static void test_books (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) hal = ruled_join (code, "Hal", CURIA_ROLE_HOST), ann = ruled_join (code, "Ann", CURIA_ROLE_PARTICIPANT);
	person_publish (&ann);
	fake_record_events (TRUE);
	ruled_do (&ann, "{'request':'raise_hand','raised':true}", NULL, NULL, "hand");
	ruled_do (&hal, "{'request':'moderate','action':'lower_hand','participant':'$1'}", ann.id, NULL, "moderated");
	ruled_refused (&ann, "{'request':'moderate','action':'end'}", NULL, NULL, CURIA_ERROR_FORBIDDEN); /* nothing happened */
	ruled_do (&hal, "{'request':'moderate','action':'stop','participant':'$1','source':'camera'}", ann.id, NULL, "moderated");
	ruled_do (&hal, "{'request':'moderate','action':'role','participant':'$1','role':'moderator'}", ann.id, NULL, "moderated");
	ruled_do (&hal, "{'request':'moderate','action':'remove','participant':'$1'}", ann.id, NULL, "moderated");
	fake_record_events (FALSE);
	static const char *const expected[][5] = { /* event, action, target, source, detail */
		{ "hand_raised" }, { "hand_lowered" }, { "moderated", "lower_hand", "Ann" }, { "track_muted" }, { "moderated", "stop", "Ann", "camera" },
		{ "moderated", "role", "Ann", NULL, "moderator" }, { "role_changed" }, { "moderated", "remove", "Ann", NULL, "banned" },
	};
	g_autoptr (Json) events = fake_take_recorded ();
	gsize i = 0, n = 0;
	json_t *event;
	json_array_foreach (events, i, event) {
		const char *name = text (event, "event");
		if (n == G_N_ELEMENTS (expected) || g_strcmp0 (name, "quality") == 0)
			continue;
		g_assert_cmpstr (name, ==, expected[n][0]);
		g_assert_cmpstr (text (event, "action"), ==, expected[n][1]);
		g_assert_cmpstr (text (event, "target"), ==, expected[n][2]);
		if (g_str_equal (name, "moderated")) {
			g_assert_cmpstr (text (event, "source"), ==, expected[n][3]);
			g_assert_cmpstr (text (event, "detail"), ==, expected[n][4]);
			g_assert_cmpstr (text (event, "by"), ==, "Hal");
			g_assert_cmpstr (text (event, "by_role"), ==, "host");
			g_assert_cmpstr (text (event, "code"), ==, code);
		}
		n++;
	}
	g_assert_cmpuint (n, ==, G_N_ELEMENTS (expected));
	LEAVE (&hal, &ann);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("");
	g_test_add_func ("/moderation/mute", test_mute);
	g_test_add_func ("/moderation/unmute", test_unmute);
	g_test_add_func ("/moderation/screen-is-stopped", test_screen_is_stopped);
	g_test_add_func ("/moderation/muted-is-not-sent", test_muted_is_not_sent);
	g_test_add_func ("/moderation/roles", test_roles);
	g_test_add_func ("/moderation/hands", test_hands);
	g_test_add_func ("/moderation/reactions", test_reactions);
	g_test_add_func ("/moderation/spotlight", test_spotlight);
	g_test_add_func ("/moderation/bus", test_bus);
	g_test_add_func ("/moderation/books", test_books);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
