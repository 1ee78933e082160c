#include "config.h"
#include "events/ledger/webhook-post.h"

#include <string.h>
#include <unistd.h>
#include <curl/curl.h>
#include "curia-error.h"
#include "curia-webhook-target.h"

#define MAX_ANSWER_BYTES (64 * 1024) /* nobody reads it; beyond this nobody waits for it either */

struct WebhookPoster {
	CURLM *multi;
	WebhookPosterSettings settings;
	char *ca_file;
	GPtrArray *posts; /* of Post: what is under way */
};

typedef struct {
	WebhookPoster *poster;
	CURL *easy;
	struct curl_slist *headers;
	gsize answer_bytes;
	gboolean blocked, cut; /* an address was refused; the answer was too long */
	WebhookPosted posted;
	gpointer data;
	char problem[CURL_ERROR_SIZE];
} Post;

/* ---- one request ---- */

static void
post_free (gpointer data)
{
	Post *post = data;

	curl_multi_remove_handle (post->poster->multi, post->easy);
	curl_easy_cleanup (post->easy);
	curl_slist_free_all (post->headers);
	g_free (post);
}

/* The address is that which will really be connected to: a name that means something else by now does not help. */
static curl_socket_t
open_socket (void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	Post *post = data;

	(void) purpose;
	if (!post->poster->settings.allow_private && !curia_webhook_address_is_public (&address->addr)) {
		post->blocked = TRUE;
		return CURL_SOCKET_BAD;
	}
	return socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t
drop_answer (char *bytes, size_t size, size_t n, void *data)
{
	Post *post = data;

	(void) bytes;
	post->answer_bytes += size * n;
	post->cut = post->answer_bytes > MAX_ANSWER_BYTES;
	return post->cut ? 0 : size * n;
}

static void
add_header (Post *post, const char *name, const char *value)
{
	g_autofree char *line = g_strdup_printf ("%s: %s", name, value);
	struct curl_slist *longer = curl_slist_append (post->headers, line);

	if (longer != NULL)
		post->headers = longer;
}

static void
set_headers (Post *post, const WebhookMessage *message)
{
	g_autofree char *sequence = g_strdup_printf ("%" G_GINT64_FORMAT, message->sequence);

	add_header (post, "Content-Type", "application/webhook+json");
	add_header (post, "Authorization", message->token);
	add_header (post, "Curia-Sequence", sequence);
	add_header (post, "Expect", "");
	curl_easy_setopt (post->easy, CURLOPT_HTTPHEADER, post->headers);
}

static void
set_limits (Post *post)
{
	const WebhookPosterSettings *settings = &post->poster->settings;

	curl_easy_setopt (post->easy, CURLOPT_PROTOCOLS_STR, settings->allow_http ? "http,https" : "https");
	curl_easy_setopt (post->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt (post->easy, CURLOPT_PROXY, ""); /* nor that of the environment: it would connect for us */
	curl_easy_setopt (post->easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt (post->easy, CURLOPT_TIMEOUT_MS, (long) settings->timeout_ms);
	curl_easy_setopt (post->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt (post->easy, CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs must not hold up the others */
	curl_easy_setopt (post->easy, CURLOPT_DNS_CACHE_TIMEOUT, 60L);
	curl_easy_setopt (post->easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt (post->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt (post->easy, CURLOPT_OPENSOCKETDATA, post);
	if (*settings->ca_file != '\0')
		curl_easy_setopt (post->easy, CURLOPT_CAINFO, settings->ca_file);
}

static Post *
post_new (WebhookPoster *poster, const WebhookMessage *message)
{
	Post *post = g_new0 (Post, 1);

	post->poster = poster;
	post->easy = curl_easy_init ();
	g_assert (post->easy != NULL); /* memory only, and that GLib does not survive either */
	set_limits (post);
	set_headers (post, message);
	curl_easy_setopt (post->easy, CURLOPT_URL, message->url);
	curl_easy_setopt (post->easy, CURLOPT_USERAGENT, "Curia/" PACKAGE_VERSION);
	curl_easy_setopt (post->easy, CURLOPT_POST, 1L);
	curl_easy_setopt (post->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen (message->body));
	curl_easy_setopt (post->easy, CURLOPT_COPYPOSTFIELDS, message->body);
	curl_easy_setopt (post->easy, CURLOPT_WRITEFUNCTION, drop_answer);
	curl_easy_setopt (post->easy, CURLOPT_WRITEDATA, post);
	curl_easy_setopt (post->easy, CURLOPT_ERRORBUFFER, post->problem);
	curl_easy_setopt (post->easy, CURLOPT_PRIVATE, post);
	return post;
}

/* ---- its end ---- */

static WebhookPostResult
judge (Post *post, CURLcode code, char **problem)
{
	long status = 0;

	curl_easy_getinfo (post->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && post->cut)) {
		gboolean ok = status >= 200 && status < 300;

		*problem = ok ? g_strdup ("") : g_strdup_printf ("HTTP %ld", status);
		return ok ? WEBHOOK_POST_OK : WEBHOOK_POST_FAILED;
	}
	if (post->blocked) {
		*problem = g_strdup ("the address is private, local or otherwise special (webhooks.allow_private is off)");
		return WEBHOOK_POST_BLOCKED;
	}
	*problem = g_utf8_make_valid (post->problem[0] != '\0' ? post->problem : curl_easy_strerror (code), -1);
	return WEBHOOK_POST_FAILED;
}

static void
end (WebhookPoster *self, CURL *easy, CURLcode code)
{
	g_autofree char *problem = NULL;
	char *private = NULL;
	WebhookPostResult result;
	WebhookPosted posted;
	gpointer data;
	Post *post;

	curl_easy_getinfo (easy, CURLINFO_PRIVATE, &private);
	post = (Post *) (gpointer) private;
	result = judge (post, code, &problem);
	posted = post->posted;
	data = post->data;
	g_ptr_array_remove_fast (self->posts, post);
	posted (result, problem, data);
}

/* ---- all of them ---- */

/* Works without waiting; whether something ended. */
static gboolean
perform (WebhookPoster *self)
{
	const CURLMsg *message;
	gboolean any = FALSE;
	int running, left;

	curl_multi_perform (self->multi, &running);
	while ((message = curl_multi_info_read (self->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE) {
			end (self, message->easy_handle, message->data.result);
			any = TRUE;
		}
	return any;
}

WebhookPoster *
webhook_poster_new (const WebhookPosterSettings *settings, GError **error)
{
	WebhookPoster *self;

	if (curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		curia_throw (error, CURIA_ERROR_UNAVAILABLE, "libcurl does not start");
		return NULL;
	}
	self = g_new0 (WebhookPoster, 1);
	self->multi = curl_multi_init ();
	self->settings = *settings;
	self->settings.ca_file = self->ca_file = g_strdup (settings->ca_file);
	self->posts = g_ptr_array_new_with_free_func (post_free);
	curl_multi_setopt (self->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long) settings->most);
	curl_multi_setopt (self->multi, CURLMOPT_MAXCONNECTS, (long) settings->most);
	return self;
}

void
webhook_poster_free (WebhookPoster *self)
{
	g_ptr_array_unref (self->posts);
	curl_multi_cleanup (self->multi);
	curl_global_cleanup ();
	g_free (self->ca_file);
	g_free (self);
}

void
webhook_poster_send (WebhookPoster *self, const WebhookMessage *message, WebhookPosted posted, gpointer data)
{
	Post *post = post_new (self, message);

	post->posted = posted;
	post->data = data;
	g_ptr_array_add (self->posts, post);
	curl_multi_add_handle (self->multi, post->easy);
}

guint
webhook_poster_n_busy (const WebhookPoster *self)
{
	return self->posts->len;
}

void
webhook_poster_run (WebhookPoster *self, guint timeout_ms)
{
	if (perform (self))
		return;
	curl_multi_poll (self->multi, NULL, 0, (int) timeout_ms, NULL);
	perform (self);
}

void
webhook_poster_wake (WebhookPoster *self)
{
	curl_multi_wakeup (self->multi);
}
