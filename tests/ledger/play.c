#include "config.h"
#include "tests/ledger/play.h"

#define PEOPLE PLAY_PEOPLE

/* ---- what happens ---- */

/* Texts of a person and a call are made once for each life and shared: it is the ledger that is to be measured. */
static json_t *known[PLAY_CALLS][PEOPLE][3], *ids[PLAY_CALLS][2];

static void begin_life (guint call, guint life)
{
	for (guint who = 0; who < PEOPLE; who++) {
		json_t **texts = known[call][who];

		for (guint i = 0; i < 3; i++)
			json_decref (texts[i]);
		texts[0] = json_sprintf ("p%u", who);
		texts[1] = json_sprintf ("PA_%05u%03u%08u", call, who, life);
		texts[2] = json_sprintf ("user-%u-%u", call, who);
	}
	json_decref (ids[call][0]);
	json_decref (ids[call][1]);
	ids[call][0] = json_sprintf ("MT_%016u", call);
	ids[call][1] = json_sprintf ("CA_%08u%08u", call, life);
}

static json_t *person (guint call, guint who)
{
	json_t **texts = known[call][who];

	return json_pack ("{s:O s:O s:O s:s}", "participant", texts[0], "participation", texts[1], "identity", texts[2], "name",
		"Ann Example");
}

static json_t *of_call (Play *self, const char *event, guint call, json_t *take_more)
{
	json_t *data = json_pack ("{s:s s:I s:O s:s s:O}", "event", event, "time_ms", (json_int_t) self->time_ms, "meeting",
		ids[call][0], "code", "abcd-efgh-jkmn", "call", ids[call][1]);

	json_object_update_new (data, take_more);
	return data;
}

static json_t *quality (Play *self, guint call, guint who)
{
	json_t *more = person (call, who);

	json_object_update_new (more, json_pack ("{s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i}", "rtt_us", 23000 + who, "down_bps",
		1834000, "down_loss_ppm", 1200, "down_jitter_us", 3400, "up_bps", 734000, "up_loss_ppm", 0, "up_jitter_us", 2100,
		"estimate_bps", 4000000, "paused_slots", 0, "freezes", 0, "frozen_ms", 0, "spoke_ms", who % 4 == 0 ? 4200 : 0));
	return of_call (self, "quality", call, more);
}

static json_t *track (Play *self, const char *event, guint call, guint who, const char *source)
{
	json_t *more = person (call, who);

	json_object_update_new (more, json_pack ("{s:o s:s s:s s:s}", "track",
		json_sprintf ("TR_%c%05u%03u%08u", *source, call, who, self->calls[call]), "source", source, "kind", "video", "codec", "vp8"));
	return of_call (self, event, call, more);
}

/* The life of one call: its start, everybody's join, media and two tracks, an hour's part of samples, mutes, leaves, its end:
 * one event of nine is no sample. */
#define SAMPLES_EACH 60
#define LIFE (1 + PEOPLE * 4 + PEOPLE * SAMPLES_EACH + PEOPLE * 2 + PEOPLE + 1)

static json_t *step_of_call (Play *self, guint call, guint at)
{
	if (at == 0)
		return of_call (self, "call_started", call, json_pack ("{s:s s:i}", "title", "Weekly", "max_participants", 200));
	at--;
	if (at < PEOPLE * 4) {
		guint who = at / 4;
		json_t *more;

		if (at % 4 >= 2)
			return track (self, "track_published", call, who, at % 4 == 2 ? "microphone" : "camera");
		more = person (call, who);
		json_object_update_new (more, at % 4 == 0 ? json_pack ("{s:s s:b}", "role", "participant", "hidden", 0)
												  : json_pack ("{s:i}", "join_ms", 740));
		return of_call (self, at % 4 == 0 ? "participant_joined" : "media_connected", call, more);
	}
	at -= PEOPLE * 4;
	if (at < PEOPLE * SAMPLES_EACH)
		return quality (self, call, at % PEOPLE);
	at -= PEOPLE * SAMPLES_EACH;
	if (at < PEOPLE * 2)
		return track (self, at % 2 == 0 ? "track_muted" : "track_unmuted", call, at / 2, "microphone");
	at -= PEOPLE * 2;
	if (at < PEOPLE) {
		json_t *more = person (call, at);

		json_object_set_new (more, "reason", json_string ("left"));
		return of_call (self, "participant_left", call, more);
	}
	return of_call (self, "call_ended", call, json_pack ("{s:s}", "reason", "empty"));
}

json_t *play_next (Play *self)
{
	guint call = (guint) (self->n++ / PEOPLE % PLAY_CALLS);
	json_t *event;

	if (self->calls[call] == 0 && self->at[call] == 1 + PEOPLE * 4) /* so that calls come to be at all points of their lives */
		self->at[call] += PEOPLE * (SAMPLES_EACH * call / PLAY_CALLS);
	if (self->at[call] == 0)
		begin_life (call, self->life + self->calls[call]);
	event = step_of_call (self, call, self->at[call]);
	if (++self->at[call] == LIFE) {
		self->at[call] = 0;
		self->calls[call]++;
	}
	return event;
}
