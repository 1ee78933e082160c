/* What requests and answers about calls and live participants carry. */
#include "schema.h"

#define TIME(name_, required_, doc_) STRING (name_, required_, 0, 0, doc_ " RFC 3339, UTC.")

/* ---- requests ---- */

const CuriaField api_calls_query[] = {
	STRING ("meeting", FALSE, 0, 40, "The code of the meeting whose calls are wanted; all that the token opens when absent."),
	STRING ("search", FALSE, 0, 100, "Part of the title or of the code."),
	INT ("limit", FALSE, 1, 200, "How many calls to answer with; 50 when absent."),
	STRING ("cursor", FALSE, 0, 200, "The next_cursor of the answer before."),
	{ 0 },
};

const CuriaField api_attendance_query[] = {
	{ .name = "format", .type = CURIA_FIELD_STRING, .allowed = "json|csv",
		.doc = "csv: a table for a spreadsheet, as with the header Accept: text/csv. json when absent." },
	{ .name = "rows", .type = CURIA_FIELD_STRING, .allowed = "people|participations",
		.doc = "What a row of the CSV is: a person, or one stay of a person. people when absent." },
	{ 0 },
};

const CuriaField api_quality_query[] = {
	STRING ("participation", FALSE, 0, 40, "Only this one."),
	STRING ("identity", FALSE, 0, 200, "Only those of this person."),
	INT ("points", FALSE, 1, 500, "At most how many samples of each participation; 200 when absent."),
	INT ("limit", FALSE, 1, 20, "How many participations to answer with; 10 when absent."),
	STRING ("cursor", FALSE, 0, 200, "The next_cursor of the answer before."),
	{ 0 },
};

const CuriaField api_mute_fields[] = {
	{ .name = "source", .type = CURIA_FIELD_STRING, .required = TRUE,
		.allowed = "microphone|camera|screen_share|screen_share_audio", .doc = "What is to be muted." },
	{ 0 },
};

/* ---- calls ---- */

#define CALL_FIELDS \
	STRING ("id", TRUE, 0, 0, "The call's id."), \
	STRING ("meeting", TRUE, 0, 0, "The meeting's id."), \
	STRING ("code", TRUE, 0, 0, "The meeting's public name."), \
	STRING ("title", TRUE, 0, 0, "The meeting's title at that time; empty when it had none."), \
	STRING ("node", TRUE, 0, 0, "The node it ran on."), \
	TIME ("started_at", TRUE, "When the first one came."), \
	TIME ("ended_at", FALSE, "null while it goes on."), \
	STRING ("end_reason", FALSE, 0, 0, "empty: all had left; ended: by a host; shutdown, crashed: of the server. null while it goes on."), \
	INT ("duration_ms", TRUE, 0, 0, "How long it lasted, or has lasted."), \
	INT ("people", TRUE, 0, 0, "How many different people were in it."), \
	INT ("join_failures", TRUE, 0, 0, "How many times somebody with a valid token did not get in.")

static const CuriaField call_fields[] = { CALL_FIELDS, { 0 } };

static const CuriaField calls_fields[] = {
	ARRAY ("calls", call_fields, "Newest first."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for the following calls; null at the end."),
	{ 0 },
};

static const CuriaField totals_fields[] = {
	INT ("people", TRUE, 0, 0, "How many different people were in it."),
	INT ("participations", TRUE, 0, 0, "How many stays: who came twice has two."),
	INT ("peak", TRUE, 0, 0, "The most that were in it at one time."),
	INT ("person_ms", TRUE, 0, 0, "The time of all people together."),
	INT ("spoke_ms", TRUE, 0, 0, "The time that somebody spoke, of all people together."),
	INT ("reconnects", TRUE, 0, 0, "How many times a lost connection came back."),
	INT ("connected", TRUE, 0, 0, "How many stays had media."),
	INT ("join_median_ms", FALSE, 0, 0, "From the request to the first media: half of the stays took no longer. null when none had media."),
	INT ("join_p95_ms", FALSE, 0, 0, "The same for 95 of 100."),
	{ 0 },
};

static const CuriaField failure_fields[] = {
	TIME ("time", TRUE, "When it was."),
	STRING ("identity", TRUE, 0, 0, "Whose it was; empty when that is not known."),
	STRING ("error", TRUE, 0, 0, "The kind of error: a section of /docs/errors."),
	TEXT ("detail", TRUE, "What was said."),
	{ 0 },
};

static const CuriaField call_read_fields[] = {
	CALL_FIELDS,
	OBJECT ("totals", TRUE, totals_fields, "What it came to."),
	ARRAY ("failures", failure_fields, "The last 100 times that somebody with a valid token did not get in, newest first."),
	{ 0 },
};

/* ---- attendance ---- */

#define STAY_FIELDS \
	STRING ("name", TRUE, 0, 0, "The name others saw."), \
	STRING ("role", TRUE, 0, 0, "host, participant or viewer."), \
	TIME ("joined_at", TRUE, "When it began."), \
	TIME ("left_at", FALSE, "null while present."), \
	INT ("present_ms", TRUE, 0, 0, "For how long."), \
	INT ("spoke_ms", TRUE, 0, 0, "How much of it speaking."), \
	INT ("join_ms", FALSE, 0, 0, "From the request to the first media; null when none came."), \
	INT ("reconnects", TRUE, 0, 0, "How many times a lost connection came back.")

static const CuriaField participation_fields[] = {
	STRING ("id", TRUE, 0, 0, "The participation's id."),
	STRING ("leave_reason", FALSE, 0, 0, "left, gone, kicked, ended...; null while present."),
	STAY_FIELDS,
	{ 0 },
};

static const CuriaField person_fields[] = {
	STRING ("identity", TRUE, 0, 0, "As the person's tokens say."),
	STAY_FIELDS,
	ARRAY ("participations", participation_fields, "The single stays, in order."),
	{ 0 },
};

static const CuriaField attendance_fields[] = {
	OBJECT ("call", TRUE, call_fields, "The call."),
	ARRAY ("people", person_fields, "In the order in which they came."),
	BOOL ("truncated", TRUE, "There were more stays than can be shown; these are the first 20,000."),
	{ 0 },
};

/* ---- quality ---- */

static const CuriaField sample_fields[] = {
	TIME ("time", TRUE, "The end of the span that is described."),
	INT ("rtt_us", FALSE, 0, 0, "Round trip."),
	INT ("down_bps", FALSE, 0, 0, "What the participant was sent, in bit/s."),
	INT ("down_loss_ppm", FALSE, 0, 0, "How much of it was lost, in millionths."),
	INT ("down_jitter_us", FALSE, 0, 0, "Its jitter."),
	INT ("up_bps", FALSE, 0, 0, "What the participant sent."),
	INT ("up_loss_ppm", FALSE, 0, 0, "How much of it was lost."),
	INT ("up_jitter_us", FALSE, 0, 0, "Its jitter."),
	INT ("estimate_bps", FALSE, 0, 0, "What the way down was taken to carry."),
	INT ("paused_slots", TRUE, 0, 0, "Videos that were paused because they did not fit."),
	INT ("freezes", TRUE, 0, 0, "How many times a picture froze, as the client reports."),
	INT ("frozen_ms", TRUE, 0, 0, "For how long."),
	INT ("spoke_ms", TRUE, 0, 0, "How long the participant spoke."),
	{ 0 },
};

static const CuriaField series_fields[] = {
	STRING ("participation", TRUE, 0, 0, "Whose samples these are."),
	STRING ("identity", TRUE, 0, 0, "As the person's tokens say."),
	STRING ("name", TRUE, 0, 0, "The name others saw."),
	TIME ("joined_at", TRUE, "When it began."),
	TIME ("left_at", FALSE, "null while present."),
	ARRAY ("samples", sample_fields, "By time. null stands for what was not known."),
	{ 0 },
};

static const CuriaField quality_fields[] = {
	ARRAY ("series", series_fields, "One for each participation, in the order in which they came."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for the following participations; null at the end."),
	{ 0 },
};

/* ---- live participants ---- */

static const CuriaField track_fields[] = {
	STRING ("track", TRUE, 0, 0, "The track's id."),
	STRING ("source", TRUE, 0, 0, "microphone, camera, screen_share or screen_share_audio."),
	STRING ("kind", TRUE, 0, 0, "audio or video."),
	STRING ("codec", TRUE, 0, 0, "What it is encoded with."),
	BOOL ("muted", TRUE, "Nothing is sent on it now."),
	{ 0 },
};

static const CuriaField participant_fields[] = {
	STRING ("participant", TRUE, 0, 0, "The name inside the room: p7."),
	STRING ("participation", TRUE, 0, 0, "The participation's id."),
	STRING ("identity", TRUE, 0, 0, "As the person's tokens say."),
	STRING ("name", TRUE, 0, 0, "The name others see."),
	STRING ("role", TRUE, 0, 0, "viewer, participant, moderator, host or owner."),
	BOOL ("hand", TRUE, "Whether the hand is raised."),
	TIME ("joined_at", TRUE, "When the person came."),
	ARRAY ("tracks", track_fields, "What is published."),
	{ 0 },
};

static const CuriaField participants_fields[] = {
	STRING ("call", FALSE, 0, 0, "The call's id; null when nobody is there."),
	TIME ("started_at", FALSE, "When it began; null when nobody is there."),
	ARRAY ("participants", participant_fields, "At most 1000."),
	INT ("viewers", TRUE, 0, 0, "How many watch only."),
	{ 0 },
};

static const CuriaField identity_fields[] = {
	STRING ("identity", TRUE, 0, 0, "Who was meant."),
	{ 0 },
};

const ApiSchema api_calls_schema = { "CallList", "A page of calls.", calls_fields };
const ApiSchema api_call_schema = { "Call", "A call and what it came to.", call_read_fields };
const ApiSchema api_attendance_schema = { "Attendance", "Who was in a call, and for how long.", attendance_fields };
const ApiSchema api_quality_schema = { "Quality", "How connections did in a call.", quality_fields };
const ApiSchema api_participants_schema = { "Participants", "Who is in a meeting now.", participants_fields };
const ApiSchema api_identity_schema = { "Identity", "It is done.", identity_fields };
