/* Keyframe requests in RTCP, honest and damaged. */
#include "config.h"
#include "plugins/room/feedback.h"

#define PLI 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9
#define EMPTY_RR 0x80, 201, 0, 1, 0, 0, 0, 1

static void test_rows (void)
{
	static const struct {
		const char *name;
		gsize bytes;
		guint8 rtcp[40];
		gboolean wanted;
	} rows[] = {
		{ "nothing", 0, { 0 }, FALSE },
		{ "a receiver report", 8, { EMPTY_RR }, FALSE },
		{ "PLI alone", 12, { PLI }, TRUE },
		{ "PLI after a receiver report", 20, { EMPTY_RR, PLI }, TRUE },
		{ "FIR", 20, { 0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0 }, TRUE },
		{ "old FIR", 8, { 0x80, 192, 0, 1, 0, 0, 0, 1 }, TRUE },
		{ "REMB is no request", 24, { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 0, 0, 0, 0, 0, 0, 9 }, FALSE },
		{ "NACK is no request", 16, { 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 0 }, FALSE },
		{ "cut short", 11, { PLI }, FALSE },
		{ "longer than it is", 20, { 0x80, 201, 0xff, 0xff, 0, 0, 0, 1, PLI }, FALSE },
		{ "another version", 12, { 0x41, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9 }, FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_test_message ("%s", rows[i].name);
		g_assert_cmpint (feedback_wants_keyframe (rows[i].rtcp, rows[i].bytes), ==, rows[i].wanted);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/feedback/rows", test_rows);
	return g_test_run ();
}
