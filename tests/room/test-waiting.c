/* The waiting room, the lock, and who was removed: through the built module against a fake core. */
#include "config.h"

#include "curia-clock.h"
#include "curia-token.h"
#include "tests/room/ruled.h"

static Person knock (const char *code, const char *name, CuriaRole role, gboolean guest)
{
	g_autoptr (CuriaClaims) claims = ruled_claims (code, name, role);
	claims->guest = guest;
	return ruled_try (claims);
}

/* The same token once more, on the same handle. */
static Json *knock_again (Person *self, const char *code, const char *name, gboolean guest)
{
	g_autoptr (CuriaClaims) claims = ruled_claims (code, name, CURIA_ROLE_PARTICIPANT);
	claims->guest = guest;
	g_autofree char *token = fake_mint (claims);
	return ruled_ask (self, "{'request':'join','token':'$1'}", token, NULL);
}

static void assert_event (Person *self, const char *name, const char *path, const char *value)
{
	g_autoptr (Json) event = fake_wait_event (self->publish, name, FAKE_WAIT_MS);
	g_assert_nonnull (event);
	if (path)
		g_assert_cmpstr (text (event, path), ==, value);
}

/* ---- who waits: every cell, of viewer, participant, moderator, host and owner: h for the host, r in the waiting room, - not ---- */

static void test_who_waits (void)
{
	static const struct {
		CuriaWaiting waiting_room;
		gboolean join_before_host;
		const char *guest, *known;
	} rows[] = {
		{ CURIA_WAITING_OFF, TRUE, "-----", "-----" },
		{ CURIA_WAITING_OFF, FALSE, "hh---", "hh---" },
		{ CURIA_WAITING_GUESTS, TRUE, "rr---", "-----" },
		{ CURIA_WAITING_GUESTS, FALSE, "hh---", "hh---" },
		{ CURIA_WAITING_EVERYBODY, TRUE, "rr---", "rr---" },
		{ CURIA_WAITING_EVERYBODY, FALSE, "hh---", "hh---" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		for (int guest = 0; guest < 2; guest++) {
			for (int role = 0; role < CURIA_N_ROLES; role++) {
				CuriaRules rules = curia_rules_default;
				rules.waiting_room = rows[i].waiting_room;
				rules.join_before_host = rows[i].join_before_host;
				g_autofree char *code = ruled_meeting (&rules);
				g_test_message ("row %u, %s %s", i, guest ? "guest" : "known", curia_role_name (role));
				g_auto (Person) person = knock (code, "Ann", role, guest);
				switch ((guest ? rows[i].guest : rows[i].known)[role]) {
				case '-':
					assert_room (person.joined, "joined");
					break;
				case 'h':
					assert_room (person.joined, "waiting");
					g_assert_cmpstr (text (person.joined, "reason"), ==, "host");
					break;
				default:
					assert_room (person.joined, "waiting");
					g_assert_cmpstr (text (person.joined, "reason"), ==, "waiting-room");
				}
				person_leave (&person);
			}
		}
	}
}

/* ---- from both sides of the door ---- */

static void test_admit_and_deny (void)
{
	CuriaRules rules = curia_rules_default;
	rules.waiting_room = CURIA_WAITING_GUESTS;
	g_autofree char *code = ruled_meeting (&rules);
	g_auto (Person) ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, TRUE); /* alone: the room lives for her */
	assert_room (ann.joined, "waiting");
	g_autoptr (Json) early = ruled_ask (&ann, "{'request':'sync'}", NULL, NULL);
	assert_error (early, CURIA_ERROR_JOIN_FIRST, NULL);
	g_auto (Person) mia = knock (code, "Mia", CURIA_ROLE_MODERATOR, FALSE);
	g_auto (Person) bob = knock (code, "Bob", CURIA_ROLE_PARTICIPANT, FALSE);
	assert_room (bob.joined, "joined");
	g_assert_null (at (bob.joined, "waiting"));
	g_assert_cmpstr (text (mia.joined, "waiting.0.name"), ==, "Ann");
	g_assert_true (json_is_true (at (mia.joined, "waiting.0.guest")));
	g_assert_nonnull (text (mia.joined, "waiting.0.since"));
	g_assert_null (at (mia.joined, "waiting.0.identity"));
	g_auto (Person) cid = knock (code, "Cid", CURIA_ROLE_PARTICIPANT, TRUE);
	g_autoptr (Json) list = fake_wait_event (mia.publish, "waiting", FAKE_WAIT_MS);
	while (json_array_size (at (list, "waiting")) < 2) {
		json_decref (list);
		list = fake_wait_event (mia.publish, "waiting", FAKE_WAIT_MS);
	}
	g_assert_cmpstr (text (list, "waiting.1.id"), ==, text (cid.joined, "id"));

	g_autoptr (Json) again = knock_again (&ann, code, "Ann", TRUE); /* it does not help, and takes no second place */
	g_assert_cmpstr (text (again, "id"), ==, text (ann.joined, "id"));
	ruled_refused (&mia, "{'request':'moderate','action':'admit','id':'w99'}", NULL, NULL, CURIA_ERROR_NO_SUCH_SOURCE);
	ruled_refused (&mia, "{'request':'moderate','action':'admit'}", NULL, NULL, CURIA_ERROR_MISSING_FIELD);
	ruled_do (&mia, "{'request':'moderate','action':'admit','id':'$1'}", text (ann.joined, "id"), NULL, "moderated");
	assert_event (&ann, "admitted", NULL, NULL);
	g_autoptr (Json) in = knock_again (&ann, code, "Ann", TRUE);
	assert_room (in, "joined");
	ruled_do (&mia, "{'request':'moderate','action':'deny','id':'$1'}", text (cid.joined, "id"), NULL, "moderated");
	assert_event (&cid, "ended", "reason", "denied");
	g_autoptr (Json) knocks = knock_again (&cid, code, "Cid", TRUE);
	assert_room (knocks, "waiting");

	ruled_do (&ann, "{'request':'leave'}", NULL, NULL, "left"); /* who was admitted may come and go */
	g_autoptr (Json) back = knock_again (&ann, code, "Ann", TRUE);
	assert_room (back, "joined");
	for (;;) { /* nobody but moderators hears of it */
		g_autoptr (Json) event = fake_wait_event (bob.publish, "waiting", 700);
		g_assert_null (event);
		break;
	}
	ruled_set (code, "{'waiting_room':'off'}"); /* then nobody need wait */
	assert_event (&cid, "admitted", NULL, NULL);
	Person *all[] = { &ann, &bob, &cid, &mia };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		person_leave (all[i]);
}

static void test_host_comes (void)
{
	CuriaRules rules = curia_rules_default;
	rules.join_before_host = FALSE;
	rules.waiting_room = CURIA_WAITING_GUESTS;
	g_autofree char *code = ruled_meeting (&rules);
	g_auto (Person) ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE);
	g_auto (Person) gus = knock (code, "Gus", CURIA_ROLE_PARTICIPANT, TRUE);
	g_assert_cmpstr (text (gus.joined, "reason"), ==, "host");
	g_auto (Person) host = knock (code, "Hal", CURIA_ROLE_HOST, FALSE);
	assert_event (&ann, "admitted", NULL, NULL);
	assert_event (&gus, "waiting", "reason", "waiting-room"); /* guests still have to be let in */
	g_autoptr (Json) in = knock_again (&ann, code, "Ann", FALSE);
	assert_room (in, "joined");
	ruled_do (&host, "{'request':'leave'}", NULL, NULL, "left");
	g_auto (Person) dan = knock (code, "Dan", CURIA_ROLE_PARTICIPANT, FALSE); /* it has begun */
	assert_room (dan.joined, "joined");
	Person *all[] = { &ann, &gus, &host, &dan };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		person_leave (all[i]);
}

static void test_ends (void)
{
	CuriaRules rules = curia_rules_default;
	rules.waiting_room = CURIA_WAITING_EVERYBODY;
	g_autofree char *code = ruled_meeting (&rules);
	g_auto (Person) host = knock (code, "Hal", CURIA_ROLE_HOST, FALSE);
	g_auto (Person) ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE), other = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE),
		bob = knock (code, "Bob", CURIA_ROLE_PARTICIPANT, FALSE);
	assert_event (&ann, "ended", "reason", "replaced"); /* by herself, elsewhere */
	person_leave (&bob); /* nobody waits for ever on a dead handle */
	g_autoptr (GError) error = NULL;
	g_autoptr (Json) waiting = ruled_command (code, "{'command':'waiting'}", &error);
	g_assert_no_error (error);
	g_assert_cmpuint (json_array_size (at (waiting, "waiting")), ==, 1);
	g_assert_cmpstr (text (waiting, "waiting.0.identity"), ==, "Ann");
	g_autoptr (Json) live = ruled_command (code, "{'command':'live'}", NULL);
	g_assert_cmpint (number (live, "waiting"), ==, 1);
	ruled_do (&host, "{'request':'moderate','action':'end'}", NULL, NULL, "moderated");
	assert_event (&other, "ended", "reason", "ended");
	assert_event (&host, "ended", "reason", "ended");
	gint64 until_us = g_get_monotonic_time () + FAKE_WAIT_MS * 1000;
	for (gboolean ended = FALSE; !ended;) { /* the store learns it */
		g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (fake_node ()), code, NULL);
		ended = meeting->ended_ms != 0;
		g_assert_cmpint (g_get_monotonic_time (), <, until_us);
		g_usleep (5000);
	}
	g_autoptr (Json) late = knock_again (&other, code, "Ann", FALSE);
	assert_error (late, CURIA_ERROR_MEETING_ENDED, NULL);
	Person *all[] = { &ann, &other, &host };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		person_leave (all[i]);
}

/* ---- the lock ---- */

static gboolean store_says_locked (const char *code)
{
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (fake_node ()), code, NULL);
	return meeting->rules.locked;
}

static void test_lock (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) mia = knock (code, "Mia", CURIA_ROLE_MODERATOR, FALSE), ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE);
	ruled_refused (&mia, "{'request':'moderate','action':'lock'}", NULL, NULL, CURIA_ERROR_MISSING_FIELD);
	ruled_do (&mia, "{'request':'moderate','action':'lock','locked':true}", NULL, NULL, "moderated");
	g_autoptr (Json) told = fake_wait_event (ann.publish, "settings", FAKE_WAIT_MS);
	g_assert_true (json_is_true (at (told, "settings.locked")));
	fake_until (store_says_locked (code));
	g_auto (Person) bob = knock (code, "Bob", CURIA_ROLE_PARTICIPANT, FALSE), host = knock (code, "Hal", CURIA_ROLE_HOST, FALSE),
		again = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE);
	assert_error (bob.joined, CURIA_ERROR_MEETING_LOCKED, NULL);
	assert_room (host.joined, "joined");
	assert_room (again.joined, "joined"); /* she has a seat */
	ruled_do (&again, "{'request':'leave'}", NULL, NULL, "left");
	g_autoptr (Json) gone = knock_again (&again, code, "Ann", FALSE);
	assert_error (gone, CURIA_ERROR_MEETING_LOCKED, NULL);
	ruled_do (&mia, "{'request':'moderate','action':'lock','locked':false}", NULL, NULL, "moderated");
	g_autoptr (Json) open = knock_again (&again, code, "Ann", FALSE);
	assert_room (open, "joined");
	Person *all[] = { &mia, &ann, &bob, &host, &again };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		person_leave (all[i]);
}

/* A locked meeting opens no room for who may not come in. */
static void test_locked_and_empty (void)
{
	CuriaRules rules = curia_rules_default;
	rules.locked = TRUE;
	g_autofree char *code = ruled_meeting (&rules);
	fake_record_events (TRUE);
	g_auto (Person) ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE);
	assert_error (ann.joined, CURIA_ERROR_MEETING_LOCKED, NULL);
	fake_record_events (FALSE);
	g_autoptr (Json) events = fake_take_recorded ();
	g_assert_cmpuint (json_array_size (events), ==, 1);
	g_assert_cmpstr (text (events, "0.event"), ==, "join_failed");
	g_assert_cmpstr (text (events, "0.error"), ==, "meeting-locked");
	person_leave (&ann);
}

/* ---- removals ---- */

/* A token that is made so many seconds later. */
static Json *join_later (Person *self, const char *code, const char *name, int seconds)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaClaims) claims = ruled_claims (code, name, CURIA_ROLE_PARTICIPANT);
	g_autofree char *token = curia_token_mint (curia_node_keys (fake_node ()), claims, curia_clock_wall_ms () / 1000 + seconds, 600, &error);
	g_assert_no_error (error);
	return ruled_ask (self, "{'request':'join','token':'$1'}", token, NULL);
}

static void test_removed (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_auto (Person) mia = knock (code, "Mia", CURIA_ROLE_MODERATOR, FALSE), ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE),
		bob = knock (code, "Bob", CURIA_ROLE_PARTICIPANT, FALSE);
	ruled_do (&mia, "{'request':'moderate','action':'remove','participant':'$1','ban':false}", ann.id, NULL, "moderated");
	ruled_do (&mia, "{'request':'moderate','action':'remove','identity':'Bob'}", NULL, NULL, "moderated");
	assert_event (&ann, "ended", "reason", "kicked");
	assert_event (&bob, "ended", "reason", "kicked");
	g_autoptr (Json) old = join_later (&ann, code, "Ann", -5), new = join_later (&ann, code, "Ann", 30);
	assert_error (old, CURIA_ERROR_REMOVED, NULL);
	assert_room (new, "joined");
	g_autoptr (Json) banned = join_later (&bob, code, "Bob", -5), still = join_later (&bob, code, "Bob", 30);
	assert_error (banned, CURIA_ERROR_REMOVED, NULL);
	assert_error (still, CURIA_ERROR_REMOVED, NULL);
	g_autoptr (Json) forgiven = ruled_command (code, "{'command':'let_back','identity':'Bob'}", NULL);
	g_autoptr (Json) back = join_later (&bob, code, "Bob", -5);
	assert_room (back, "joined");
	g_autoptr (Json) kicked = ruled_command (code, "{'command':'kick','identity':'Bob'}", NULL);
	g_assert_nonnull (kicked);
	assert_event (&bob, "ended", "reason", "kicked");
	g_autoptr (Json) kicked_old = join_later (&bob, code, "Bob", -5);
	assert_error (kicked_old, CURIA_ERROR_REMOVED, NULL);
	Person *all[] = { &mia, &ann, &bob };
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		person_leave (all[i]);
}

static void on_removal (const char *topic G_GNUC_UNUSED, json_t *message, CuriaBusRequest *request G_GNUC_UNUSED, gpointer data)
{
	g_async_queue_push (data, json_deep_copy (message));
}

static void test_removal_is_published (void)
{
	g_autofree char *code = ruled_meeting (&curia_rules_default);
	g_autoptr (GAsyncQueue) heard = g_async_queue_new ();
	guint id = curia_bus_subscribe (curia_node_bus (fake_node ()), "removals", on_removal, heard);
	g_auto (Person) mia = knock (code, "Mia", CURIA_ROLE_MODERATOR, FALSE), ann = knock (code, "Ann", CURIA_ROLE_PARTICIPANT, FALSE);
	ruled_do (&mia, "{'request':'moderate','action':'remove','participant':'$1'}", ann.id, NULL, "moderated");
	g_autoptr (Json) message = g_async_queue_timeout_pop (heard, FAKE_WAIT_MS * 1000);
	g_assert_cmpstr (text (message, "event"), ==, "removed");
	g_assert_cmpstr (text (message, "identity"), ==, "Ann");
	g_assert_cmpstr (text (message, "by"), ==, "Mia");
	g_assert_cmpstr (text (message, "meeting_id"), ==, text (mia.joined, "meeting.id"));
	g_assert_true (json_is_true (at (message, "banned")));
	g_assert_cmpint (json_integer_value (at (message, "time_ms")), >, 0);
	curia_bus_unsubscribe (curia_node_bus (fake_node ()), id);
	person_leave (&ann);
	person_leave (&mia);
}

/* Five hundred may wait, and not one more; moderators are told of the first hundred. */
static void test_bounds (void)
{
	CuriaRules rules = curia_rules_default;
	rules.waiting_room = CURIA_WAITING_EVERYBODY;
	g_autofree char *code = ruled_meeting (&rules);
	g_auto (Person) mia = knock (code, "Mia", CURIA_ROLE_MODERATOR, FALSE);
	Person people[501];
	for (guint i = 0; i < G_N_ELEMENTS (people); i++) {
		g_autofree char *name = g_strdup_printf ("n%u", i);
		people[i] = knock (code, name, CURIA_ROLE_PARTICIPANT, FALSE);
		if (i < 500)
			assert_room (people[i].joined, "waiting");
		else
			assert_error (people[i].joined, CURIA_ERROR_MEETING_FULL, NULL);
	}
	g_autoptr (Json) sync = ruled_ask (&mia, "{'request':'sync'}", NULL, NULL);
	g_assert_cmpuint (json_array_size (at (sync, "waiting")), ==, 100);
	g_assert_cmpint (number (sync, "more"), ==, 400);
	g_autoptr (Json) admitted = ruled_ask (&mia, "{'request':'moderate','action':'admit','all':true}", NULL, NULL);
	g_assert_cmpint (number (admitted, "affected"), ==, 500);
	for (guint i = 0; i < G_N_ELEMENTS (people); i++) {
		person_leave (&people[i]);
		person_clear (&people[i]);
	}
	person_leave (&mia);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("");
	g_test_add_func ("/waiting/who-waits", test_who_waits);
	g_test_add_func ("/waiting/admit-and-deny", test_admit_and_deny);
	g_test_add_func ("/waiting/host-comes", test_host_comes);
	g_test_add_func ("/waiting/ends", test_ends);
	g_test_add_func ("/waiting/lock", test_lock);
	g_test_add_func ("/waiting/locked-and-empty", test_locked_and_empty);
	g_test_add_func ("/waiting/removed", test_removed);
	g_test_add_func ("/waiting/removal-is-published", test_removal_is_published);
	g_test_add_func ("/waiting/bounds", test_bounds);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
