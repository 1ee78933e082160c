#include "admission.h"

#include <string.h>
#include "auth.h"
#include "curia-clock.h"
#include "curia-error.h"
#include "events-socket.h"
#include "http.h"
#include "metrics.h"
#include "origin.h"
#include "request.h"
#include "websocket.h"

static gboolean may_join (const CuriaClaims *claims, GError **error)
{
	return claims->room_join || curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token does not hold roomJoin");
}

static gboolean may_follow (const CuriaClaims *claims, GError **error)
{
	return api_auth_decide (API_NEED_HISTORY, claims, NULL, FALSE, error);
}

typedef struct {
	const char *path, *protocol;
	gboolean (*opens) (const CuriaClaims *claims, GError **error);
	gboolean (*check) (struct lws *wsi, const CuriaClaims *claims, GError **error); /* what else there is; or NULL */
} Entrance;

static const Entrance entrances[] = {
	{ WEBSOCKET_PATH, WEBSOCKET_PROTOCOL, may_join, NULL },
	{ EVENTS_PATH, EVENTS_PROTOCOL, may_follow, events_check },
};

/* The one at the path that is asked for, or NULL. */
static const Entrance *entrance_of (struct lws *wsi)
{
	char *path;
	int length, method = lws_http_get_uri_and_method (wsi, &path, &length);

	for (guint i = 0; method == LWSHUMETH_GET && i < G_N_ELEMENTS (entrances); i++)
		if (strcmp (path, entrances[i].path) == 0)
			return &entrances[i];
	return NULL;
}

const char *admission_path (struct lws *wsi)
{
	const Entrance *entrance = entrance_of (wsi);

	return entrance ? entrance->path : WEBSOCKET_PATH;
}

static gboolean is_known (const char *protocol)
{
	for (guint i = 0; i < G_N_ELEMENTS (entrances); i++)
		if (strcmp (protocol, entrances[i].protocol) == 0)
			return TRUE;
	return FALSE;
}

/* libwebsockets takes the first one offered that it knows, whatever the path: that must be the path's. */
static gboolean has_protocol (struct lws *wsi, const char *wanted)
{
	g_autofree char *offered = request_header (wsi, WSI_TOKEN_PROTOCOL, 120);
	g_auto (GStrv) names = g_strsplit (offered ? offered : "", ",", -1);

	for (char **name = names; *name; name++)
		if (is_known (g_strstrip (*name)))
			return strcmp (*name, wanted) == 0;
	return FALSE;
}

static gboolean check_shape (struct lws *wsi, const char *upgrade, GError **error)
{
	const Entrance *entrance = entrance_of (wsi);

	if (g_ascii_strcasecmp (upgrade, "websocket") != 0)
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "The only upgrade here is websocket");
	if (entrance == NULL)
		return curia_throw (error, CURIA_ERROR_NOT_FOUND, "WebSockets are at GET " WEBSOCKET_PATH " and GET " EVENTS_PATH);
	if (!has_protocol (wsi, entrance->protocol))
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "The sub-protocol must be %s", entrance->protocol);
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

/* Pages of the other nodes come here for the meetings that are here. */
static gboolean check_origin (CuriaNode *node, const Settings *settings, struct lws *wsi, GError **error)
{
	g_autofree char *origin = request_header (wsi, WSI_TOKEN_ORIGIN, 512);
	g_autofree char *host = request_header (wsi, WSI_TOKEN_HOST, 512);

	/* one too long to read is not one of ours */
	if (origin == NULL && lws_hdr_total_length (wsi, WSI_TOKEN_ORIGIN) > 0)
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "The Origin is too long");
	if (!origin_is_welcome (origin, host, settings->public_url, (const char *const *) settings->allowed_origins)
		&& !curia_cluster_has_origin (curia_node_cluster (node), origin))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "Pages of another origin need api.allowed_origins");
	return TRUE;
}

CuriaClaims *admission_claims (struct lws *wsi, GError **error)
{
	g_autofree char *token = request_token (wsi);
	const Entrance *entrance = entrance_of (wsi);
	g_autoptr (CuriaClaims) claims = NULL;

	if (token == NULL) {
		curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "A token is needed: ?access_token= or Authorization: Bearer");
		return NULL;
	}
	claims = curia_token_verify (curia_node_keys (server_of (wsi)->node), token, curia_clock_wall_ms () / 1000, error);
	return claims && entrance && entrance->opens (claims, error) ? g_steal_pointer (&claims) : NULL;
}

gboolean admission_check (struct lws *wsi, const char *upgrade, GError **error)
{
	Server *server = server_of (wsi);

	if (!check_shape (wsi, upgrade, error) || !check_load (server, wsi, error) ||
	    !check_origin (server->node, server->settings, wsi, error))
		return FALSE;
	g_autoptr (CuriaClaims) claims = admission_claims (wsi, error);
	const Entrance *entrance = entrance_of (wsi);
	return claims != NULL && (entrance->check == NULL || entrance->check (wsi, claims, error));
}
