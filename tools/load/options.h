/* options.h: the command line: one table from which parsing, checks and --help come.
 * Thread: filled once, then read-only. Ownership: texts belong to the options. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <glib.h>

typedef struct {
	/* where */
	char *url, *api_key, *api_secret, *room, *address, *videoroom;
	gboolean insecure;
	/* who */
	int participants, publishers, viewers, speakers;
	double join_rate;
	/* what is sent */
	gboolean no_simulcast, no_video, no_dtx;
	double video_bitrate_bps;
	int pacing_ms;
	/* what is received */
	int tiles, tile_height, videoroom_tiles, videoroom_substream;
	double bandwidth_bps, loss_pct;
	/* how long */
	double warmup_s, duration_s, lifetime_s;
	/* what is measured and told */
	int janus_pid;
	char *json;
	gboolean quiet;
	/* how */
	int threads, tick_us, seed;
} LoadOptions;

/* Reads what follows the subcommand. */
gboolean load_options_read (LoadOptions *self, int argc, char **argv, GError **error);
void load_options_clear (LoadOptions *self);
void load_options_help (void);

#endif
