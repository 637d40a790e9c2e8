#include "carrier/outcome.h"

#include <string.h>
#include <sysexits.h>

#include "base/text.h"

static const char *const names[] = {[OUTCOME_SENT] = "sent", [OUTCOME_DEFERRED] = "deferred", [OUTCOME_REFUSED] = "refused", [OUTCOME_UNKNOWN] = "unknown"};

#define WORDS_MOST 200 /* columns: a server's answer is a line or two */

const char *
outcome_name(enum outcome_state state)
{
	return names[state];
}

int
outcome_from_name(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

int
outcome_status(enum outcome_state state)
{
	static const int statuses[] = {
	    [OUTCOME_SENT] = EX_OK, [OUTCOME_DEFERRED] = EX_TEMPFAIL, [OUTCOME_REFUSED] = EX_UNAVAILABLE, [OUTCOME_UNKNOWN] = EX_PROTOCOL};

	return statuses[state];
}

gboolean
outcome_tried_nothing(int status)
{
	static const int nothing[] = {EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_SOFTWARE, EX_OSERR, EX_CANTCREAT, EX_IOERR, EX_NOPERM, EX_CONFIG, 126, 127};

	for (gsize i = 0; i < G_N_ELEMENTS(nothing); i++)
		if (nothing[i] == status)
			return TRUE;
	return FALSE;
}

void
outcome_set(struct outcome *out, enum outcome_state state, const char *words)
{
	g_autofree char *line = g_utf8_make_valid(words, -1);
	g_autofree char *escaped = NULL;

	g_strdelimit(line, "\r\n\t", ' ');
	escaped = text_escape(g_strstrip(line), FALSE);
	g_free(out->words);
	out->state = state;
	out->words = text_cut(escaped, WORDS_MOST);
}

void
outcome_clear(struct outcome *outcome)
{
	g_free(outcome->words);
	outcome->words = NULL;
}
