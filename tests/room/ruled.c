#include "config.h"
#include "tests/room/ruled.h"

#include <string.h>

char *ruled_meeting (const CuriaRules *rules)
{
	g_autoptr (GError) error = NULL;
	char *code = fake_make_meeting ("vp8", 900);
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (fake_node ()), code, &error);
	g_assert_no_error (error);
	meeting->rules = *rules;
	curia_store_meeting_update (curia_node_store (fake_node ()), meeting, &error);
	g_assert_no_error (error);
	return code;
}

CuriaClaims *ruled_claims (const char *code, const char *name, CuriaRole role)
{
	CuriaClaims *claims = fake_claims (code, name, name);
	claims->role = g_strdup (curia_role_name (role));
	return claims;
}

Person ruled_try (const CuriaClaims *claims)
{
	g_autofree char *token = fake_mint (claims);
	Person self = { .publish = fake_attach () };
	self.joined = fake_request (self.publish, json_pack ("{s:s s:s}", "request", "join", "token", token), NULL, NULL);
	self.id = g_strdup (text (self.joined, "you.participant"));
	return self;
}

Person ruled_join (const char *code, const char *name, CuriaRole role)
{
	g_autoptr (CuriaClaims) claims = ruled_claims (code, name, role);
	Person self = ruled_try (claims);
	assert_room (self.joined, "joined");
	return self;
}

void ruled_publish_muted (Person *self)
{
	g_autofree char *offer = fake_offer ("as vs vs as"), *answer = NULL;
	g_autoptr (Json) published = fake_request (self->publish, json_pack ("{s:s s:[{s:s s:s s:b}{s:s s:s s:b}{s:s s:s s:b}]}",
		"request", "publish", "tracks", "mid", "0", "source", "microphone", "muted", 1, "mid", "1", "source", "camera", "muted", 1,
		"mid", "2", "source", "screen_share", "muted", 1), offer, &answer);
	assert_room (published, "published");
}

static Json *parse (const char *body, const char *first, const char *second)
{
	GString *string = g_string_new (body);
	g_string_replace (string, "'", "\"", 0);
	g_string_replace (string, "$1", first ? first : "", 0);
	g_string_replace (string, "$2", second ? second : "", 0);
	json_error_t error;
	Json *parsed = json_loads (string->str, 0, &error);
	if (!parsed)
		g_error ("%s: %s", string->str, error.text);
	g_string_free (string, TRUE);
	return parsed;
}

Json *ruled_ask (Person *self, const char *body, const char *first, const char *second)
{
	return fake_request (self->publish, parse (body, first, second), NULL, NULL);
}

void ruled_do (Person *self, const char *body, const char *first, const char *second, const char *room)
{
	g_autoptr (Json) answer = ruled_ask (self, body, first, second);
	assert_room (answer, room);
}

void ruled_refused (Person *self, const char *body, const char *first, const char *second, CuriaErrorCode code)
{
	g_autoptr (Json) answer = ruled_ask (self, body, first, second);
	assert_error (answer, code, NULL);
}

Json *ruled_command (const char *code, const char *message, GError **error)
{
	g_autofree char *topic = g_strconcat ("meeting.", code, NULL);
	g_autoptr (Json) parsed = parse (message, NULL, NULL);
	return curia_bus_request_sync (curia_node_bus (fake_node ()), topic, parsed, 5000, error);
}

void ruled_set (const char *code, const char *settings)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *message = g_strdup_printf ("{'command':'settings','settings':%s}", settings);
	g_autoptr (Json) done = ruled_command (code, message, &error);
	g_assert_no_error (error);
	g_assert_nonnull (done);
}

gboolean has_word (json_t *list, const char *word)
{
	json_t *item;
	gsize i;
	json_array_foreach (list, i, item)
		if (g_strcmp0 (json_string_value (item), word) == 0)
			return TRUE;
	return FALSE;
}
