/* Messages of clients, from text to what the core gets. */
#include "fuzz.h"

#include <string.h>
#include "transports/api/forward.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	g_auto (Envelope) envelope = { 0 };
	Refusal refusal = { 0 };
	json_t *message;

	if (!envelope_parse (&envelope, (const char *) data, size, &refusal)) {
		FUZZ_EXPECT (refusal.code >= 450 && refusal.code <= 490 && *refusal.reason);
		return 0;
	}
	message = forward_request (&envelope, &refusal);
	if (message == NULL) {
		FUZZ_EXPECT (refusal.code >= 450 && refusal.code <= 490 && *refusal.reason);
		return 0;
	}
	FUZZ_EXPECT (strcmp (json_string_value (json_object_get (message, "transaction")), envelope.transaction) == 0);
	FUZZ_EXPECT (!g_str_has_prefix (envelope.transaction, ENVELOPE_OWN_PREFIX));
	FUZZ_EXPECT ((json_object_get (message, "handle_id") != NULL) == (envelope.scope == SCOPE_HANDLE));
	FUZZ_EXPECT (json_object_get (message, "apisecret") == NULL && json_object_get (message, "admin_secret") == NULL);
	FUZZ_EXPECT (json_object_get (message, "id") == NULL && json_object_get (message, "loop_index") == NULL);
	json_decref (message);
	return 0;
}
