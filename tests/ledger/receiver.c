#include "tests/ledger/receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define LINE_MAX_BYTES 4096

struct Receiver {
	int listener;
	guint16 port;
	ReceiverAnswer answer;
	gpointer data;
	GThread *accepter;
	GMutex lock; /* all below */
	GCond changed;
	GPtrArray *received, *threads;
	GArray *sockets; /* of int; open until the end */
};

typedef struct {
	Receiver *receiver;
	int socket;
} Connection;

void
received_free (Received *self)
{
	g_free (self->method);
	g_free (self->path);
	g_free (self->body);
	g_hash_table_unref (self->headers);
	g_free (self);
}

/* ---- one connection ---- */

static void
read_headers (FILE *file, Received *request)
{
	char line[LINE_MAX_BYTES];

	while (fgets (line, sizeof line, file) != NULL) {
		char *colon = strchr (g_strchomp (line), ':');

		if (colon == NULL)
			return;
		g_hash_table_insert (request->headers, g_ascii_strdown (line, colon - line), g_strdup (g_strchug (colon + 1)));
	}
}

static Received *
read_request (FILE *file)
{
	char line[LINE_MAX_BYTES] = "";
	g_auto (GStrv) words = g_strsplit (fgets (line, sizeof line, file) != NULL ? line : "", " ", 3);
	const char *length;
	Received *request;
	gsize n;

	if (g_strv_length (words) != 3)
		return NULL;
	request = g_new0 (Received, 1);
	request->method = g_strdup (words[0]);
	request->path = g_strdup (words[1]);
	request->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	read_headers (file, request);
	length = g_hash_table_lookup (request->headers, "content-length");
	n = length != NULL ? strtoul (length, NULL, 10) : 0;
	request->body = g_malloc0 (n + 1);
	g_assert_cmpuint (fread (request->body, 1, n, file), ==, n);
	return request;
}

static void
keep (Receiver *self, Received *take_request)
{
	g_mutex_lock (&self->lock);
	g_ptr_array_add (self->received, take_request);
	g_cond_broadcast (&self->changed);
	g_mutex_unlock (&self->lock);
}

static gpointer
serve (gpointer data)
{
	g_autofree Connection *connection = data;
	Receiver *self = connection->receiver;
	FILE *file = fdopen (dup (connection->socket), "r");

	for (Received *request; (request = read_request (file)) != NULL;) {
		g_autofree char *answer = self->answer != NULL ? self->answer (request, receiver_n (self), self->data) : g_strdup (OK);
		gboolean last = answer != NULL && strstr (answer, "Connection: close") != NULL;

		keep (self, request);
		/* who goes away before all is written is no failure of the test */
		if (answer != NULL)
			(void) !send (connection->socket, answer, strlen (answer), MSG_NOSIGNAL);
		if (last)
			shutdown (connection->socket, SHUT_RDWR);
	}
	fclose (file);
	return NULL;
}

static gpointer
accept_all (gpointer data)
{
	Receiver *self = data;

	for (int socket; (socket = accept (self->listener, NULL, NULL)) >= 0;) {
		Connection *connection = g_new (Connection, 1);

		*connection = (Connection) { self, socket };
		g_mutex_lock (&self->lock);
		g_array_append_val (self->sockets, socket);
		g_ptr_array_add (self->threads, g_thread_new ("connection", serve, connection));
		g_mutex_unlock (&self->lock);
	}
	return NULL;
}

/* ---- life ---- */

Receiver *
receiver_new (ReceiverAnswer answer, gpointer data)
{
	Receiver *self = g_new0 (Receiver, 1);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	socklen_t length = sizeof address;

	self->answer = answer;
	self->data = data;
	self->received = g_ptr_array_new_with_free_func ((GDestroyNotify) received_free);
	self->threads = g_ptr_array_new ();
	self->sockets = g_array_new (FALSE, FALSE, sizeof (int));
	g_mutex_init (&self->lock);
	g_cond_init (&self->changed);
	self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, length), ==, 0);
	g_assert_cmpint (listen (self->listener, 100), ==, 0);
	g_assert_cmpint (getsockname (self->listener, (struct sockaddr *) &address, &length), ==, 0);
	self->port = ntohs (address.sin_port);
	self->accepter = g_thread_new ("receiver", accept_all, self);
	return self;
}

void
receiver_free (Receiver *self)
{
	shutdown (self->listener, SHUT_RDWR);
	g_thread_join (self->accepter);
	for (guint i = 0; i < self->sockets->len; i++)
		shutdown (g_array_index (self->sockets, int, i), SHUT_RDWR);
	for (guint i = 0; i < self->threads->len; i++)
		g_thread_join (g_ptr_array_index (self->threads, i));
	for (guint i = 0; i < self->sockets->len; i++)
		close (g_array_index (self->sockets, int, i));
	close (self->listener);
	g_ptr_array_unref (self->threads);
	g_ptr_array_unref (self->received);
	g_array_unref (self->sockets);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->changed);
	g_free (self);
}

char *
receiver_url (Receiver *self, const char *host)
{
	return g_strdup_printf ("http://%s:%u/hook?a=b", host, self->port);
}

guint
receiver_n (Receiver *self)
{
	g_mutex_lock (&self->lock);
	guint n = self->received->len;
	g_mutex_unlock (&self->lock);
	return n;
}

void
receiver_wait (Receiver *self, guint n)
{
	gint64 end_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

	g_mutex_lock (&self->lock);
	while (self->received->len < n)
		g_assert_true (g_cond_wait_until (&self->changed, &self->lock, end_us));
	g_mutex_unlock (&self->lock);
}

const Received *
receiver_at (Receiver *self, guint i)
{
	g_mutex_lock (&self->lock);
	const Received *request = g_ptr_array_index (self->received, i);
	g_mutex_unlock (&self->lock);
	return request;
}
