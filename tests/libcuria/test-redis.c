/* One connection to a real Redis: logging in, TLS, coming back, and bounds. */
#include "curia-redis-private.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <glib/gstdio.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "curia-loop.h"
#include "tests/lib/servers.h"

#define WAIT_US (30 * G_USEC_PER_SEC)

static guint port, tls_port;
static char *folder;
static gint n_log_lines;

/* ---- a connection whose events are counted ---- */

typedef struct {
	Loop *loop;
	RedisAddress *address;
	Redis *redis;
	gint n_up, n_down, n_pushes;
	gint n_replies, n_refused, n_unavailable; /* of `say` */
	char *text;                               /* LOCK: lock; the last reply */
	GMutex lock;
} Peer;

static void
on_up (gpointer data)
{
	g_atomic_int_inc (&((Peer *) data)->n_up);
}

static void
on_down (gpointer data)
{
	g_atomic_int_inc (&((Peer *) data)->n_down);
}

static void
on_push (const redisReply *reply, gpointer data)
{
	g_assert_nonnull (reply);
	g_atomic_int_inc (&((Peer *) data)->n_pushes);
}

static void
peer_connect (gpointer data)
{
	static const RedisEvents events = { on_up, on_down, NULL };
	Peer *self = data;

	self->redis = redis_new (loop_context (self->loop), self->address, "test", &events, self);
}

static void
peer_listen (gpointer data)
{
	static const RedisEvents events = { on_up, on_down, on_push };
	Peer *self = data;

	self->redis = redis_new (loop_context (self->loop), self->address, "test", &events, self);
}

static Peer *
peer_new (const CuriaRedisSettings *settings, LoopJob connect)
{
	g_autoptr (GError) error = NULL;
	Peer *self = g_new0 (Peer, 1);

	g_mutex_init (&self->lock);
	self->address = redis_address_new (settings, &error);
	g_assert_no_error (error);
	self->loop = loop_new ("test");
	g_assert_true (loop_post (self->loop, connect, self, NULL));
	return self;
}

static void
peer_free (Peer *self)
{
	loop_stop (self->loop);
	redis_free (self->redis);
	loop_free (self->loop);
	redis_address_free (self->address);
	g_mutex_clear (&self->lock);
	g_free (self->text);
	g_free (self);
}

static gboolean
reaches (gint *count, gint n)
{
	gint64 end_us = curia_clock_us () + WAIT_US;

	while (g_atomic_int_get (count) < n && curia_clock_us () < end_us)
		g_usleep (2000);
	return g_atomic_int_get (count) >= n;
}

typedef struct {
	Peer *peer;
	const char *words[4];
	guint n_words;
} Saying;

static void
on_said (const redisReply *reply, const GError *error, gpointer data)
{
	Peer *peer = data;

	g_mutex_lock (&peer->lock);
	g_free (peer->text);
	if (error != NULL)
		peer->text = g_strdup (error->message);
	else
		peer->text = reply->str != NULL ? g_strdup (reply->str) : g_strdup_printf ("%lld", reply->integer);
	g_mutex_unlock (&peer->lock);
	if (error != NULL) {
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
		g_atomic_int_inc (&peer->n_unavailable);
	} else
		g_atomic_int_inc (&peer->n_replies);
}

static void
say_job (gpointer data)
{
	Saying *saying = data;

	if (!redis_send (saying->peer->redis, on_said, saying->peer, saying->n_words, saying->words))
		g_atomic_int_inc (&saying->peer->n_refused);
}

static void
say_words (Peer *peer, const char *one, const char *two, const char *three, const char *four)
{
	Saying *saying = g_new (Saying, 1);

	*saying = (Saying) { peer, { one, two, three, four }, 1 + (two != NULL) + (three != NULL) + (four != NULL) };
	g_assert_true (loop_post (peer->loop, say_job, saying, g_free));
}

static void
say_later (Peer *peer, const char *one, const char *two, const char *three)
{
	say_words (peer, one, two, three, NULL);
}

/* What Redis answers. Caller frees. */
static char *
say (Peer *peer, const char *one, const char *two, const char *three)
{
	gint n = g_atomic_int_get (&peer->n_replies) + 1;
	char *text;

	say_later (peer, one, two, three);
	g_assert_true (reaches (&peer->n_replies, n));
	g_mutex_lock (&peer->lock);
	text = g_strdup (peer->text);
	g_mutex_unlock (&peer->lock);
	return text;
}

static void
expect (Peer *peer, const char *one, const char *two, const char *three, const char *answer)
{
	g_autofree char *text = say (peer, one, two, three);

	g_assert_cmpstr (text, ==, answer);
}

static Peer *
plain_peer (void)
{
	g_autofree char *url = g_strdup_printf ("redis://127.0.0.1:%u", port);

	return peer_new (&(CuriaRedisSettings) { .url = url }, peer_connect);
}

static void
configure (Peer *peer, const char *name, const char *value)
{
	gint n = g_atomic_int_get (&peer->n_replies) + 1;

	say_words (peer, "CONFIG", "SET", name, value);
	g_assert_true (reaches (&peer->n_replies, n));
	g_assert_cmpstr (peer->text, ==, "OK");
}

/* ---- addresses ---- */

static void
test_addresses (void)
{
	static const struct {
		const char *url, *shown, *user, *password; /* shown NULL: refused */
	} rows[] = {
		{ "redis://localhost", "redis://localhost:6379/0", NULL, NULL },
		{ "redis://10.0.0.1:7000/3", "redis://10.0.0.1:7000/3", NULL, NULL },
		{ "redis://[::1]:7000/", "redis://[::1]:7000/0", NULL, NULL },
		{ "rediss://:p%40ss@cache.example.org", "rediss://cache.example.org:6379/0", NULL, "p@ss" },
		{ "redis://ann:secret@h", "redis://h:6379/0", "ann", "secret" },
		{ "redis://", NULL },
		{ "redis://:hush@", NULL },
		{ "http://hush@localhost", NULL },
		{ "localhost:6379", NULL },
		{ "redis://hush@localhost", NULL },
		{ "redis://:hush@localhost:99999", NULL },
		{ "redis://:hush@localhost:0", NULL },
		{ "redis://:hush@localhost/many", NULL },
		{ "redis://:hush@localhost/1?x=y", NULL },
		{ "redis://:hush@localhost/-1", NULL },
		{ "", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		g_autoptr (RedisAddress) address = redis_address_new (&(CuriaRedisSettings) { .url = rows[i].url }, &error);
		g_autofree char *shown = address != NULL ? redis_address_show (address) : NULL;

		g_test_message ("%s", rows[i].url);
		g_assert_cmpstr (shown, ==, rows[i].shown);
		if (address != NULL) {
			g_assert_cmpstr (address->user, ==, rows[i].user);
			g_assert_cmpstr (address->password, ==, rows[i].password);
		} else {
			g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
			g_assert_true (g_str_has_prefix (error->message, "bus.url must be redis://"));
			g_assert_null (strstr (error->message, "hush"));
		}
	}
}

static void
test_files (void)
{
	static const struct {
		CuriaRedisSettings settings;
		const char *message;
	} rows[] = {
		{ { .url = "rediss://h", .ca_file = "/no/such.pem" }, "bus.ca_file /no/such.pem" },
		{ { .url = "rediss://h", .certificate = "/a.pem" }, "bus.certificate and bus.private_key: set both or none" },
		{ { .url = "rediss://h", .certificate = "/a.pem", .private_key = "/b.pem" }, "bus.certificate /a.pem with" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_null (redis_address_new (&rows[i].settings, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_true (g_str_has_prefix (error->message, rows[i].message));
	}
}

/* ---- logging in ---- */

static void
test_order (void)
{
	enum { N = 2000 };
	Peer *peer = plain_peer ();

	g_assert_true (reaches (&peer->n_up, 1));
	expect (peer, "DEL", "test-order", NULL, "0");
	for (int i = 0; i < N; i++)
		say_later (peer, "INCR", "test-order", NULL);
	g_assert_true (reaches (&peer->n_replies, N + 1));
	g_assert_cmpstr (peer->text, ==, "2000"); /* replies come in the order of the commands */
	peer_free (peer);
}

static void
test_login (void)
{
	static const struct {
		const char *before, *after;
		gboolean enters;
	} rows[] = {
		{ "redis://tester:right@", "/2", TRUE },
		{ "redis://tester:wrong@", "", FALSE },
		{ "redis://nobody:right@", "", FALSE },
		{ "redis://", "/900", FALSE }, /* there are 16 databases */
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *url = g_strdup_printf ("%s127.0.0.1:%u%s", rows[i].before, port, rows[i].after);
		gint lines = g_atomic_int_get (&n_log_lines);
		Peer *peer = peer_new (&(CuriaRedisSettings) { .url = url }, peer_connect);

		if (rows[i].enters) {
			g_assert_true (reaches (&peer->n_up, 1));
			expect (peer, "ACL", "WHOAMI", NULL, "tester");
		} else {
			g_usleep (700 * 1000); /* some attempts */
			g_assert_cmpint (peer->n_up, ==, 0);
			g_assert_cmpint (g_atomic_int_get (&n_log_lines) - lines, ==, 1); /* told once, not at each attempt */
		}
		peer_free (peer);
	}
}

static void
test_password_only (void)
{
	g_autofree char *url = g_strdup_printf ("redis://:sesame@127.0.0.1:%u", port);
	Peer *before = plain_peer (), *without, *with;

	g_assert_true (reaches (&before->n_up, 1));
	configure (before, "requirepass", "sesame");
	without = plain_peer ();
	with = peer_new (&(CuriaRedisSettings) { .url = url }, peer_connect);
	g_assert_true (reaches (&with->n_up, 1));
	g_assert_cmpint (without->n_up, ==, 0);
	configure (with, "requirepass", "");
	g_assert_true (reaches (&without->n_up, 1)); /* it kept trying */
	peer_free (before);
	peer_free (without);
	peer_free (with);
}

/* ---- TLS ---- */

static char *
in_folder (const char *name)
{
	return g_build_filename (folder, name, NULL);
}

static void
test_tls (void)
{
	g_autofree char *url = g_strdup_printf ("rediss://tester:right@127.0.0.1:%u", tls_port), *ca = in_folder ("ca.pem"),
		*other = in_folder ("other.pem"), *certificate = in_folder ("client.pem"), *key = in_folder ("client.key"),
		*to_plain = g_strdup_printf ("rediss://127.0.0.1:%u", port), *to_tls = g_strdup_printf ("redis://127.0.0.1:%u", tls_port);
	const struct {
		CuriaRedisSettings settings;
		const char *clients; /* tls-auth-clients */
		gboolean enters;
	} rows[] = {
		{ { .url = url, .ca_file = ca }, "no", TRUE },
		{ { .url = url, .ca_file = other }, "no", FALSE },
		{ { .url = url }, "no", FALSE }, /* the system's authorities do not know it */
		{ { .url = to_plain, .ca_file = ca }, "no", FALSE },
		{ { .url = to_tls }, "no", FALSE },
		{ { .url = url, .ca_file = ca }, "yes", FALSE },
		{ { .url = url, .ca_file = ca, .certificate = certificate, .private_key = key }, "yes", TRUE },
	};

	Peer *operator = plain_peer ();

	g_assert_true (reaches (&operator->n_up, 1));
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Peer *peer;

		g_test_message ("row %u", i);
		configure (operator, "tls-auth-clients", rows[i].clients);
		peer = peer_new (&rows[i].settings, peer_connect);
		if (rows[i].enters) {
			g_assert_true (reaches (&peer->n_up, 1));
			expect (peer, "ECHO", "hello", NULL, "hello");
		} else {
			g_usleep (700 * 1000);
			g_assert_cmpint (peer->n_up, ==, 0);
		}
		peer_free (peer);
	}
	peer_free (operator);
}

/* ---- going and coming back ---- */

static void
test_restart (void)
{
	Peer *peer = plain_peer ();

	g_assert_true (reaches (&peer->n_up, 1));
	servers_redis_stop ();
	g_assert_true (reaches (&peer->n_down, 1));
	say_later (peer, "ECHO", "x", NULL);
	g_assert_true (reaches (&peer->n_refused, 1));
	servers_redis_restart ();
	g_assert_true (reaches (&peer->n_up, 2));
	expect (peer, "ECHO", "again", NULL, "again");
	g_assert_cmpint (peer->n_down, ==, 1);
	peer_free (peer);
}

/* Whoever waits hears of the end once, though the server only hangs. */
static void
test_hanging (void)
{
	Peer *peer = plain_peer ();
	g_autofree char *info = NULL;
	gint64 start_us;
	pid_t pid;

	g_assert_true (reaches (&peer->n_up, 1));
	info = say (peer, "INFO", "server", NULL);
	pid = (pid_t) atoi (strstr (info, "process_id:") + strlen ("process_id:"));
	g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
	start_us = curia_clock_us ();
	say_later (peer, "ECHO", "x", NULL);
	g_assert_true (reaches (&peer->n_unavailable, 1));
	g_test_message ("noticed after %d ms", (int) ((curia_clock_us () - start_us) / 1000));
	g_assert_cmpint (curia_clock_us () - start_us, <, 10 * G_USEC_PER_SEC);
	g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
	g_assert_true (reaches (&peer->n_up, 2));
	expect (peer, "ECHO", "again", NULL, "again");
	g_assert_cmpint (peer->n_unavailable, ==, 1);
	peer_free (peer);
}

/* ---- bounds ---- */

/* What a hanging server does not read stays below REDIS_MAX_OUTPUT; the rest is refused. */
static void
test_output_bound (void)
{
	enum { N = 40 };
	g_autofree char *large = g_strnfill (1024 * 1024, 'x'), *info = NULL;
	Peer *peer = plain_peer ();
	pid_t pid;

	g_assert_true (reaches (&peer->n_up, 1));
	info = say (peer, "INFO", "server", NULL);
	pid = (pid_t) atoi (strstr (info, "process_id:") + strlen ("process_id:"));
	g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
	for (int i = 0; i < N; i++)
		say_later (peer, "ECHO", large, NULL);
	g_assert_true (reaches (&peer->n_refused, N - 16)); /* the kernel's buffers take some */
	g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
	while (g_atomic_int_get (&peer->n_replies) + g_atomic_int_get (&peer->n_unavailable) + g_atomic_int_get (&peer->n_refused) < N + 1)
		g_usleep (2000);
	g_assert_cmpint (peer->n_replies + peer->n_unavailable + peer->n_refused, ==, N + 1); /* INFO too */
	peer_free (peer);
}

static void
test_input_bound (void)
{
	Peer *peer = plain_peer ();

	g_assert_true (reaches (&peer->n_up, 1));
	say_later (peer, "EVAL", "return string.rep('x', 80*1024*1024)", "0");
	g_assert_true (reaches (&peer->n_unavailable, 1)); /* the connection ended instead */
	g_assert_true (reaches (&peer->n_up, 2));
	expect (peer, "ECHO", "again", NULL, "again");
	peer_free (peer);
}

static void
test_pushes (void)
{
	g_autofree char *url = g_strdup_printf ("redis://127.0.0.1:%u", port);
	Peer *listener = peer_new (&(CuriaRedisSettings) { .url = url }, peer_listen), *peer = plain_peer ();

	g_assert_true (reaches (&listener->n_up, 1));
	g_assert_true (reaches (&peer->n_up, 1));
	say_later (listener, "SUBSCRIBE", "channel", NULL);
	g_assert_true (reaches (&listener->n_pushes, 1)); /* the confirmation */
	expect (peer, "PUBLISH", "channel", "x", "1");
	g_assert_true (reaches (&listener->n_pushes, 2));
	g_usleep (5 * G_USEC_PER_SEC); /* pings keep it */
	g_assert_cmpint (listener->n_down, ==, 0);
	expect (peer, "PUBLISH", "channel", "x", "1");
	peer_free (listener);
	peer_free (peer);
}

/* At any moment of connecting, with and without somebody at the other end. */
static void
test_free_early (void)
{
	g_autofree char *there = g_strdup_printf ("redis://127.0.0.1:%u", port), *tls = g_strdup_printf ("rediss://127.0.0.1:%u", tls_port);
	const char *const urls[] = { there, tls, "redis://127.0.0.1:1", "redis://192.0.2.1", "redis://no-such-host.invalid" };

	for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
		for (guint wait_us = 0; wait_us < 8000; wait_us = wait_us * 2 + 500) {
			Peer *peer = peer_new (&(CuriaRedisSettings) { .url = urls[i] }, peer_connect);

			g_usleep (wait_us);
			peer_free (peer);
		}
}

/* ---- the server, with a user, TLS and certificates of two authorities ---- */

static void
make_certificates (void)
{
	static const char script[] =
		"set -e; cd \"$1\"\n"
		"ec='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'\n"
		"for ca in ca other; do openssl req -x509 $ec -keyout $ca.key -out $ca.pem -subj /CN=$ca; done\n"
		"for name in server client; do\n"
		"  openssl req $ec -keyout $name.key -out $name.csr -subj /CN=$name\n"
		"  printf 'subjectAltName=IP:127.0.0.1' > ext\n"
		"  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out $name.pem\n"
		"done\n"
		"chmod a+r *; chmod a+rx .\n";
	const char *argv[] = { "sh", "-c", script, "sh", folder, NULL };
	g_autofree char *errors = NULL;
	int status = -1;

	g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &errors, &status, NULL));
	if (status != 0)
		g_error ("openssl: %s", errors);
}

static guint
free_port (void)
{
	g_autoptr (GSocketListener) listener = g_socket_listener_new ();

	return g_socket_listener_add_any_inet_port (listener, NULL, NULL);
}

static void
start_server (void)
{
	g_autofree char *config = NULL;

	folder = g_dir_make_tmp ("curia-redis-XXXXXX", NULL);
	make_certificates ();
	tls_port = free_port ();
	config = g_strdup_printf ("tls-port %u\ntls-cert-file %s/server.pem\ntls-key-file %s/server.key\ntls-ca-cert-file %s/ca.pem\n"
							  "tls-auth-clients no\nuser tester on >right ~* &* +@all\n",
		tls_port, folder, folder, folder);
	port = servers_redis_start (config);
}

static void
remove_folder (void)
{
	const char *argv[] = { "rm", "-rf", folder, NULL };

	g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
	g_free (folder);
}

static void
count_line (CuriaLogLevel level, const char *line)
{
	g_assert_null (strstr (line, "right"));
	g_assert_null (strstr (line, "wrong@"));
	g_atomic_int_inc (&n_log_lines);
	if (level <= CURIA_LOG_WARNING)
		g_printerr ("# %s\n", line);
}

int
main (int argc, char **argv)
{
	int failed;

	g_test_init (&argc, &argv, NULL);
	curia_log_set_sink (count_line);
	start_server ();
	g_test_add_func ("/redis/addresses", test_addresses);
	g_test_add_func ("/redis/files", test_files);
	g_test_add_func ("/redis/order", test_order);
	g_test_add_func ("/redis/login", test_login);
	g_test_add_func ("/redis/password-only", test_password_only);
	g_test_add_func ("/redis/tls", test_tls);
	g_test_add_func ("/redis/restart", test_restart);
	g_test_add_func ("/redis/hanging", test_hanging);
	g_test_add_func ("/redis/output-bound", test_output_bound);
	g_test_add_func ("/redis/input-bound", test_input_bound);
	g_test_add_func ("/redis/pushes", test_pushes);
	g_test_add_func ("/redis/free-early", test_free_early);
	failed = g_test_run ();
	remove_folder ();
	return failed;
}
