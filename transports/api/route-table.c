/* The REST interface, row by row: what requests carry, what answers carry, which routes there are. */
#include "audit.h"
#include "accounts.h"
#include "health.h"
#include "history.h"
#include "join.h"
#include "keys.h"
#include "meetings.h"
#include "members.h"
#include "metrics.h"
#include "moderate.h"
#include "nodes.h"
#include "one-time.h"
#include "oidc.h"
#include "openapi.h"
#include "participants.h"
#include "schema.h"
#include "sign-in.h"
#include "webhooks.h"

/* ---- what requests carry ---- */

static const CuriaField list_query[] = {
	INT ("limit", FALSE, 1, 200, "How many meetings to answer with; 50 when absent."),
	STRING ("cursor", FALSE, 0, 200, "The next_cursor of the answer before."),
	{ 0 },
};

static const CuriaField join_fields[] = {
	STRING ("name", FALSE, 1, 60, "The name others see. Required unless the token holds one, which then counts."),
	STRING ("identity", FALSE, 1, 200, "A secret of this client: sent again, it takes the same seat again. One is made when absent."),
	STRING ("password", FALSE, 0, 128, "The meeting's, where it has one: guests need it, and accounts that are no members."),
	{ .name = "role", .type = CURIA_FIELD_STRING, .allowed = "participant|viewer",
		.doc = "viewer: to watch only, seen by nobody but counted. participant when absent; never more than the token grants." },
	{ 0 },
};

/* ---- what answers carry ---- */

#define WORDS(name_, allowed_, doc_) { .name = name_, .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = allowed_, .doc = doc_ }

static const CuriaField settings_fields[] = {
	INT ("max_participants", TRUE, 1, 1000, "How many may be in the meeting at a time."),
	INT ("max_publishers", TRUE, 1, 1000, "How many of them may send audio or video at a time."),
	{ .name = "video_codec", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "vp8|h264|vp9|av1",
		.doc = "What every camera and screen of the meeting is encoded with." },
	INT ("camera_bitrate_bps", TRUE, 30000, 50000000, "What a camera may send, in bit/s."),
	INT ("screen_bitrate_bps", TRUE, 30000, 50000000, "What a shared screen may send, in bit/s."),
	INT ("simulcast_layers", TRUE, 1, 3, "How many sizes of a camera's picture are sent."),
	INT ("audio_slots", TRUE, 1, 8, "How many of the loudest are heard at a time."),
	WORDS ("waiting_room", CURIA_WAITING_NAMES, "Who waits until somebody lets them in."),
	BOOL ("locked", TRUE, "Nobody new comes in but moderators and above."),
	BOOL ("join_before_host", TRUE, "Whether one can be in it before a moderator, host or owner is."),
	BOOL ("mute_on_entry", TRUE, "Whether microphones are off when people come in."),
	BOOL ("guests", TRUE, "Whether people without an account, or a token of an application, may come in."),
	WORDS ("share_screen", CURIA_POLICY_NAMES, "Who may share a screen."),
	WORDS ("chat", CURIA_POLICY_NAMES, "Who may write in the chat."),
	WORDS ("unmute", CURIA_POLICY_NAMES, "Who may switch the own microphone on."),
	WORDS ("rename", CURIA_POLICY_NAMES, "Who may change the own name."),
	WORDS ("record", CURIA_POLICY_NAMES, "Who may record."),
	INT ("end_when_empty_min", TRUE, 0, 1440, "The meeting ends for good when it was empty for so many minutes; 0: never."),
	BOOL ("password", TRUE, "Whether guests must know a password."),
	{ 0 },
};

static const CuriaField live_fields[] = {
	INT ("participants", FALSE, 0, 0, "How many are in the meeting now; null when the room did not answer in time."),
	INT ("waiting", FALSE, 0, 0, "How many wait to be let in; null likewise."),
	{ 0 },
};

#define MEETING_FIELDS \
	STRING ("id", TRUE, 0, 0, "The meeting's id."), \
	STRING ("code", TRUE, 0, 0, "The public name, as in the link; also the room of tokens."), \
	STRING ("title", TRUE, 0, 0, "Empty when none was given."), \
	{ .name = "state", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "open|ended", \
		.doc = "Nobody can join an ended meeting." }, \
	STRING ("created_at", TRUE, 0, 0, "RFC 3339, UTC."), \
	STRING ("ended_at", FALSE, 0, 0, "RFC 3339, UTC; null while open."), \
	STRING ("url", TRUE, 0, 0, "The link to give to people."), \
	OBJECT ("settings", TRUE, settings_fields, "How the meeting is run.")

static const CuriaField meeting_fields[] = { MEETING_FIELDS, { 0 } };

static const CuriaField created_fields[] = {
	MEETING_FIELDS,
	STRING ("host_token", TRUE, 0, 0, "Grants roomAdmin for this meeting. It is shown only here."),
	{ 0 },
};

static const CuriaField read_fields[] = {
	MEETING_FIELDS,
	OBJECT ("live", TRUE, live_fields, "The meeting at this moment."),
	{ 0 },
};

static const CuriaField list_fields[] = {
	ARRAY ("meetings", meeting_fields, "Newest first."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for the following meetings; null at the end."),
	{ 0 },
};

static const CuriaField url_item[] = { { .name = "", .type = CURIA_FIELD_STRING }, { 0 } };

static const CuriaField ice_fields[] = {
	ARRAY ("urls", url_item, "stun:, turn: and turns: addresses."),
	STRING ("username", FALSE, 0, 0, "For turn: and turns:."),
	STRING ("credential", FALSE, 0, 0, "For turn: and turns:; good for a while."),
	{ 0 },
};

static const CuriaField joined_fields[] = {
	STRING ("token", TRUE, 0, 0, "Opens the WebSocket and joins the room."),
	STRING ("url", TRUE, 0, 0, "The WebSocket."),
	STRING ("identity", TRUE, 0, 0, "Send it with the next join of this client to take the same seat."),
	STRING ("name", TRUE, 0, 0, "The name others see."),
	WORDS ("role", CURIA_ROLE_NAMES, "What the person is in the meeting."),
	ARRAY ("ice_servers", ice_fields, "As RTCPeerConnection takes them."),
	OBJECT ("meeting", TRUE, meeting_fields, "The meeting joined."),
	{ 0 },
};

static const CuriaField health_fields[] = {
	{ .name = "status", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "ok|ready", .doc = "How it is." },
	{ 0 },
};

static const CuriaField problem_fields[] = {
	STRING ("type", TRUE, 0, 0, "/docs/errors# and the kind of error."),
	STRING ("title", TRUE, 0, 0, "The kind of error in words."),
	INT ("status", TRUE, 400, 599, "The HTTP status again."),
	STRING ("detail", TRUE, 0, 0, "What is wrong with this request."),
	STRING ("field", FALSE, 0, 0, "The field that is wrong, as a path."),
	STRING ("instance", FALSE, 0, 0, "The path asked for."),
	{ 0 },
};

static const ApiSchema meeting_schema = { "Meeting", "A meeting.", meeting_fields };
static const ApiSchema created_schema = { "MeetingCreated", "A new meeting, with the token of its host.", created_fields };
static const ApiSchema read_schema = { "MeetingLive", "A meeting and who is in it.", read_fields };
static const ApiSchema list_schema = { "MeetingList", "A page of meetings.", list_fields };
static const ApiSchema joined_schema = { "Joined", "A seat in a meeting.", joined_fields };
static const ApiSchema health_schema = { "Health", "How the server is.", health_fields };
static const ApiSchema problem_schema = { API_PROBLEM_SCHEMA, "What went wrong (RFC 9457).", problem_fields };

const ApiSchema *const api_schemas[] = { &meeting_schema, &created_schema, &read_schema, &list_schema, &joined_schema,
	&api_participants_schema, &api_identity_schema, &api_moderated_schema, &api_waiting_schema, &api_removals_schema,
	&api_member_schema, &api_members_schema, &api_my_meetings_schema, &api_audit_schema,
	&api_calls_schema, &api_call_schema, &api_attendance_schema,
	&api_quality_schema, &api_webhook_schema, &api_webhooks_schema, &api_deliveries_schema,
	&api_key_schema, &api_keys_schema, &api_new_key_schema, &api_providers_schema,
	&api_replayed_schema,
	&api_account_schema, &api_known_account_schema, &api_accounts_schema, &api_signed_in_schema, &api_sessions_schema, &api_ended_schema,
	&api_link_schema, &api_link_purpose_schema, &api_invited_schema,
	&api_nodes_schema, &health_schema, &problem_schema, NULL };

/* ---- the routes ---- */

const ApiRoute api_route_table[] = {
	{ .method = API_POST, .path = "/api/v1/meetings", .handler = api_meetings_create,
		.need = API_NEED_CREATE, .body = curia_meeting_fields, .status = 201, .answer = &created_schema,
		.idempotent = TRUE, .operation = "createMeeting", .summary = "Make a meeting",
		.doc = "Keep host_token: with it the meeting can be changed, ended, and joined as host. Settings that are absent are as "
			"this server's options say; what they allow is the limit." },
	{ .method = API_GET, .path = "/api/v1/meetings", .handler = api_meetings_list,
		.need = API_NEED_LIST, .query = list_query, .status = 200, .answer = &list_schema,
		.operation = "listMeetings", .summary = "List meetings, newest first" },
	{ .method = API_GET, .path = "/api/v1/meetings/{code}", .handler = api_meetings_read,
		.need = API_NEED_NOTHING, .status = 200, .answer = &read_schema,
		.operation = "readMeeting", .summary = "Show a meeting and how many are in it",
		.doc = "Needs no token: the code is the invitation." },
	{ .method = API_PATCH, .path = "/api/v1/meetings/{code}", .handler = api_meetings_update,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_CHANGE_SETTINGS, .audit = "meeting.update",
		.body = curia_meeting_fields, .status = 200, .answer = &meeting_schema, .fails = API_FAILS (MEETING_ENDED),
		.operation = "updateMeeting", .summary = "Change a meeting's title or settings",
		.doc = "Fields that are absent stay as they are. Who may do what counts at once, the title and the upper limits"
			" from the next join on, other settings from the next time the meeting is opened. A password is never given out." },
	{ .method = API_POST, .path = "/api/v1/meetings/{code}/end", .handler = api_meetings_end,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_END, .audit = "meeting.end", .status = 200, .answer = &meeting_schema,
		.operation = "endMeeting", .summary = "End a meeting for everybody",
		.doc = "Ending it again does no harm." },
	{ .method = API_POST, .path = "/api/v1/meetings/{code}/join", .handler = api_join,
		.need = API_NEED_JOIN, .body = join_fields, .status = 200, .answer = &joined_schema,
		.fails = API_FAILS (MEETING_ENDED) | API_FAILS (MEETING_FULL) | API_FAILS (UNAVAILABLE) | API_FAILS (REMOVED) |
			API_FAILS (GUESTS_NOT_ALLOWED) | API_FAILS (PASSWORD_NEEDED) | API_FAILS (OVERLOADED),
		.operation = "joinMeeting", .summary = "Get a seat in a meeting",
		.doc = "A token with roomAdmin for the meeting joins as host. A token's identity, name and grants go with the seat; an account"
			" gets the role that it has in the meeting." },
	{ .method = API_GET, .path = "/api/v1/meetings/{code}/participants", .handler = api_participants_list,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_MUTE_OTHERS, .status = 200, .answer = &api_participants_schema,
		.fails = API_FAILS (TIMEOUT),
		.operation = "listParticipants", .summary = "Who is in a meeting now" },
	{ .method = API_POST, .path = "/api/v1/meetings/{code}/participants/{identity}/mute", .handler = api_participants_mute,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_MUTE_OTHERS, .audit = "participant.mute", .body = api_mute_fields,
		.status = 200, .answer = &api_identity_schema,
		.fails = API_FAILS (NO_SUCH_SOURCE) | API_FAILS (TIMEOUT),
		.operation = "muteParticipant", .summary = "Mute a microphone, camera or screen of somebody",
		.doc = "The person can unmute it." },
	{ .method = API_DELETE, .path = "/api/v1/meetings/{code}/participants/{identity}", .handler = api_participants_kick,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_REMOVE, .audit = "participant.remove", .status = 200,
		.answer = &api_identity_schema, .fails = API_FAILS (NO_SUCH_SOURCE) | API_FAILS (TIMEOUT),
		.operation = "removeParticipant", .summary = "Remove somebody from a meeting",
		.doc = "The person's tokens do not open it any more; new ones do. To ban, moderate." },
	{ .method = API_POST, .path = "/api/v1/meetings/{code}/moderate", .handler = api_moderate,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_MUTE_OTHERS, .audit = "meeting.moderate", .body = api_moderate_fields,
		.status = 200, .answer = &api_moderated_schema, .fails = API_FAILS (NO_SUCH_SOURCE) | API_FAILS (NOT_PUBLISHED) |
			API_FAILS (TIMEOUT) | API_FAILS (MEETING_ENDED),
		.operation = "moderateMeeting", .summary = "Do something to people in a meeting",
		.doc = "As a moderator inside does it; each act needs the role that the meeting's rules say. Moderators cannot touch hosts." },
	{ .method = API_GET, .path = "/api/v1/meetings/{code}/waiting", .handler = api_moderate_waiting,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_ADMIT, .status = 200, .answer = &api_waiting_schema,
		.fails = API_FAILS (TIMEOUT), .operation = "listWaiting", .summary = "Who waits to be let in" },
	{ .method = API_GET, .path = "/api/v1/meetings/{code}/removals", .handler = api_moderate_removals,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_REMOVE, .status = 200, .answer = &api_removals_schema,
		.operation = "listRemovals", .summary = "Who was removed from a meeting" },
	{ .method = API_DELETE, .path = "/api/v1/meetings/{code}/removals/{identity}", .handler = api_moderate_forgive,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_REMOVE, .audit = "removal.delete", .status = 200,
		.answer = &api_identity_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "deleteRemoval", .summary = "Let somebody come back who was removed" },
	{ .method = API_GET, .path = "/api/v1/meetings/{code}/members", .handler = api_members_list,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_CHANGE_ROLES, .status = 200, .answer = &api_members_schema,
		.operation = "listMembers", .summary = "Which accounts have a role of their own in a meeting" },
	{ .method = API_POST, .path = "/api/v1/meetings/{code}/members", .handler = api_members_add,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_CHANGE_ROLES, .audit = "member.add", .body = api_member_add_fields,
		.status = 200, .answer = &api_member_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "addMember", .summary = "Give an account a role in a meeting, by its e-mail address",
		.doc = "It counts from the account's next join on." },
	{ .method = API_PUT, .path = "/api/v1/meetings/{code}/members/{account}", .handler = api_members_set,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_CHANGE_ROLES, .audit = "member.update", .body = api_member_set_fields,
		.status = 200, .answer = &api_member_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "setMember", .summary = "Give an account a role in a meeting" },
	{ .method = API_DELETE, .path = "/api/v1/meetings/{code}/members/{account}", .handler = api_members_remove,
		.need = API_NEED_ACTION, .action = CURIA_ACTION_CHANGE_ROLES, .audit = "member.delete", .status = 200,
		.answer = &api_member_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "removeMember", .summary = "Take an account's role in a meeting away" },
	{ .method = API_GET, .path = "/api/v1/me/meetings", .handler = api_members_meetings,
		.need = API_NEED_ACCOUNT, .query = list_query, .status = 200, .answer = &api_my_meetings_schema,
		.fails = API_FAILS (UNAVAILABLE), .operation = "listMyMeetings", .summary = "The meetings that one owns or is a member of" },
	{ .method = API_GET, .path = "/api/v1/audit", .handler = api_audit_list,
		.need = API_NEED_SERVER, .query = api_audit_query, .status = 200, .answer = &api_audit_schema,
		.fails = API_FAILS (UNAVAILABLE) | API_FAILS (NO_SUCH_MEETING),
		.operation = "listAudit", .summary = "Who did what that not everybody may do, or tried to" },
	{ .method = API_GET, .path = "/api/v1/calls", .handler = api_history_calls,
		.need = API_NEED_HISTORY, .query = api_calls_query, .status = 200, .answer = &api_calls_schema,
		.fails = API_FAILS (UNAVAILABLE), .operation = "listCalls", .summary = "List calls, newest first",
		.doc = "A call is one live run of a meeting, from the first who comes to the last who goes. A host_token opens those of its"
			" meeting." },
	{ .method = API_GET, .path = "/api/v1/calls/{id}", .handler = api_history_call,
		.need = API_NEED_HISTORY, .status = 200, .answer = &api_call_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE), .operation = "readCall", .summary = "Show a call and what it came to" },
	{ .method = API_GET, .path = "/api/v1/calls/{id}/attendance", .handler = api_history_attendance,
		.need = API_NEED_HISTORY, .query = api_attendance_query, .status = 200, .answer = &api_attendance_schema,
		.type = API_CSV_TYPE, .fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE),
		.operation = "readAttendance", .summary = "Who was in a call, and for how long" },
	{ .method = API_GET, .path = "/api/v1/calls/{id}/quality", .handler = api_history_quality,
		.need = API_NEED_HISTORY, .query = api_quality_query, .status = 200, .answer = &api_quality_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE),
		.operation = "readQuality", .summary = "How connections did in a call",
		.doc = "Where there are more samples than points, those of equal spans of time are taken together." },
	{ .method = API_POST, .path = "/api/v1/webhooks", .handler = api_webhooks_create,
		.need = API_NEED_SERVER, .audit = "webhook.create", .body = api_webhook_create_fields, .status = 201, .answer = &api_webhook_schema,
		.fails = API_FAILS (NO_SUCH_MEETING), .idempotent = TRUE,
		.operation = "createWebhook", .summary = "Have an application told what happens",
		.doc = "Each event is sent at least once and signed; those of a meeting in their order, one after the other." },
	{ .method = API_GET, .path = "/api/v1/webhooks", .handler = api_webhooks_list,
		.need = API_NEED_SERVER, .status = 200, .answer = &api_webhooks_schema, .fails = API_FAILS (UNAVAILABLE),
		.operation = "listWebhooks", .summary = "List webhooks" },
	{ .method = API_GET, .path = "/api/v1/webhooks/{id}", .handler = api_webhooks_read,
		.need = API_NEED_SERVER, .status = 200, .answer = &api_webhook_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE), .operation = "readWebhook", .summary = "Show a webhook" },
	{ .method = API_PATCH, .path = "/api/v1/webhooks/{id}", .handler = api_webhooks_update,
		.need = API_NEED_SERVER, .audit = "webhook.update", .body = api_webhook_update_fields, .status = 200, .answer = &api_webhook_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (NO_SUCH_MEETING),
		.operation = "updateWebhook", .summary = "Change a webhook",
		.doc = "Fields that are absent stay as they are. What waits already is sent to the new address, too." },
	{ .method = API_DELETE, .path = "/api/v1/webhooks/{id}", .handler = api_webhooks_delete,
		.need = API_NEED_SERVER, .audit = "webhook.delete", .status = 200, .answer = &api_webhook_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "deleteWebhook", .summary = "Delete a webhook and all that waits for it" },
	{ .method = API_GET, .path = "/api/v1/webhooks/{id}/deliveries", .handler = api_webhooks_deliveries,
		.need = API_NEED_SERVER, .query = api_deliveries_query, .status = 200, .answer = &api_deliveries_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE),
		.operation = "listDeliveries", .summary = "What a webhook was or will be told" },
	{ .method = API_POST, .path = "/api/v1/webhooks/{id}/replay", .handler = api_webhooks_replay,
		.need = API_NEED_SERVER, .audit = "webhook.replay", .body = api_replay_fields, .status = 200, .answer = &api_replayed_schema,
		.fails = API_FAILS (NOT_FOUND), .operation = "replayDeliveries", .summary = "Send again",
		.doc = "In the old order, and before what waits of the same meeting." },
	{ .method = API_GET, .path = "/api/v1/providers", .handler = api_oidc_list,
		.need = API_NEED_NOTHING, .status = 200, .answer = &api_providers_schema,
		.operation = "listProviders", .summary = "How one can sign in" },
	{ .method = API_GET, .path = "/api/v1/providers/{name}/start", .handler = api_oidc_start,
		.need = API_NEED_NOTHING, .query = api_oidc_start_query, .status = 302, .fails = API_FAILS (NOT_FOUND),
		.pool = API_POOL_HASHING, .operation = "startSignIn", .summary = "Lead a browser to a provider to sign in",
		.doc = "OpenID Connect: authorization code with PKCE. When it cannot begin, it leads to /sign-in?error=..." },
	{ .method = API_GET, .path = "/api/v1/providers/{name}/callback", .handler = api_oidc_callback,
		.need = API_NEED_NOTHING, .status = 302, .fails = API_FAILS (NOT_FOUND),
		.pool = API_POOL_HASHING, .operation = "finishSignIn", .summary = "Where a provider leads a browser back to",
		.doc = "Sets the refresh cookie and leads to the path that the sign-in began with; else to /sign-in?error=..." },
	{ .method = API_POST, .path = "/api/v1/keys", .handler = api_keys_create,
		.need = API_NEED_SERVER, .audit = "key.create", .body = api_key_create_fields, .status = 201, .answer = &api_new_key_schema,
		.fails = API_FAILS (TOO_MANY), .operation = "createKey", .summary = "Make an API key",
		.doc = "The answer holds its secret, which cannot be read again. With a public key the secret stays with the application." },
	{ .method = API_GET, .path = "/api/v1/keys", .handler = api_keys_list,
		.need = API_NEED_SERVER, .status = 200, .answer = &api_keys_schema, .fails = API_FAILS (UNAVAILABLE),
		.operation = "listKeys", .summary = "List API keys" },
	{ .method = API_GET, .path = "/api/v1/keys/{id}", .handler = api_keys_read,
		.need = API_NEED_SERVER, .status = 200, .answer = &api_key_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE), .operation = "readKey", .summary = "Read an API key, but its secret" },
	{ .method = API_POST, .path = "/api/v1/keys/{id}/rotate", .handler = api_keys_rotate,
		.need = API_NEED_SERVER, .audit = "key.rotate", .body = api_key_rotate_fields, .status = 201, .answer = &api_new_key_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (TOO_MANY), .operation = "rotateKey", .summary = "Replace an API key",
		.doc = "By one of another id and secret with the same name and scopes; the old one ends after overlap_s." },
	{ .method = API_DELETE, .path = "/api/v1/keys/{id}", .handler = api_keys_revoke,
		.need = API_NEED_SERVER, .audit = "key.revoke", .status = 200, .answer = &api_key_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "revokeKey", .summary = "Revoke an API key",
		.doc = "Its tokens are refused at once here, and within five seconds on all servers. Whoever is in a meeting stays there." },
	{ .method = API_POST, .path = "/api/v1/accounts", .handler = api_accounts_create,
		.need = API_NEED_NOTHING, .body = api_account_create_fields, .status = 201, .answer = &api_signed_in_schema,
		.fails = API_FAILS (FORBIDDEN) | API_FAILS (ACCOUNT_EXISTS), .pool = API_POOL_HASHING,
		.operation = "createAccount", .summary = "Sign up",
		.doc = "Where accounts.sign_up allows it. Signs in at once." },
	{ .method = API_GET, .path = "/api/v1/accounts", .handler = api_accounts_list,
		.need = API_NEED_ACCOUNT, .query = api_accounts_query, .status = 200, .answer = &api_accounts_schema,
		.fails = API_FAILS (UNAVAILABLE), .operation = "listAccounts", .summary = "List accounts, newest first",
		.doc = "For administrators, as all of these." },
	{ .method = API_POST, .path = "/api/v1/accounts/invite", .handler = api_accounts_invite,
		.need = API_NEED_ACCOUNT, .audit = "account.invite", .body = api_account_invite_fields, .status = 201,
		.answer = &api_invited_schema, .fails = API_FAILS (ACCOUNT_EXISTS),
		.operation = "inviteAccount", .summary = "Make an account for somebody",
		.doc = "The answer holds a link with which the person chooses a password." },
	{ .method = API_GET, .path = "/api/v1/accounts/{id}", .handler = api_accounts_read,
		.need = API_NEED_ACCOUNT, .status = 200, .answer = &api_known_account_schema,
		.fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE), .operation = "readAccount", .summary = "Show an account" },
	{ .method = API_PATCH, .path = "/api/v1/accounts/{id}", .handler = api_accounts_update,
		.need = API_NEED_ACCOUNT, .audit = "account.update", .body = api_account_update_fields, .status = 200,
		.answer = &api_known_account_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "updateAccount", .summary = "Change an account's role, state or name",
		.doc = "Who is disabled is signed out everywhere. The last administrator stays one." },
	{ .method = API_POST, .path = "/api/v1/accounts/{id}/reset", .handler = api_accounts_reset,
		.need = API_NEED_ACCOUNT, .audit = "account.reset", .status = 200, .answer = &api_link_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "resetAccount", .summary = "Make a link that sets an account's password",
		.doc = "It works once, within three days. Until then the password stays as it is." },
	{ .method = API_DELETE, .path = "/api/v1/accounts/{id}", .handler = api_accounts_delete,
		.need = API_NEED_ACCOUNT, .audit = "account.delete", .status = 200, .answer = &api_known_account_schema,
		.fails = API_FAILS (NOT_FOUND), .operation = "deleteAccount", .summary = "Delete an account",
		.doc = "Its meetings stay, and are nobody's." },
	{ .method = API_POST, .path = "/api/v1/sessions", .handler = api_sessions_create,
		.need = API_NEED_NOTHING, .body = api_session_create_fields, .status = 201, .answer = &api_signed_in_schema,
		.fails = API_FAILS (FORBIDDEN) | API_FAILS (WRONG_CREDENTIALS) | API_FAILS (SESSION_ENDED), .pool = API_POOL_HASHING,
		.operation = "createSession", .summary = "Sign in",
		.doc = "Wrong tries make the next ones wait, by address and by account." },
	{ .method = API_POST, .path = "/api/v1/sessions/refresh", .handler = api_sessions_refresh,
		.need = API_NEED_NOTHING, .status = 200, .answer = &api_signed_in_schema,
		.fails = API_FAILS (FORBIDDEN) | API_FAILS (SESSION_ENDED), .operation = "refreshSession", .summary = "Get the next access token",
		.doc = "With the cookie of the sign-in and the header X-Curia: 1. Each cookie is good for one use; one used twice ends the"
			" session." },
	{ .method = API_GET, .path = "/api/v1/sessions", .handler = api_sessions_list,
		.need = API_NEED_ACCOUNT, .status = 200, .answer = &api_sessions_schema, .fails = API_FAILS (UNAVAILABLE),
		.operation = "listSessions", .summary = "Where one is signed in" },
	{ .method = API_DELETE, .path = "/api/v1/sessions/current", .handler = api_sessions_end_current,
		.need = API_NEED_ACCOUNT, .status = 200, .answer = &api_ended_schema, .operation = "endSession", .summary = "Sign out" },
	{ .method = API_DELETE, .path = "/api/v1/sessions/{id}", .handler = api_sessions_end,
		.need = API_NEED_ACCOUNT, .status = 200, .answer = &api_ended_schema, .fails = API_FAILS (NOT_FOUND),
		.operation = "endOtherSession", .summary = "Sign out of one of one's sessions" },
	{ .method = API_DELETE, .path = "/api/v1/sessions", .handler = api_sessions_end_all,
		.need = API_NEED_ACCOUNT, .status = 200, .answer = &api_ended_schema,
		.operation = "endSessions", .summary = "Sign out everywhere" },
	{ .method = API_GET, .path = "/api/v1/me", .handler = api_accounts_me,
		.need = API_NEED_ACCOUNT, .status = 200, .answer = &api_account_schema, .fails = API_FAILS (NOT_FOUND) | API_FAILS (UNAVAILABLE),
		.operation = "readMe", .summary = "The own account" },
	{ .method = API_PATCH, .path = "/api/v1/me", .handler = api_accounts_update_me,
		.need = API_NEED_ACCOUNT, .body = api_account_me_fields, .status = 200, .answer = &api_account_schema,
		.fails = API_FAILS (NOT_FOUND), .operation = "updateMe", .summary = "Change the own name, picture, language or preferences",
		.doc = "Fields that are absent stay as they are." },
	{ .method = API_POST, .path = "/api/v1/me/password", .handler = api_accounts_password,
		.need = API_NEED_ACCOUNT, .audit = "account.password", .body = api_account_password_fields, .status = 200,
		.answer = &api_account_schema, .fails = API_FAILS (WRONG_CREDENTIALS) | API_FAILS (NOT_FOUND), .pool = API_POOL_HASHING,
		.operation = "changePassword", .summary = "Change the own password", .doc = "All other sessions of the account end." },
	{ .method = API_POST, .path = "/api/v1/one-time/look", .handler = api_one_time_look,
		.need = API_NEED_NOTHING, .body = api_link_look_fields, .status = 200, .answer = &api_link_purpose_schema,
		.fails = API_FAILS (FORBIDDEN) | API_FAILS (NOT_FOUND), .operation = "readLink", .summary = "What a link that works once is for" },
	{ .method = API_POST, .path = "/api/v1/one-time", .handler = api_one_time_use,
		.need = API_NEED_NOTHING, .body = api_link_use_fields, .status = 200, .answer = &api_signed_in_schema,
		.fails = API_FAILS (FORBIDDEN) | API_FAILS (NOT_FOUND) | API_FAILS (ACCOUNT_EXISTS), .pool = API_POOL_HASHING,
		.operation = "useLink", .summary = "Use a link that works once", .doc = "Signs in at once." },
	{ .method = API_GET, .path = "/api/v1/nodes", .handler = api_nodes_list,
		.need = API_NEED_LIST, .status = 200, .answer = &api_nodes_schema,
		.operation = "listNodes", .summary = "The servers of the installation, and how loaded each is" },
	{ .method = API_GET, .path = "/api/v1/openapi.json", .handler = api_openapi_answer,
		.need = API_NEED_NOTHING, .status = 200, .pool = API_POOL_PROMPT, .operation = "readDescription", .summary = "This description" },
	{ .method = API_GET, .path = "/healthz", .handler = api_health_live,
		.need = API_NEED_NOTHING, .status = 200, .answer = &health_schema,
		.pool = API_POOL_PROMPT, .operation = "readHealth", .summary = "Whether the process lives" },
	{ .method = API_GET, .path = "/readyz", .handler = api_health_ready,
		.need = API_NEED_NOTHING, .status = 200, .answer = &health_schema, .fails = API_FAILS (UNAVAILABLE),
		.pool = API_POOL_PROMPT, .operation = "readReadiness", .summary = "Whether store, bus and room are ready" },
	{ .method = API_GET, .path = "/metrics", .handler = api_metrics_answer,
		.need = API_NEED_NOTHING, .status = 200, .type = API_METRICS_TYPE,
		.fails = API_FAILS (UNAUTHORIZED) | API_FAILS (FORBIDDEN) | API_FAILS (NOT_FOUND),
		.pool = API_POOL_PROMPT, .operation = "readMetrics", .summary = "What this node counts and measures, for Prometheus",
		.doc = "Who may read it is what the options api.metrics and api.metrics_token say: by default this machine only." },
	{ 0 },
};
