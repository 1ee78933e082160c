#include "socket-fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "curia-clock.h"
#include "transports/api/handler.h"

#define KEY "test"
#define SECRET "a-secret-for-tests-of-more-than-32-bytes"
#define WAIT_MS 10000

/* ---- the server ---- */

static int free_port (void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int fd = socket (AF_INET, SOCK_STREAM, 0);

	g_assert_cmpint (bind (fd, (struct sockaddr *) &address, length), ==, 0);
	getsockname (fd, (struct sockaddr *) &address, &length);
	close (fd);
	return ntohs (address.sin_port);
}

Site *site_new (const char *api)
{
	Site *self = g_new0 (Site, 1);
	g_autoptr (GError) error = NULL;

	signal (SIGPIPE, SIG_IGN); /* as Janus does */
	self->folder = g_dir_make_tmp ("curia-socket-XXXXXX", NULL);
	self->port = free_port ();
	g_autofree char *path = g_build_filename (self->folder, "curia.jcfg", NULL);
	g_autofree char *page = g_build_filename (self->folder, "index.html", NULL);
	g_autofree char *text = g_strdup_printf ("general: { log_level = \"error\" }\nstore: { url = \"sqlite:%s/curia.db\" }\ntoken: { keys = [ \"" KEY ":" SECRET "\" ] }\n"
		"api: { port = %d\n https_port = 0\n html_folder = \"%s\"\n %s }\n", self->folder, self->port, self->folder, api);
	g_assert_true (g_file_set_contents (path, text, -1, NULL));
	g_assert_true (g_file_set_contents (page, "<html>", -1, NULL));
	fake_core_start ();
	self->node = curia_node_ref (self->folder, &error);
	g_assert_no_error (error);
	self->server = server_new (self->node, &fake_core, &error);
	g_assert_no_error (error);
	return self;
}

void site_free (Site *self)
{
	g_autoptr (GDir) dir = NULL;

	fake_core_shut ();
	if (self->server)
		server_free (self->server);
	fake_core_stop ();
	api_routes_forget ();
	curia_node_unref (self->node);
	dir = g_dir_open (self->folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name (dir));) {
		g_autofree char *file = g_build_filename (self->folder, name, NULL);

		g_remove (file);
	}
	g_rmdir (self->folder);
	g_free (self->folder);
	g_free (self);
}

char *site_token (Site *self, const char *identity, const char *grants)
{
	g_autoptr (CuriaClaims) claims = curia_claims_new ();

	claims->identity = g_strdup (identity);
	claims->room = strstr (grants, "everywhere") ? NULL : g_strdup ("abcd-efgh-jkmn");
	claims->room_join = strstr (grants, "roomJoin") != NULL;
	claims->room_list = strstr (grants, "roomList") != NULL;
	claims->room_admin = strstr (grants, "roomAdmin") != NULL;
	return curia_token_mint (curia_node_keys (self->node), claims, curia_clock_wall_ms () / 1000, 600, NULL);
}

/* ---- TCP ---- */

static int dial (Site *site)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) site->port),
		.sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	int fd = socket (AF_INET, SOCK_STREAM, 0);

	g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
	return fd;
}

static void send_all (int fd, const void *data, gsize bytes)
{
	gsize sent = 0;

	while (sent < bytes) {
		gssize n = send (fd, (const guint8 *) data + sent, bytes - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return;
		sent += n > 0 ? (gsize) n : 0;
	}
}

/* FALSE when nothing came in time, or it closed. */
static gboolean receive (int fd, GByteArray *in, int wait_ms, gboolean *closed)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	guint8 buffer[16384];
	gssize n;

	if (poll (&poller, 1, wait_ms) <= 0)
		return FALSE;
	n = recv (fd, buffer, sizeof buffer, 0);
	*closed = n <= 0;
	if (n > 0)
		g_byte_array_append (in, buffer, (guint) n);
	return n > 0;
}

char *site_raw (Site *self, const char *text, gssize bytes)
{
	GByteArray *in = g_byte_array_new ();
	gboolean closed = FALSE;
	int fd = dial (self);

	send_all (fd, text, bytes < 0 ? strlen (text) : (gsize) bytes);
	while (receive (fd, in, in->len ? 300 : 3000, &closed))
		;
	close (fd);
	g_byte_array_append (in, (const guint8 *) "", 1);
	return (char *) g_byte_array_free (in, FALSE);
}

char *site_drip (Site *self, const char *text, gsize bytes, int every_ms)
{
	gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
	GByteArray *in = g_byte_array_new ();
	gboolean closed = FALSE;
	int fd = dial (self);

	send_all (fd, text, bytes);
	while (!closed && g_get_monotonic_time () < until && !receive (fd, in, every_ms, &closed))
		send_all (fd, "x", 1);
	close (fd);
	g_byte_array_append (in, (const guint8 *) "", 1);
	return (char *) g_byte_array_free (in, FALSE);
}

void site_raw_and_go (Site *self, const char *text, gsize bytes)
{
	int fd = dial (self);

	send_all (fd, text, bytes);
	close (fd);
}

/* ---- WebSocket ---- */

static int read_head (Client *self)
{
	gboolean closed = FALSE;

	for (;;) {
		char *end = self->in->len ? g_strstr_len ((char *) self->in->data, self->in->len, "\r\n\r\n") : NULL;

		if (end) {
			int status = (int) g_ascii_strtoull ((char *) self->in->data + strlen ("HTTP/1.1 "), NULL, 10);

			g_byte_array_remove_range (self->in, 0, (guint) (end + 4 - (char *) self->in->data));
			return status;
		}
		if (!receive (self->fd, self->in, WAIT_MS, &closed))
			return 0;
	}
}

Client *client_open (Site *site, const char *token, const char *headers, int *status)
{
	g_autofree char *target = g_strdup_printf ("/janus?access_token=%s", token ? token : "");

	return client_open_at (site, target, "janus-protocol", headers, status);
}

Client *client_open_at (Site *site, const char *target, const char *protocol, const char *headers, int *status)
{
	Client *self = g_new0 (Client, 1);
	g_autofree char *offer = strstr (headers, "Protocol") ? g_strdup ("") : g_strdup_printf ("Sec-WebSocket-Protocol: %s\r\n", protocol);
	g_autofree char *head = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s\r\n",
		target, offer, headers);
	int got;

	self->fd = dial (site);
	self->in = g_byte_array_new ();
	send_all (self->fd, head, strlen (head));
	got = read_head (self);
	if (status)
		*status = got;
	if (got == 101)
		return self;
	client_close (self);
	return NULL;
}

void client_close (Client *self)
{
	close (self->fd);
	g_byte_array_unref (self->in);
	g_free (self);
}

void client_send_frame (Client *self, guint8 opcode, const void *data, gsize bytes)
{
	GByteArray *frame = g_byte_array_new ();
	guint8 head[14] = { 0x80 | opcode };
	guint length = 2;

	if (bytes < 126) {
		head[1] = 0x80 | (guint8) bytes;
	} else if (bytes < 65536) {
		head[1] = 0x80 | 126;
		head[2] = (guint8) (bytes >> 8);
		head[3] = (guint8) bytes;
		length = 4;
	} else {
		head[1] = 0x80 | 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (guint8) (bytes >> (56 - 8 * i));
		length = 10;
	}
	/* a mask of zeros is a mask, too */
	g_byte_array_append (frame, head, length + 4);
	g_byte_array_append (frame, data, (guint) bytes);
	send_all (self->fd, frame->data, frame->len);
	g_byte_array_unref (frame);
}

void client_send (Client *self, const char *text)
{
	client_send_frame (self, 1, text, strlen (text));
}

/* Takes one frame off the buffer: its opcode, or -1 when there is none yet. */
static int take_frame (Client *self, GByteArray *payload)
{
	const guint8 *data = self->in->data;
	gsize length, head = 2;

	if (self->in->len < 2)
		return -1;
	length = data[1] & 127;
	head += length == 126 ? 2 : length == 127 ? 8 : 0;
	if (self->in->len < head)
		return -1;
	if (length >= 126) {
		length = 0;
		for (gsize i = 2; i < head; i++)
			length = length << 8 | data[i];
	}
	if (self->in->len < head + length)
		return -1;
	int opcode = data[0] & 15;
	g_byte_array_set_size (payload, 0);
	g_byte_array_append (payload, data + head, (guint) length);
	g_byte_array_remove_range (self->in, 0, (guint) (head + length));
	return opcode;
}

json_t *client_read (Client *self, int wait_ms)
{
	g_autoptr (GByteArray) payload = g_byte_array_new ();
	gint64 until = g_get_monotonic_time () + wait_ms * 1000;
	gboolean closed = FALSE;

	while (!self->close_code) {
		int opcode = take_frame (self, payload);

		if (opcode == 9 && !self->no_pong)
			client_send_frame (self, 10, payload->data, payload->len);
		if (opcode == 8)
			self->close_code = payload->len >= 2 ? payload->data[0] << 8 | payload->data[1] : 1005;
		if (opcode == 1) {
			json_t *message = json_loadb ((char *) payload->data, payload->len, 0, NULL);

			g_assert_nonnull (message);
			self->last_seq = MAX (self->last_seq, (guint64) json_integer_value (json_object_get (message, "seq")));
			return message;
		}
		if (opcode >= 0)
			continue;
		gint64 left_ms = (until - g_get_monotonic_time ()) / 1000;
		if (left_ms <= 0)
			return NULL;
		if (!receive (self->fd, self->in, (int) left_ms, &closed) && closed)
			self->close_code = 1006;
	}
	return NULL;
}

json_t *client_ask (Client *self, const char *format, ...)
{
	g_autofree char *transaction = g_strdup_printf ("t%d", ++self->next);
	g_autofree char *fields = NULL;
	va_list args;

	va_start (args, format);
	fields = g_strdup_vprintf (format, args);
	va_end (args);
	g_autofree char *text = g_strdup_printf ("{%s,\"transaction\":\"%s\"}", fields, transaction);
	client_send (self, text);
	for (;;) {
		json_t *message = client_read (self, WAIT_MS);

		if (message == NULL || g_strcmp0 (json_string_value (json_object_get (message, "transaction")), transaction) == 0)
			return message;
		json_decref (message);
	}
}

static gint64 take_id (json_t *answer)
{
	gint64 id = json_integer_value (json_object_get (json_object_get (answer, "data"), "id"));

	json_decref (answer);
	g_assert_cmpint (id, >, 0);
	return id;
}

gint64 client_enter (Client *self)
{
	self->session = take_id (client_ask (self, "\"janus\":\"create\""));
	return take_id (client_ask (self, "\"janus\":\"attach\",\"session_id\":%" G_GINT64_FORMAT
		",\"plugin\":\"janus.plugin.curia.room\"", self->session));
}

int client_wait_close (Client *self, int wait_ms)
{
	gint64 until = g_get_monotonic_time () + wait_ms * 1000;

	while (!self->close_code && g_get_monotonic_time () < until)
		json_decref (client_read (self, 100));
	return self->close_code;
}

gint64 take_code (json_t *answer)
{
	gint64 code = json_integer_value (json_object_get (json_object_get (answer, "error"), "code"));

	json_decref (answer);
	return code;
}

char *take_kind (json_t *answer)
{
	char *kind = g_strdup (json_string_value (json_object_get (answer, "janus")));

	json_decref (answer);
	return kind;
}
