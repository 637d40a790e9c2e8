#include "report/comments-private.h"

#include <string.h>

#include "base/text.h"
#include "report/print-private.h"

#define SUBMITTERS_NAMED 3

/* Words that the tables have in every form. Nothing here is escaped. */

static char *
letters_by(gint64 letters, gint64 authors)
{
	g_autofree char *counted = text_count(letters, "letter", "letters");

	return authors > 1 ? g_strdup_printf("%s by %" G_GINT64_FORMAT " people", counted, authors) : g_steal_pointer(&counted);
}

char *
comment_counts(const struct comment *comment)
{
	g_autofree char *counted = letters_by(comment->letters->len, comment->authors);
	gboolean several = comment->letters->len > 1;

	if (comment->late == 0)
		return several ? g_steal_pointer(&counted) : NULL;
	if (!several)
		return g_strdup("late");
	return comment->late == comment->letters->len ? g_strdup_printf("%s, late", counted)
	                                              : g_strdup_printf("%s, %" G_GINT64_FORMAT " late", counted, comment->late);
}

char *
contributor_name(const struct contributor *contributor)
{
	g_autofree char *counted = NULL;

	if (!contributor->campaign)
		return g_strdup(contributor->name);
	counted = letters_by(contributor->letters->len, contributor->authors->len);
	return g_strdup_printf("Campaign of %s: %s", counted, contributor->name);
}

char *
contributor_submitters(const struct contributor *contributor)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < contributor->authors->len && i < SUBMITTERS_NAMED; i++) {
		const struct message_row *row = g_ptr_array_index(contributor->authors, i);
		const char *name = row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address;

		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "(no author)");
	}
	if (contributor->authors->len > SUBMITTERS_NAMED)
		g_string_append_printf(out, " and %u more", contributor->authors->len - SUBMITTERS_NAMED);
	return g_string_free(out, FALSE);
}

char *
comment_sections(const struct comment *comment, const char *none)
{
	GString *out = g_string_new(comment->sections->len == 0 ? none : NULL);

	for (guint i = 0; i < comment->sections->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(comment->sections, i));
	return g_string_free(out, FALSE);
}

static void
add_reason(struct comments_left *out, guint *n, const char *name, const char *reason, gint64 count)
{
	if (count != 0 && *n < COMMENTS_REASONS)
		out[(*n)++] = (struct comments_left){reason, name, count};
}

guint
comments_left_out(const struct comments *comments, struct comments_left *out)
{
	static const char *const kinds[N_KINDS] = {
	    [KIND_TEAM] = "of the team or staff",
	    [KIND_AUTO] = "automatic replies",
	    [KIND_BOUNCE] = "bounces",
	    [KIND_SPAM] = "spam",
	    [KIND_ADMIN] = "administrative",
	    [KIND_ANNOUNCEMENT] = "announcements",
	};
	const struct ledger *ledger = &comments->ledger;
	guint n = 0;

	add_reason(out, &n, "superseded", "superseded by a correction", comments->superseded);
	add_reason(out, &n, "elsewhere", "not filed under this workstream", comments->elsewhere);
	for (int i = KIND_INPUT + 1; i < N_KINDS; i++)
		add_reason(out, &n, kind_name(i), kinds[i] != NULL ? kinds[i] : kind_name(i), ledger->kinds[i]);
	add_reason(out, &n, "held", "held", ledger->held);
	add_reason(out, &n, "duplicate", "the same message again", ledger->duplicate);
	add_reason(out, &n, "variant", "copies that came another way", ledger->variant);
	add_reason(out, &n, "unread", "could not be read", ledger->unread);
	add_reason(out, &n, "redacted", "redacted", ledger->redacted);
	return n;
}
