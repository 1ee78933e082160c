/* audit.h: what goes into the audit log of what is asked over REST, and reads it. Written in one place: routes.c, for every row that
 * has a name for it.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_AUDIT_H
#define API_AUDIT_H

#include "routes.h"

/* Enters a call that was carried out (error NULL) or refused; one that failed for another reason changed nothing and is none. Who
 * is refused all the time is entered a few times a second. [worker] */
void api_audit_call (const ApiCall *call, const GError *error);

gboolean api_audit_list (ApiCall *call, GError **error);

#endif
