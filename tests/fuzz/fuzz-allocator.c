/* fuzz-allocator.c: any slots and budget: never more is given than there is, and the outcome repeats itself.
 * The input: budget and audio (4 bytes each), then an AllocatorSlot's numbers for each slot. */
#include <string.h>

#include "fuzz.h"
#include "plugins/room/allocator.h"

static gboolean take (const guint8 **data, gsize *size, void *into, gsize bytes)
{
	if (*size < bytes)
		return FALSE;
	memcpy (into, *data, bytes);
	*data += bytes;
	*size -= bytes;
	return TRUE;
}

static gboolean read_slot (const guint8 **data, gsize *size, AllocatorSlot *slot)
{
	guint8 head[8];
	if (!take (data, size, head, sizeof head))
		return FALSE;
	*slot = (AllocatorSlot) {
		.priority = head[0], .height = head[1] * 16u, .spatial = head[2] % 8 - 1, .temporal = head[3] % 8 - 1, .paused_us = head[4] % 2,
		.ladder = { .n_spatial = head[5] % 6, .n_temporal = head[6] % 6 },
	};
	for (guint s = 0; s < ALLOCATOR_MAX_SPATIAL; s++)
		slot->ladder.height[s] = head[7] >> s & 1 ? 0 : 90u << s;
	for (guint s = 0; s < MIN (slot->ladder.n_spatial, ALLOCATOR_MAX_SPATIAL); s++)
		for (guint t = 0; t < MIN (slot->ladder.n_temporal, ALLOCATOR_MAX_TEMPORAL); t++) {
			gsize bytes = head[4] & 2 ? 8 : 3;
			if (!take (data, size, &slot->ladder.bps[s][t], bytes))
				return FALSE;
		}
	return TRUE;
}

static void check (const Allocator *a)
{
	guint64 spent = a->audio_bps;
	for (guint i = 0; i < a->n; i++) {
		const AllocatorSlot *slot = &a->slots[i];
		spent += slot->bps;
		gboolean paused = slot->spatial == ALLOCATOR_PAUSED;
		FUZZ_EXPECT (paused == (slot->temporal == ALLOCATOR_PAUSED) && paused == (slot->bps == 0));
		FUZZ_EXPECT (paused == (slot->reason == ALLOCATOR_NO_BANDWIDTH || slot->reason == ALLOCATOR_NOTHING_SENT));
		FUZZ_EXPECT ((slot->paused_us != 0) == (slot->reason == ALLOCATOR_NO_BANDWIDTH));
		if (paused)
			continue;
		FUZZ_EXPECT (slot->spatial < (int) slot->ladder.n_spatial && slot->temporal < (int) slot->ladder.n_temporal);
		FUZZ_EXPECT (slot->ladder.bps[slot->spatial][slot->temporal] >= slot->bps);
	}
	FUZZ_EXPECT (a->spent_bps == spent && spent <= MAX (a->budget_bps, a->audio_bps));
}

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	guint32 head[2];
	if (!take (&data, &size, head, sizeof head))
		return 0;
	g_autofree Allocator *a = g_new0 (Allocator, 1), *again = NULL;
	allocator_prepare (a, head[0], head[1] % 1000000, 1);
	AllocatorSlot slot;
	while (read_slot (&data, &size, &slot))
		FUZZ_EXPECT (allocator_offer (a, &slot) <= ALLOCATOR_MAX_SLOTS);
	allocator_commit (a);
	check (a);
	again = g_memdup2 (a, sizeof *a);
	allocator_commit (again);
	check (again);
	for (guint i = 0; i < a->n; i++)
		FUZZ_EXPECT (a->slots[i].spatial == again->slots[i].spatial && a->slots[i].temporal == again->slots[i].temporal);
	FUZZ_EXPECT (again->next_bps == 0 || again->next_bps > again->budget_bps);
	return 0;
}
