/* people.h: participants for tests against the fake core: who joins, publishes, subscribes, speaks; and reading answers.
 * Thread: the test's. Ownership: a Person holds its answer and id; its handles are the fake host's. */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "curia-error.h"
#include "tests/room/fake-host.h"

#define VP8_KEYFRAME ((const guint8 *) "\x90\x80\x80\x01\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00")
#define VP8_DELTA ((const guint8 *) "\x90\x80\x80\x02\x11\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00")
#define VP8_BYTES 14

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Json, json_decref)

typedef struct {
	FakeHandle *publish, *view;
	Json *joined;
	char *id;
} Person;

/* Value at "participants.0.name"; NULL when there is none. Borrowed. */
json_t *at (json_t *value, const char *path);
const char *text (json_t *value, const char *path);
int number (json_t *value, const char *path);
void assert_error (json_t *answer, CuriaErrorCode code, const char *field);
void assert_room (json_t *answer, const char *name);
Json *join (FakeHandle *handle, const char *code, const char *identity, const char *name);
Person person_join (const char *code, const char *name);
void person_clear (Person *self);
/* Detaches its handles. */
void person_leave (Person *self);
void person_publish (Person *self);
Json *person_subscribe (Person *self, const char *sections);
/* Somebody who sends and receives: 3 audio and 2 video slots. */
Person person_full (const char *code, const char *name);
void mute (Person *self, const char *source, gboolean muted);
/* The slot with this mid as of the viewer's sync; borrowed from *holder. */
json_t *slot_of (Person *self, const char *mid, Json **holder);
void assert_slot (Person *self, const char *mid, const char *participant, const char *source, const char *paused);
void send_video (Person *self, gboolean keyframe);
void send_audio (Person *self, int level);
/* Feeds voice for a while. */
void speak (Person *self, guint ms);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Person, person_clear)

extern guint16 next_seq; /* of what send_video and send_audio sent last */

#endif
