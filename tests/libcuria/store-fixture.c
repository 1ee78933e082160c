#include "tests/libcuria/store-fixture.h"

#include <glib/gstdio.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include "tests/lib/servers.h"

/* ---- places ---- */

static void run_sqlite (const char *path, const char *statements)
{
	sqlite3 *db;

	g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
	g_assert_cmpint (sqlite3_exec (db, statements, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close (db);
}

static void run_postgres (const char *url, const char *statements)
{
	PGconn *conn = PQconnectdb (url);
	PGresult *result = PQexec (conn, statements);

	if (PQresultStatus (result) != PGRES_COMMAND_OK)
		g_error ("%s: %s", statements, PQerrorMessage (conn));
	PQclear (result);
	PQfinish (conn);
}

void file_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->folder = g_dir_make_tmp ("curia-store-XXXXXX", NULL);
	place->path = g_build_filename (place->folder, "test.db", NULL);
	place->url = g_strconcat ("sqlite:", place->path, NULL);
	place->run_sql = run_sqlite;
	place->where = place->path;
}

void server_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->url = servers_postgres_start ();
	place->run_sql = run_postgres;
	place->where = place->url;
}

void server_tear_down (Place *place, gconstpointer data)
{
	(void) data;
	g_free (place->url);
}

void file_tear_down (Place *place, gconstpointer data)
{
	g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
	const char *name;

	(void) data;
	while ((name = g_dir_read_name (dir)) != NULL) {
		g_autofree char *path = g_build_filename (place->folder, name, NULL);

		g_remove (path);
	}
	g_rmdir (place->folder);
	g_free (place->folder);
	g_free (place->path);
	g_free (place->url);
}

CuriaStore *open_store (const char *url)
{
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (url, &error);

	g_assert_no_error (error);
	return store;
}

/* ---- meetings ---- */

void assert_same (const CuriaMeeting *a, const CuriaMeeting *b)
{
	g_assert_cmpstr (a->id, ==, b->id);
	g_assert_cmpstr (a->code, ==, b->code);
	g_assert_cmpstr (a->title, ==, b->title);
	g_assert_cmpstr (a->video_codec, ==, b->video_codec);
	g_assert_cmpint (a->max_participants, ==, b->max_participants);
	g_assert_cmpint (a->max_publishers, ==, b->max_publishers);
	g_assert_cmpint (a->camera_bitrate_bps, ==, b->camera_bitrate_bps);
	g_assert_cmpint (a->screen_bitrate_bps, ==, b->screen_bitrate_bps);
	g_assert_cmpint (a->simulcast_layers, ==, b->simulcast_layers);
	g_assert_cmpint (a->audio_slots, ==, b->audio_slots);
	g_assert_cmpint (a->created_ms, ==, b->created_ms);
	g_assert_cmpint (a->ended_ms, ==, b->ended_ms);
}

GPtrArray *list_all (CuriaStore *store, int limit, guint *n_pages)
{
	GPtrArray *codes = g_ptr_array_new_with_free_func (g_free);
	g_autofree char *cursor = NULL;

	*n_pages = 0;
	do {
		g_autofree char *next = NULL;
		g_autoptr (GError) error = NULL;
		g_autoptr (GPtrArray) page = curia_store_meeting_list (store, limit, cursor, &next, &error);

		g_assert_no_error (error);
		++*n_pages;
		for (guint i = 0; i < page->len; i++)
			g_ptr_array_add (codes, g_strdup (((CuriaMeeting *) g_ptr_array_index (page, i))->code));
		g_free (cursor);
		cursor = g_steal_pointer (&next);
	} while (cursor != NULL);
	return codes;
}
