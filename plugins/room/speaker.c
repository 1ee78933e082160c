#include "plugins/room/speaker.h"

#define ON_LEVELS 2	/* in a row */

typedef struct Source {
	gboolean used, can_dominate, speaking;
	int slot;		/* or SPEAKER_NONE */
	guint level_dbov;	/* the last one */
	guint n_loud;		/* levels in a row of SPEAKER_ON_DBOV or louder, counted up to ON_LEVELS */
	double loudness;	/* smoothed, dB above the floor */
	gint64 level_us;	/* when the last level came; 0: never */
	gint64 smoothed_us;	/* up to when `loudness` covers */
	gint64 spoke_us;	/* last heard speaking; 0: never */
	gint64 slot_lead_us, dominant_lead_us;	/* since when it leads the weakest holder, the dominant; 0: it does not */
} Source;

struct Speakers {
	guint n_slots;
	int slots[SPEAKER_MAX_SLOTS];
	int dominant;
	gboolean busy, speaking_changed;
	int n_sources;		/* indices in use are below */
	Source sources[SPEAKER_MAX_SOURCES];
};

/* ---- meter: loudness (127 - level) in the low byte, the number of levels above ---- */

#define METER_MAX_LEVELS 0x7fff

void speaker_meter_add (SpeakerMeter *meter, int level_dbov)
{
	if (level_dbov < 0 || level_dbov > SPEAKER_SILENT_DBOV)
		return;
	int old, new;
	do {
		old = g_atomic_int_get (&meter->word);
		int loudest = MAX (old & 0xff, SPEAKER_SILENT_DBOV - level_dbov);
		new = MIN ((old >> 8) + 1, METER_MAX_LEVELS) << 8 | loudest;
	} while (!g_atomic_int_compare_and_exchange (&meter->word, old, new));
}

guint speaker_meter_take (SpeakerMeter *meter, guint *level_dbov)
{
	int word = g_atomic_int_get (&meter->word);
	if (word == 0)
		return 0;
	word = g_atomic_int_exchange (&meter->word, 0);
	*level_dbov = SPEAKER_SILENT_DBOV - (guint) (word & 0xff);
	return (guint) word >> 8;
}

/* ---- sources ---- */

Speakers *speaker_new (guint n_slots)
{
	Speakers *s = g_new0 (Speakers, 1);
	s->n_slots = CLAMP (n_slots, 1, SPEAKER_MAX_SLOTS);
	s->dominant = SPEAKER_NONE;
	for (guint i = 0; i < SPEAKER_MAX_SLOTS; i++)
		s->slots[i] = SPEAKER_NONE;
	return s;
}

void speaker_free (Speakers *s)
{
	g_free (s);
}

static Source *lookup (const Speakers *s, int index)
{
	if (index < 0 || index >= s->n_sources || !s->sources[index].used)
		return NULL;
	return (Source *) &s->sources[index];
}

int speaker_join (Speakers *s, gboolean can_dominate)
{
	int index = 0;
	while (index < s->n_sources && s->sources[index].used)
		index++;
	if (index == SPEAKER_MAX_SOURCES)
		return SPEAKER_NONE;
	s->n_sources = MAX (s->n_sources, index + 1);
	s->sources[index] = (Source) { .used = TRUE, .can_dominate = can_dominate, .slot = SPEAKER_NONE,
		.level_dbov = SPEAKER_SILENT_DBOV };
	return index;
}

SpeakerChanges speaker_leave (Speakers *s, int index)
{
	SpeakerChanges changes = { 0, FALSE, FALSE };
	Source *source = lookup (s, index);
	if (source == NULL)
		return changes;
	changes.speaking = source->speaking;
	if (source->slot != SPEAKER_NONE) {
		changes.slots = 1u << source->slot;
		s->slots[source->slot] = SPEAKER_NONE;
	}
	if (s->dominant == index) {
		changes.dominant = TRUE;
		s->dominant = SPEAKER_NONE;
	}
	source->used = FALSE;
	while (s->n_sources > 0 && !s->sources[s->n_sources - 1].used)
		s->n_sources--;
	s->busy = TRUE;
	return changes;
}

/* ---- hearing ---- */

/* Averages in `loudness` for the time up to `until`: an EWMA by time, since levels come unevenly. */
static void smooth (Source *source, double loudness, gint64 until)
{
	double span = (double) (until - source->smoothed_us);
	if (span <= 0)
		return;
	source->loudness += (loudness - source->loudness) * span / (span + SPEAKER_LONG_US);
	source->smoothed_us = until;
}

static gboolean is_heard (const Source *source, gint64 now_us)
{
	return source->level_us != 0 && now_us - source->level_us <= SPEAKER_GAP_US;
}

gboolean speaker_level (Speakers *s, int index, guint level_dbov, guint n, gint64 now_us)
{
	Source *source = lookup (s, index);
	if (source == NULL || n == 0 || level_dbov > SPEAKER_SILENT_DBOV)
		return FALSE;
	if (!is_heard (source, now_us)) {
		source->n_loud = 0;
		smooth (source, 0, now_us - SPEAKER_FRAME_US);
	}
	smooth (source, level_dbov < SPEAKER_FLOOR_DBOV ? SPEAKER_FLOOR_DBOV - level_dbov : 0, now_us);
	source->level_us = now_us;
	source->level_dbov = level_dbov;
	source->n_loud = level_dbov <= SPEAKER_ON_DBOV ? MIN (source->n_loud + n, ON_LEVELS) : 0;
	s->busy |= level_dbov < SPEAKER_FLOOR_DBOV;

	gboolean begins = !source->speaking && source->n_loud == ON_LEVELS;
	source->speaking |= begins;
	s->speaking_changed |= begins;
	if (source->speaking && level_dbov <= SPEAKER_OFF_DBOV)
		source->spoke_us = now_us;
	return begins && source->slot == SPEAKER_NONE;
}

void speaker_mute (Speakers *s, int index, gint64 now_us)
{
	Source *source = lookup (s, index);
	if (source == NULL)
		return;
	s->speaking_changed |= source->speaking;
	s->busy |= source->speaking;
	source->speaking = FALSE;
	source->n_loud = 0;
	source->loudness = 0;
	source->smoothed_us = now_us;
	source->level_dbov = SPEAKER_SILENT_DBOV;
}

/* Silence since the last level, and the end of speaking. Tells whether more time would change more. */
static gboolean pass_time (Speakers *s, Source *source, gint64 now_us)
{
	gboolean heard = is_heard (source, now_us);
	if (!heard) {
		smooth (source, 0, now_us);
		source->n_loud = 0;
	}
	if (source->speaking && now_us - source->spoke_us > SPEAKER_HOLD_US) {
		source->speaking = FALSE;
		s->speaking_changed = TRUE;
	}
	return source->speaking || source->loudness > 1 || (heard && source->level_dbov < SPEAKER_FLOOR_DBOV);
}

/* ---- deciding ---- */

static double standing (const Source *source)
{
	return source != NULL && source->speaking ? source->loudness : 0;
}

/* Keeps *since, the time from which `source` has been leading `rival` without a break; TRUE when that is long enough. */
static gboolean leads (const Source *source, double rival, gint64 now_us, gint64 *since)
{
	if (!source->speaking || source->loudness <= rival + SPEAKER_MARGIN_DB) {
		*since = 0;
		return FALSE;
	}
	if (*since == 0)
		*since = now_us;
	return now_us - *since >= SPEAKER_CONTEST_US;
}

/* Whether it is heard speaking now, but for the pauses between words. */
static gboolean talks (const Source *source, gint64 now_us)
{
	return source->speaking && now_us - source->spoke_us <= SPEAKER_PAUSE_US;
}

/* An empty slot, else the longest silent holder's; SPEAKER_NONE when all holders speak. */
static int free_slot (const Speakers *s, gint64 now_us)
{
	int best = SPEAKER_NONE;
	gint64 best_spoke_us = G_MAXINT64;
	for (guint i = 0; i < s->n_slots; i++) {
		const Source *holder = lookup (s, s->slots[i]);
		if (holder == NULL)
			return (int) i;
		if (!talks (holder, now_us) && holder->spoke_us < best_spoke_us) {
			best = (int) i;
			best_spoke_us = holder->spoke_us;
		}
	}
	return best;
}

static int weakest_slot (const Speakers *s)
{
	int best = 0;
	for (guint i = 1; i < s->n_slots; i++)
		if (standing (lookup (s, s->slots[i])) < standing (lookup (s, s->slots[best])))
			best = (int) i;
	return best;
}

static void seat (Speakers *s, int slot, int index, SpeakerChanges *changes)
{
	Source *former = lookup (s, s->slots[slot]);
	if (former != NULL)
		former->slot = SPEAKER_NONE;
	s->slots[slot] = index;
	s->sources[index].slot = slot;
	s->sources[index].slot_lead_us = 0;
	changes->slots |= 1u << slot;
}

/* The loudest of those who speak without a slot. */
static int loudest_outside (const Speakers *s, gint64 now_us)
{
	int best = SPEAKER_NONE;
	for (int i = 0; i < s->n_sources; i++) {
		const Source *source = &s->sources[i];
		if (!source->used || !talks (source, now_us) || source->slot != SPEAKER_NONE)
			continue;
		if (best == SPEAKER_NONE || source->loudness > s->sources[best].loudness)
			best = i;
	}
	return best;
}

static void fill_free_slots (Speakers *s, gint64 now_us, SpeakerChanges *changes)
{
	for (int slot = free_slot (s, now_us), index; slot != SPEAKER_NONE; slot = free_slot (s, now_us)) {
		index = loudest_outside (s, now_us);
		if (index == SPEAKER_NONE)
			return;
		seat (s, slot, index, changes);
	}
}

/* All holders speak: the loudest of those outside who have led the weakest for long enough takes that slot. */
static void contest_slot (Speakers *s, gint64 now_us, SpeakerChanges *changes)
{
	int slot = weakest_slot (s), winner = SPEAKER_NONE;
	double rival = standing (lookup (s, s->slots[slot]));
	for (int i = 0; i < s->n_sources; i++) {
		Source *source = &s->sources[i];
		if (!source->used || source->slot != SPEAKER_NONE || !leads (source, rival, now_us, &source->slot_lead_us))
			continue;
		if (winner == SPEAKER_NONE || source->loudness > s->sources[winner].loudness)
			winner = i;
	}
	if (winner != SPEAKER_NONE)
		seat (s, slot, winner, changes);
}

static gboolean may_dominate (const Speakers *s, Source *source, gint64 now_us)
{
	if (!source->used || !source->can_dominate)
		return FALSE;
	const Source *dominant = lookup (s, s->dominant);
	if (dominant == NULL)
		return source->speaking;
	return leads (source, standing (dominant), now_us, &source->dominant_lead_us)
		&& now_us - source->spoke_us <= SPEAKER_GAP_US;
}

static gboolean choose_dominant (Speakers *s, gint64 now_us)
{
	int winner = SPEAKER_NONE;
	for (int i = 0; i < s->n_sources; i++) {
		Source *source = &s->sources[i];
		if (i == s->dominant || !may_dominate (s, source, now_us))
			continue;
		if (winner == SPEAKER_NONE || source->loudness > s->sources[winner].loudness)
			winner = i;
	}
	if (winner == SPEAKER_NONE)
		return FALSE;
	s->dominant = winner;
	for (int i = 0; i < s->n_sources; i++)
		s->sources[i].dominant_lead_us = 0;
	return TRUE;
}

SpeakerChanges speaker_tick (Speakers *s, gint64 now_us)
{
	SpeakerChanges changes = { 0, FALSE, FALSE };
	s->busy = FALSE;
	for (int i = 0; i < s->n_sources; i++)
		if (s->sources[i].used)
			s->busy |= pass_time (s, &s->sources[i], now_us);
	fill_free_slots (s, now_us, &changes);
	contest_slot (s, now_us, &changes);
	changes.dominant = choose_dominant (s, now_us);
	changes.speaking = s->speaking_changed;
	s->speaking_changed = FALSE;
	return changes;
}

/* ---- asking ---- */

gboolean speaker_busy (const Speakers *s)
{
	return s->busy || s->speaking_changed;
}

int speaker_slot (const Speakers *s, guint slot)
{
	return slot < s->n_slots ? s->slots[slot] : SPEAKER_NONE;
}

int speaker_slot_of (const Speakers *s, int index)
{
	const Source *source = lookup (s, index);
	return source != NULL ? source->slot : SPEAKER_NONE;
}

int speaker_dominant (const Speakers *s)
{
	return s->dominant;
}

gboolean speaker_is_speaking (const Speakers *s, int index)
{
	const Source *source = lookup (s, index);
	return source != NULL && source->speaking;
}

gint64 speaker_last_spoke_us (const Speakers *s, int index)
{
	const Source *source = lookup (s, index);
	return source != NULL ? source->spoke_us : 0;
}
