#include "servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define PREFIX "curia-servers-" /* of the temporary folders */
#define READY_S 60

typedef struct {
	const char *name;
	int stop_signal;     /* ends it at once */
	char **argv;         /* NULL: not set up yet */
	GPid pid;            /* 0: not running */
	guint port;
	uid_t uid; /* 0: as we are */
	gid_t gid;
	gboolean (*ready) (void);
} ServerProcess;

static gboolean postgres_ready (void), redis_ready (void);

static ServerProcess postgres = { .name = "postgres", .stop_signal = SIGQUIT, .ready = postgres_ready };
static ServerProcess redis = { .name = "redis", .stop_signal = SIGKILL, .ready = redis_ready };
static char *folder; /* of both; NULL: not made yet */
static pid_t owner;  /* a test may fork: only the process that started the servers ends them */

/* ---- the folder ---- */

static void
remove_folder (const char *path)
{
	const char *argv[] = { "rm", "-rf", "--", path, NULL };

	g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* The lock is held as long as the test lives. -1: somebody else holds it. */
static int
lock_folder (const char *path, int flags)
{
	g_autofree char *file = g_build_filename (path, "lock", NULL);
	int fd = open (file, O_RDWR | O_CLOEXEC | flags, 0600);

	if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close (fd);
	return -1;
}

static void
remove_left_behind (void)
{
	g_autoptr (GDir) dir = g_dir_open (g_get_tmp_dir (), 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
		g_autofree char *path = g_build_filename (g_get_tmp_dir (), name, NULL);
		int fd = g_str_has_prefix (name, PREFIX) ? lock_folder (path, 0) : -1;

		if (fd < 0)
			continue;
		remove_folder (path);
		close (fd);
	}
}

static void
stop (ServerProcess *self)
{
	if (self->pid == 0)
		return;
	kill (self->pid, self->stop_signal);
	while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
		;
	self->pid = 0;
}

static void
stop_all (void)
{
	if (getpid () != owner)
		return;
	stop (&postgres);
	stop (&redis);
	remove_folder (folder);
}

static void
make_folder (void)
{
	if (folder != NULL)
		return;
	remove_left_behind ();
	owner = getpid ();
	folder = g_dir_make_tmp (PREFIX "XXXXXX", NULL);
	g_assert_nonnull (folder);
	g_assert_cmpint (lock_folder (folder, O_CREAT), >=, 0);
	g_assert_cmpint (chmod (folder, 0711), ==, 0); /* the user postgres must get through */
	atexit (stop_all);
}

static char *
path_in_folder (const char *name)
{
	return g_build_filename (folder, name, NULL);
}

/* ---- processes ---- */

/* Between fork and exec: system calls only. The signal comes last, since a change of user forgets it. */
static void
in_child (gpointer data)
{
	const ServerProcess *self = data;

	if (self->uid != 0 && (setgroups (0, NULL) != 0 || setgid (self->gid) != 0 || setuid (self->uid) != 0))
		_exit (126);
	prctl (PR_SET_PDEATHSIG, self->stop_signal);
}

static void
show_log (const ServerProcess *self)
{
	g_autofree char *name = g_strconcat (self->name, ".log", NULL), *path = path_in_folder (name), *text = NULL;

	if (g_file_get_contents (path, &text, NULL, NULL))
		g_printerr ("%s\n", text);
}

static void
start (ServerProcess *self)
{
	g_autofree char *name = g_strconcat (self->name, ".log", NULL), *path = path_in_folder (name);
	int log = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	gint64 end_us = g_get_monotonic_time () + READY_S * G_USEC_PER_SEC;
	g_autoptr (GError) error = NULL;

	g_assert_cmpint (log, >=, 0);
	g_spawn_async_with_pipes_and_fds ("/", (const char *const *) self->argv, NULL,
		G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, in_child, self, -1, log, log, NULL, NULL, 0, &self->pid, NULL, NULL, NULL,
		&error);
	g_assert_no_error (error);
	close (log);
	while (!self->ready ()) {
		if (waitpid (self->pid, NULL, WNOHANG) != 0 || g_get_monotonic_time () > end_us) {
			show_log (self);
			g_error ("%s did not start", self->name);
		}
		g_usleep (20 * 1000);
	}
}

/* Runs a program of PostgreSQL's as the server's user; `must`: its failure ends the test. */
static gboolean
run (const char *const *argv, gboolean must)
{
	g_autofree char *errors = NULL;
	g_autoptr (GError) error = NULL;
	gboolean ok;
	int status;

	g_assert_true (g_spawn_sync ("/", (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, in_child, &postgres,
		NULL, &errors, &status, &error));
	ok = g_spawn_check_wait_status (status, &error);
	if (!ok && must)
		g_error ("%s: %s%s", argv[0], errors, error->message);
	return ok;
}

static int
connect_to (guint port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port),
		.sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), result = connect (fd, (struct sockaddr *) &address, sizeof address);

	close (fd);
	return result;
}

static guint
free_port (void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint (bind (fd, (struct sockaddr *) &address, length), ==, 0);
	g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
	close (fd);
	return ntohs (address.sin_port);
}

/* ---- PostgreSQL ---- */

#define DEBIAN_FOLDER "/usr/lib/postgresql" /* <version>/bin, which is not on the path */

static char *
postgres_program (const char *name)
{
	g_autoptr (GDir) dir = g_dir_open (DEBIAN_FOLDER, 0, NULL);
	const char *version;
	char *found;

	while (dir != NULL && (version = g_dir_read_name (dir)) != NULL) {
		found = g_build_filename (DEBIAN_FOLDER, version, "bin", name, NULL);
		if (g_file_test (found, G_FILE_TEST_IS_EXECUTABLE))
			return found;
		g_free (found);
	}
	found = g_find_program_in_path (name);
	if (found == NULL)
		g_error ("there is no %s here: install Debian's package postgresql", name);
	return found;
}

static gboolean
postgres_ready (void)
{
	static char *program;
	g_autofree char *port = g_strdup_printf ("%u", postgres.port);

	if (program == NULL)
		program = postgres_program ("pg_isready");
	return run ((const char *const[]) { program, "-q", "-h", "127.0.0.1", "-p", port, NULL }, FALSE);
}

/* PostgreSQL refuses to run as root. */
static void
choose_user (void)
{
	const struct passwd *user = getuid () == 0 ? getpwnam ("postgres") : NULL;

	if (getuid () != 0)
		return;
	if (user == NULL)
		g_error ("there is no user postgres here: install Debian's package postgresql");
	postgres.uid = user->pw_uid;
	postgres.gid = user->pw_gid;
}

static void
set_up_postgres (void)
{
	g_autofree char *initdb = postgres_program ("initdb"), *program = postgres_program ("postgres"), *data = NULL, *port = NULL,
					*sockets = NULL;

	make_folder ();
	choose_user ();
	data = path_in_folder ("postgres");
	g_assert_cmpint (g_mkdir (data, 0700), ==, 0);
	g_assert_true (postgres.uid == 0 || chown (data, postgres.uid, postgres.gid) == 0);
	run ((const char *const[]) { initdb, "-D", data, "-U", "curia", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", NULL }, TRUE);
	postgres.port = free_port ();
	port = g_strdup_printf ("--port=%u", postgres.port);
	sockets = g_strdup_printf ("--unix_socket_directories=%s", data);
	postgres.argv = g_strdupv ((char *[]) { program, "-D", data, port, sockets, "--listen_addresses=127.0.0.1", "--max_connections=100", NULL });
}

char *
servers_postgres_database (const char *name)
{
	g_autofree char *dropdb = postgres_program ("dropdb"), *createdb = postgres_program ("createdb"),
					*port = g_strdup_printf ("%u", postgres.port);

	g_assert_cmpint (postgres.pid, >, 0);
	run ((const char *const[]) { dropdb, "-h", "127.0.0.1", "-p", port, "-U", "curia", "--if-exists", "--force", name, NULL }, TRUE);
	run ((const char *const[]) { createdb, "-h", "127.0.0.1", "-p", port, "-U", "curia", "-T", "template0", name, NULL }, TRUE);
	return g_strdup_printf ("postgresql://curia@127.0.0.1:%u/%s", postgres.port, name);
}

char *
servers_postgres_start (void)
{
	static guint n_databases;
	g_autofree char *name = g_strdup_printf ("test_%u", ++n_databases);

	if (postgres.argv == NULL)
		set_up_postgres ();
	if (postgres.pid == 0)
		start (&postgres);
	return servers_postgres_database (name);
}

void
servers_postgres_stop (void)
{
	stop (&postgres);
}

void
servers_postgres_restart (void)
{
	stop (&postgres);
	start (&postgres);
}

/* ---- Redis ---- */

static gboolean
redis_ready (void)
{
	return connect_to (redis.port) == 0;
}

static void
set_up_redis (const char *extra_config)
{
	g_autofree char *file = NULL, *config = NULL;
	g_autoptr (GError) error = NULL;

	make_folder ();
	redis.port = free_port ();
	file = path_in_folder ("redis.conf");
	config = g_strdup_printf ("port %u\nbind 127.0.0.1\nsave \"\"\nappendonly no\ndir %s\n%s\n", redis.port, folder,
		extra_config != NULL ? extra_config : "");
	g_file_set_contents (file, config, -1, &error);
	g_assert_no_error (error);
	redis.argv = g_strdupv ((char *[]) { "redis-server", file, NULL });
}

guint
servers_redis_start (const char *extra_config)
{
	if (redis.argv == NULL)
		set_up_redis (extra_config);
	if (redis.pid == 0)
		start (&redis);
	return redis.port;
}

void
servers_redis_stop (void)
{
	stop (&redis);
}

void
servers_redis_restart (void)
{
	stop (&redis);
	start (&redis);
}
