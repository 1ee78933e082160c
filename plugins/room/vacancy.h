/* vacancy.h: meetings that stand empty and end for good when nobody comes in time. A restart forgets them.
 * Thread: [room]; decisions take `now`. Ownership: the registry's. */
#ifndef ROOM_VACANCY_H
#define ROOM_VACANCY_H

#include <glib.h>

#define VACANCY_MAX 10000 /* more are not remembered: they stay open */

typedef GHashTable Vacancies; /* code -> when it is due */

Vacancies *vacancy_new (void);
/* The meeting stands empty from now on, and is due at due_us. */
void vacancy_add (Vacancies *self, const char *code, gint64 due_us);
/* Somebody came. */
void vacancy_remove (Vacancies *self, const char *code);
/* One that is due, no longer remembered; NULL when none is. Caller frees. */
char *vacancy_take_due (Vacancies *self, gint64 now_us);
gboolean vacancy_is_none (Vacancies *self);

#endif
