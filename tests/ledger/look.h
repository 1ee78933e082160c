/* look.h: a look into a database from outside, by its own client library.
 * Thread: any. Ownership: the text is the caller's. */
#ifndef TESTS_LEDGER_LOOK_H
#define TESTS_LEDGER_LOOK_H

/* The rows of a query: cells with '|' between, a line each, without the last line's end. Aborts on errors. */
char *look (const char *url, const char *query);
/* The only cell as a number. */
long long look_number (const char *url, const char *query);

#endif
