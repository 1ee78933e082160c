/* curia-load: many light WebRTC participants in one process, to see what a server bears. docs/load.md */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "tools/load/report.h"
#include "tools/load/run.h"

/* Exit codes, as --help tells them. */
enum { EXIT_FINE, EXIT_SOME_FAILED, EXIT_USAGE, EXIT_NO_SERVER, EXIT_INTERRUPTED = 130 };

static const Scenario *const scenarios[] = { &scenario_meeting, &scenario_webinar, &scenario_storm };

static void print_help (void)
{
	printf ("Usage: curia-load SCENARIO [OPTION...]\n\nMany light WebRTC participants in one process, to see what a server bears. They send and receive\n"
		"real RTP over DTLS-SRTP, shaped as Opus and VP8, and measure how long packets are under way.\n\nScenarios\n");
	for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
		printf ("  %-26s %s\n", scenarios[i]->name, scenarios[i]->summary);
	load_options_help ();
	printf ("  --help                     this text\n\nExamples\n"
		"  curia-load meeting --url https://meet.example.org --participants 20 --layout 3x3\n"
		"  curia-load webinar --url https://localhost:8443 --insecure --viewers 150 --janus-pid $(pidof janus)\n"
		"  curia-load meeting --videoroom ws://10.99.0.1:8188 --participants 20 --json videoroom.json\n\n"
		"Exit code: 0 all went well, 1 somebody was refused, lost or received nothing, 2 wrong usage, 3 no server, 130 interrupted.\n");
}

static void on_signal (int number G_GNUC_UNUSED)
{
	run_interrupted = 1;
}

static void raise_limits (void)
{
	struct rlimit files;
	if (getrlimit (RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = MIN (files.rlim_max, 1 << 20);
		setrlimit (RLIMIT_NOFILE, &files);
	}
}

static int finish (const LoadOptions *options, const Crowd *crowd, json_t *report)
{
	g_autoptr (GError) error = NULL;
	if (!report) {
		fprintf (stderr, "curia-load: %s\n", crowd->failure);
		return EXIT_NO_SERVER;
	}
	json_t *joins = json_object_get (report, "joins");
	gboolean fine = json_integer_value (json_object_get (joins, "failed")) == 0
		&& json_integer_value (json_object_get (joins, "without_media")) == 0;
	if (!options->json || !g_str_equal (options->json, "-"))
		report_table (report);
	if (options->json && !report_save (report, options->json, &error))
		fprintf (stderr, "curia-load: %s\n", error->message);
	json_decref (report);
	return run_interrupted ? EXIT_INTERRUPTED : fine && !error ? EXIT_FINE : EXIT_SOME_FAILED;
}

static int run (const Scenario *scenario, int argc, char **argv)
{
	g_autoptr (GError) error = NULL;
	LoadOptions options;
	int code = EXIT_USAGE;
	if (load_options_read (&options, argc, argv, &error)) {
		Crowd *crowd = crowd_new (&options, &error);
		code = EXIT_NO_SERVER;
		if (crowd) {
			code = finish (&options, crowd, run_scenario (crowd, scenario));
			crowd_free (crowd);
		}
	}
	if (error)
		fprintf (stderr, "curia-load: %s%s\n", error->message, code == EXIT_USAGE ? "\nTry curia-load --help" : "");
	load_options_clear (&options);
	return code;
}

int main (int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (g_str_equal (argv[i], "--help") || g_str_equal (argv[i], "-h")) {
			print_help ();
			return EXIT_FINE;
		}
	signal (SIGINT, on_signal);
	signal (SIGTERM, on_signal);
	signal (SIGPIPE, SIG_IGN);
	raise_limits ();
	for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (scenarios); i++)
		if (g_str_equal (argv[1], scenarios[i]->name))
			return run (scenarios[i], argc - 2, argv + 2);
	fprintf (stderr, "curia-load: %s%s\nTry curia-load --help\n", argc > 1 ? "unknown scenario " : "which scenario?", argc > 1 ? argv[1] : "");
	return EXIT_USAGE;
}
