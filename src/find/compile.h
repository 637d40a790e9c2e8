/* A query's tree -> SQL made of constant pieces, and the values to bind. Nothing a user typed is ever part of the SQL. */
#ifndef FIND_COMPILE_H
#define FIND_COMPILE_H

#include "find/parser.h"

struct query_bind {
	char *name; /* ":v1" */
	char *text; /* NULL: a number */
	gint64 number;
};

struct compiled {
	char *ordered[N_QUERY_ORDERS]; /* message numbers in order, at most :limit */
	char *count;                   /* their number */
	/* Of a query whose words every match must have; else NULL: */
	char *walked[2];  /* QUERY_NEWEST and QUERY_OLDEST again, in order of date until enough are found: found(n) tells of these words (find/member.h) */
	char *words;      /* FTS5's expression */
	guint words_bind; /* its number among BINDS, not bound in WALKED */
	GPtrArray *binds; /* of struct query_bind: bound in all of these */
};
/* TREE NULL: everything. */
void query_compile(const struct node *tree, struct compiled *out);
void compiled_clear(struct compiled *compiled);

#endif
