#include "archive-fixture.h"
#include "watch-fixture.h"
#include "archive/index-private.h"
#include "base/text.h"

/* A story: messages, each delivered once or more, decisions and a change of rules; told in many orders it must leave the same index. */
#define MESSAGES 60
#define ORDERS 24

enum event_type { EVENT_DELIVERY, EVENT_RULES, EVENT_DECISION, EVENT_REPLACE, EVENT_RECLASSIFY };

struct event {
	enum event_type type;
	guint message;
	gint64 received;
	const char *action, *value;
	gint64 at;
};

static const struct index_target targets[] = {
    {"workstream", "ws1", "One", NULL, "t", NULL, TRUE, FALSE, 1}, {"workstream", "ws2", "Two", NULL, "t", "two@example.org", TRUE, FALSE, 2},
    {"topic", "ws1.a", "A", "ws1", "t", NULL, TRUE, FALSE, 3}, {"topic", "ws1.b", "B", "ws1", "t", NULL, TRUE, FALSE, 4},
    {"topic", "ws2.c", "C", "ws2", "t", NULL, TRUE, FALSE, 5}, {"intent", "question", "Question", NULL, "t", NULL, TRUE, FALSE, 6},
    {"topic", "ws2.new", "New", "ws2", "t", NULL, TRUE, FALSE, 7}, /* with the second rules only */
};

static const char *const topics[] = {"ws1.a", "ws1.b", "ws2.c", "ws2.new"};
static const char *const workstreams[] = {"ws1", "ws1", "ws2", "ws2"};

static void
file_topic(struct record *record, guint topic)
{
	record_add_filing(record, TARGET_TOPIC, topics[topic], "t", TIER_FIRM);
	if (record_find_filing(record, TARGET_WORKSTREAM, workstreams[topic]) == NULL)
		record_add_filing(record, TARGET_WORKSTREAM, workstreams[topic], "t", TIER_FIRM);
	record_add_evidence(record, TARGET_TOPIC, topics[topic], TIER_FIRM, "keyword", "word", "t.rules", 10);
	record_add_evidence(record, TARGET_WORKSTREAM, workstreams[topic], TIER_FIRM, "topic", topics[topic], "t.rules", 10);
}

static void
hint_topic(struct record *record, guint topic)
{
	record_add_evidence(record, TARGET_TOPIC, topics[topic], TIER_HINT, "hint", "near", "t.rules", 20 + topic);
}

#define FOOT "This office answers for nothing in its letters, frogs and questions included."

/* Some of the words that matched stand in what the office puts below its letters. */
static void
move_to_foot(struct record *record, guint i)
{
	const char *text = ((const struct record_passage *)record->passages->pdata[1])->text, *foot = strstr(text, FOOT);

	for (guint j = 0; foot != NULL && j < record->evidence->len; j++) {
		struct record_evidence *evidence = record->evidence->pdata[j];

		if ((i % 3 == 0 && i % 20 != 0) || i == 25 || strcmp(evidence->key, "topic") == 0)
			continue;
		evidence->passage = 1;
		evidence->offset = (guint)(foot - text) + i % 5;
		evidence->length = 4;
	}
}

/* Letters of three campaigns, each with words of its own: some are near enough to lead others to theirs, some fall between. */
static void
add_campaign_words(GString *text, guint i, gboolean changed)
{
	for (guint word = 0; word < 40 && !changed; word++)
		g_string_append_printf(text, "word%u-%u ", word, word % 10 < i % 7 ? i / 2 : i % 3);
}

/* What a mask takes of letters counts for no campaign. */
static void
mask_words(struct record *record, gboolean any)
{
	for (guint i = 0; any && i < record->passages->len; i++) {
		const struct record_passage *passage = record->passages->pdata[i];
		struct record_evidence *mask;

		if (passage->kind != PASSAGE_NEW || strlen(passage->text) < 300)
			continue;
		mask = record_add_evidence(record, TARGET_MASK, "", TIER_MASKED, "keyword", "common words", "t.rules", 40);
		mask->passage = (gint)i;
		mask->offset = 50;
		mask->length = (guint)strlen(passage->text) - 150;
	}
}

/* Messages 0 to 39 stand in threads of up to eight, 40 to 49 are copies of one another in groups, the rest stand alone; 7 and 55 are unread at first. */
static struct record *
story_record(guint i, gboolean changed)
{
	g_autofree char *id = g_strdup_printf("m%u@example.org", i >= 40 && i < 50 ? 40 + i % 3 : i);
	g_autofree char *author = g_strdup_printf("Author%u@example.org", i >= 40 && i < 50 ? i % 3 : i % 7);
	g_autofree char *subject = g_strdup_printf("subject of %u", i % 9);
	g_autoptr(GString) text = g_string_new(NULL);
	struct record *record;

	g_string_append_printf(text, "Here is what I think of matter %u, and it is long enough.\n", i >= 40 && i < 50 ? i % 3 : i % 11);
	if (i >= 40 && i < 50 && i % 2 == 1 && i % 3 != 2)
		g_string_append_printf(text, "There is a second part%s", i > 44 ? ", and a third.\n" : ".\n");
	for (guint j = 0; j < 90 && (i < 40 || i >= 50); j++)
		g_string_append_printf(text, "word%uz ", i % 11 * 100 + j);
	if (i % 8 != 7)
		g_string_append(text, "\n\n" FOOT "\n");
	if (i >= 50 || (i < 40 && i % 3 == 1))
		add_campaign_words(text, i, changed);
	record = make_record(i % 13 == 12 ? NULL : id, author, subject, text->str);
	record_add_passage(record, PASSAGE_QUOTED, 0, "quoted words are not searched", -1);
	record->has_date = i % 5 != 4;
	record->date = 1550000000 + (gint64)i * 7919 % 1000 * 1000;
	record->kind = i % 6 == 5 ? KIND_TEAM : i % 17 == 16 ? KIND_AUTO : KIND_INPUT;
	record->held = i % 19 == 18 || i % 10 == 0;
	if (i % 10 == 0)
		record->held_reason = g_strdup("intent question");
	if (i < 40 && i % 8 != 0) {
		g_autofree char *root = g_strdup_printf("m%u@example.org", i - i % 8);
		g_autofree char *parent = g_strdup_printf("m%u@example.org", i - i % 8 + i % 8 / 2);

		/* Some know the root only, some the parent only, one both. */
		if (i % 3 != 0)
			add_reference(record, parent);
		else
			add_reference(record, root);
		if (i % 7 == 3 && strcmp(root, parent) != 0)
			add_reference(record, "never-came@example.org");
	}
	if (i == 33 || changed)
		add_reference(record, "m1@example.org");
	if (i % 4 == 1 && record->kind != KIND_AUTO)
		file_topic(record, i / 4 % 4);
	if (i % 3 == 2)
		hint_topic(record, i % 4);
	if (i % 5 == 0)
		record_add_filing(record, TARGET_INTENT, "question", "t", TIER_SUGGESTED);
	if (i % 10 == 3)
		record_add_remark(record, "number %u is odd", i);
	if (i % 20 == 0)
		record_add_evidence(record, TARGET_INTENT, "question", TIER_SUGGESTED, "keyword", "questions", "t.rules", 30);
	move_to_foot(record, i);
	mask_words(record, i % 3 == 0);
	return record;
}

/* The same message as rules filed it that were in force before the reclassification. */
static struct record *
early_record(guint i)
{
	struct record *record = story_record(i, FALSE);

	g_ptr_array_set_size(record->filings, 0);
	g_ptr_array_set_size(record->evidence, 0);
	record->kind = i % 7 == 3 ? KIND_TEAM : KIND_INPUT;
	record->held = i % 11 == 1;
	if (i % 4 != 2)
		file_topic(record, i / 3 % 4);
	if (i % 3 == 1)
		hint_topic(record, (i + 1) % 4);
	if (i % 7 == 0)
		record_add_filing(record, TARGET_INTENT, "question", "t", TIER_FIRM);
	if (i % 10 == 4)
		record_add_remark(record, "rules gave up on number %u", i);
	move_to_foot(record, i);
	mask_words(record, i % 5 == 0);
	return record;
}

static void
shuffle(GArray *events, GRand *rand)
{
	for (guint i = events->len; i > 1; i--) {
		guint j = g_rand_int_range(rand, 0, i);
		struct event a = g_array_index(events, struct event, i - 1);

		g_array_index(events, struct event, i - 1) = g_array_index(events, struct event, j);
		g_array_index(events, struct event, j) = a;
	}
}

static guint
first_delivery(const GArray *events, guint message)
{
	guint i = 0;

	while (g_array_index(events, struct event, i).type != EVENT_DELIVERY || g_array_index(events, struct event, i).message != message)
		i++;
	return i;
}

/* Decisions come after what they are about, and in their order; all else in any. */
static GArray *
tell(GRand *rand)
{
	static const struct event decisions[] = {
	    {EVENT_DECISION, 3, 0, "file", "ws2.c", 1},
	    {EVENT_DECISION, 5, 0, "unfile", "ws1.b", 2},
	    {EVENT_DECISION, 9, 0, "kind", "team", 1600000000},
	    {EVENT_DECISION, 18, 0, "release", NULL, 4},
	    {EVENT_DECISION, 20, 0, "hold", NULL, 5},
	    {EVENT_DECISION, 10, 0, "answered", NULL, 1560000000},
	    {EVENT_DECISION, 15, 0, "answered", NULL, 1560000000},
	    {EVENT_DECISION, 15, 0, "reopened", NULL, 1550500000},
	    {EVENT_DECISION, 3, 0, "unfile", "ws2.c", 9},
	    {EVENT_DECISION, 2, 0, "unfile", "ws2.c", 10},
	    {EVENT_DECISION, 13, 0, "file", "ws2.new", 11},
	    {EVENT_DECISION, 17, 0, "unfile", "ws1", 12},
	    {EVENT_DECISION, 17, 0, "file", "ws1.a", 13},
	    {EVENT_DECISION, 55, 0, "file", "ws1.a", 14},
	    {EVENT_DECISION, 25, 0, "unfile", "ws2", 15},
	    {EVENT_DECISION, 21, 0, "kind", "spam", 16},
	    {EVENT_DECISION, 30, 0, "note", NULL, 17},
	    {EVENT_DECISION, 49, 0, "file", "no-such-topic", 18},
	    {EVENT_DECISION, 21, 0, "undo", NULL, 19},
	    {EVENT_DECISION, 18, 0, "undo", NULL, 20}, /* its hold is the rules' again */
	    {EVENT_DECISION, 3, 0, "undo", NULL, 21},
	    {EVENT_DECISION, 17, 0, "undo", NULL, 22},
	    {EVENT_DECISION, 15, 0, "undo", NULL, 23}, /* answered, for good */
	    {EVENT_DECISION, 9, 0, "hold", NULL, 24},
	    {EVENT_DECISION, 9, 0, "undo", NULL, 25}, /* the hold, not the kind */
	    {EVENT_DECISION, 33, 0, "unfile", "ws1", 26},
	    {EVENT_DECISION, 33, 0, "undo", NULL, 27},
	    {EVENT_DECISION, 33, 0, "kind", "spam", 28},
	    {EVENT_DECISION, 33, 0, "undo", NULL, 29},
	    {EVENT_DECISION, 55, 0, "kind", "team", 30}, /* unread at that time, perhaps */
	    {EVENT_DECISION, 55, 0, "undo", NULL, 31},
	};
	static const guint replaced[] = {7, 55, 20, 28, 51};
	GArray *events = g_array_new(FALSE, FALSE, sizeof(struct event));
	guint after = 0;

	for (guint i = 0; i < MESSAGES; i++) {
		struct event event = {.type = EVENT_DELIVERY, .message = i, .received = 1551000000 + (gint64)(i * 31 % 60) * 1000};

		g_array_append_val(events, event);
		if (i % 4 == 0) {
			event.received -= i % 8 == 0 ? 5000000 : -777;
			g_array_append_val(events, event);
		}
	}
	shuffle(events, rand);
	for (guint i = 0; i < G_N_ELEMENTS(decisions); i++) {
		after = MAX(after, first_delivery(events, decisions[i].message) + 1);
		after = g_rand_int_range(rand, after, events->len + 1);
		g_array_insert_val(events, after, decisions[i]);
		after++;
	}
	for (guint i = 0; i < G_N_ELEMENTS(replaced); i++) {
		struct event event = {.type = EVENT_REPLACE, .message = replaced[i]};

		g_array_insert_val(events, g_rand_int_range(rand, first_delivery(events, replaced[i]) + 1, events->len + 1), event);
	}
	g_array_insert_val(events, g_rand_int_range(rand, 0, events->len + 1), ((struct event){.type = EVENT_RULES}));
	g_array_insert_val(events, g_rand_int_range(rand, 0, events->len + 1), ((struct event){.type = EVENT_RECLASSIFY}));
	return events;
}

static void
apply_rules(struct index *index, struct entry *entry, guint n)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < n; i++)
		g_ptr_array_add(list, (gpointer)&targets[i]);
	entry->type = "rules";
	entry->rules = n == G_N_ELEMENTS(targets) ? "second" : "first";
	assert_ok(index_apply_rules(index, entry, list, &error), error);
}

/* What stands of the decisions on MESSAGE, as mailstore_add_undo finds it. */
static char *
last_decision(struct index *index, gint64 message)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index_db(index), "SELECT max(seq) FROM decision WHERE message = :message AND action <> 'undo' AND undone IS NULL", NULL);

	stmt_bind_int(stmt, ":message", message);
	assert_int_equal(stmt_step(stmt, NULL), STMT_ROW);
	assert_false(stmt_is_null(stmt, 0));
	return g_strdup(stmt_text(stmt, 0));
}

/* Every message that has come is filed as it would be if it came now. */
static void
reclassify(struct index *index, const gint64 numbers[MESSAGES], GError **error)
{
	gint64 last = 0;

	for (guint i = 0; i < MESSAGES; i++) {
		g_autofree char *why = numbers[i] != 0 ? index_unread_reason(index, numbers[i], error) : NULL;
		g_autoptr(Record) record = why != NULL && *why == '\0' ? story_record(i, FALSE) : NULL;
		gboolean moved;

		last = MAX(last, numbers[i]);
		if (record != NULL)
			assert_ok(index_refile(index, numbers[i], record, &moved, error), *error);
	}
	if (last > 0)
		assert_ok(index_set_refiled(index, last, "rules-hash", error), *error);
}

static void
apply_event(struct index *index, const struct event *event, struct entry *entry, gint64 numbers[MESSAGES], gboolean *reclassified, GError **error)
{
	g_autofree char *public_id = g_strdup_printf("id%02u", event->message), *taken = NULL;
	g_autoptr(Record) record = NULL;
	gint64 *number = &numbers[event->message];

	switch (event->type) {
	case EVENT_RULES:
		apply_rules(index, entry, G_N_ELEMENTS(targets));
		break;
	case EVENT_DELIVERY:
		entry->again = *number != 0;
		if (*number == 0)
			for (guint i = 0; i < MESSAGES; i++)
				*number = MAX(*number, numbers[i] + 1);
		entry->type = "delivery";
		entry->content = *number;
		entry->received = event->received;
		entry->public_id = public_id;
		entry->source = "deliver";
		entry->size = 1000 + event->message;
		record = event->message == 7 || event->message == 55 ? NULL
		         : *reclassified                             ? story_record(event->message, FALSE)
		                                                     : early_record(event->message);
		assert_ok(index_apply_delivery(index, entry, entry->again ? NULL : record, record == NULL ? "the reader died" : NULL,
		              *reclassified ? "rules-hash" : "early-hash", error),
		    *error);
		break;
	case EVENT_DECISION:
		entry->type = "decision";
		entry->content = *number;
		entry->action = event->action;
		taken = strcmp(event->action, "undo") == 0 ? last_decision(index, *number) : NULL;
		entry->value = taken != NULL ? taken : event->value;
		entry->source = "me";
		entry->at = event->at;
		assert_ok(index_apply_decision(index, entry, error), *error);
		break;
	case EVENT_REPLACE:
		/* Messages 20 and 28 were read before, and by the new reading thread and campaign are others. */
		record = story_record(event->message, event->message == 20 || event->message == 28);
		assert_ok(index_replace(index, *number, record, NULL, "rules-hash", error), *error);
		break;
	case EVENT_RECLASSIFY:
		reclassify(index, numbers, error);
		*reclassified = TRUE;
		entry->type = "rules";
		assert_ok(index_apply_other(index, entry, error), *error);
		break;
	}
}

#define TALLY_HOUR(DATE) "(" DATE " - (" DATE " % 3600 + 3600) % 3600) / 3600"
#define TALLY_COUNTED                                                                                                                                          \
	"SELECT '' AS type, '' AS id, " TALLY_HOUR(                                                                                                            \
	    "date_effective") " AS hour, count(*) AS listed, sum(kind = 'input') AS letters FROM message WHERE listed"                                         \
	                      " GROUP BY hour UNION ALL SELECT type, id, " TALLY_HOUR(                                                                         \
	                          "date") " AS hour, count(*), sum(kind = 'input') FROM filing JOIN message USING (message)"                                   \
	                                  " WHERE listed GROUP BY type, id, hour"

/* What is counted as it comes and goes is what there is. */
static void
assert_tally(struct index *index)
{
	g_autoptr(GError) error = NULL;

	assert_ok(settle_all(index, &error), error);
	assert_query(index_db(index),
	    "SELECT group_concat(type || ' ' || id || ' ' || hour || ' ' || listed || ' ' || letters, ', ') FROM (SELECT * FROM (" TALLY_COUNTED
	    ") EXCEPT SELECT type, id, hour, listed, letters FROM tally)",
	    NULL);
	assert_query(index_db(index),
	    "SELECT group_concat(type || ' ' || id || ' ' || hour || ' ' || listed || ' ' || letters, ', ') FROM (SELECT type, id, hour, listed, letters FROM "
	    "tally"
	    " EXCEPT SELECT * FROM (" TALLY_COUNTED "))",
	    NULL);
}

static char *
dump_of_order(const char *folder, guint seed)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	g_autoptr(GArray) events = tell(rand);
	g_autoptr(GError) error = NULL;
	g_autoptr(Index) index = index_open(folder, DB_WRITE, 1000, &error);
	gint64 numbers[MESSAGES] = {0};
	gboolean reclassified = FALSE;
	GString *dump = g_string_new(NULL);
	struct entry entry = {.seq = 1};
	gboolean watched = seed % 8 == 0; /* it takes a while */
	gint64 change = 0;

	assert_ok(index != NULL && index_begin(index, &error) && index_reset(index, "uuid", &error), error);
	if (watched)
		watch(index);
	apply_rules(index, &entry, G_N_ELEMENTS(targets) - 1);
	for (guint i = 0; i < events->len; i++) {
		entry = (struct entry){.seq = i + 2};
		apply_event(index, &g_array_index(events, struct event, i), &entry, numbers, &reclassified, &error);
		/* After each event, after some, or at the end of a transaction. */
		if (watched && (i % 16 == 15 || i % (seed % 5 + 1) == 0)) {
			assert_watched(index, change);
			change = watch_change(index);
		}
		if (i % 16 == 15)
			assert_ok(index_commit(index, &error) && index_begin(index, &error), error);
		if (seed == 0 && i % 8 == 0)
			assert_tally(index);
	}
	if (watched)
		assert_watched(index, change);
	assert_ok(index_commit(index, &error), error);
	assert_tally(index);
	assert_ok(index_dump(index, dump, &error), error);
	return g_string_free(dump, FALSE);
}

static void
assert_same_lines(const char *first, const char *other, guint seed)
{
	g_auto(GStrv) a = g_strsplit(first, "\n", -1);
	g_auto(GStrv) b = g_strsplit(other, "\n", -1);

	for (guint i = 0; a[i] != NULL || b[i] != NULL; i++)
		if (g_strcmp0(a[i], b[i]) != 0)
			fail_msg("order %u differs:\n%s\n%s", seed, a[i] == NULL ? "(end)" : a[i], b[i] == NULL ? "(end)" : b[i]);
}

/* The index is the same whatever order its mail came in: late parents, variants, cut copies, earlier deliveries, a rule change, other rules for what came
 * before, decisions, messages read again.
 */
static void
test_any_order(void **state)
{
	g_autofree char *first = dump_of_order(*state, 0);

	for (guint seed = 1; seed < ORDERS; seed++) {
		g_autofree char *other = dump_of_order(*state, seed);

		assert_same_lines(first, other, seed);
	}
	/* The story does hold what it is meant to try. */
	assert_non_null(strstr(first, "\ttruncated"));
	assert_non_null(strstr(first, "\tvariant"));
	assert_non_null(strstr(first, "\tsuggested\tthread"));
	assert_non_null(strstr(first, "\tfirm\tperson"));
	assert_non_null(strstr(first, "overruled\t"));
	assert_non_null(strstr(first, "\ntally\ttopic\t"));
	assert_non_null(strstr(first, "\nboilerplate\t"));
	assert_non_null(strstr(first, "\nset_aside\t"));
	assert_non_null(strstr(first, "\nset_aside_hold\t"));
	assert_non_null(strstr(first, "\tmasked\t"));
	assert_true(g_regex_match_simple("^letter\t(id..)\tid..\t(?!\\1)", first, G_REGEX_MULTILINE, 0));
	assert_null(strstr(first, "the reader died"));
	assert_null(strstr(first, "early-hash"));
	assert_null(strstr(first, "rules gave up"));
	assert_null(strstr(first, "\tquoted\n"));
	assert_null(strstr(first, "search of no message"));
}

static void
deliver(struct index *index, gint64 number, const struct record *record, gint64 received)
{
	g_autofree char *public_id = g_strdup_printf("id%02" G_GINT64_FORMAT, number);
	g_autoptr(GError) error = NULL;
	struct index_position position;
	struct entry entry;

	assert_true(index_position(index, &position, NULL));
	entry = (struct entry){
	    .seq = position.seq + 1, .content = number, .type = "delivery", .received = received, .public_id = public_id, .source = "deliver", .size = 100};
	assert_ok(index_apply_delivery(index, &entry, record, record == NULL ? "unread" : NULL, "r", &error), error);
}

static void
decide(struct index *index, gint64 number, const char *action, const char *value, gint64 at)
{
	g_autoptr(GError) error = NULL;
	struct index_position position;
	struct entry entry;

	assert_true(index_position(index, &position, NULL));
	entry = (struct entry){.seq = position.seq + 1, .content = number, .type = "decision", .action = action, .value = value, .source = "me", .at = at};
	assert_ok(index_apply_decision(index, &entry, &error), error);
	assert_tally(index);
}

static struct index *
new_index(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct index *index = index_open(folder, DB_WRITE, 1000, &error);
	struct entry entry = {.seq = 1};

	assert_ok(index != NULL && index_reset(index, "uuid", &error) && index_begin(index, &error), error);
	apply_rules(index, &entry, G_N_ELEMENTS(targets));
	return index;
}

/* The position moves with each entry, survives the commit and not the rollback, and starts anew with a reset. */
static void
test_position(void **state)
{
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Record) record = make_record("a@b", "a@example.org", "s", "t");
	struct entry entry = {.seq = 7, .content = 1, .type = "issue", .link = {1, 2, 3}};
	struct index_position position;
	g_autoptr(GError) error = NULL;

	assert_true(index_position(index, &position, NULL));
	assert_string_equal(position.uuid, "");
	assert_true(index_begin(index, NULL));
	assert_false(index_apply_other(index, &entry, &error));
	index_rollback(index);
	assert_true(index_reset(index, "some-uuid", NULL));
	assert_true(index_begin(index, NULL));
	assert_true(index_apply_other(index, &entry, NULL));
	assert_true(index_commit(index, NULL));
	assert_true(index_begin(index, NULL));
	deliver(index, 1, record, 5);
	assert_true(index_position(index, &position, NULL));
	assert_int_equal(position.seq, 8);
	index_rollback(index);
	assert_true(index_position(index, &position, NULL));
	assert_int_equal(position.seq, 7);
	assert_string_equal(position.uuid, "some-uuid");
	assert_int_equal(position.link[2], 3);
	assert_int_equal(position.words_version, TEXT_INDEX_VERSION);
	assert_true(index_reset(index, "other", NULL));
	assert_true(index_position(index, &position, NULL));
	assert_int_equal(position.seq, 0);
}

/* What is searched: subject, new, forwarded, attachment and signature text, people, file names; not quotes and footers. */
static void
test_search(void **state)
{
	static const struct {
		const char *match, *count;
	} searches[] = {
	    {"subject:subjectword", "1"},
	    {"newword", "1"},
	    {"forwardedword", "1"},
	    {"attachedword", "1"},
	    {"signatureword", "1"},
	    {"people:someone", "0"}, /* of an address: a first letter and the domain, which is what the public may look for */
	    {"addresses:someone", "1"},
	    {"someone", "1"},
	    {"people:example", "1"},
	    {"files:filename", "1"},
	    {"quotedword", "0"},
	    {"footerword", "0"},
	    {"body:subjectword", "0"},
	    {"\"newword second\"", "1"},
	};
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("a@b", "someone@example.org", "Subjectword", "Newword, second!");
	g_autoptr(Record) other = make_record("a@b", "other@example.com", "Else", "Nothing");
	g_autoptr(GError) error = NULL;

	record_add_passage(record, PASSAGE_QUOTED, 0, "quotedword", -1);
	record_add_passage(record, PASSAGE_FORWARDED, 0, "forwardedword", -1);
	record_add_passage(record, PASSAGE_ATTACHMENT, 0, "attachedword", -1);
	record_add_passage(record, PASSAGE_SIGNATURE, 0, "signatureword", -1);
	record_add_passage(record, PASSAGE_FOOTER, 0, "footerword", -1);
	record_add_part(record, "2", "text/plain")->filename = g_strdup("filename.txt");
	deliver(index, 1, record, 5);
	assert_ok(index_commit(index, &error), error);
	for (guint i = 0; i < G_N_ELEMENTS(searches); i++) {
		g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM search WHERE search MATCH '%s'", searches[i].match);

		assert_query(index_db(index), sql, searches[i].count);
	}
	/* Read again with other words, nothing of the old ones is left. */
	assert_ok(index_begin(index, &error) && index_replace(index, 1, other, NULL, "r", &error) && index_commit(index, &error), error);
	assert_query(index_db(index), "SELECT count(*) FROM search WHERE search MATCH 'newword OR subjectword OR someone OR filename OR forwardedword'", "0");
	assert_query(index_db(index), "SELECT count(*) FROM search WHERE search MATCH 'nothing'", "1");
}

/* Within one transaction too: added, read again, and nothing is left of a transaction that was rolled back. */
static void
test_search_waits(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("a@b", "someone@example.org", "Subjectword", "Newword, second!");
	g_autoptr(Record) other = make_record("a@b", "other@example.com", "Else", "Nothing");
	g_autoptr(GError) error = NULL;

	deliver(index, 1, record, 5);
	index_rollback(index);
	assert_ok(index_begin(index, &error), error);
	deliver(index, 1, record, 5);
	assert_ok(index_replace(index, 1, other, NULL, "r", &error) && index_commit(index, &error), error);
	assert_query(index_db(index), "SELECT count(*) FROM search WHERE search MATCH 'newword OR subjectword OR someone'", "0");
	assert_query(index_db(index), "SELECT group_concat(rowid) FROM search WHERE search MATCH 'nothing'", "1");
}

/* An unread message is counted, listed and readable later; its passages are none. */
static void
test_unread(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("a@b", "a@example.org", "s", "some text");
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) unread = NULL;
	g_autoptr(GArray) later = NULL;
	g_autoptr(GPtrArray) none = NULL;
	g_autoptr(GPtrArray) passages = NULL;
	gboolean knows;

	deliver(index, 1, NULL, 5);
	unread = index_unread(index, &error);
	assert_ok(unread != NULL, error);
	assert_int_equal(unread->len, 1);
	none = index_passages(index, 1, &error);
	assert_ok(none != NULL, error);
	assert_int_equal(none->len, 0);
	assert_query(index_db(index), "SELECT date_effective FROM message", "5");
	assert_ok(index_replace(index, 1, record, NULL, "r", &error), error);
	later = index_unread(index, &error);
	assert_int_equal(later->len, 0);
	passages = index_passages(index, 1, &error);
	assert_int_equal(passages->len, 2);
	assert_true(index_knows(index, 1, &knows, NULL));
	assert_true(knows);
	assert_true(index_knows(index, 2, &knows, NULL));
	assert_false(knows);
	assert_false(index_replace(index, 2, record, NULL, "r", &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

#define FILINGS "SELECT group_concat(type || ' ' || id || ' ' || tier || ' ' || by, ', ') FROM (SELECT * FROM filing WHERE message = 1 ORDER BY type, id)"

/* A person's filing wins over the rules', implies the workstream, can be taken back, and stays when the message is read again. */
static void
test_decisions(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("a@b", "a@example.org", "s", "some text");

	file_topic(record, 0);
	deliver(index, 1, record, 5);
	assert_query(index_db(index), FILINGS, "topic ws1.a firm rules, workstream ws1 firm rules");
	decide(index, 1, "file", "ws2.c", 10);
	assert_query(index_db(index), FILINGS, "topic ws1.a firm rules, topic ws2.c firm person, workstream ws1 firm rules, workstream ws2 firm person");
	decide(index, 1, "unfile", "ws1.a", 11);
	assert_query(index_db(index), FILINGS, "topic ws2.c firm person, workstream ws2 firm person");
	assert_true(index_replace(index, 1, record, NULL, "r", NULL));
	assert_query(index_db(index), FILINGS, "topic ws2.c firm person, workstream ws2 firm person");
	decide(index, 1, "unfile", "ws2.c", 12);
	assert_query(index_db(index), FILINGS, NULL);
	decide(index, 1, "file", "ws1", 13);
	assert_query(index_db(index), FILINGS, "workstream ws1 firm person");
	decide(index, 1, "kind", "announcement", 14);
	decide(index, 1, "hold", NULL, 15);
	assert_query(index_db(index), "SELECT kind || ' ' || kind_by || ' ' || held FROM message", "announcement person held by a person");
	decide(index, 1, "release", NULL, 16);
	assert_true(index_replace(index, 1, record, NULL, "r", NULL));
	assert_query(index_db(index), "SELECT kind || ' ' || kind_by || ' ' || (held IS NULL) FROM message", "announcement person 1");
	assert_query(index_db(index), "SELECT count(*) FROM public_message", "1");
}

#define STATE "SELECT kind || ' ' || kind_by || ' ' || kind_reason || ' ' || coalesce(held, 'free') FROM message WHERE message = 1"

static void
undo(struct index *index, gint64 number, gint64 at)
{
	g_autofree char *last = last_decision(index, number);

	decide(index, number, "undo", last, at);
}

/* Taken back one after the other, decisions leave the message as the rules had it: filings, kind, its reason, and the hold. */
static void
test_undo(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("a@b", "a@example.org", "s", "some text");
	g_autoptr(GString) before = g_string_new(NULL), after = g_string_new(NULL);

	file_topic(record, 0);
	record->held = TRUE;
	record->held_reason = g_strdup("tells of a danger");
	record->kind_reason = g_strdup("no sign of anything else");
	deliver(index, 1, record, 5);
	assert_query(index_db(index), STATE, "input rules no sign of anything else tells of a danger");
	decide(index, 1, "kind", "admin", 10);
	decide(index, 1, "release", NULL, 11);
	decide(index, 1, "kind", "spam", 12);
	decide(index, 1, "unfile", "ws1", 13);
	decide(index, 1, "file", "ws2.c", 14);
	assert_query(index_db(index), STATE, "spam person decided by a person free");
	undo(index, 1, 15);
	assert_query(index_db(index), FILINGS, NULL);
	undo(index, 1, 16);
	assert_query(index_db(index), FILINGS, "topic ws1.a firm rules, workstream ws1 firm rules");
	undo(index, 1, 17);
	assert_query(index_db(index), STATE, "admin person decided by a person free");
	assert_true(index_replace(index, 1, record, NULL, "r", NULL));
	assert_query(index_db(index), STATE, "admin person decided by a person free");
	undo(index, 1, 18);
	assert_query(index_db(index), STATE, "admin person decided by a person tells of a danger");
	undo(index, 1, 19);
	assert_query(index_db(index), STATE, "input rules no sign of anything else tells of a danger");
	assert_query(index_db(index), "SELECT count(*) FROM overruled_state", "0");
	assert_query(index_db(index), "SELECT count(*) FROM overruled", "0");
	assert_query(index_db(index), "SELECT count(*) FROM decision WHERE undone IS NOT NULL", "5");
	/* one that names another message's decision, or an undo, takes nothing back */
	decide(index, 1, "kind", "team", 20);
	decide(index, 2, "undo", "11", 21);
	decide(index, 1, "undo", "9999", 22);
	decide(index, 1, "undo", "x", 23);
	assert_query(index_db(index), "SELECT kind FROM message WHERE message = 1", "team");
}

/* One hint and the thread's own filing make a suggestion, with its workstream; it goes with its reason. */
static void
test_suggestions(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) hinting = make_record("a@b", "a@example.org", "s", "some text");
	g_autoptr(Record) filed = make_record("c@d", "b@example.org", "s", "other text");
	g_autoptr(Record) robot = make_record("e@f", "c@example.org", "s", "robot text");

	hint_topic(hinting, 2);
	hint_topic(robot, 2);
	robot->kind = KIND_AUTO;
	file_topic(filed, 2);
	add_reference(filed, "a@b");
	add_reference(robot, "a@b");
	deliver(index, 1, hinting, 5);
	assert_query(index_db(index), FILINGS, NULL);
	deliver(index, 2, filed, 6);
	deliver(index, 3, robot, 6);
	assert_query(index_db(index), FILINGS, "topic ws2.c suggested thread, workstream ws2 suggested thread");
	assert_query(index_db(index), "SELECT count(*) FROM filing WHERE message = 3", "0");
	decide(index, 2, "unfile", "ws2.c", 7);
	assert_query(index_db(index), FILINGS, NULL);
	decide(index, 2, "file", "ws2.c", 8);
	assert_query(index_db(index), FILINGS, "topic ws2.c suggested thread, workstream ws2 suggested thread");
	decide(index, 1, "unfile", "ws2", 9);
	assert_query(index_db(index), FILINGS, NULL);
}

/* A question is answered by a later message of the team in its thread, or by decision; reopened, only by what comes after. */
static void
test_answers(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) question = make_record("a@b", "a@example.org", "s", "when?");
	g_autoptr(Record) earlier = make_record("c@d", "b@example.org", "s", "before");
	g_autoptr(Record) answer = make_record("e@f", "b@example.org", "s", "then");

	record_add_filing(question, TARGET_INTENT, "question", "t", TIER_FIRM);
	earlier->kind = answer->kind = KIND_TEAM;
	add_reference(earlier, "a@b");
	add_reference(answer, "a@b");
	deliver(index, 1, question, 900000000);
	deliver(index, 2, earlier, 800000000);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", NULL);
	deliver(index, 3, answer, 950000000);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", "950000000");
	decide(index, 1, "reopened", NULL, 960000000);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", NULL);
	decide(index, 1, "answered", NULL, 970000000);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", "970000000");
	undo(index, 1, 980000000);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", NULL);
	undo(index, 1, 990000000);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", "950000000");
}

/* A thread as it is told: number, filings, who is answered. */
static void
assert_thread(struct index *index, const char *filings, const char *answered)
{
	assert_query(index_db(index), "SELECT group_concat(thread || ' ' || message, ', ') FROM (SELECT * FROM message ORDER BY message)", "1 1, 1 2, 1 3");
	assert_query(index_db(index), FILINGS, filings);
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", answered);
}

/* A message that is read anew and names the same stays in its thread: what its neighbours have from it goes and comes with what it says. */
static void
test_replaced_in_its_thread(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) question = make_record("a@b", "a@example.org", "s", "when?");
	g_autoptr(Record) answer = make_record("c@d", "b@example.org", "s", "then");
	g_autoptr(Record) other = make_record("c@d", "b@example.org", "s", "then, and a document");
	g_autoptr(Record) last = make_record("e@f", "a@example.org", "s", "thanks");
	const char *suggested = "intent question firm rules, topic ws2.c suggested thread, workstream ws2 suggested thread";

	record_add_filing(question, TARGET_INTENT, "question", "t", TIER_FIRM);
	hint_topic(question, 2);
	file_topic(answer, 2);
	answer->kind = KIND_TEAM;
	add_reference(answer, "a@b");
	add_reference(other, "a@b");
	add_reference(last, "a@b");
	deliver(index, 1, question, 900000000);
	deliver(index, 2, answer, 950000000);
	deliver(index, 3, last, 960000000);
	assert_thread(index, suggested, "950000000");
	assert_true(index_replace(index, 1, question, NULL, "r", NULL)); /* the thread has its number */
	assert_thread(index, suggested, "950000000");
	assert_true(index_replace(index, 2, other, NULL, "r", NULL));
	assert_thread(index, "intent question firm rules", NULL);
	assert_true(index_replace(index, 2, answer, NULL, "r", NULL));
	assert_thread(index, suggested, "950000000");
	assert_true(index_replace(index, 2, NULL, "the reader died", "r", NULL)); /* which names nothing */
	assert_query(index_db(index), "SELECT count(DISTINCT thread) FROM message", "2");
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", NULL);
	assert_true(index_replace(index, 2, answer, NULL, "r", NULL));
	assert_query(index_db(index), "SELECT count(DISTINCT thread) FROM message", "1");
	assert_query(index_db(index), "SELECT answered FROM message WHERE message = 1", "950000000");
}

#define PEOPLE 100000 /* in one transaction: letters name up to 500 each */

/* Of the people of a large transaction not all are held in memory, and each has one number however often it is asked for. */
static void
test_many_people(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	gint64 first = 0, number;

	for (guint i = 0; i < PEOPLE; i++) {
		g_autofree char *address = g_strdup_printf("person%u@example.org", i);

		assert_true(numbers_get(index, NUMBERED_PERSON, address, i % 2 == 0 ? "A Person" : NULL, &number, NULL));
		first = i == 0 ? number : first;
	}
	assert_true(g_hash_table_size(index->numbers) < PEOPLE * 3 / 4);
	assert_true(numbers_get(index, NUMBERED_PERSON, "person0@example.org", "A Person", &number, NULL));
	assert_int_equal(number, first);
	assert_true(index_commit(index, NULL));
	assert_query(index_db(index), "SELECT count(*) FROM person", G_STRINGIFY(PEOPLE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_any_order, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_position, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_search, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_search_waits, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_unread, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_decisions, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_undo, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_suggestions, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_answers, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_replaced_in_its_thread, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_many_people, setup_archive, teardown_archive),
	};

	g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* a wrong call is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
