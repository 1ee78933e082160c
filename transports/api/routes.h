/* routes.h: the rows of the REST table: what each route takes, needs and answers. Dispatch, OpenAPI and tests read them.
 * Thread: the tables are const; a call belongs to the worker that runs it.
 * Ownership: a call owns what it parsed; the request and the response are its caller's. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "caller.h"
#include "curia-fields.h"
#include "handler.h"

/* A JSON object that answers carry. A field that is not required may be null or absent. */
typedef struct {
	const char *name, *doc;
	const CuriaField *fields;
} ApiSchema;

typedef struct ApiRoute ApiRoute;

typedef struct {
	const ApiRequest *request;
	const ApiRoute *route;
	json_t *parameters;  /* what stands at the {names} of the path, by name: api_call_parameter */
	char *code;          /* the {code} among them in its normal form, or NULL */
	json_t *query, *body; /* checked against the row's tables; never NULL */
	ApiCaller caller;    /* who asks, and what they may */
	CuriaClaims *claims; /* the caller's, when they suffice, or NULL; borrowed */
	ApiResponse *response;
	gint64 now_ms;       /* wall clock */
} ApiCall;

/* Fills the response's body (and location); its status is the row's. FALSE with an error of the error table. [worker] */
typedef gboolean (*ApiHandler) (ApiCall *call, GError **error);

#define API_FAILS(symbol) (G_GUINT64_CONSTANT (1) << CURIA_ERROR_##symbol)

struct ApiRoute {
	ApiMethod method;
	const char *path;             /* "/api/v1/meetings/{code}" */
	ApiHandler handler;
	ApiNeed need;
	CuriaAction action;           /* of API_NEED_ACTION */
	const char *audit;            /* what the audit log calls it; NULL: nothing that only some may do */
	const CuriaField *query, *body; /* NULL: takes none */
	int status;                   /* of success */
	const ApiSchema *answer;
	const char *type;             /* content type of an answer that is no JSON (beside `answer`: that can be asked for instead), or NULL */
	guint64 fails;                /* errors of its own, beside those every route of its kind has */
	gboolean idempotent;          /* honours Idempotency-Key */
	ApiPool pool;                 /* who answers; but for GENERAL its path has one {name} or none */
	const char *operation, *summary, *doc;
};

extern const ApiRoute api_route_table[];   /* ends with a row of zeros */
extern const ApiSchema *const api_schemas[]; /* NULL-terminated */

/* All errors that a row can answer: its own and those that follow from what it takes and needs. [any] */
guint64 api_route_fails (const ApiRoute *route);
const char *api_method_name (ApiMethod method);
/* The {names} in a row's path, NULL-terminated. Caller frees. [any] */
char **api_route_parameters (const ApiRoute *route);
/* Whether a path is the row's; *parameters gets what stands at its {names}, none of it empty. Only {identity} may have
 * slashes within: identities are the application's. Caller owns *parameters. [any] */
gboolean api_route_matches (const ApiRoute *route, const char *path, json_t **parameters);
/* What stands at {name}; the row must have it. Borrowed. [any] */
const char *api_call_parameter (const ApiCall *call, const char *name);

#endif
