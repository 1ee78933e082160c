#include "curia-metrics.h"

#include <stdatomic.h>
#include <string.h>
#include "curia-clock.h"

#define OTHER "other"

/* Appended to its family's list under the lock, never changed afterwards but for its numbers. */
struct CuriaSeries {
	_Atomic (CuriaSeries *) next;
	const CuriaMetricRow *row;             /* RO */
	char *values[CURIA_METRIC_MAX_LABELS]; /* RO */
	_Atomic gint64 value;                  /* of a histogram: the sum */
	_Atomic gint64 *buckets;               /* one more than the row has: what is above the last */
};

typedef struct {
	_Atomic (CuriaSeries *) first;
	CuriaSeries *last; /* LOCK: lock, as the next */
	guint n;
} Family;

typedef struct {
	guint id;
	CuriaCollector collect;
	gpointer data;
} Collector;

static Family families[CURIA_N_METRICS];
static GMutex lock;

static GMutex collectors_lock; /* held while they run; before `lock` */
static GArray *collectors;     /* LOCK: collectors_lock */
static guint last_collector;   /* LOCK: collectors_lock */

/* ---- series ---- */

static guint
n_buckets (const CuriaMetricRow *row)
{
	guint n = 0;

	while (row->buckets != NULL && row->buckets[n] != 0)
		n++;
	return n;
}

static gboolean
is_listed (const char *values, const char *value)
{
	gsize length = strlen (value);

	for (const char *at = values; at != NULL; at = strchr (at, '|')) {
		at += *at == '|';
		if (strncmp (at, value, length) == 0 && (at[length] == '|' || at[length] == '\0'))
			return TRUE;
	}
	return FALSE;
}

/* What stands for a value in the text: never more of them than the row knows. */
static const char *
fit (const CuriaMetricRow *row, guint label, const char *value)
{
	const char *values = row->labels[label].values;

	if (row->labels[label].name == NULL)
		return NULL;
	return value != NULL && (values == NULL || is_listed (values, value)) ? value : OTHER;
}

static CuriaSeries *
find (Family *family, const char *value1, const char *value2)
{
	CuriaSeries *at = atomic_load_explicit (&family->first, memory_order_acquire);

	while (at != NULL && (g_strcmp0 (at->values[0], value1) != 0 || g_strcmp0 (at->values[1], value2) != 0))
		at = atomic_load_explicit (&at->next, memory_order_acquire);
	return at;
}

static CuriaSeries *
append_locked (Family *family, const CuriaMetricRow *row, const char *value1, const char *value2)
{
	CuriaSeries *self = g_new0 (CuriaSeries, 1);

	self->row = row;
	self->values[0] = g_strdup (value1);
	self->values[1] = g_strdup (value2);
	if (row->kind == CURIA_HISTOGRAM)
		self->buckets = g_new0 (_Atomic gint64, n_buckets (row) + 1);
	if (family->last == NULL)
		atomic_store_explicit (&family->first, self, memory_order_release);
	else
		atomic_store_explicit (&family->last->next, self, memory_order_release);
	family->last = self;
	family->n++;
	return self;
}

static CuriaSeries *
make (CuriaMetric metric, const char *value1, const char *value2)
{
	const CuriaMetricRow *row = curia_metric_row (metric);
	Family *family = &families[metric];
	CuriaSeries *self;

	g_mutex_lock (&lock);
	if (family->n >= CURIA_METRIC_MAX_SERIES) {
		value1 = value1 != NULL ? OTHER : NULL;
		value2 = value2 != NULL ? OTHER : NULL;
	}
	self = find (family, value1, value2); /* another thread may have been faster */
	if (self == NULL)
		self = append_locked (family, row, value1, value2);
	g_mutex_unlock (&lock);
	return self;
}

CuriaSeries *
curia_metrics_series (CuriaMetric metric, const char *value1, const char *value2)
{
	const CuriaMetricRow *row = curia_metric_row (metric);
	CuriaSeries *self;

	value1 = fit (row, 0, value1);
	value2 = fit (row, 1, value2);
	self = find (&families[metric], value1, value2);
	return self != NULL ? self : make (metric, value1, value2);
}

static char **
values_of (const CuriaMetricRow *row, guint label)
{
	return g_strsplit (row->labels[label].values != NULL ? row->labels[label].values : OTHER, "|", -1);
}

void
curia_metrics_touch (CuriaMetric metric)
{
	const CuriaMetricRow *row = curia_metric_row (metric);
	g_auto (GStrv) values1 = values_of (row, 0);
	g_auto (GStrv) values2 = values_of (row, 1);

	for (guint i = 0; i < CURIA_METRIC_MAX_LABELS; i++)
		if (row->labels[i].name != NULL && row->labels[i].values == NULL)
			return; /* what its values will be only the owner knows */
	for (char **value1 = values1; *value1 != NULL; value1++)
		for (char **value2 = values2; *value2 != NULL; value2++)
			curia_metrics_series (metric, *value1, *value2);
}

/* ---- updates ---- */

void
curia_series_add (CuriaSeries *self, gint64 n)
{
	atomic_fetch_add_explicit (&self->value, n, memory_order_relaxed);
}

void
curia_series_set (CuriaSeries *self, gint64 value)
{
	atomic_store_explicit (&self->value, value, memory_order_relaxed);
}

void
curia_series_observe (CuriaSeries *self, gint64 value)
{
	const gint64 *bounds = self->row->buckets;
	guint i = 0;

	while (bounds[i] != 0 && value > bounds[i])
		i++;
	atomic_fetch_add_explicit (&self->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit (&self->value, value, memory_order_relaxed);
}

gint64
curia_series_value (const CuriaSeries *self)
{
	gint64 total = 0;

	if (self->buckets == NULL)
		return atomic_load_explicit (&((CuriaSeries *) self)->value, memory_order_relaxed);
	for (guint i = 0; i <= n_buckets (self->row); i++)
		total += atomic_load_explicit (&self->buckets[i], memory_order_relaxed);
	return total;
}

void
curia_metrics_add (CuriaMetric metric, const char *value1, const char *value2, gint64 n)
{
	curia_series_add (curia_metrics_series (metric, value1, value2), n);
}

void
curia_metrics_set (CuriaMetric metric, const char *value1, const char *value2, gint64 value)
{
	curia_series_set (curia_metrics_series (metric, value1, value2), value);
}

void
curia_metrics_observe (CuriaMetric metric, const char *value1, const char *value2, gint64 value)
{
	curia_series_observe (curia_metrics_series (metric, value1, value2), value);
}

gboolean
curia_metrics_peek (CuriaMetric metric, const char *value1, const char *value2, gint64 *value)
{
	const CuriaMetricRow *row = curia_metric_row (metric);
	const CuriaSeries *series = find (&families[metric], fit (row, 0, value1), fit (row, 1, value2));

	if (series != NULL)
		*value = curia_series_value (series);
	return series != NULL;
}

static CuriaSeries *
next_of (CuriaSeries *self)
{
	return atomic_load_explicit (&self->next, memory_order_acquire);
}

void
curia_metrics_clear (CuriaMetric metric)
{
	CuriaSeries *at = atomic_load_explicit (&families[metric].first, memory_order_acquire);

	for (; at != NULL; at = next_of (at))
		curia_series_set (at, 0);
}

/* ---- collectors ---- */

guint
curia_metrics_add_collector (CuriaCollector collect, gpointer data)
{
	Collector collector = { .collect = collect, .data = data };

	g_mutex_lock (&collectors_lock);
	if (collectors == NULL)
		collectors = g_array_new (FALSE, FALSE, sizeof collector);
	collector.id = ++last_collector;
	g_array_append_val (collectors, collector);
	g_mutex_unlock (&collectors_lock);
	return collector.id;
}

void
curia_metrics_remove_collector (guint id)
{
	g_mutex_lock (&collectors_lock);
	for (guint i = 0; collectors != NULL && i < collectors->len; i++)
		if (g_array_index (collectors, Collector, i).id == id)
			g_array_remove_index (collectors, i--);
	if (collectors != NULL && collectors->len == 0)
		g_clear_pointer (&collectors, g_array_unref);
	g_mutex_unlock (&collectors_lock);
}

static void
collect_all_locked (void)
{
	for (guint i = 0; collectors != NULL && i < collectors->len; i++) {
		const Collector *collector = &g_array_index (collectors, Collector, i);

		collector->collect (collector->data);
	}
}

/* ---- the text ---- */

static void
append_escaped (GString *text, const char *value, gboolean quoted)
{
	for (; *value != '\0'; value++)
		switch (*value) {
		case '\\': g_string_append (text, "\\\\"); break;
		case '\n': g_string_append (text, "\\n"); break;
		case '"': g_string_append (text, quoted ? "\\\"" : "\""); break;
		default: g_string_append_c (text, *value);
		}
}

/* An exact decimal: no locale, no rounding. */
static void
append_value (GString *text, gint64 value, gint64 per_unit)
{
	guint64 size = value < 0 ? -(guint64) value : (guint64) value;
	guint64 fraction = size % (guint64) per_unit;

	g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, value < 0 ? "-" : "", size / (guint64) per_unit);
	if (fraction == 0)
		return;
	g_string_append_printf (text, ".%06" G_GUINT64_FORMAT, fraction); /* units are millionths, or whole and never here */
	while (text->str[text->len - 1] == '0')
		g_string_truncate (text, text->len - 1);
}

static void
append_label (GString *text, const char *name, const char *value)
{
	g_string_append_printf (text, "%s%s=\"", text->str[text->len - 1] == '{' ? "" : ",", name);
	append_escaped (text, value, TRUE);
	g_string_append_c (text, '"');
}

/* name, suffix and labels of a sample; `bound` NULL: no bucket. */
static void
append_head (GString *text, const CuriaSeries *series, const char *suffix, const char *bound)
{
	gsize start;

	g_string_append_printf (text, "%s%s", series->row->name, suffix);
	start = text->len;
	g_string_append_c (text, '{');
	for (guint i = 0; i < CURIA_METRIC_MAX_LABELS; i++)
		if (series->values[i] != NULL)
			append_label (text, series->row->labels[i].name, series->values[i]);
	if (bound != NULL)
		append_label (text, "le", bound);
	if (text->len == start + 1)
		g_string_truncate (text, start);
	else
		g_string_append_c (text, '}');
	g_string_append_c (text, ' ');
}

/* The count is that of the buckets as they were read: the sum may be one observation ahead or behind. */
static void
append_histogram (GString *text, const CuriaSeries *series)
{
	const CuriaMetricRow *row = series->row;
	guint n = n_buckets (row);
	gint64 total = 0;

	for (guint i = 0; i <= n; i++) {
		g_autoptr (GString) bound = g_string_new (i == n ? "+Inf" : NULL);

		if (i < n)
			append_value (bound, row->buckets[i], row->per_unit);
		total += atomic_load_explicit (&series->buckets[i], memory_order_relaxed);
		append_head (text, series, "_bucket", bound->str);
		g_string_append_printf (text, "%" G_GINT64_FORMAT "\n", total);
	}
	append_head (text, series, "_sum", NULL);
	append_value (text, atomic_load_explicit (&((CuriaSeries *) series)->value, memory_order_relaxed), row->per_unit);
	g_string_append_c (text, '\n');
	append_head (text, series, "_count", NULL);
	g_string_append_printf (text, "%" G_GINT64_FORMAT "\n", total);
}

static void
append_series (GString *text, const CuriaSeries *series)
{
	if (series->buckets != NULL) {
		append_histogram (text, series);
		return;
	}
	append_head (text, series, "", NULL);
	append_value (text, curia_series_value (series), series->row->per_unit);
	g_string_append_c (text, '\n');
}

static void
append_family (GString *text, CuriaMetric metric)
{
	const CuriaMetricRow *row = curia_metric_row (metric);
	CuriaSeries *series = atomic_load_explicit (&families[metric].first, memory_order_acquire);

	if (series == NULL)
		return;
	g_string_append_printf (text, "# HELP %s ", row->name);
	append_escaped (text, row->help, FALSE);
	g_string_append_printf (text, "\n# TYPE %s %s\n", row->name, curia_metric_kind_name (row->kind));
	for (; series != NULL; series = next_of (series))
		append_series (text, series);
}

char *
curia_metrics_text (void)
{
	GString *text = g_string_sized_new (32 * 1024);
	gint64 start_us = curia_clock_us ();

	g_mutex_lock (&collectors_lock);
	collect_all_locked ();
	curia_metrics_set (CURIA_METRIC_SCRAPE_US, NULL, NULL, curia_clock_us () - start_us);
	for (guint metric = 0; metric < CURIA_N_METRICS; metric++)
		append_family (text, (CuriaMetric) metric);
	g_mutex_unlock (&collectors_lock);
	return g_string_free (text, FALSE);
}

static void
family_free_locked (Family *family)
{
	CuriaSeries *series = atomic_load (&family->first), *next;

	for (; series != NULL; series = next) {
		next = atomic_load (&series->next);
		for (guint i = 0; i < CURIA_METRIC_MAX_LABELS; i++)
			g_free (series->values[i]);
		g_free (series->buckets);
		g_free (series);
	}
	*family = (Family) { 0 };
}

void
curia_metrics_forget (void)
{
	g_mutex_lock (&lock);
	for (guint metric = 0; metric < CURIA_N_METRICS; metric++)
		family_free_locked (&families[metric]);
	g_mutex_unlock (&lock);
}
