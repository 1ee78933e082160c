#include "config.h"
#include "tools/load/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "curia-error.h"

typedef enum { FLAG, INT, REAL, SECONDS, BITRATE, TEXT, LAYOUT, HEADING } Type;

typedef struct {
	const char *name, *value, *doc;
	Type type;
	gsize offset;
	double min, max;
	const char *standard; /* as it would be typed; NULL: empty, 0, off */
} Row;

#define AT(field) offsetof (LoadOptions, field)

static const Row rows[] = {
	{ NULL, NULL, "Where", HEADING },
	{ "url", "URL", "the server: https://meet.example.org", TEXT, AT (url), .standard = "https://localhost:8443" },
	{ "insecure", NULL, "accept any certificate", FLAG, AT (insecure) },
	{ "api-key", "ID", "an API key: tokens are made here, no request per participant", TEXT, AT (api_key) },
	{ "api-secret", "TEXT", "its secret (or the environment variable CURIA_API_SECRET)", TEXT, AT (api_secret) },
	{ "room", "CODE", "a meeting that exists; else one is made", TEXT, AT (room) },
	{ "address", "IP", "the local address that media is sent from", TEXT, AT (address), .standard = "auto" },
	{ "videoroom", "URL", "load Janus' stock VideoRoom instead: ws://host:8188", TEXT, AT (videoroom) },
	{ NULL, NULL, "Who", HEADING },
	{ "participants", "N", "meeting, storm: how many", INT, AT (participants), 1, 5000, "20" },
	{ "publishers", "N", "webinar: how many send", INT, AT (publishers), 1, 1000, "1" },
	{ "viewers", "N", "webinar: how many watch", INT, AT (viewers), 1, 10000, "50" },
	{ "speakers", "N", "how many speak at a time; who does changes every 4 s", INT, AT (speakers), 0, 100, "2" },
	{ "join-rate", "N", "joins per second", REAL, AT (join_rate), 0.1, 1000, "10" },
	{ NULL, NULL, "What they send", HEADING },
	{ "no-dtx", NULL, "silent microphones send all the time, although the server asks them to pause", FLAG, AT (no_dtx) },
	{ "no-simulcast", NULL, "one plain stream per camera", FLAG, AT (no_simulcast) },
	{ "no-video", NULL, "microphones only", FLAG, AT (no_video) },
	{ "video-bitrate", "RATE", "of a camera, all layers: 1.5M, 400k; default: what the server says", BITRATE, AT (video_bitrate_bps), 30e3, 50e6 },
	{ "pacing-ms", "N", "over how long the packets of a picture are spread", INT, AT (pacing_ms), 0, 30, "5" },
	{ NULL, NULL, "What they receive", HEADING },
	{ "tiles", "N", "videos that each one sees", INT, AT (tiles), 0, 49, "9" },
	{ "layout", "NAME", "the same as speaker (1 tile), 2x2, 3x3, 4x4 or 5x5", LAYOUT, AT (tiles) },
	{ "tile-height", "N", "height of a tile; default: as many as fit into 1920x1080", INT, AT (tile_height), 0, 4320 },
	{ "bandwidth", "RATE", "what each receiver says it can take (REMB); 0: says nothing", BITRATE, AT (bandwidth_bps), 0, 1e9, "20M" },
	{ "loss", "PERCENT", "packets that receivers lose", REAL, AT (loss_pct), 0, 90 },
	{ "videoroom-tiles", "N", "VideoRoom: subscribe to N videos and all audio; 0: to everything", INT, AT (videoroom_tiles), 0, 49 },
	{ "videoroom-substream", "N", "VideoRoom: which simulcast layer to ask for, 0 to 2", INT, AT (videoroom_substream), 0, 2, "2" },
	{ NULL, NULL, "How long", HEADING },
	{ "warmup", "TIME", "between the last join and measuring: 5s, 1m", SECONDS, AT (warmup_s), 0, 3600, "5" },
	{ "duration", "TIME", "how long is measured; storm: how long in all", SECONDS, AT (duration_s), 1, 86400, "15" },
	{ "lifetime", "TIME", "storm: the longest stay of a participant", SECONDS, AT (lifetime_s), 0.1, 3600, "5" },
	{ NULL, NULL, "What is told", HEADING },
	{ "janus-pid", "PID", "the server's process on this machine: its CPU time, memory and threads", INT, AT (janus_pid), 0, 4194304 },
	{ "json", "FILE", "write all figures there; - for standard output", TEXT, AT (json) },
	{ "quiet", NULL, "no progress lines", FLAG, AT (quiet) },
	{ NULL, NULL, "How", HEADING },
	{ "threads", "N", "network threads; 0: half of the processors", INT, AT (threads), 0, 64 },
	{ "tick-us", "N", "how long these sleep before they take what came", INT, AT (tick_us), 100, 10000, "500" },
	{ "seed", "N", "of everything random in what is sent", INT, AT (seed), 0, 1000000, "1" },
};

static gpointer field_of (LoadOptions *self, const Row *row)
{
	return (char *) self + row->offset;
}

static const Row *find_row (const char *name, gsize length)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].name && strlen (rows[i].name) == length && strncmp (rows[i].name, name, length) == 0)
			return &rows[i];
	return NULL;
}

/* A number with the unit that its type allows: "1.5M", "30s". NAN: none. */
static double number_of (const char *text, Type type)
{
	static const struct { Type type; const char *unit; double factor; } units[] = {
		{ BITRATE, "k", 1e3 }, { BITRATE, "M", 1e6 }, { BITRATE, "G", 1e9 }, { SECONDS, "ms", 1e-3 }, { SECONDS, "s", 1 },
		{ SECONDS, "m", 60 }, { SECONDS, "h", 3600 },
	};
	char *end;
	double value = g_ascii_strtod (text, &end);
	if (end == text)
		return NAN;
	if (!*end)
		return value;
	for (guint i = 0; i < G_N_ELEMENTS (units); i++)
		if (units[i].type == type && g_str_equal (end, units[i].unit))
			return value * units[i].factor;
	return NAN;
}

static gboolean set_number (LoadOptions *self, const Row *row, const char *text, GError **error)
{
	double value = number_of (text, row->type);
	if (isnan (value) || value < row->min || value > row->max || (row->type == INT && value != floor (value)))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "--%s must be %.10g to %.10g, not %s", row->name, row->min, row->max, text);
	if (row->type == INT)
		*(int *) field_of (self, row) = (int) value;
	else
		*(double *) field_of (self, row) = value;
	return TRUE;
}

static gboolean set_layout (LoadOptions *self, const Row *row, const char *text, GError **error)
{
	static const struct { const char *name; int tiles; } layouts[] = { { "speaker", 1 }, { "2x2", 4 }, { "3x3", 9 }, { "4x4", 16 }, { "5x5", 25 } };
	for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
		if (g_str_equal (text, layouts[i].name)) {
			*(int *) field_of (self, row) = layouts[i].tiles;
			return TRUE;
		}
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "--layout must be speaker, 2x2, 3x3, 4x4 or 5x5, not %s", text);
}

static gboolean set (LoadOptions *self, const Row *row, const char *text, GError **error)
{
	switch (row->type) {
	case FLAG:
		*(gboolean *) field_of (self, row) = TRUE;
		return TRUE;
	case TEXT:
		g_free (*(char **) field_of (self, row));
		*(char **) field_of (self, row) = g_strdup (text);
		return TRUE;
	case LAYOUT:
		return set_layout (self, row, text, error);
	default:
		return set_number (self, row, text, error);
	}
}

static gboolean read_one (LoadOptions *self, int argc, char **argv, int *at, GError **error)
{
	const char *word = argv[*at], *equals = strchr (word, '=');
	if (!g_str_has_prefix (word, "--"))
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "unexpected argument %s", word);
	const Row *row = find_row (word + 2, equals ? (gsize) (equals - word - 2) : strlen (word + 2));
	if (!row)
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "unknown option %s", word);
	if (row->type == FLAG && equals)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "--%s takes no value", row->name);
	if (row->type != FLAG && !equals && *at + 1 >= argc)
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "--%s needs a value: %s", row->name, row->value);
	return set (self, row, row->type == FLAG ? "" : equals ? equals + 1 : argv[++*at], error);
}

/* What only makes sense together. */
static gboolean check (LoadOptions *self, GError **error)
{
	if (!self->api_secret && g_getenv ("CURIA_API_SECRET"))
		self->api_secret = g_strdup (g_getenv ("CURIA_API_SECRET"));
	if (self->api_key && !self->api_secret)
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "--api-key needs --api-secret or CURIA_API_SECRET");
	if (!g_str_has_prefix (self->url, "http://") && !g_str_has_prefix (self->url, "https://"))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "--url must begin with http:// or https://, not %s", self->url);
	if (self->videoroom && !g_str_has_prefix (self->videoroom, "ws://") && !g_str_has_prefix (self->videoroom, "wss://"))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "--videoroom must begin with ws:// or wss://, not %s", self->videoroom);
	if (g_str_has_suffix (self->url, "/"))
		self->url[strlen (self->url) - 1] = '\0';
	return TRUE;
}

gboolean load_options_read (LoadOptions *self, int argc, char **argv, GError **error)
{
	*self = (LoadOptions) { 0 };
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].standard && !set (self, &rows[i], rows[i].standard, error))
			return FALSE;
	for (int at = 0; at < argc; at++)
		if (!read_one (self, argc, argv, &at, error))
			return FALSE;
	return check (self, error);
}

void load_options_clear (LoadOptions *self)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].type == TEXT)
			g_clear_pointer ((char **) field_of (self, &rows[i]), g_free);
}

void load_options_help (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		const Row *row = &rows[i];
		if (row->type == HEADING) {
			printf ("\n%s\n", row->doc);
			continue;
		}
		g_autofree char *left = g_strdup_printf ("--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
		printf ("  %-26s %s%s%s%s\n", left, row->doc, row->standard ? " (" : "", row->standard ? row->standard : "",
			row->standard ? ")" : "");
	}
}
