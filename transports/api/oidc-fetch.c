#include "config.h"
#include "oidc-fetch.h"

#include <string.h>
#include <curl/curl.h>

#include "curia-error.h"

#define TIMEOUT_MS 5000L
#define MAX_BYTES (256 * 1024)

static size_t
take (char *bytes, size_t size, size_t n, void *data)
{
	GString *answer = data;
	if (answer->len + size * n > MAX_BYTES)
		return 0;
	g_string_append_len (answer, bytes, (gssize) (size * n));
	return size * n;
}

static struct curl_slist *
headers_of (const OidcFetch *fetch)
{
	struct curl_slist *list = curl_slist_append (NULL, "Accept: application/json");
	g_autofree char *line = fetch->authorization != NULL ? g_strconcat ("Authorization: ", fetch->authorization, NULL) : NULL;
	return line != NULL ? curl_slist_append (list, line) : list;
}

static CURL *
easy_new (const OidcFetch *fetch, struct curl_slist *headers, GString *answer)
{
	CURL *easy = curl_easy_init ();
	g_assert (easy != NULL);
	curl_easy_setopt (easy, CURLOPT_URL, fetch->url);
	curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, fetch->allow_http ? "http,https" : "https");
	curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt (easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt (easy, CURLOPT_USERAGENT, "Curia/" PACKAGE_VERSION);
	curl_easy_setopt (easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt (easy, CURLOPT_WRITEDATA, answer);
	if (fetch->form != NULL)
		curl_easy_setopt (easy, CURLOPT_COPYPOSTFIELDS, fetch->form);
	if (*fetch->ca_file != '\0')
		curl_easy_setopt (easy, CURLOPT_CAINFO, fetch->ca_file);
	return easy;
}

static json_t *
read_answer (const GString *answer, long status, GError **error)
{
	json_auto_t *json = json_loadb (answer->str, answer->len, JSON_REJECT_DUPLICATES, NULL);
	if (status >= 200 && status < 300 && json_is_object (json))
		return g_steal_pointer (&json);
	/* RFC 6749, 5.2: what went wrong in a word */
	const char *word = json_string_value (json_object_get (json, "error"));
	g_autofree char *printable = g_strcanon (g_strndup (word != NULL ? word : "", 64), G_CSET_a_2_z "_", '?');
	curia_throw (error, CURIA_ERROR_UNAVAILABLE, "HTTP %ld %s", status, word != NULL ? printable : "without a JSON object");
	return NULL;
}

static void
start_curl (void)
{
	static gsize once;
	if (g_once_init_enter (&once)) {
		curl_global_init (CURL_GLOBAL_DEFAULT);
		g_once_init_leave (&once, 1);
	}
}

json_t *
oidc_fetch (const OidcFetch *fetch, long *status, GError **error)
{
	g_autoptr (GString) answer = g_string_new (NULL);
	long code = 0;
	start_curl ();
	struct curl_slist *headers = headers_of (fetch);
	CURL *easy = easy_new (fetch, headers, answer);
	CURLcode result = curl_easy_perform (easy);
	curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_cleanup (easy);
	curl_slist_free_all (headers);
	if (status != NULL)
		*status = code;
	if (result == CURLE_OK)
		return read_answer (answer, code, error);
	curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s", curl_easy_strerror (result));
	return NULL;
}
