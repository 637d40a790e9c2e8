/* What plan.c and places.c share. */
#ifndef PUBLISH_PLAN_PRIVATE_H
#define PUBLISH_PLAN_PRIVATE_H

#include "publish/plan.h"

struct plan {
	struct index *index;
	struct page_archive *archive;
	const struct page_site *site;
	struct published *published; /* or NULL */
	gint64 now;
	struct audience audience;
	GPtrArray *targets;   /* of struct target */
	gboolean whole;       /* everything is touched */
	GHashTable *bases;    /* paths without ending that are touched */
	GHashTable *dates;    /* of those among them that list letters: the dates (GArray of gint64) of the letters that changed */
	GArray *touched;      /* of gint64: all these dates */
	GHashTable *files;    /* paths of files */
	GHashTable *letters;  /* message -> struct published_letter: where it stands now, of those that were looked at */
	GHashTable *planned;  /* messages that were planned */
	GHashTable *names[2]; /* the page of each thread, and campaign, by its number; "": it has none */
	GPtrArray *sorted;
	guint changed;
};

/* Whether ID can be told from other pages' files: it is a public id of a letter. */
gboolean places_is_safe(const char *id);
/* "workstream/quay", "all", "unfiled". Caller frees. */
char *places_base(const char *type, const char *id);
/* Where MESSAGE stands now: the plan's. NULL only with ERROR. */
const struct published_letter *places_find(struct plan *plan, gint64 message, GError **error);
/* The page of the thread, or campaign, with that NUMBER, named by its first letter: the plan's; NULL for one letter alone, or with ERROR (FALSE). */
gboolean places_kin_page(struct plan *plan, gboolean campaign, gint64 number, const char **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "mbox/2019-02.mbox.gz". Caller frees. */
char *places_mailbox(const struct plan *plan, gint64 date);

#endif
