/* fuzz.h: what the fuzz targets share. A target is one function that takes bytes; a broken promise aborts.
 * Thread: one. Ownership: the bytes are libFuzzer's. */
#ifndef CURIA_FUZZ_H
#define CURIA_FUZZ_H

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* g_assert may be compiled out; this always ends at once, where the sanitizers show the stack. */
#define FUZZ_EXPECT(condition) fuzz_expect ((condition), #condition)

static inline void
fuzz_expect (gboolean kept, const char *promise)
{
	if (!kept)
		g_error ("broken promise: %s", promise);
}

#endif
