#include "report/ledger.h"

#include "find/counts.h"

#define TRIES 3    /* a delivery kept this very moment reaches the index some milliseconds later */
#define WAIT 50000 /* microseconds between the tries */

static gboolean
count_truth(struct mailstore *store, const struct span *span, gint64 *out, GError **error)
{
	gint64 contents;

	if (span->upto > 0)
		return mailstore_count_entries(store, span->after, span->upto, out, error);
	return mailstore_count(store, span->window.from, span->window.to, out, &contents, error);
}

gboolean
ledger_count(struct mailstore *store, struct index *index, const struct span *span, gint64 spooled, struct ledger *out, GError **error)
{
	struct delivery_counts counts;
	struct index_position position;
	struct ledger ledger = {.spooled = spooled};
	gint64 last, sum;

	/* the index first: what comes in between is then in the truth alone, and shows as a difference, never the other way about */
	if (!index_position(index, &position, error) || !counts_deliveries(index, span, &counts, error))
		return FALSE;
	if (!count_truth(store, span, &ledger.truth, error) || !mailstore_last(store, &last, error))
		return FALSE;
	ledger.rows = counts.rows;
	ledger.unread = counts.unread + spooled; /* nobody could read it yet */
	ledger.redacted = counts.redacted;
	ledger.held = counts.held;
	ledger.duplicate = counts.duplicate;
	ledger.variant = counts.variant;
	sum = ledger.redacted + ledger.unread + counts.held + counts.duplicate + counts.variant;
	for (int i = 0; i < N_KINDS; i++) {
		ledger.kinds[i] = counts.kinds[i];
		sum += counts.kinds[i];
	}
	ledger.behind = MAX(last - position.seq, 0);
	ledger.difference = ledger.truth + spooled - sum;
	*out = ledger;
	return TRUE;
}

gboolean
ledger_begin(struct mailstore *store, struct index *index, const struct span *span, gint64 spooled, struct ledger *out, GError **error)
{
	for (int try = 1;; try++) {
		if (!index_begin(index, error))
			return FALSE;
		if (!ledger_count(store, index, span, spooled, out, error)) {
			index_rollback(index);
			return FALSE;
		}
		if (out->difference == 0 || out->behind == 0 || try == TRIES)
			return TRUE;
		index_rollback(index);
		g_usleep(WAIT);
	}
}

static void
add_class(GString *line, const char *name, gint64 count)
{
	if (count != 0)
		g_string_append_printf(line, " + %s %" G_GINT64_FORMAT, name, count);
}

char *
ledger_line(const struct ledger *ledger)
{
	gint64 received = ledger->truth + ledger->spooled;
	GString *line;

	if (received == 0 && ledger->rows == 0)
		return g_strdup("nothing received");
	line = g_string_new(NULL);
	g_string_printf(line, "received %" G_GINT64_FORMAT " = input %" G_GINT64_FORMAT, received, ledger->kinds[KIND_INPUT]);
	for (int i = KIND_INPUT + 1; i < N_KINDS; i++)
		add_class(line, kind_name(i), ledger->kinds[i]);
	add_class(line, "held", ledger->held);
	add_class(line, "duplicate", ledger->duplicate);
	add_class(line, "variant", ledger->variant);
	add_class(line, "unread", ledger->unread);
	add_class(line, "redacted", ledger->redacted);
	return g_string_free(line, FALSE);
}
