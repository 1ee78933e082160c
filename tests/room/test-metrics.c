/* What the room tells at /metrics: who is there, what became of packets, also of those whose owners are gone. */
#include "tests/room/people.h"

#include <string.h>

#include "curia-metrics.h"
#include "plugins/room/codec.h"
#include "plugins/room/metrics.h"
#include "plugins/room/source.h"

/* The value of a series as the text has it; -1: it is not there. */
static double value_of (const char *series)
{
	g_autofree char *text = curia_metrics_text (), *line = g_strdup_printf ("\n%s ", series);
	const char *at = strstr (text, line);
	return at ? g_ascii_strtod (at + strlen (line), NULL) : -1;
}

/* What a label may say is listed in the table of metrics: none of our words may fall to "other". */
static void assert_listed (CuriaMetric metric, guint label, const char *word)
{
	g_auto (GStrv) values = g_strsplit (curia_metric_row (metric)->labels[label].values, "|", -1);
	g_test_message ("%s", word);
	g_assert_true (g_strv_contains ((const char *const *) values, word));
}

static void test_words (void)
{
#define X(verdict, name) assert_listed (CURIA_METRIC_PACKETS_RECEIVED, 0, name);
	METRICS_RECEIVED (X)
#undef X
#define X(verdict, name) assert_listed (CURIA_METRIC_PACKETS_FORWARDED, 0, name);
	REWRITE_VERDICTS (X)
#undef X
	g_assert_cmpstr (curia_metric_row (CURIA_METRIC_TRACKS)->labels[0].values, ==, SOURCE_NAMES);
}

static void test_meeting (void)
{
	fake_start ("");
	g_assert_cmpfloat (value_of ("curia_meetings"), ==, 0);
	g_assert_cmpfloat (value_of ("curia_packets_received_total{verdict=\"taken\"}"), ==, 0);
	g_autofree char *code = fake_make_meeting ("vp8", 10);
	{
		g_auto (Person) ann = person_full (code, "Ann"), bob = person_full (code, "Bob");
		g_assert_cmpfloat (value_of ("curia_meetings"), ==, 1);
		g_assert_cmpfloat (value_of ("curia_participants{role=\"participant\"}"), ==, 2);
		g_assert_cmpfloat (value_of ("curia_publishers"), ==, 2);
		g_assert_cmpfloat (value_of ("curia_tracks{source=\"camera\",codec=\"vp8\"}"), ==, 2);
		g_assert_cmpfloat (value_of ("curia_tracks{source=\"microphone\",codec=\"opus\"}"), ==, 2);
		g_assert_cmpfloat (value_of ("curia_joins_total"), ==, 2);
		g_assert_cmpfloat (value_of ("curia_connection_attempts_total{kind=\"publish\"}"), ==, 2);
		g_assert_cmpfloat (value_of ("curia_connection_successes_total{kind=\"view\"}"), ==, 2);
		for (int i = 0; i < 10; i++)
			send_video (&ann, i == 0);
		g_assert_cmpfloat (value_of ("curia_packets_received_total{verdict=\"taken\"}"), ==, 10);
		g_assert_cmpfloat (value_of ("curia_packets_forwarded_total{verdict=\"sent\"}"), ==, 10);
		g_assert_cmpfloat (value_of ("curia_media_bytes_total{direction=\"in\"}"), ==, 10 * VP8_BYTES);
		g_assert_cmpfloat (value_of ("curia_media_bytes_total{direction=\"out\"}"), >, 10 * VP8_BYTES);
		fake_rtp (ann.publish, 9, TRUE, 96, 1, 1, TRUE, VP8_DELTA, VP8_BYTES, 0); /* no such m-line */
		g_assert_cmpfloat (value_of ("curia_packets_received_total{verdict=\"no_track\"}"), ==, 1);
		person_leave (&ann);
		person_leave (&bob);
	}
	/* the meeting closes on the control thread */
	for (int i = 0; i < 200 && value_of ("curia_meetings") > 0; i++)
		g_usleep (10000);
	g_assert_cmpfloat (value_of ("curia_meetings"), ==, 0);
	g_assert_cmpfloat (value_of ("curia_tracks{source=\"camera\",codec=\"vp8\"}"), ==, 0);
	g_assert_cmpfloat (value_of ("curia_packets_received_total{verdict=\"taken\"}"), ==, 10);
	g_assert_cmpfloat (value_of ("curia_packets_forwarded_total{verdict=\"sent\"}"), ==, 10);
	g_assert_cmpfloat (value_of ("curia_meetings_opened_total"), ==, 1);
	g_assert_cmpfloat (value_of ("curia_scrape_parts_unanswered_total"), ==, 0);
	fake_stop ();
}

static void test_refused_join (void)
{
	fake_start ("");
	g_autofree char *code = fake_make_meeting ("vp8", 1);
	{
		g_auto (Person) ann = person_join (code, "Ann");
		FakeHandle *handle = fake_attach ();
		g_autoptr (Json) answer = join (handle, code, "bob", "Bob");
		assert_error (answer, CURIA_ERROR_MEETING_FULL, NULL);
		g_assert_cmpfloat (value_of ("curia_join_failures_total{error=\"meeting-full\"}"), ==, 1);
		fake_detach (handle);
		person_leave (&ann);
	}
	fake_stop ();
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/room-metrics/words", test_words);
	g_test_add_func ("/room-metrics/meeting", test_meeting);
	g_test_add_func ("/room-metrics/refused-join", test_refused_join);
	return g_test_run ();
}
