#include "config.h"
#include "plugins/room/signaling.h"

#include <string.h>

#include "curia-error.h"
#include "curia-fields.h"
#include "curia-log.h"
#include "plugins/room/commands.h"
#include "plugins/room/control.h"
#include "plugins/room/metrics.h"
#include "plugins/room/outbox.h"

static void request_free (gpointer data)
{
	Request *self = data;
	session_unref (self->session);
	g_free (self->transaction);
	json_decref (self->body);
	g_clear_pointer (&self->offer, sdp_offer_free);
	g_clear_error (&self->error);
	g_clear_pointer (&self->claims, curia_claims_free);
	g_clear_pointer (&self->meeting, curia_meeting_free);
	g_free (self->answer);
	g_free (self);
}

/* Errors about fields begin with the field's path. */
static char *field_of (const CuriaErrorRow *row, const char *text)
{
	gboolean about_field = row->code == CURIA_ERROR_MISSING_FIELD || row->code == CURIA_ERROR_INVALID_FIELD;
	return about_field ? g_strndup (text, strcspn (text, " :")) : NULL;
}

json_t *signaling_error_to_json (const GError *error)
{
	const CuriaErrorRow *row = curia_error_row (error);
	const char *text = row->code == CURIA_ERROR_INTERNAL || !error ? row->title : error->message;
	g_autofree char *field = field_of (row, text), *url = curia_error_url (error);
	json_t *event = json_pack ("{s:s s:i s:s}", "room", "error", "error_code", row->wire_code, "error", text);
	if (field)
		json_object_set_new (event, "field", json_string (field));
	if (url)
		json_object_set_new (event, "url", json_string (url));
	return event;
}

/* ---- in the pool thread ---- */

static gboolean prepare_offer (Request *request, json_t *jsep, GError **error)
{
	const char *type = json_string_value (json_object_get (jsep, "type"));
	const char *sdp = json_string_value (json_object_get (jsep, "sdp"));
	if (!request->command->offer)
		return !jsep || curia_throw (error, CURIA_ERROR_INVALID_SDP_TYPE, "%s must come without a jsep", request->command->name);
	if (!jsep)
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "jsep is required: %s comes with an offer", request->command->name);
	if (g_strcmp0 (type, "offer") != 0)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP_TYPE, "jsep.type must be \"offer\", not \"%s\"", type ? type : "");
	request->offer = sdp_offer_parse (sdp ? sdp : "", error);
	if (request->offer)
		sdp_offer_read_simulcast (request->offer, json_object_get (jsep, "simulcast"));
	return request->offer != NULL;
}

static gboolean prepare (Request *request, json_t *jsep, GError **error)
{
	if (!json_is_object (request->body))
		return curia_throw (error, CURIA_ERROR_NO_MESSAGE, "the body must be an object");
	const char *name = json_string_value (json_object_get (request->body, "request"));
	request->command = command_lookup (name);
	if (!request->command) {
		g_autofree char *names = command_names ();
		return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "request must be one of %s; not \"%s\"", names, name ? name : "");
	}
	return curia_fields_check (request->body, request->command->fields, FALSE, error)
		&& prepare_offer (request, jsep, error)
		&& (!request->command->prepare || request->command->prepare (request, error));
}

/* ---- on the control thread ---- */

static gboolean handle_may (const Request *request, GError **error)
{
	static const guint kinds[] = {
		[SESSION_FRESH] = COMMAND_FRESH, [SESSION_PUBLISH] = COMMAND_PUBLISH, [SESSION_VIEW] = COMMAND_VIEW,
	};
	SessionKind kind = request->session->kind;
	if (request->command->handles & kinds[kind])
		return TRUE;
	const char *name = request->command->name;
	if (kind == SESSION_FRESH)
		return curia_throw (error, CURIA_ERROR_JOIN_FIRST, "%s needs a handle that has joined or subscribed", name);
	if (request->command->handles == COMMAND_FRESH)
		return curia_throw (error, CURIA_ERROR_ALREADY_JOINED, "this handle is in a meeting already");
	return curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "%s is not a request of a %s handle", name,
		kind == SESSION_VIEW ? "view" : "publish");
}

/* An answer waits for the end of the batch: when it leaves, what it says is true of the packets' road too. */
typedef struct {
	Session *session;
	char *transaction;
	json_t *event, *jsep;
	gboolean close_pc;
} Answer;

static GQueue answers = G_QUEUE_INIT; /* [room] */

void signaling_flush (void)
{
	for (Answer *answer = g_queue_pop_head (&answers); answer; answer = g_queue_pop_head (&answers)) {
		outbox_answer (answer->session, answer->transaction, answer->event, answer->jsep);
		if (answer->close_pc)
			outbox_close_pc (answer->session);
		session_unref (answer->session);
		g_free (answer->transaction);
		g_free (answer);
	}
}

static Answer *answer_new (Request *request, json_t *take_event)
{
	Answer *answer = g_new0 (Answer, 1);
	answer->session = session_ref (request->session);
	answer->transaction = g_steal_pointer (&request->transaction);
	answer->event = take_event;
	g_queue_push_tail (&answers, answer);
	return answer;
}

static void succeed (Request *request, json_t *take_event)
{
	Answer *answer = answer_new (request, take_event);
	if (!request->answer)
		return;
	answer->jsep = json_pack ("{s:s s:s}", "type", "answer", "sdp", request->answer);
	if (!request->session->negotiated)
		metrics_negotiated (request->session->kind);
	request->session->negotiated = TRUE;
}

static void fail (Request *request, const GError *error)
{
	Answer *answer = answer_new (request, signaling_error_to_json (error));
	/* An offer that stays without answer would keep the handle from ever taking another one. */
	answer->close_pc = request->has_jsep && !request->session->negotiated;
}

static void on_request (gpointer data)
{
	Request *request = data;
	g_autoptr (GError) error = g_steal_pointer (&request->error);
	if (request->session->gone)
		return;
	json_t *event = NULL;
	if (!error && handle_may (request, &error))
		event = request->command->run (request, &error);
	if (event)
		succeed (request, event);
	else
		fail (request, error);
}

gboolean signaling_request (Session *session, char *take_transaction, json_t *take_body, json_t *take_jsep, GError **error)
{
	Request *request = g_new0 (Request, 1);
	request->session = session_ref (session);
	request->transaction = take_transaction;
	request->body = take_body;
	request->has_jsep = take_jsep != NULL;
	if (g_atomic_int_add (&session->pending, 1) >= SESSION_MAX_PENDING) {
		g_atomic_int_add (&session->pending, -1);
		request_free (request);
		json_decref (take_jsep);
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "%d requests of this handle wait already", SESSION_MAX_PENDING);
	}
	prepare (request, take_jsep, &request->error);
	json_decref (take_jsep);
	if (control_post_bounded (on_request, request, request_free))
		return TRUE;
	g_atomic_int_add (&session->pending, -1);
	return curia_throw (error, CURIA_ERROR_OVERLOADED, "too many requests wait already");
}
