#include "exchange.h"

#include <string.h>
#include "curia-clock.h"
#include "error-page.h"
#include "metrics.h"
#include "origin.h"
#include "peers.h"
#include "request.h"
#include "static.h"

#define MAX_HEADER 1024
#define MAX_COOKIES 8192

static gboolean is_from_script (struct lws *wsi)
{
	g_autofree char *mark = request_custom (wsi, "x-curia:", 16);

	return g_strcmp0 (mark, "1") == 0;
}

Exchange *exchange_new (struct lws *wsi, const char *path, int method)
{
	Exchange *self = g_new0 (Exchange, 1);

	self->refs = 1;
	self->server = server_of (wsi);
	self->wsi = wsi;
	self->body_in = g_byte_array_new ();
	self->method = method;
	self->head = method == LWSHUMETH_HEAD;
	self->path = g_strdup (path);
	self->query = request_query (wsi);
	self->authorization = request_header (wsi, WSI_TOKEN_HTTP_AUTHORIZATION, 16384);
	self->content_type = request_header (wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, MAX_HEADER);
	self->idempotency_key = request_custom (wsi, "idempotency-key:", MAX_HEADER);
	self->accept = request_header (wsi, WSI_TOKEN_HTTP_ACCEPT, MAX_HEADER);
	self->host = request_header (wsi, WSI_TOKEN_HOST, MAX_HEADER);
	self->origin = request_header (wsi, WSI_TOKEN_ORIGIN, MAX_HEADER);
	self->cookie = request_header (wsi, WSI_TOKEN_HTTP_COOKIE, MAX_COOKIES);
	self->user_agent = request_header (wsi, WSI_TOKEN_HTTP_USER_AGENT, MAX_HEADER);
	self->from_script = is_from_script (wsi);
	self->if_none_match = request_header (wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, MAX_HEADER);
	self->if_modified_since = request_header (wsi, WSI_TOKEN_HTTP_IF_MODIFIED_SINCE, MAX_HEADER);
	self->address = request_address (wsi);
	self->network = peers_key (self->address);
	self->tls = request_is_tls (wsi);
	return self;
}

Exchange *exchange_ref (Exchange *self)
{
	g_atomic_int_inc (&self->refs);
	return self;
}

void exchange_unref (gpointer data)
{
	Exchange *self = data;
	char *texts[] = { self->path, self->query, self->authorization, self->content_type, self->idempotency_key, self->accept, self->host,
		self->origin, self->cookie, self->user_agent, self->if_none_match, self->if_modified_since, self->address, self->network };

	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
		g_free (texts[i]);
	g_byte_array_unref (self->body_in);
	reply_clear (&self->reply);
	g_free (self);
}

ApiMethod exchange_method (const Exchange *self)
{
	switch (self->method) {
	case LWSHUMETH_POST: return API_POST;
	case LWSHUMETH_PUT: return API_PUT;
	case LWSHUMETH_PATCH: return API_PATCH;
	case LWSHUMETH_DELETE: return API_DELETE;
	default: return API_GET;
	}
}

/* Gives the name of the operation, or NULL. */
static const char *work_route (Exchange *self)
{
	ApiResponse response = { 0 };
	ApiRequest request = {
		.node = self->server->node,
		.method = exchange_method (self),
		.path = self->path,
		.query = self->query,
		.authorization = self->authorization,
		.content_type = self->content_type,
		.idempotency_key = self->idempotency_key,
		.accept = self->accept,
		.cookie = self->cookie,
		.origin = self->origin,
		.user_agent = self->user_agent,
		.from_script = self->from_script,
		.host = self->host ? self->host : "",
		.tls = self->tls,
		.peer = self->address,
		.network = self->network,
		.local = peers_is_loopback (self->address),
	};

	request.body_bytes = self->body_in->len;
	g_byte_array_append (self->body_in, (const guint8 *) "", 1);
	request.body = (const char *) self->body_in->data;
	api_routes_handle (&request, &response);
	const char *operation = response.operation;
	reply_take_response (&self->reply, &response);
	return operation;
}

void exchange_work (Exchange *self)
{
	const char *const *allowed = (const char *const *) self->server->settings->allowed_origins;
	const char *operation = "static";

	if (strcmp (self->path, ERROR_PAGE_PATH) == 0)
		error_page_answer (&self->reply);
	else if (api_routes_owns (self->path))
		operation = work_route (self);
	else if (exchange_method (self) == API_GET)
		static_handle (self->server->settings->html_folder, self->path, self->if_none_match, self->if_modified_since, &self->reply);
	else
		reply_fail (&self->reply, self->path, CURIA_ERROR_METHOD, "Only GET and HEAD are allowed here");
	if (origin_is_listed (self->origin, allowed)) {
		reply_header (&self->reply, "access-control-allow-origin:", self->origin);
		reply_header (&self->reply, "access-control-expose-headers:", "location, retry-after");
		reply_header (&self->reply, "vary:", "Origin");
	}
	api_metrics_count (operation, self->reply.status, curia_clock_us () - self->whole_us);
}
