#include "report/comments-private.h"

#include <string.h>

#include "report/csv.h"

static const char *
type_of(const struct contributor *contributor)
{
	return contributor->body ? "organization" : contributor->campaign ? "campaign" : "individual";
}

/* The address of a letter, NULL without a template. Caller frees. */
static char *
link_to(const struct comments *comments, const char *id)
{
	g_autofree char *encoded = g_uri_escape_string(id, NULL, FALSE);
	g_auto(GStrv) pieces = comments->link != NULL ? g_strsplit(comments->link, "{id}", -1) : NULL;

	return pieces != NULL ? g_strjoinv(encoded, pieces) : NULL;
}

static void
add_cells(GString *out, const char *const *cells, gsize n)
{
	for (gsize i = 0; i < n; i++)
		csv_cell(out, cells[i]);
	csv_end(out);
}

static char *
number(gint64 n)
{
	return g_strdup_printf("%" G_GINT64_FORMAT, n);
}

static void
add_contributor(GString *out, const struct comments *comments, const struct contributor *contributor)
{
	const struct message_row *first = g_ptr_array_index(contributor->letters, 0);
	g_autofree char *name = contributor_name(contributor), *by = contributor_submitters(contributor);
	g_autofree char *letters = number(contributor->letters->len), *unique = number(contributor->unique), *late = number(contributor->late);
	g_autofree char *people = number(contributor->authors->len);
	g_autofree char *received = clock_iso(first->received), *address = link_to(comments, first->public_id);
	g_autoptr(GString) ids = g_string_new(NULL);

	for (guint i = 0; i < contributor->letters->len; i++)
		g_string_append_printf(ids, "%s%s", i > 0 ? " " : "", ((const struct message_row *)g_ptr_array_index(contributor->letters, i))->public_id);
	const char *const cells[] = {type_of(contributor), name, by, contributor->affiliation, contributor->initials, letters, unique, people, late, received,
	    contributor->found     ? "found in the letter"
	    : contributor->entered ? "entered"
	                           : "",
	    address, ids->str};
	add_cells(out, cells, G_N_ELEMENTS(cells));
}

static void
add_comment(GString *out, const struct comments *comments, const struct comment_workstream *workstream, const struct comment_place *place,
    const struct comment *comment)
{
	gboolean topic = strcmp(place->type, "topic") == 0;
	g_autofree char *name = contributor_name(comment->contributor), *sections = comment_sections(comment, "");
	g_autofree char *letters = number(comment->letters->len), *people = number(comment->authors), *late = number(comment->late);
	g_autofree char *received = clock_iso(comment->row->received), *address = link_to(comments, comment->row->public_id);
	const struct entered *position = comment->position;
	const char *const cells[] = {workstream->id, workstream->title, topic ? place->id : "", topic ? place->title : "", comment->key,
	    comment->contributor->initials, sections, name, type_of(comment->contributor), received, letters, people, late,
	    comment->suggested ? "suggested" : "firm", comment->quote,
	    comment->quote == NULL ? ""
	    : comment->attached    ? "attachment"
	                           : "letter",
	    position != NULL ? position->value : "", position != NULL ? position->who : "", position != NULL ? position->note : "", address,
	    comment->row->public_id};

	add_cells(out, cells, G_N_ELEMENTS(cells));
}

static void
add_comments(GString *out, const struct comments *comments)
{
	g_string_append(out,
	    "workstream,workstream_title,topic,topic_title,key,initials,section,contributor,type,received,letters,people,late,filing,quote,quote_from,"
	    "position,position_by,position_note,link,id" CSV_END);
	for (guint i = 0; i < comments->workstreams->len; i++) {
		const struct comment_workstream *workstream = g_ptr_array_index(comments->workstreams, i);

		for (guint j = 0; j < workstream->places->len; j++) {
			const struct comment_place *place = g_ptr_array_index(workstream->places, j);

			for (guint k = 0; k < place->comments->len; k++)
				add_comment(out, comments, workstream, place, g_ptr_array_index(place->comments, k));
		}
	}
}

char *
comments_print_csv(const struct comments *comments, enum comments_table table)
{
	GString *out = g_string_new(NULL);
	const GPtrArray *const lists[] = {comments->bodies, comments->persons};

	if (table == COMMENTS_COMMENTS) {
		add_comments(out, comments);
		return g_string_free(out, FALSE);
	}
	g_string_append(out, "type,name,submitted_by,affiliation,initials,letters,unique,people,late,received,name_from,link,ids" CSV_END);
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; j < lists[i]->len; j++)
			add_contributor(out, comments, g_ptr_array_index(lists[i], j));
	return g_string_free(out, FALSE);
}
