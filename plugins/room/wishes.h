/* wishes.h: what a viewer wants in its video slots: the bodies of `view` and `pause`, checked and noted.
 * Thread: [room]. Ownership: bodies are borrowed. */
#ifndef ROOM_WISHES_H
#define ROOM_WISHES_H

#include "plugins/room/viewing.h"

/* FALSE with INVALID_FIELD when something in it is not possible; then nothing changes. */
gboolean wishes_view (Viewing *self, json_t *body, GError **error);
gboolean wishes_pause (Viewing *self, json_t *body, GError **error);

#endif
