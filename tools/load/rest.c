#include "config.h"
#include "tools/load/rest.h"

#include <curl/curl.h>
#include <string.h>

#define THREADS 4
#define MAX_BYTES (1 << 20)
#define TIMEOUT_S 20L

typedef struct {
	char *url, *token;
	json_t *body;
	RestAnswer answer;
	gpointer user;
	guint64 id;
	long status;
	json_t *result;
	char *error;
} Request;

struct Rest {
	char *base_url;
	gboolean insecure;
	void (*wake) (gpointer user);
	gpointer user;
	GThread *threads[THREADS];
	GAsyncQueue *todo, *done;
	Request last; /* one for each thread at the end */
};

static void request_free (Request *self)
{
	g_free (self->url);
	g_free (self->token);
	g_free (self->error);
	json_decref (self->body);
	json_decref (self->result);
	g_free (self);
}

static size_t take_body (char *data, size_t size, size_t n, void *user)
{
	GString *out = user;
	if (out->len + size * n > MAX_BYTES)
		return 0;
	g_string_append_len (out, data, (gssize) (size * n));
	return size * n;
}

static void perform (Rest *self, CURL *handle, Request *request, struct curl_slist *headers, GString *out)
{
	g_autofree char *body = request->body ? json_dumps (request->body, JSON_COMPACT) : NULL;
	curl_easy_reset (handle);
	curl_easy_setopt (handle, CURLOPT_URL, request->url);
	curl_easy_setopt (handle, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt (handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt (handle, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt (handle, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt (handle, CURLOPT_WRITEDATA, out);
	if (body)
		curl_easy_setopt (handle, CURLOPT_POSTFIELDS, body);
	if (self->insecure) {
		curl_easy_setopt (handle, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt (handle, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	CURLcode code = curl_easy_perform (handle);
	if (code == CURLE_OK)
		curl_easy_getinfo (handle, CURLINFO_RESPONSE_CODE, &request->status);
	else
		request->error = g_strdup (curl_easy_strerror (code));
}

static void run_request (Rest *self, CURL *handle, Request *request)
{
	g_autoptr (GString) out = g_string_new (NULL);
	struct curl_slist *headers = curl_slist_append (NULL, "Content-Type: application/json");
	g_autofree char *authorization = request->token ? g_strdup_printf ("Authorization: Bearer %s", request->token) : NULL;
	if (authorization)
		headers = curl_slist_append (headers, authorization);
	perform (self, handle, request, headers, out);
	curl_slist_free_all (headers);
	request->result = json_loadb (out->str, out->len, 0, NULL);
	const char *detail = request->result ? json_string_value (json_object_get (request->result, "detail")) : NULL;
	if (request->status >= 400 && !request->error)
		request->error = g_strdup_printf ("HTTP %ld: %s", request->status, detail ? detail : "no reason given");
	g_async_queue_push (self->done, request);
	self->wake (self->user);
}

/* One curl handle for each thread, so that connections are used again. */
static gpointer run_thread (gpointer data)
{
	Rest *self = data;
	CURL *handle = curl_easy_init ();
	for (Request *request; (request = g_async_queue_pop (self->todo)) != &self->last;)
		run_request (self, handle, request);
	curl_easy_cleanup (handle);
	return NULL;
}

Rest *rest_new (const char *base_url, gboolean insecure, void (*wake) (gpointer user), gpointer user)
{
	Rest *self = g_new0 (Rest, 1);
	curl_global_init (CURL_GLOBAL_DEFAULT);
	*self = (Rest) { .base_url = g_strdup (base_url), .insecure = insecure, .wake = wake, .user = user };
	self->done = g_async_queue_new_full ((GDestroyNotify) request_free);
	self->todo = g_async_queue_new ();
	for (guint i = 0; i < THREADS; i++)
		self->threads[i] = g_thread_new ("rest", run_thread, self);
	return self;
}

void rest_free (Rest *self)
{
	for (Request *request; (request = g_async_queue_try_pop (self->todo)) != NULL;)
		request_free (request);
	for (guint i = 0; i < THREADS; i++)
		g_async_queue_push (self->todo, &self->last);
	for (guint i = 0; i < THREADS; i++)
		g_thread_join (self->threads[i]);
	g_async_queue_unref (self->todo);
	g_async_queue_unref (self->done);
	g_free (self->base_url);
	g_free (self);
}

void rest_request (Rest *self, const char *path, const char *token, json_t *body, RestAnswer answer, gpointer user, guint64 id)
{
	Request *request = g_new0 (Request, 1);
	*request = (Request) { .url = g_strconcat (self->base_url, path, NULL), .token = g_strdup (token), .body = body, .answer = answer,
		.user = user, .id = id };
	g_async_queue_push (self->todo, request);
}

void rest_deliver (Rest *self)
{
	for (Request *request; (request = g_async_queue_try_pop (self->done)) != NULL; request_free (request))
		request->answer (request->user, request->id, request->status, request->result, request->error);
}
