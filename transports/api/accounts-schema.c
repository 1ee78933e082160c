/* What requests and answers about accounts, sessions and links carry. */
#include "accounts.h"

#include "curia-account-token.h"
#include "curia-password.h"
#include "schema.h"

#define WORDS(name_, required_, allowed_, doc_) \
	{ .name = name_, .type = CURIA_FIELD_STRING, .required = required_, .allowed = allowed_, .doc = doc_ }
#define EMAIL(required_) STRING ("email", required_, 3, CURIA_EMAIL_MAX, "The e-mail address, in any case.")
#define NAME(required_) STRING ("name", required_, 1, 60, "What others call the person.")
#define NEW_PASSWORD(name_, required_) \
	STRING (name_, required_, CURIA_PASSWORD_MIN, CURIA_PASSWORD_MAX, "Long beats complicated: 10 characters or more.")
#define DEVICE_MAX 200
#define AVATAR_MAX 49152

/* ---- what requests carry ---- */

const CuriaField api_account_create_fields[] = { EMAIL (TRUE), NEW_PASSWORD ("password", TRUE), NAME (TRUE), { 0 } };

const CuriaField api_session_create_fields[] = {
	EMAIL (TRUE),
	STRING ("password", TRUE, 1, CURIA_PASSWORD_MAX, "The password."),
	{ 0 },
};

static const CuriaField preferences_fields[] = {
	BOOL ("camera", FALSE, "Whether the camera is on when a meeting is entered."),
	BOOL ("microphone", FALSE, "Whether the microphone is."),
	STRING ("camera_id", FALSE, 0, DEVICE_MAX, "Which camera, as the browser calls it."),
	STRING ("microphone_id", FALSE, 0, DEVICE_MAX, "Which microphone."),
	STRING ("speaker_id", FALSE, 0, DEVICE_MAX, "Which loudspeaker."),
	{ 0 },
};

#define LANGUAGE(required_) STRING ("language", required_, 0, 35, "Language tag such as de or pt-BR; empty: as the browser has it.")
#define AVATAR(required_) \
	STRING ("avatar", required_, 0, AVATAR_MAX, "data: URL of a PNG or JPEG, in base64; empty: none.")

const CuriaField api_account_me_fields[] = {
	NAME (FALSE), LANGUAGE (FALSE), AVATAR (FALSE),
	OBJECT ("preferences", FALSE, preferences_fields, "All of them: those that are absent are forgotten."),
	{ 0 },
};

const CuriaField api_account_password_fields[] = {
	STRING ("old", TRUE, 1, CURIA_PASSWORD_MAX, "The password so far."),
	NEW_PASSWORD ("new", TRUE),
	{ 0 },
};

const CuriaField api_accounts_query[] = {
	INT ("limit", FALSE, 1, 200, "How many to answer with; 50 when absent."),
	STRING ("cursor", FALSE, 0, 200, "The next_cursor of the answer before."),
	STRING ("q", FALSE, 0, 100, "Only accounts with this in their e-mail address or name."),
	{ 0 },
};

const CuriaField api_account_invite_fields[] = {
	EMAIL (TRUE), NAME (FALSE), WORDS ("role", FALSE, CURIA_ACCOUNT_ROLES, "user when absent."), { 0 },
};

const CuriaField api_account_update_fields[] = {
	WORDS ("role", FALSE, CURIA_ACCOUNT_ROLES, "admin: may do everything on this server."),
	WORDS ("state", FALSE, "active|disabled", "disabled: cannot sign in, and is signed out everywhere."),
	NAME (FALSE),
	{ 0 },
};

const CuriaField api_link_look_fields[] = { STRING ("secret", TRUE, 1, 100, "What follows #once= in the link."), { 0 } };

const CuriaField api_link_use_fields[] = {
	STRING ("secret", TRUE, 1, 100, "What follows #once= in the link."),
	EMAIL (FALSE), NEW_PASSWORD ("password", TRUE), NAME (FALSE),
	{ 0 },
};

/* ---- what answers carry ---- */

static const CuriaField provider_item[] = { { .name = "", .type = CURIA_FIELD_STRING }, { 0 } };

#define ACCOUNT_FIELDS \
	STRING ("id", TRUE, 0, 0, "The account's id."), \
	STRING ("email", TRUE, 0, 0, "In small letters."), \
	BOOL ("email_verified", TRUE, "Whether a provider vouches for it."), \
	STRING ("name", TRUE, 0, 0, "What others call the person."), \
	WORDS ("role", TRUE, CURIA_ACCOUNT_ROLES, "admin: may do everything on this server."), \
	AVATAR (TRUE), LANGUAGE (TRUE), \
	OBJECT ("preferences", TRUE, preferences_fields, "What the person likes to have in meetings."), \
	STRING ("created_at", TRUE, 0, 0, "RFC 3339, UTC."), \
	ARRAY ("providers", provider_item, "Issuers of the identities that sign in to it, beside the password.")

#define KNOWN_FIELDS \
	ACCOUNT_FIELDS, \
	WORDS ("state", TRUE, "active|disabled", "disabled: cannot sign in."), \
	BOOL ("has_password", TRUE, "FALSE: signs in by a provider, or was invited and did not come yet."), \
	STRING ("signed_in_at", FALSE, 0, 0, "RFC 3339, UTC; null: never.")

static const CuriaField account_fields[] = { ACCOUNT_FIELDS, { 0 } };
static const CuriaField known_fields[] = { KNOWN_FIELDS, { 0 } };

static const CuriaField list_fields[] = {
	ARRAY ("accounts", known_fields, "Newest first."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for the following accounts; null at the end."),
	{ 0 },
};

static const CuriaField signed_in_fields[] = {
	OBJECT ("account", TRUE, account_fields, "Who is signed in."),
	STRING ("access_token", TRUE, 0, 0, "To be sent as Authorization: Bearer."),
	INT ("expires_in", TRUE, 1, 0x7fffffff, "Seconds; then refresh the session."),
	{ 0 },
};

static const CuriaField session_fields[] = {
	STRING ("id", TRUE, 0, 0, "The session's id."),
	STRING ("created_at", TRUE, 0, 0, "When that browser signed in. RFC 3339, UTC."),
	STRING ("used_at", TRUE, 0, 0, "When it was here last, to ten minutes."),
	STRING ("address", TRUE, 0, 0, "From where."),
	STRING ("agent", TRUE, 0, 0, "What the browser says of itself."),
	BOOL ("current", TRUE, "Whether it is the one that asks."),
	{ 0 },
};

static const CuriaField sessions_fields[] = { ARRAY ("sessions", session_fields, "The last used first."), { 0 } };
static const CuriaField ended_fields[] = { INT ("ended", TRUE, 0, 0, "How many sessions ended."), { 0 } };

static const CuriaField link_fields[] = {
	STRING ("url", TRUE, 0, 0, "The link. It works once, and is shown only here."),
	STRING ("expires_at", TRUE, 0, 0, "RFC 3339, UTC."),
	{ 0 },
};

static const CuriaField purpose_fields[] = {
	WORDS ("purpose", TRUE, "first-admin|reset",
		"first-admin: makes an account, and needs email, password and name. reset: needs password."),
	STRING ("email", TRUE, 0, 0, "Of the account whose password it sets; else empty."),
	{ 0 },
};

static const CuriaField invited_fields[] = {
	OBJECT ("account", TRUE, known_fields, "The new account."),
	STRING ("url", TRUE, 0, 0, "The link with which the person chooses a password. It works once, and is shown only here."),
	STRING ("expires_at", TRUE, 0, 0, "Of the link; another can be made. RFC 3339, UTC."),
	{ 0 },
};

const ApiSchema api_account_schema = { "Account", "An account, as its owner sees it.", account_fields };
const ApiSchema api_known_account_schema = { "KnownAccount", "An account, as administrators see it.", known_fields };
const ApiSchema api_accounts_schema = { "AccountList", "A page of accounts.", list_fields };
const ApiSchema api_signed_in_schema = { "SignedIn",
	"A session; its refresh token is in a cookie that no script can read.", signed_in_fields };
const ApiSchema api_sessions_schema = { "SessionList", "Where an account is signed in.", sessions_fields };
const ApiSchema api_ended_schema = { "SessionsEnded", "How many sessions ended.", ended_fields };
const ApiSchema api_link_schema = { "OneTimeLink", "A link that works once.", link_fields };
const ApiSchema api_link_purpose_schema = { "OneTimePurpose", "What a link is for.", purpose_fields };
const ApiSchema api_invited_schema = { "Invited", "A new account, and the link for its owner.", invited_fields };
