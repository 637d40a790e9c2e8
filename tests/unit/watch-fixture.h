/*
 * What index.db keeps of its own rows is brought up before a commit (archive/settle.h). Here triggers do the same at each single row, into tables of their own,
 * beside the code that is tested: whoever writes a row past settle.h is found out.
 */
#ifndef TESTS_WATCH_FIXTURE_H
#define TESTS_WATCH_FIXTURE_H

#include "archive-fixture.h"
#include "archive/settle.h"

#define WATCH_TALLY(TYPE, ID, DATE, LISTED, LETTERS, REST)                                                                                                     \
	"INSERT INTO watched_tally SELECT " TYPE ", " ID ", (" DATE " - (" DATE " % 3600 + 3600) % 3600) / 3600, " LISTED ", " LETTERS " " REST ";"
#define WATCH_CHANGE(NAME, EVENT, WHICH) "CREATE TEMP TRIGGER " NAME " AFTER " EVENT " BEGIN INSERT INTO watched_change VALUES (" WHICH ".message); END;"

static const char watch_tally_sql[] =
    "CREATE TEMP TABLE watched_tally (type, id, hour, listed, letters);"
    "INSERT INTO watched_tally SELECT type, id, hour, listed, letters FROM main.tally;"
    "CREATE TEMP TRIGGER watch_message AFTER INSERT ON main.message WHEN new.listed BEGIN " WATCH_TALLY(
        "''", "''", "new.date_effective", "1", "new.kind = 'input'", "") WATCH_TALLY("type", "id", "date", "1", "new.kind = 'input'",
        "FROM filing WHERE message = new.message") "END;"
                                                   "CREATE TEMP TRIGGER watch_message_gone AFTER DELETE ON main.message WHEN old.listed BEGIN " WATCH_TALLY(
                                                       "''", "''", "old.date_effective", "-1", "-(old.kind = 'input')", "")
                                                       WATCH_TALLY("type", "id", "date", "-1", "-(old.kind = 'input')",
                                                           "FROM filing WHERE message = old.message") "END;"
                                                                                                      "CREATE TEMP TRIGGER watch_message_moved AFTER UPDATE ON "
                                                                                                      "main.message BEGIN " WATCH_TALLY("''", "''",
                                                                                                          "old.date_effective", "-1", "-(old.kind = 'input')",
                                                                                                          "WHERE old.listed")
                                                                                                          WATCH_TALLY("''", "''", "new.date_effective", "1",
                                                                                                              "new.kind = 'input'", "WHERE new.listed")
                                                                                                              WATCH_TALLY("type", "id", "date", "-1",
                                                                                                                  "-(old.kind = 'input')",
                                                                                                                  "FROM filing WHERE message = old.message AND "
                                                                                                                  "old.listed") WATCH_TALLY("type", "id",
                                                                                                                  "date", "1", "new.kind = 'input'",
                                                                                                                  "FROM filing WHERE message = new.message AND "
                                                                                                                  "new.listed") "END;"
                                                                                                                                /* Before: a row that takes
                                                                                                                                   another's place is not one
                                                                                                                                   more. */
                                                                                                                                "CREATE TEMP TRIGGER "
                                                                                                                                "watch_filing BEFORE INSERT ON "
                                                                                                                                "main.filing WHEN NOT EXISTS "
                                                                                                                                "(SELECT 1 FROM filing WHERE "
                                                                                                                                "type = new.type AND id = "
                                                                                                                                "new.id AND date = new.date "
                                                                                                                                "AND message = new.message) "
                                                                                                                                "BEGIN " WATCH_TALLY("new.type",
                                                                                                                                    "new.id", "new.date", "1",
                                                                                                                                    "kind = 'input'",
                                                                                                                                    "FROM message WHERE "
                                                                                                                                    "message = new.message AND "
                                                                                                                                    "listed") "END;"
                                                                                                                                              "CREATE TEMP "
                                                                                                                                              "TRIGGER "
                                                                                                                                              "watch_filing_"
                                                                                                                                              "gone AFTER "
                                                                                                                                              "DELETE ON "
                                                                                                                                              "main.filing "
                                                                                                                                              "BEGIN"
                                                                                                                                              " " WATCH_TALLY(
                                                                                                                                                  "old.type",
                                                                                                                                                  "old.id",
                                                                                                                                                  "old.date",
                                                                                                                                                  "-1",
                                                                                                                                                  "-(kind = "
                                                                                                                                                  "'input')",
                                                                                                                                                  "FROM "
                                                                                                                                                  "message "
                                                                                                                                                  "WHERE "
                                                                                                                                                  "message = "
                                                                                                                                                  "old.message "
                                                                                                                                                  "AND listed") "END;"
                                                                                                                                                                "CREATE TEMP TRIGGER watch_filing_moved AFTER UPDATE OF date ON main.filing BEGIN " WATCH_TALLY(
                                                                                                                                                                    "old.type",
                                                                                                                                                                    "old.id",
                                                                                                                                                                    "old.date",
                                                                                                                                                                    "-1",
                                                                                                                                                                    "-(kind = 'input')",
                                                                                                                                                                    "FROM message WHERE message = old.message AND listed")
                                                                                                                                                                    WATCH_TALLY(
                                                                                                                                                                        "new.type",
                                                                                                                                                                        "new.id",
                                                                                                                                                                        "new.date",
                                                                                                                                                                        "1",
                                                                                                                                                                        "kind = 'input'",
                                                                                                                                                                        "FROM message WHERE message = new.message AND listed") "END;";

static const char watch_change_sql[] = "CREATE TEMP TABLE watched_change (message);" WATCH_CHANGE("changed_message", "INSERT ON main.message", "new")
    WATCH_CHANGE("changed_row", "UPDATE ON main.message WHEN new.change = old.change OR new.thread <> old.thread", "new")
        WATCH_CHANGE("changed_filed", "INSERT ON main.filing", "new") WATCH_CHANGE("changed_filing", "UPDATE ON main.filing", "new")
            WATCH_CHANGE("changed_unfiled", "DELETE ON main.filing", "old") WATCH_CHANGE("changed_part", "UPDATE ON main.part", "new")
                WATCH_CHANGE("changed_text", "UPDATE ON main.passages", "new") WATCH_CHANGE("changed_scope", "UPDATE OF scope ON main.paragraph", "new")
                    WATCH_CHANGE("changed_campaign", "UPDATE OF campaign ON main.letter", "new") WATCH_CHANGE("changed_letter", "DELETE ON main.letter", "old")
                        WATCH_CHANGE("changed_decision", "INSERT ON main.decision WHEN new.message IS NOT NULL", "new")
                            WATCH_CHANGE("changed_undone", "UPDATE ON main.decision WHEN new.message IS NOT NULL", "new");

/* From here on; INDEX is in no transaction, or at its beginning. */
static inline void
watch(struct index *index)
{
	g_autoptr(GError) error = NULL;

	assert_ok(db_execute(index_db(index), watch_tally_sql, &error) && db_execute(index_db(index), watch_change_sql, &error), error);
}

static inline gint64
watch_number(struct index *index, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Stmt) stmt = db_prepare(index_db(index), sql, &error);

	assert_ok(stmt != NULL && stmt_step(stmt, &error) == STMT_ROW, error);
	return stmt_int(stmt, 0);
}

#define WATCH_COUNTED(TABLE) "(SELECT type, id, hour, sum(listed) AS l, sum(letters) FROM " TABLE " GROUP BY 1, 2, 3 HAVING l <> 0)"

/* In a transaction: all is brought up. BEFORE: the greatest number of a change when it began, or when this was asked last. */
static inline void
assert_watched(struct index *index, gint64 before)
{
	g_autofree char *missed =
	    g_strdup_printf("SELECT count(*) FROM watched_change AS w JOIN message AS m USING (message) WHERE m.change <= %" G_GINT64_FORMAT, before);
	g_autoptr(GError) error = NULL;

	assert_ok(settle_all(index, &error), error);
	assert_int_equal(watch_number(index, "SELECT count(*) FROM (SELECT * FROM " WATCH_COUNTED(
	                                         "watched_tally") " EXCEPT SELECT type, id, hour, listed, letters FROM tally)"),
	    0);
	assert_int_equal(watch_number(index, "SELECT count(*) FROM (SELECT type, id, hour, listed, letters FROM tally EXCEPT SELECT * FROM " WATCH_COUNTED(
	                                         "watched_tally") ")"),
	    0);
	assert_int_equal(watch_number(index, missed), 0);
	assert_int_equal(
	    watch_number(index, "SELECT count(*) FROM message AS m WHERE asks <> EXISTS (SELECT 1 FROM filing AS f WHERE f.message = m.message AND "
	                        "f.type = 'intent' AND f.id IN ('question', 'consultation'))"),
	    0);
	assert_int_equal(
	    watch_number(index, "SELECT count(*) FROM message AS m WHERE hushed <> (EXISTS (SELECT 1 FROM message AS o WHERE o.copy_of = m.message AND "
	                        "(o.held IS NOT NULL OR o.kind = 'spam' OR o.redacted IS 'whole')) AND NOT EXISTS (SELECT 1 FROM decision AS d WHERE "
	                        "d.message = m.message AND d.action = 'release' AND d.undone IS NULL))"),
	    0);
	assert_ok(db_execute(index_db(index), "DELETE FROM watched_change", &error), error);
}

static inline gint64
watch_change(struct index *index)
{
	return watch_number(index, "SELECT coalesce(max(change), 0) FROM message");
}

#endif
