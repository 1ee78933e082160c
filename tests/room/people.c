#include "config.h"
#include "tests/room/people.h"

/* ---- reading answers ---- */

/* Value at "participants.0.name"; NULL when there is none. Borrowed. */
json_t *at (json_t *value, const char *path)
{
	g_auto (GStrv) parts = g_strsplit (path, ".", -1);
	for (char **part = parts; value && *part; part++)
		value = json_is_array (value) ? json_array_get (value, atoi (*part)) : json_object_get (value, *part);
	return value;
}

const char *text (json_t *value, const char *path)
{
	return json_string_value (at (value, path));
}

int number (json_t *value, const char *path)
{
	return json_integer_value (at (value, path));
}

void assert_error (json_t *answer, CuriaErrorCode code, const char *field)
{
	if (g_strcmp0 (text (answer, "room"), "error") != 0)
		g_error ("no error: %s", json_dumps (answer, 0));
	if (number (answer, "error_code") != curia_error_row_of (code)->wire_code)
		g_error ("not error %s: %s", curia_error_row_of (code)->slug, json_dumps (answer, 0));
	if (field)
		g_assert_cmpstr (text (answer, "field"), ==, field);
}

void assert_room (json_t *answer, const char *name)
{
	if (g_strcmp0 (text (answer, "room"), name) != 0)
		g_error ("not %s: %s", name, json_dumps (answer, 0));
}

/* ---- people ---- */

Json *join (FakeHandle *handle, const char *code, const char *identity, const char *name)
{
	g_autofree char *token = fake_token (code, identity, name);
	return fake_request (handle, json_pack ("{s:s s:s}", "request", "join", "token", token), NULL, NULL);
}

Person person_join (const char *code, const char *name)
{
	Person self = { .publish = fake_attach () };
	self.joined = join (self.publish, code, name, name);
	assert_room (self.joined, "joined");
	self.id = g_strdup (text (self.joined, "you.participant"));
	return self;
}

void person_clear (Person *self)
{
	json_decref (self->joined);
	g_free (self->id);
}

void person_leave (Person *self)
{
	g_clear_pointer (&self->view, fake_detach);
	g_clear_pointer (&self->publish, fake_detach);
}

void person_publish (Person *self)
{
	g_autofree char *offer = fake_offer ("as vs vs as"), *answer = NULL;
	g_autoptr (Json) published = fake_request (self->publish, json_pack ("{s:s s:[{s:s s:s}{s:s s:s}{s:s s:s s:b}]}", "request", "publish",
		"tracks", "mid", "0", "source", "microphone", "mid", "1", "source", "camera", "mid", "2", "source", "screen_share", "muted", 1), offer, &answer);
	assert_room (published, "published");
	g_assert_nonnull (answer);
	fake_up (self->publish);
}

Json *person_subscribe (Person *self, const char *sections)
{
	g_autofree char *offer = fake_offer (sections), *answer = NULL;
	self->view = fake_attach ();
	Json *subscribed = fake_request (self->view, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", text (self->joined, "you.ticket")),
		offer, &answer);
	assert_room (subscribed, "subscribed");
	g_assert_nonnull (answer);
	fake_up (self->view);
	return subscribed;
}

/* Somebody who sends and receives: 3 audio and 2 video slots. */
Person person_full (const char *code, const char *name)
{
	Person self = person_join (code, name);
	person_publish (&self);
	json_decref (person_subscribe (&self, "ar ar ar vr vr"));
	return self;
}

void mute (Person *self, const char *source, gboolean muted)
{
	g_autoptr (Json) answer = fake_request (self->publish, json_pack ("{s:s s:[{s:s s:b}]}", "request", "configure", "tracks",
		"source", source, "muted", muted), NULL, NULL);
	assert_room (answer, "configured");
}

/* The slot with this mid as of the viewer's sync; borrowed from *holder. */
json_t *slot_of (Person *self, const char *mid, Json **holder)
{
	json_decref (*holder);
	*holder = fake_request (self->view, json_pack ("{s:s}", "request", "sync"), NULL, NULL);
	json_t *slots = at (*holder, "slots"), *slot;
	gsize i;
	json_array_foreach (slots, i, slot)
		if (g_strcmp0 (text (slot, "mid"), mid) == 0)
			return slot;
	return NULL;
}

void assert_slot (Person *self, const char *mid, const char *participant, const char *source, const char *paused)
{
	g_autoptr (Json) holder = NULL;
	json_t *slot = slot_of (self, mid, &holder);
	g_assert_cmpstr (text (slot, "participant"), ==, participant);
	g_assert_cmpstr (text (slot, "source"), ==, source);
	g_assert_cmpstr (text (slot, "paused"), ==, paused);
}

guint16 next_seq = 100;

void send_video (Person *self, gboolean keyframe)
{
	next_seq++;
	fake_rtp (self->publish, 1, TRUE, 96, next_seq, next_seq * 3000, TRUE, keyframe ? VP8_KEYFRAME : VP8_DELTA, VP8_BYTES, -1);
}

void send_audio (Person *self, int level)
{
	next_seq++;
	fake_rtp (self->publish, 0, FALSE, 111, next_seq, next_seq * 960, TRUE, (const guint8 *) "opus", 4, level);
}

/* Feeds voice for a while. */
void speak (Person *self, guint ms)
{
	for (guint i = 0; i < ms / 20; i++) {
		send_audio (self, 20);
		g_usleep (20000);
	}
}
