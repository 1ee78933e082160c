#include "admission.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "http.h"
#include "metrics.h"
#include "origin.h"
#include "request.h"
#include "websocket.h"

static gboolean has_protocol (struct lws *wsi)
{
	g_autofree char *offered = request_header (wsi, WSI_TOKEN_PROTOCOL, 120);
	g_auto (GStrv) names = g_strsplit (offered ? offered : "", ",", -1);

	for (char **name = names; *name; name++)
		if (strcmp (g_strstrip (*name), WEBSOCKET_PROTOCOL) == 0)
			return TRUE;
	return FALSE;
}

static gboolean check_shape (struct lws *wsi, const char *upgrade, GError **error)
{
	char *path;
	int length;

	if (g_ascii_strcasecmp (upgrade, "websocket") != 0)
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "The only upgrade here is websocket");
	if (lws_http_get_uri_and_method (wsi, &path, &length) != LWSHUMETH_GET || strcmp (path, WEBSOCKET_PATH) != 0)
		return curia_throw (error, CURIA_ERROR_NOT_FOUND, "The WebSocket is at GET " WEBSOCKET_PATH);
	if (!has_protocol (wsi))
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "The sub-protocol must be " WEBSOCKET_PROTOCOL);
	return TRUE;
}

static gboolean check_load (Server *server, struct lws *wsi, GError **error)
{
	gint64 now_us = curia_clock_us ();
	g_autofree char *address = request_address (wsi);
	Peer *peer = peers_lookup (server->peers, address, now_us);

	if (!http_check_room (wsi, error))
		return FALSE;
	if (!peers_take (server->peers, peer, 1, now_us)) {
		api_metrics_refused (API_REFUSED_RATE);
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "Too many requests from this address");
	}
	if (peer->websockets >= server->settings->max_connections_per_address && !peers_is_loopback (address)) {
		api_metrics_refused (API_REFUSED_ADDRESS_CONNECTIONS);
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "Your address has all of the %u connections that "
			"api.max_connections_per_address allows", server->settings->max_connections_per_address);
	}
	if (server->connections->len >= server->settings->max_connections) {
		api_metrics_refused (API_REFUSED_CONNECTIONS);
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "The server has all of the %u connections that api.max_connections allows",
			server->settings->max_connections);
	}
	return TRUE;
}

static gboolean check_origin (const Settings *settings, struct lws *wsi, GError **error)
{
	g_autofree char *origin = request_header (wsi, WSI_TOKEN_ORIGIN, 512);
	g_autofree char *host = request_header (wsi, WSI_TOKEN_HOST, 512);

	/* one too long to read is not one of ours */
	if (origin == NULL && lws_hdr_total_length (wsi, WSI_TOKEN_ORIGIN) > 0)
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "The Origin is too long");
	if (!origin_is_welcome (origin, host, settings->public_url, (const char *const *) settings->allowed_origins))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "Pages of another origin need api.allowed_origins");
	return TRUE;
}

CuriaClaims *admission_claims (struct lws *wsi, GError **error)
{
	g_autofree char *token = request_token (wsi);
	g_autoptr (CuriaClaims) claims = NULL;

	if (token == NULL) {
		curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "A token is needed: ?access_token= or Authorization: Bearer");
		return NULL;
	}
	claims = curia_token_verify (curia_node_keys (server_of (wsi)->node), token, curia_clock_wall_ms () / 1000, error);
	if (claims && !claims->room_join) {
		curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token does not hold roomJoin");
		return NULL;
	}
	return g_steal_pointer (&claims);
}

gboolean admission_check (struct lws *wsi, const char *upgrade, GError **error)
{
	Server *server = server_of (wsi);

	if (!check_shape (wsi, upgrade, error) || !check_load (server, wsi, error) || !check_origin (server->settings, wsi, error))
		return FALSE;
	g_autoptr (CuriaClaims) claims = admission_claims (wsi, error);
	return claims != NULL;
}
