/* source.c: a Janus plugin for tests only, which tells the event handlers what a busy room would: play.h's events, so many a
 * second, each with its number (`n`; a sample has it as its estimate, and the run as its freezes).
 * CURIA_SOURCE names the file in which it is told the rate and tells how far it is, readable also after a SIGKILL.
 * Thread: its own offers; Janus' callbacks do nothing. */
#include "config.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <janus/plugins/plugin.h>
#include "tests/ledger/play.h"

#define TICK_US 1000
#define LIVES_OF_RUN 1000000 /* a run's calls have other ids than those of the run before */

janus_plugin *create (void);

/* The file: numbers as the machine has them. */
typedef struct {
	gint64 rate; /* events/s; set by the test */
	gint64 run;  /* how often the plugin was started, from 1 */
	gint64 n;    /* events that this run has told */
} Sheet;

static janus_callbacks *core;
static Sheet *sheet;
static GThread *thread;
static gint stopping; /* atomic */

/* ---- offering ---- */

static const char *room_package (void) { return "janus.plugin.curia.room"; }
/* What the core asks for the name that goes with an event. */
static janus_plugin room = { .get_package = room_package };

static void offer (Play *play)
{
	json_t *event = play_next (play);

	if (g_str_equal (json_string_value (json_object_get (event, "event")), "quality")) {
		json_object_set_new (event, "estimate_bps", json_integer ((json_int_t) play->n));
		json_object_set_new (event, "freezes", json_integer (sheet->run));
	} else {
		json_object_set_new (event, "n", json_integer ((json_int_t) play->n));
		json_object_set_new (event, "run", json_integer (sheet->run));
	}
	core->notify_event (&room, NULL, event);
}

static gpointer run (gpointer data)
{
	Play *play = g_new0 (Play, 1);
	gint64 before_us = g_get_monotonic_time ();
	double due = 0;

	(void) data;
	play->life = (guint) sheet->run * LIVES_OF_RUN;
	while (!g_atomic_int_get (&stopping)) {
		gint64 now_us = g_get_monotonic_time ();

		due += (double) (now_us - before_us) * (double) __atomic_load_n (&sheet->rate, __ATOMIC_RELAXED) / G_USEC_PER_SEC;
		before_us = now_us;
		play->time_ms = g_get_real_time () / 1000;
		for (; due >= 1; due--) {
			__atomic_store_n (&sheet->n, (gint64) play->n + 1, __ATOMIC_RELAXED);
			offer (play);
		}
		g_usleep (TICK_US);
	}
	g_free (play);
	return NULL;
}

/* ---- what Janus calls ---- */

static int on_init (janus_callbacks *callbacks, const char *config_folder)
{
	const char *path = g_getenv ("CURIA_SOURCE");
	int fd = path != NULL ? open (path, O_RDWR | O_CLOEXEC) : -1;

	(void) config_folder;
	if (fd < 0)
		return -1;
	sheet = mmap (NULL, sizeof *sheet, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close (fd);
	if (sheet == MAP_FAILED)
		return -1;
	core = callbacks;
	sheet->run++;
	sheet->n = 0;
	thread = g_thread_new ("source", run, NULL);
	return 0;
}

static void on_destroy (void)
{
	g_atomic_int_set (&stopping, 1);
	if (thread != NULL)
		g_thread_join (thread);
}

static int get_api_compatibility (void) { return JANUS_PLUGIN_API_VERSION; }
static int get_version (void) { return 1; }
static const char *get_text (void) { return "Events for tests"; }
static const char *get_package (void) { return "janus.plugin.curia.tests.source"; }
static void ignore_session (janus_plugin_session *handle, int *error) { (void) handle; *error = -1; }
static void ignore_media (janus_plugin_session *handle) { (void) handle; }
static json_t *no_session (janus_plugin_session *handle) { (void) handle; return NULL; }

static janus_plugin_result *no_message (janus_plugin_session *handle, char *transaction, json_t *message, json_t *jsep)
{
	(void) handle;
	g_free (transaction);
	json_decref (message);
	json_decref (jsep);
	return janus_plugin_result_new (JANUS_PLUGIN_ERROR, "no messages", NULL);
}

static janus_plugin plugin = {
	.init = on_init,
	.destroy = on_destroy,
	.get_api_compatibility = get_api_compatibility,
	.get_version = get_version,
	.get_version_string = get_text,
	.get_description = get_text,
	.get_name = get_text,
	.get_author = get_text,
	.get_package = get_package,
	.create_session = ignore_session,
	.handle_message = no_message,
	.setup_media = ignore_media,
	.hangup_media = ignore_media,
	.destroy_session = ignore_session,
	.query_session = no_session,
};

__attribute__ ((visibility ("default"))) janus_plugin *create (void)
{
	return &plugin;
}
