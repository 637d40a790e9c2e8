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
	/* Of a query whose words decide, in order of date; else NULL: */
	char *walked[2]; /* QUERY_NEWEST and QUERY_OLDEST again, through the index of dates: faster when many match and few are wanted */
	char *probe;     /* how many its words find, at most :limit; only PROBE_BIND is bound */
	guint probe_bind;
	GPtrArray *binds; /* of struct query_bind: bound in all of these but probe */
};
/* TREE NULL: everything. */
void query_compile(const struct node *tree, struct compiled *out);
void compiled_clear(struct compiled *compiled);

#endif
