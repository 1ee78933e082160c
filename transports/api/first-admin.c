#include "first-admin.h"

#include <string.h>
#include <glib/gstdio.h>

#include "curia-clock.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-store-sessions.h"
#include "links.h"
#include "one-time.h"

#define SECRET_BYTES 32
#define LIFE_MS (7 * 24 * 3600 * G_GINT64_CONSTANT (1000))

static char *
path_of (CuriaNode *node)
{
	g_autofree char *folder = curia_options_file (curia_node_options (node), "api.state_folder");
	return g_build_filename (folder, FIRST_ADMIN_FILE, NULL);
}

/* Whether the link in the file from before still works. */
static gboolean
is_good (CuriaNode *node, const char *path, gint64 now_ms)
{
	g_autofree char *text = NULL, *purpose = NULL;
	g_autoptr (CuriaAccount) account = NULL;
	if (!g_file_get_contents (path, &text, NULL, NULL))
		return FALSE;
	const char *at = strstr (g_strstrip (text), ONE_TIME_PAGE);
	if (at == NULL)
		return FALSE;
	g_autofree char *digest = api_one_time_digest (at + strlen (ONE_TIME_PAGE));
	return curia_store_link_lookup (curia_node_store (node), digest, now_ms, &purpose, &account, NULL);
}

static gboolean
write_link (CuriaNode *node, const char *path, gint64 now_ms, GError **error)
{
	const CuriaOptions *options = curia_node_options (node);
	int https_port = (int) curia_options_int (options, "api.https_port");
	int port = https_port != 0 ? https_port : (int) curia_options_int (options, "api.port");
	g_autofree char *base = api_links_base (curia_options_string (options, "api.public_url"), NULL, https_port != 0, port);
	g_autofree char *secret = curia_id_secret (SECRET_BYTES), *digest = api_one_time_digest (secret);
	g_autofree char *line = g_strconcat (base, ONE_TIME_PAGE, secret, "\n", NULL);
	CuriaLink link = { digest, CURIA_LINK_FIRST_ADMIN, "", now_ms + LIFE_MS };
	return curia_store_link_create (curia_node_store (node), &link, error)
		&& g_file_set_contents_full (path, line, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

void
first_admin_announce (CuriaNode *node)
{
	g_autofree char *path = path_of (node);
	g_autoptr (GError) error = NULL;
	gint64 now_ms = curia_clock_wall_ms ();
	guint n;
	if (!curia_store_account_count_admins (curia_node_store (node), &n, &error)) {
		curia_log_warning ("accounts", "whether there is an administrator is not known: %s", error->message);
		return;
	}
	if (n > 0) {
		first_admin_forget (node);
		return;
	}
	if (is_good (node, path, now_ms) || write_link (node, path, now_ms, &error))
		curia_log_info ("accounts", "there is no administrator yet: the link in %s makes one", path);
	else
		curia_log_warning ("accounts", "no link for the first administrator: %s", error->message);
}

void
first_admin_forget (CuriaNode *node)
{
	g_autofree char *path = path_of (node);
	g_remove (path);
}
