/* test-speaker.c: who gets an audio slot, who is dominant, how fast and how steadily.
 * Rows are scenes of people who talk; frames come every 20 ms, each person's at another moment, ticks every 20 ms. */
#include <string.h>

#include "plugins/room/speaker.h"

#define START_US (10 * G_USEC_PER_SEC)
#define STEP_US 1000
#define FRAME_STEPS 20
#define MAX_PEOPLE 26

typedef struct Scene {
	Speakers *speakers;
	guint n_people;
	guint level[MAX_PEOPLE];	/* what the frames of each say now; > 127: no frames (DTX) */
	gint64 now_us;
	SpeakerChanges changes;		/* of the last tick */
} Scene;

static void
scene_init (Scene *scene, guint n_slots, guint n_people)
{
	*scene = (Scene) { .speakers = speaker_new (n_slots), .n_people = n_people, .now_us = START_US };
	for (guint i = 0; i < n_people; i++) {
		g_assert_cmpint (speaker_join (scene->speakers, TRUE), ==, i);
		scene->level[i] = 255;
	}
}

static void
scene_clear (Scene *scene)
{
	speaker_free (scene->speakers);
}

/* Lets one millisecond pass; TRUE when there was a tick. */
static gboolean
scene_step (Scene *scene)
{
	scene->now_us += STEP_US;
	guint step = (guint) (scene->now_us / STEP_US);
	for (guint i = 0; i < scene->n_people; i++)
		if ((step + 3 * i) % FRAME_STEPS == 0 && scene->level[i] <= 127)
			speaker_level (scene->speakers, (int) i, scene->level[i], 1, scene->now_us);
	if (step % FRAME_STEPS != 0)
		return FALSE;
	scene->changes = speaker_tick (scene->speakers, scene->now_us);
	return TRUE;
}

/* "AB-/A/AB": holders of the slots, the dominant, those who speak. */
static char *
scene_tell (const Scene *scene, guint n_slots)
{
	GString *text = g_string_new (NULL);
	for (guint i = 0; i < n_slots; i++) {
		int holder = speaker_slot (scene->speakers, i);
		g_string_append_c (text, holder == SPEAKER_NONE ? '-' : (char) ('A' + holder));
	}
	int dominant = speaker_dominant (scene->speakers);
	g_string_append_printf (text, "/%c/", dominant == SPEAKER_NONE ? '-' : 'A' + dominant);
	for (guint i = 0; i < scene->n_people; i++)
		if (speaker_is_speaking (scene->speakers, (int) i))
			g_string_append_c (text, (char) ('A' + i));
	return g_string_free (text, FALSE);
}

/* ---- rows ----
 * voices: A30@100-900 is A with 30 -dBov from 100 to 900 ms; what stands later in the list wins; checks: ms=tell. */
static const struct {
	const char *name;
	guint n_slots;
	const char *voices, *checks;
} rows[] = {
	{ "silence", 3, "", "0=---/-/ 1000=---/-/" },
	{ "admitted-within-60-ms", 3, "A30@100-5000", "99=---/-/ 160=A--/A/A 4000=A--/A/A" },
	{ "quiet-is-not-speech", 3, "A60@0-5000", "5000=---/-/" },
	{ "one-click-is-not-speech", 3, "A10@100-119 B10@500-519", "5000=---/-/" },
	{ "hold-over-pauses", 1, "A30@0-1000 B30@1500-1600", "1490=A/A/A 1600=B/A/B" },
	{ "pause-gives-way-at-once", 1, "A30@0-1000 B30@1260-2000", "1250=A/A/A 1320=B/A/AB" },
	{ "gap-between-words-does-not", 1, "A30@0-1000 B30@1020-1180 A30@1150-2000", "1180=A/A/AB 2000=A/A/A" },
	{ "silent-holder-stays", 1, "A30@0-1000", "1600=A/A/ 60000=A/A/" },
	{ "empty-slots-first", 3, "A30@0-500 B30@2000-2500 C30@4000-4500", "500=A--/A/A 2500=AB-/B/B 4500=ABC/C/C" },
	{ "longest-silent-gives-way", 3, "B30@0-500 A30@2000-2500 C30@4000-4500 D30@6000-6500 E30@8000-8500",
		"4500=BAC/C/C 6500=DAC/D/D 8500=DEC/E/E" },
	{ "equally-loud-does-not-displace", 2, "A30@0-9000 B30@100-9000 C30@500-9000", "9000=AB/A/ABC" },
	{ "slightly-louder-does-not-displace", 2, "A30@0-9000 B30@100-9000 C26@500-9000", "9000=AB/A/ABC" },
	{ "much-louder-displaces-the-weakest", 2, "A30@0-9000 B40@0-9000 C20@2000-9000",
		"2000=AB/A/AB 2900=AB/A/ABC 9000=AC/C/ABC" },
	{ "short-burst-does-not-displace", 2, "A30@0-9000 B40@0-9000 C10@2000-2200 D10@4000-4200", "9000=AB/A/AB" },
	{ "dominant-changes-hands", 3, "A30@0-3000 B30@3000-6000", "3000=A--/A/A 3060=AB-/A/AB 4000=AB-/B/B" },
	{ "interjection-does-not-dominate", 3, "A30@0-3000 B30@3000-3150 A30@3300-6000",
		"3200=AB-/A/AB 4000=AB-/A/A 6000=AB-/A/A" },
	{ "interrupter-of-equal-loudness-waits", 3, "A30@0-6000 B30@2000-6000", "6000=AB-/A/AB" },
	{ "loud-interrupter-dominates", 3, "A40@0-6000 B20@2000-6000", "2100=AB-/A/AB 6000=AB-/B/AB" },
	{ "levels-without-dtx", 1, "A90@0-9000 A30@1000-2000 B95@0-9000 B30@4000-4100", "1060=A/A/A 2600=A/A/ 4060=B/A/B" },
	{ "eight-slots", 8, "A30@0-999 B30@0-999 C30@0-999 D30@0-999 E30@0-999 F30@0-999 G30@0-999 H30@0-999",
		"900=ABCDEFGH/A/ABCDEFGH" },
};

typedef struct Voice {
	guint who, level;
	int from_ms, to_ms;
} Voice;

static guint
read_voices (const char *text, Voice *voices)
{
	guint n = 0;
	for (const char *at = text; *at != 0; n++) {
		char *end;
		Voice *v = &voices[n];
		v->who = (guint) (at[0] - 'A');
		v->level = (guint) strtoul (at + 1, &end, 10);
		v->from_ms = (int) strtol (end + 1, &end, 10);
		v->to_ms = (int) strtol (end + 1, &end, 10);
		at = *end == ' ' ? end + 1 : end;
	}
	return n;
}

static void
scene_run (Scene *scene, const Voice *voices, guint n, int until_ms)
{
	while (scene->now_us < START_US + (gint64) until_ms * 1000) {
		int ms = (int) ((scene->now_us - START_US) / 1000);
		for (guint i = 0; i < scene->n_people; i++)
			scene->level[i] = 255;
		for (guint i = 0; i < n; i++)
			if (ms >= voices[i].from_ms && ms < voices[i].to_ms)
				scene->level[voices[i].who] = voices[i].level;
		scene_step (scene);
	}
}

static void
test_row (gconstpointer data)
{
	guint row = GPOINTER_TO_UINT (data);
	Scene scene;
	Voice voices[16];
	guint n = read_voices (rows[row].voices, voices);
	scene_init (&scene, rows[row].n_slots, 8);
	g_auto (GStrv) checks = g_strsplit (rows[row].checks, " ", -1);
	for (guint i = 0; checks[i] != NULL; i++) {
		scene_run (&scene, voices, n, atoi (checks[i]));
		g_autofree char *told = scene_tell (&scene, rows[row].n_slots);
		g_test_message ("at %s: %s", checks[i], told);
		g_assert_cmpstr (told, ==, strchr (checks[i], '=') + 1);
	}
	scene_clear (&scene);
}

/* ---- joining, leaving, muting ---- */

static void
speak (Speakers *s, int index, gint64 from_us)
{
	speaker_level (s, index, 30, 1, from_us);
	speaker_level (s, index, 30, 1, from_us + 20000);
	speaker_tick (s, from_us + 20000);
}

static void
test_leave (void)
{
	g_autoptr (Speakers) s = speaker_new (2);
	int a = speaker_join (s, TRUE), b = speaker_join (s, TRUE);
	speak (s, a, START_US);
	speak (s, b, START_US + 100000);
	g_assert_cmpint (speaker_dominant (s), ==, a);
	SpeakerChanges changes = speaker_leave (s, a);
	g_assert_cmpuint (changes.slots, ==, 1);
	g_assert_true (changes.dominant && changes.speaking);
	g_assert_cmpint (speaker_dominant (s), ==, SPEAKER_NONE);
	g_assert_cmpint (speaker_slot (s, 0), ==, SPEAKER_NONE);
	g_assert_cmpint (speaker_slot_of (s, b), ==, 1);
	g_assert_true (speaker_tick (s, START_US + 140000).dominant);
	g_assert_cmpint (speaker_dominant (s), ==, b);
	g_assert_cmpint (speaker_join (s, TRUE), ==, a);
	g_assert_false (speaker_is_speaking (s, a));
	g_assert_cmpint (speaker_last_spoke_us (s, a), ==, 0);
	g_assert_cmpuint (speaker_leave (s, 77).slots, ==, 0);
	g_assert_cmpuint (speaker_leave (s, -1).slots, ==, 0);
}

static void
test_mute (void)
{
	g_autoptr (Speakers) s = speaker_new (1);
	int a = speaker_join (s, TRUE), b = speaker_join (s, TRUE);
	speak (s, a, START_US);
	speaker_mute (s, a, START_US + 30000);
	g_assert_false (speaker_is_speaking (s, a));
	g_assert_true (speaker_busy (s));
	g_assert_true (speaker_tick (s, START_US + 40000).speaking);
	g_assert_cmpint (speaker_slot (s, 0), ==, a);
	speak (s, b, START_US + 50000);
	g_assert_cmpint (speaker_slot (s, 0), ==, b);
	g_assert_cmpint (speaker_slot_of (s, a), ==, SPEAKER_NONE);
}

static void
test_screen_sound_does_not_dominate (void)
{
	g_autoptr (Speakers) s = speaker_new (2);
	int screen = speaker_join (s, FALSE), a = speaker_join (s, TRUE);
	speak (s, screen, START_US);
	g_assert_cmpint (speaker_slot (s, 0), ==, screen);
	g_assert_cmpint (speaker_dominant (s), ==, SPEAKER_NONE);
	speak (s, a, START_US + 30000);
	g_assert_cmpint (speaker_dominant (s), ==, a);
}

static void
test_wake_up (void)
{
	g_autoptr (Speakers) s = speaker_new (1);
	int a = speaker_join (s, TRUE), b = speaker_join (s, TRUE);
	g_assert_false (speaker_busy (s));
	g_assert_false (speaker_level (s, a, 127, 1, START_US));
	g_assert_false (speaker_busy (s));
	g_assert_false (speaker_level (s, a, 30, 1, START_US + 20000));
	g_assert_true (speaker_busy (s));
	g_assert_true (speaker_level (s, a, 30, 1, START_US + 40000));
	g_assert_false (speaker_level (s, a, 30, 1, START_US + 60000));
	g_assert_true (speaker_level (s, b, 30, 2, START_US + 60000));
	g_assert_cmpuint (speaker_tick (s, START_US + 60000).slots, ==, 1);
	gint64 now_us = START_US + 60000;
	while (speaker_busy (s)) {
		now_us += SPEAKER_TICK_US;
		speaker_tick (s, now_us);
	}
	g_assert_cmpint (now_us, <, START_US + 8 * G_USEC_PER_SEC);
}

static void
test_full (void)
{
	g_autoptr (Speakers) s = speaker_new (3);
	for (int i = 0; i < SPEAKER_MAX_SOURCES; i++)
		g_assert_cmpint (speaker_join (s, TRUE), ==, i);
	g_assert_cmpint (speaker_join (s, TRUE), ==, SPEAKER_NONE);
	speak (s, SPEAKER_MAX_SOURCES - 1, START_US);
	g_assert_cmpint (speaker_slot (s, 0), ==, SPEAKER_MAX_SOURCES - 1);
	g_assert_cmpint (speaker_slot (s, 3), ==, SPEAKER_NONE);
	g_assert_false (speaker_level (s, 5, 128, 1, START_US));
	g_assert_false (speaker_level (s, SPEAKER_MAX_SOURCES, 10, 2, START_US));
	for (int i = 0; i < SPEAKER_MAX_SOURCES; i++)
		speaker_leave (s, i);
	g_assert_cmpint (speaker_join (s, TRUE), ==, 0);
}

/* ---- the meter ---- */

static void
test_meter (void)
{
	SpeakerMeter meter = { 0 };
	guint level = 99;
	g_assert_cmpuint (speaker_meter_take (&meter, &level), ==, 0);
	speaker_meter_add (&meter, -1);
	speaker_meter_add (&meter, 128);
	g_assert_cmpuint (speaker_meter_take (&meter, &level), ==, 0);
	speaker_meter_add (&meter, 40);
	speaker_meter_add (&meter, 30);
	speaker_meter_add (&meter, 127);
	g_assert_cmpuint (speaker_meter_take (&meter, &level), ==, 3);
	g_assert_cmpuint (level, ==, 30);
	speaker_meter_add (&meter, 127);
	g_assert_cmpuint (speaker_meter_take (&meter, &level), ==, 1);
	g_assert_cmpuint (level, ==, 127);
	for (guint i = 0; i < 100000; i++)
		speaker_meter_add (&meter, 0);
	g_assert_cmpuint (speaker_meter_take (&meter, &level), ==, 0x7fff);
	g_assert_cmpuint (level, ==, 0);
}

static gpointer
add_levels (gpointer data)
{
	for (guint i = 0; i < 10000; i++)
		speaker_meter_add (data, (int) (i % 128));
	return NULL;
}

static void
test_meter_threads (void)
{
	SpeakerMeter meter = { 0 };
	GThread *threads[3];
	guint level, total = 0;
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("media", add_levels, &meter);
	for (guint i = 0; i < 1000; i++)
		total += speaker_meter_take (&meter, &level);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
	total += speaker_meter_take (&meter, &level);
	g_assert_cmpuint (total, ==, 30000);
}

/* ---- random conversations ---- */

/* Holders are distinct, both directions of the map agree, and nobody speaks outside while a slot is silent. */
static void
check_slots (const Scene *scene, guint n_slots)
{
	gboolean silent_slot = FALSE;
	guint n_held = 0, n_known = 0;
	for (guint i = 0; i < n_slots; i++) {
		int holder = speaker_slot (scene->speakers, i);
		n_held += holder != SPEAKER_NONE;
		silent_slot |= holder == SPEAKER_NONE || !speaker_is_speaking (scene->speakers, holder);
		if (holder != SPEAKER_NONE)
			g_assert_cmpint (speaker_slot_of (scene->speakers, holder), ==, i);
	}
	for (guint i = 0; i < scene->n_people; i++) {
		gboolean inside = speaker_slot_of (scene->speakers, (int) i) != SPEAKER_NONE;
		n_known += inside;
		g_assert_true (inside || !silent_slot || !speaker_is_speaking (scene->speakers, (int) i));
	}
	g_assert_cmpuint (n_held, ==, n_known);
}

/* Whoever has been loud for 60 ms speaks, whoever has been quiet for longer than the hold does not. */
static void
check_speaking (const Scene *scene, const gint64 *since_us)
{
	for (guint i = 0; i < scene->n_people; i++) {
		gint64 span_us = scene->now_us - since_us[i];
		gboolean loud = scene->level[i] <= SPEAKER_ON_DBOV;
		if (loud && span_us >= 60000)
			g_assert_true (speaker_is_speaking (scene->speakers, (int) i));
		if (!loud && span_us > SPEAKER_HOLD_US + 40000)
			g_assert_false (speaker_is_speaking (scene->speakers, (int) i));
	}
}

/* One person begins or ends to talk. */
static void
toggle (Scene *scene, guint i, gint64 *since_us)
{
	gboolean loud = scene->level[i] <= SPEAKER_ON_DBOV;
	if (loud)
		scene->level[i] = g_test_rand_int_range (0, 2) ? 255 : (guint) g_test_rand_int_range (60, 128);
	else
		scene->level[i] = (guint) g_test_rand_int_range (5, SPEAKER_ON_DBOV + 1);
	since_us[i] = scene->now_us;
}

static void
test_random (void)
{
	for (guint round = 0; round < 12; round++) {
		guint n_slots = (guint) g_test_rand_int_range (1, SPEAKER_MAX_SLOTS + 1);
		guint n_people = (guint) g_test_rand_int_range (1, MAX_PEOPLE + 1), told[SPEAKER_MAX_SLOTS + 1];
		gint64 since_us[MAX_PEOPLE] = { 0 }, dominant_us = 0;
		Scene scene;
		scene_init (&scene, n_slots, n_people);
		for (guint i = 0; i <= SPEAKER_MAX_SLOTS; i++)
			told[i] = (guint) SPEAKER_NONE;
		for (guint ms = 0; ms < 20000; ms++) {
			if (g_test_rand_int_range (0, 150) == 0)
				toggle (&scene, (guint) g_test_rand_int_range (0, (int) n_people), since_us);
			if (!scene_step (&scene))
				continue;
			check_slots (&scene, n_slots);
			check_speaking (&scene, since_us);
			for (guint i = 0; i < n_slots; i++) {
				guint holder = (guint) speaker_slot (scene.speakers, i);
				g_assert_cmpint (told[i] != holder, ==, scene.changes.slots >> i & 1);
				told[i] = holder;
			}
			guint dominant = (guint) speaker_dominant (scene.speakers);
			g_assert_cmpint (told[SPEAKER_MAX_SLOTS] != dominant, ==, scene.changes.dominant);
			told[SPEAKER_MAX_SLOTS] = dominant;
			if (scene.changes.dominant) {
				g_assert_true (dominant_us == 0 || scene.now_us - dominant_us >= SPEAKER_CONTEST_US);
				dominant_us = scene.now_us;
			}
		}
		scene_clear (&scene);
	}
}

/* Two who talk at the same time, with words and pauses and uneven loudness: the picture does not jump about. */
static void
test_steady (void)
{
	Scene scene;
	guint n_changes = 0;
	gint64 until_us[2] = { 0, 0 };
	gboolean talking[2] = { FALSE, FALSE };
	scene_init (&scene, 3, 2);
	for (guint ms = 0; ms < 60000; ms++) {
		for (guint i = 0; i < 2; i++) {
			if (scene.now_us >= until_us[i]) {
				talking[i] = !talking[i];
				until_us[i] = scene.now_us + 1000 * (talking[i] ? g_test_rand_int_range (200, 1500)
					: g_test_rand_int_range (50, 250));
			}
			scene.level[i] = talking[i] ? (guint) g_test_rand_int_range (24, 37) : 255;
		}
		n_changes += scene_step (&scene) && scene.changes.dominant;
	}
	g_test_message ("dominant changed %u times in a minute", n_changes);
	g_assert_cmpuint (n_changes, <=, 12);
	scene_clear (&scene);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *path = g_strconcat ("/speaker/", rows[i].name, NULL);
		g_test_add_data_func (path, GUINT_TO_POINTER (i), test_row);
	}
	g_test_add_func ("/speaker/leave", test_leave);
	g_test_add_func ("/speaker/mute", test_mute);
	g_test_add_func ("/speaker/screen-sound-does-not-dominate", test_screen_sound_does_not_dominate);
	g_test_add_func ("/speaker/wake-up", test_wake_up);
	g_test_add_func ("/speaker/full", test_full);
	g_test_add_func ("/speaker/meter", test_meter);
	g_test_add_func ("/speaker/meter-threads", test_meter_threads);
	g_test_add_func ("/speaker/random", test_random);
	g_test_add_func ("/speaker/steady", test_steady);
	return g_test_run ();
}
