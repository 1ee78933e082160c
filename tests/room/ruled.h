/* ruled.h: meetings with rules, and people with roles, for tests against the fake core.
 * Thread: the test's. Ownership: as in people.h. */
#ifndef RULED_H
#define RULED_H

#include "tests/room/people.h"

/* A meeting with these rules in the store. Caller frees. */
char *ruled_meeting (const CuriaRules *rules);
/* Claims of somebody with a role; their identity is their name. */
CuriaClaims *ruled_claims (const char *code, const char *name, CuriaRole role);
/* Joins on a fresh handle and keeps whatever the answer is. */
Person ruled_try (const CuriaClaims *claims);
/* The same, and it must be "joined". */
Person ruled_join (const char *code, const char *name, CuriaRole role);
/* Offers microphone, camera and screen, all muted. */
void ruled_publish_muted (Person *self);
/* Sends a request written as JSON with ' for ", in which $1 and $2 stand for the words. Caller owns the answer. */
Json *ruled_ask (Person *self, const char *body, const char *first, const char *second);
/* ...and the answer must be of that name. */
void ruled_do (Person *self, const char *body, const char *first, const char *second, const char *room);
/* ...and it must be refused. */
void ruled_refused (Person *self, const char *body, const char *first, const char *second, CuriaErrorCode code);
/* The meeting's rules change as the REST interface has it: over the bus. */
void ruled_set (const char *code, const char *settings);
/* A command to the live meeting; NULL and *error set. Caller owns. */
Json *ruled_command (const char *code, const char *message, GError **error);
/* Whether a JSON array of strings holds it. */
gboolean has_word (json_t *list, const char *word);

#endif
