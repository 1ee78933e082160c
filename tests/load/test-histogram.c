/* test-histogram.c: percentiles against a sorted list. */
#include "config.h"

#include <stdlib.h>

#include "tools/load/histogram.h"

static int by_value (const void *a, const void *b)
{
	return *(const guint32 *) a < *(const guint32 *) b ? -1 : *(const guint32 *) a > *(const guint32 *) b;
}

static void test_percentiles (void)
{
	static const double shares[] = { 0.01, 0.5, 0.9, 0.99, 1 };
	for (guint round = 0; round < 50; round++) {
		Histogram h = { { 0 } };
		guint32 values[1000];
		guint bits = 1 + round % 31;
		for (guint i = 0; i < G_N_ELEMENTS (values); i++)
			histogram_add (&h, values[i] = g_random_int () >> (31 - bits) >> 1);
		qsort (values, G_N_ELEMENTS (values), sizeof values[0], by_value);
		for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
			double exact = values[MAX (1, (guint) (shares[i] * G_N_ELEMENTS (values) + 0.5)) - 1];
			g_assert_cmpfloat (ABS (histogram_percentile (&h, shares[i]) - exact), <=, exact / 16 + 0.5);
		}
	}
}

static void test_edges (void)
{
	Histogram h = { { 0 } }, earlier;
	g_assert_cmpfloat (histogram_percentile (&h, 0.5), ==, 0);
	histogram_add (&h, G_MAXUINT64);
	histogram_add (&h, 0);
	g_assert_cmpuint (histogram_total (&h), ==, 2);
	earlier = h;
	histogram_add (&h, 7);
	histogram_subtract (&h, &earlier);
	g_assert_cmpuint (histogram_total (&h), ==, 1);
	g_assert_cmpfloat (histogram_percentile (&h, 0.99), ==, 7);
	histogram_merge (&h, &earlier);
	g_assert_cmpuint (histogram_total (&h), ==, 3);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/histogram/percentiles", test_percentiles);
	g_test_add_func ("/load/histogram/edges", test_edges);
	return g_test_run ();
}
