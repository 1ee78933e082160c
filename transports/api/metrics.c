#include "metrics.h"

#include <string.h>
#include "curia-metrics.h"

#define BEARER "Bearer "

/* ---- who may read ---- */

/* Takes as long for a token that is nearly right as for any other. */
static gboolean
is_same (const char *a, const char *b)
{
	gsize bytes = strlen (a);
	guint difference = 0;

	if (strlen (b) != bytes)
		return FALSE;
	for (gsize i = 0; i < bytes; i++)
		difference |= (guchar) a[i] ^ (guchar) b[i];
	return difference == 0;
}

static gboolean
has_token (const ApiRequest *request, const char *token)
{
	const char *header = request->authorization;

	return *token != '\0' && header != NULL && g_ascii_strncasecmp (header, BEARER, strlen (BEARER)) == 0
		&& is_same (header + strlen (BEARER), token);
}

gboolean
api_metrics_allowed (const CuriaOptions *options, const ApiRequest *request, GError **error)
{
	const char *who = curia_options_string (options, "api.metrics"), *token = curia_options_string (options, "api.metrics_token");

	if (strcmp (who, "off") == 0)
		return curia_throw (error, CURIA_ERROR_NOT_FOUND, "There is no %s: api.metrics is off", request->path);
	if (strcmp (who, "all") == 0 || has_token (request, token) || request->local)
		return TRUE;
	return *token != '\0' ? curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "From elsewhere the metrics need the token of api.metrics_token")
	                      : curia_throw (error, CURIA_ERROR_FORBIDDEN, "The metrics are for this machine only (api.metrics)");
}

gboolean
api_metrics_answer (ApiCall *call, GError **error)
{
	if (!api_metrics_allowed (curia_node_options (call->request->node), call->request, error))
		return FALSE;
	call->response->text = curia_metrics_text ();
	call->response->type = API_METRICS_TYPE;
	return TRUE;
}

/* ---- what is counted ---- */

void
api_metrics_count (const char *operation, int status, gint64 duration_us)
{
	static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	guint class = CLAMP (status / 100, 1, (int) G_N_ELEMENTS (classes)) - 1;

	curia_metrics_observe (CURIA_METRIC_API_REQUEST_US, operation != NULL ? operation : "none", classes[class], duration_us);
}

const char *
api_refused_name (ApiRefused reason)
{
	static const char *const names[API_REFUSED_N] = {
		[API_REFUSED_RATE] = "rate",
		[API_REFUSED_ADDRESS_CONNECTIONS] = "address_connections",
		[API_REFUSED_CONNECTIONS] = "connections",
		[API_REFUSED_QUEUE] = "queue",
		[API_REFUSED_TOO_LARGE] = "too_large",
		[API_REFUSED_LATE] = "late",
		[API_REFUSED_MALFORMED] = "malformed",
	};

	return names[reason];
}

void
api_metrics_refused (ApiRefused reason)
{
	curia_metrics_add (CURIA_METRIC_API_REFUSED, api_refused_name (reason), NULL, 1);
}

void
api_metrics_start (void)
{
	curia_metrics_touch (CURIA_METRIC_API_REFUSED);
	curia_metrics_touch (CURIA_METRIC_CONNECTIONS);
	curia_metrics_touch (CURIA_METRIC_JANUS_SESSIONS);
	curia_metrics_touch (CURIA_METRIC_API_QUEUE);
	curia_metrics_touch (CURIA_METRIC_OUTPUT_QUEUE_BYTES);
}
