/* [web] of postbag.conf(5): where the archive's pages are served, and to whom. */
#ifndef BASE_CONF_WEB_H
#define BASE_CONF_WEB_H

#include "base/sections.h"

enum conf_web_when { WEB_RECEIVED, WEB_DAY_LATER, WEB_RELEASED };

struct conf_web {
	GPtrArray *listen;    /* of char *, as written */
	GPtrArray *listen_at; /* where each stands: of char *, "FILE:LINE:COLUMN" */
	gint64 mode;          /* of a socket, -1: not given */
	char *title;          /* or NULL: the archive's */
	char *address;        /* "https://archive.example.org", without the path; or NULL */
	char *prefix;         /* the path of address, without a '/' at its end; never NULL after conf_web_finish */
	char *contact;        /* a mail address, or NULL */
	gboolean staff;       /* the staff view */
	enum conf_web_when when;
	gboolean attachments;
	gint64 connections, each; /* at once; of one client address (0: any) */
	gint64 workers;           /* threads; 0: one for each processor, within limits */
	gint64 timeout;           /* seconds */
};

void conf_web_init(struct conf_web *web);
void conf_web_clear(struct conf_web *web);
/* One entry; FILE names the configuration. POSTBAG_ERROR_DATA with file:line:column. */
gboolean conf_web_entry(struct conf_web *web, const char *file, const struct section_entry *entry, GError **error);

#endif
