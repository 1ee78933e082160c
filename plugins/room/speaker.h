/* speaker.h: who speaks, who of them holds an audio slot of the meeting, and who is dominant.
 * Thread: [room]; SpeakerMeter: [any], lock-free. Ownership: the caller frees what speaker_new made.
 *
 * Levels are RFC 6464's: 0 (loud) to 127 (silent) in -dBov, one per 20 ms Opus frame; with DTX none at all in silence.
 * A source is an audio track (microphone or screen share audio) that speaker_join has given an index. After the idea of
 * Volfin and Cohen, "Dominant speaker identification for multipoint videoconferencing" (2013), decisions look at more
 * than one span of time: two frames tell that there is speech, a second tells who speaks most; and only a clear and
 * lasting lead changes who is dominant:
 *  - speaking: begins with 2 levels in a row of SPEAKER_ON_DBOV or louder, ends SPEAKER_HOLD_US after the last level of
 *    SPEAKER_OFF_DBOV or louder. So with a tick every 20 ms a new speaker is in a silent slot within 60 ms.
 *  - slots: whoever holds one keeps it, silent or not, until somebody who speaks has none. Then an empty slot is taken,
 *    else that of the holder who has been silent for longest, if only for SPEAKER_PAUSE_US, else, if all speak, the weakest
 *    holder's, once the newcomer has led by SPEAKER_MARGIN_DB for SPEAKER_CONTEST_US.
 *  - dominant: the first to speak; then whoever has led by SPEAKER_MARGIN_DB for SPEAKER_CONTEST_US and is heard at that
 *    moment. In silence it stays.
 * A lead is measured in smoothed loudness: dB above SPEAKER_FLOOR_DBOV, averaged with time constant SPEAKER_LONG_US; a
 * holder who does not speak counts as 0. */
#ifndef ROOM_SPEAKER_H
#define ROOM_SPEAKER_H

#include <glib.h>

#define SPEAKER_MAX_SOURCES 1000	/* 500 participants with a microphone and a shared screen's sound each */
#define SPEAKER_MAX_SLOTS 8
#define SPEAKER_NONE (-1)
#define SPEAKER_TICK_US (20 * G_TIME_SPAN_MILLISECOND)	/* recommended time between ticks while anybody is heard */

#define SPEAKER_SILENT_DBOV 127
#define SPEAKER_FLOOR_DBOV 80	/* what is not louder counts as silence */
#define SPEAKER_ON_DBOV 50
#define SPEAKER_OFF_DBOV 55
#define SPEAKER_MARGIN_DB 8
#define SPEAKER_LONG_US G_TIME_SPAN_SECOND
#define SPEAKER_FRAME_US (20 * G_TIME_SPAN_MILLISECOND)	/* what one level stands for */
#define SPEAKER_GAP_US (60 * G_TIME_SPAN_MILLISECOND)	/* no level for so long: silence (DTX, loss, gone) */
#define SPEAKER_HOLD_US (500 * G_TIME_SPAN_MILLISECOND)	/* pauses between words are no silence */
#define SPEAKER_PAUSE_US (200 * G_TIME_SPAN_MILLISECOND)	/* longer than between words: a slot may be taken */
#define SPEAKER_CONTEST_US (300 * G_TIME_SPAN_MILLISECOND)

/* Carries levels from a track's media thread to the room: one atomic word, zero-initialised. */
typedef struct SpeakerMeter {
	gint word;	/* loudest level since the last take, and how many there were */
} SpeakerMeter;

/* Notes one level; others than 0 to 127 are ignored (Janus says -1 for "none"). Never blocks. [media] */
void speaker_meter_add (SpeakerMeter *meter, int level_dbov);
/* Empties the meter: how many levels came since the last take (0: none), the loudest in *level_dbov. [room] */
guint speaker_meter_take (SpeakerMeter *meter, guint *level_dbov);

typedef struct Speakers Speakers;

/* What a tick or a leave changed. */
typedef struct SpeakerChanges {
	guint slots;		/* bit i: slot i has another holder, or none now */
	gboolean dominant;
	gboolean speaking;	/* somebody began or ended to speak */
} SpeakerChanges;

/* n_slots: 1 to SPEAKER_MAX_SLOTS. [any] */
Speakers *speaker_new (guint n_slots);
void speaker_free (Speakers *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Speakers, speaker_free)

/* A new source's index, from 0, the lowest that is free; SPEAKER_NONE when there are SPEAKER_MAX_SOURCES. `can_dominate`
 * is FALSE for a shared screen's sound: it gets a slot, but is nobody's face. [room] */
int speaker_join (Speakers *s, gboolean can_dominate);
/* The source is gone; its slot is empty now and its index may be given anew. [room] */
SpeakerChanges speaker_leave (Speakers *s, int index);
/* n levels (a meter's take) of which the loudest is level_dbov. TRUE: it began to speak and holds no slot, so a tick
 * now rather than later is worth while. [room] */
gboolean speaker_level (Speakers *s, int index, guint level_dbov, guint n, gint64 now_us);
/* Muted: silent from now on, without hold. [room] */
void speaker_mute (Speakers *s, int index, gint64 now_us);
/* Lets time pass and decides. Linear in the number of sources. [room] */
SpeakerChanges speaker_tick (Speakers *s, gint64 now_us);
/* TRUE while a tick could change something without a new level: while nobody is heard the timer may sleep. [room] */
gboolean speaker_busy (const Speakers *s);

/* Index of the slot's holder (who may be silent at the moment) or SPEAKER_NONE. [room] */
int speaker_slot (const Speakers *s, guint slot);
/* The slot that the source holds or SPEAKER_NONE. [room] */
int speaker_slot_of (const Speakers *s, int index);
int speaker_dominant (const Speakers *s);
gboolean speaker_is_speaking (const Speakers *s, int index);
/* When it was last heard speaking; 0 for never. [room] */
gint64 speaker_last_spoke_us (const Speakers *s, int index);

#endif
