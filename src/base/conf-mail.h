/* [mail] and [subscription NAME] of postbag.conf(5): how mail goes out, and who gets which digest when. */
#ifndef BASE_CONF_MAIL_H
#define BASE_CONF_MAIL_H

#include "base/sections.h"

struct conf_place {
	guint line, column; /* from 1 */
};

struct conf_mail {
	char *server;        /* "smtp://host:port" or "smtps://host:port", or NULL */
	char *sendmail;      /* a command instead of it, or NULL */
	char *from_name;     /* of From, or NULL */
	char *from;          /* its address, or NULL: nothing can be sent */
	char *sender;        /* of the envelope; "": the null sender */
	char *user;          /* for AUTH, or NULL */
	char *password_file; /* absolute, or NULL */
	char *credential;    /* its name in $CREDENTIALS_DIRECTORY (systemd.exec(5)), or NULL */
	char *ca_file;       /* absolute, or NULL: the system's certificates */
	char *list_id;       /* of List-Id, or NULL */
	char *link;          /* where a message can be read, with "{id}" in it, or NULL */
	int starttls;        /* TRUE, FALSE, or -1: not given, which is TRUE but on this machine's own addresses */
	gint64 timeout;      /* seconds for one message */
	guint line;          /* of the section, 0: there is none */
	/* where values stand that only a look at the machine can find wrong; line 0: not given */
	struct conf_place sendmail_at, password_file_at, credential_at, ca_file_at;
};

enum subscription_every { EVERY_DAY = 1, EVERY_WEEK };

/* What a subscription is limited to. */
struct subscription_wanted {
	const char *type; /* "workstream", "topic", "group" */
	const char *id;   /* owned by the subscription's list of that type */
	struct conf_place at;
};

struct subscription {
	char *name;
	guint line;                               /* of its section */
	GPtrArray *to;                            /* of char *: addresses, each checked */
	GPtrArray *workstreams, *topics, *groups; /* of char *: only these; all empty: everything */
	GArray *wanted;                           /* of struct subscription_wanted: the same in the order of the file */
	enum subscription_every every;
	int weekday;     /* of EVERY_WEEK: 1 Monday to 7 Sunday */
	int minute;      /* of the civil day at which it goes out, 0 to 1439 */
	char *timezone;  /* or NULL: the archive's */
	char *title;     /* or NULL: the archive's */
	gboolean html;   /* beside the text */
	gboolean digest; /* and the messages themselves, as multipart/digest (RFC 2046 section 5.1.5) */
	gboolean skip_empty;
};

/* One entry of such a section into MAIL or SUBSCRIPTION; FILE names the configuration. POSTBAG_ERROR_DATA with file:line:column. */
gboolean conf_mail_entry(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error);
gboolean subscription_entry(struct subscription *subscription, const char *file, const struct section_entry *entry, GError **error);
/* What has to be there when all entries were read, and what must not be together. */
gboolean conf_mail_finish(struct conf_mail *mail, const char *file, GError **error);
gboolean subscription_finish(const struct subscription *subscription, const char *file, GError **error);

struct subscription *subscription_new(const char *name, guint line);
void subscription_free(struct subscription *subscription);
/* Whether its server is on this machine, where nobody listens in. */
gboolean conf_mail_is_here(const struct conf_mail *mail);
void conf_mail_clear(struct conf_mail *mail);

#endif
