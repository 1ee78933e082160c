/* settings.h: the options of section `api`, read once and checked together.
 * Thread: read-only from any after settings_new. Ownership: strings are the settings'. */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include <glib.h>
#include "curia-options.h"

typedef struct {
	int port, https_port;             /* 0: off */
	char *address, *https_address;    /* "" for all */
	char *certificate, *private_key;  /* absolute, or "" for self-signed */
	char *state_folder, *html_folder; /* absolute */
	char *public_url;
	char **allowed_origins;
	guint workers;
	guint max_connections, max_connections_per_address;
	guint max_dropped, max_dropped_per_address;
	gsize max_body_bytes, max_message_bytes, output_queue_bytes, output_total_bytes;
	double messages_per_s, requests_per_s;
	gint64 grace_us, ping_us, silence_us, request_us;
} Settings;

Settings *settings_new (const CuriaOptions *options, GError **error);
void settings_free (Settings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Settings, settings_free)

#endif
