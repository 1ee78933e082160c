/* first-admin.h: while there is no administrator: a link that makes one, in a file that only this server's owner can read.
 * Thread: first_admin_announce when the transport starts; first_admin_forget on workers. Ownership: none. */
#ifndef API_FIRST_ADMIN_H
#define API_FIRST_ADMIN_H

#include "curia-node.h"

#define FIRST_ADMIN_FILE "first-admin.url" /* in api.state_folder, mode 0600 */

/* Writes the file while there is no administrator, and keeps one whose link still works; removes it otherwise. What fails is
 * logged: meetings do not depend on it. [blocks] */
void first_admin_announce (CuriaNode *node);
/* There is one now. [any] */
void first_admin_forget (CuriaNode *node);

#endif
