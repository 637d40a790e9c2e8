/* The numbered steps from one version of a file to the next, run by `postbag upgrade` alone. A step once released never changes. */
#ifndef ARCHIVE_UPGRADES_H
#define ARCHIVE_UPGRADES_H

struct upgrade_step {
	int to;          /* the version this step makes, from the one before */
	const char *sql; /* run in one transaction with the change of user_version; NULL ends the table */
};

/* Of mail.db, whose version 1 is the first. index.db has none: it is made anew. */
static const struct upgrade_step mail_upgrades[] = {
    /* Blocks of older messages. */
    {2, "CREATE TABLE block (block INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL, raw BLOB NOT NULL) STRICT;"
        "ALTER TABLE content ADD COLUMN block INTEGER REFERENCES block;"
        "ALTER TABLE content ADD COLUMN \"offset\" INTEGER;"
        "CREATE INDEX content_block ON content (block) WHERE block IS NOT NULL;"},
    {0, NULL},
};

#endif
