/* postbag.conf(5): the same syntax as rule files, unknown keys refused. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/conf-mail.h"
#include "base/conf-query.h"
#include "base/conf-web.h"

struct conf_retention {
	int kind;     /* enum record_kind */
	char age[16]; /* "90d", "18m", "2y": as clock_parse reads it */
};

struct conf {
	char *file;        /* where it was read, or NULL: none was found */
	char *folder;      /* [archive] folder: absolute, or NULL */
	char *spool;       /* [archive] spool, or NULL: "spool" in the folder */
	char *title;       /* [archive] title: heads the digest, or NULL */
	char *timezone;    /* [archive] timezone, or NULL: UTC */
	GArray *retention; /* [archive] retention: of struct conf_retention, each kind once */
	GPtrArray *rules;  /* [archive] rules: of char *, absolute paths */
	GPtrArray *failed; /* [sweep] folder: of char *, absolute paths of folders of failures */

	GPtrArray *lmtp_listen;     /* [lmtp] listen: of char *, as written */
	GPtrArray *lmtp_listen_at;  /* where each stands: of char *, "FILE:LINE:COLUMN" */
	GPtrArray *lmtp_recipients; /* [lmtp] recipient: of char *; empty: any */
	gint64 lmtp_mode;           /* [lmtp] mode of a socket, -1: not given */
	gint64 lmtp_size;           /* [lmtp] size: bytes of a message, 0: any */
	gint64 lmtp_connections;    /* [lmtp] connections at once */
	gint64 lmtp_timeout;        /* [lmtp] timeout: seconds */

	struct conf_mail mail;
	struct conf_web web;
	GPtrArray *subscriptions; /* of struct subscription, in file order */
	GPtrArray *queries;       /* of struct saved_query, in file order */
};

/*
 * Reads the configuration at PATH; when PATH is NULL, the first that exists of $POSTBAG_CONFIG, $XDG_CONFIG_HOME/postbag/postbag.conf (or ~/.config/...),
 * /etc/postbag/postbag.conf; when none does, an empty one. Relative paths in it count from its own folder. POSTBAG_ERROR_CONFIG with file:line:column and
 * remedy.
 */
struct conf *conf_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for what takes mail in or keeps it: [mail], [subscription] and [query], which it does without, are not read, and nothing in them is an error. */
struct conf *conf_load_intake(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* An empty configuration. */
struct conf *conf_new(void);
void conf_free(struct conf *conf);
typedef struct conf Conf;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Conf, conf_free)

#endif
