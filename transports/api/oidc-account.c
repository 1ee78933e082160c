#include "oidc-account.h"

#include <string.h>

#include "curia-error.h"
#include "curia-log.h"

static void
replace (char **field, const char *text)
{
	g_free (*field);
	*field = g_strdup (text);
}

/* Who has the address now proves it; who made the account may have been somebody else. */
static gboolean
take_over (CuriaStore *store, CuriaAccount *account, GError **error)
{
	if (account->email_verified)
		return TRUE;
	if (!curia_store_account_set_password (store, account->id, "", NULL, error))
		return FALSE;
	account->email_verified = TRUE;
	return curia_store_account_update (store, account, error);
}

static CuriaAccount *
create (CuriaStore *store, const OidcPerson *person, const char *email, GError **error)
{
	g_autoptr (CuriaAccount) account = curia_account_new ();
	g_autofree char *local = g_strndup (email, strcspn (email, "@"));
	replace (&account->email, email);
	replace (&account->name, *person->name != '\0' ? person->name : local);
	account->email_verified = TRUE;
	return curia_store_account_create (store, account, error) ? g_steal_pointer (&account) : NULL;
}

static CuriaAccount *
find_or_create (CuriaStore *store, const OidcPerson *person, GError **error)
{
	g_autofree char *email = person->email != NULL ? curia_account_email (person->email) : NULL;
	g_autoptr (GError) cause = NULL;
	if (email == NULL || !person->email_verified) {
		curia_throw (error, CURIA_ERROR_FORBIDDEN, "The provider does not say that the e-mail address is verified");
		return NULL;
	}
	g_autoptr (CuriaAccount) account = curia_store_account_lookup_email (store, email, &cause);
	if (account != NULL)
		return take_over (store, account, error) ? g_steal_pointer (&account) : NULL;
	if (g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND))
		return create (store, person, email, error);
	g_propagate_error (error, g_steal_pointer (&cause));
	return NULL;
}

/* The last administrator stays one, whatever the provider says. */
static void
set_role (CuriaStore *store, CuriaAccount *account, gboolean admin)
{
	const char *role = admin ? "admin" : "user";
	g_autoptr (GError) error = NULL;
	if (strcmp (account->role, role) == 0)
		return;
	if (curia_store_account_set_role (store, account->id, role, account->state, &error))
		replace (&account->role, role);
	else
		curia_log_warning ("oidc", "%s stays %s: %s", account->id, account->role, error->message);
}

CuriaAccount *
oidc_account_of (CuriaStore *store, const OidcPerson *person, const OidcAccountRules *rules, GError **error)
{
	g_autoptr (GError) cause = NULL;
	g_autoptr (CuriaAccount) account = curia_store_identity_lookup (store, rules->issuer, person->subject, &cause);
	if (cause != NULL) {
		g_propagate_error (error, g_steal_pointer (&cause));
		return NULL;
	}
	if (account == NULL) {
		account = find_or_create (store, person, error);
		if (account == NULL ||
			!curia_store_identity_link (store, rules->issuer, person->subject, account->id, rules->now_ms, error))
			return NULL;
	}
	if (rules->sets_role)
		set_role (store, account, person->admin);
	return g_steal_pointer (&account);
}
