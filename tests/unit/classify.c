/* What a message is filed as, and why: kinds, tiers, places, masks, series, voices, mappings, evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "rules-fixture.h"

#define HEADING "[taxonomy t]\n[workstream w]\n"
#define DAY 86400

static struct record_passage *
add(struct record *record, enum record_passage_kind kind, const char *text)
{
	return record_add_passage(record, kind, 0, text, -1);
}

/* keyword and pattern file firmly, likely as suggested, hints in pairs; one hint is a near miss. */
static void
test_tiers(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING "[topic w.a]\nkeyword = alpha\npattern = /be+ta/\nlikely = gamma\nhint = delta; epsilon; delta\n", NULL);
	g_autoptr(Record) near = message_of("", "only delta, delta and deltas");

	assert_text_filed(ruleset, "Alpha", "w w.a");
	assert_text_filed(ruleset, "beeeta", "w w.a");
	assert_text_filed(ruleset, "gammas", "w? w.a?");
	assert_text_filed(ruleset, "delta before epsilon", "w? w.a?");
	assert_text_filed(ruleset, "nothing", "");
	assert_filed(ruleset, near, "");
	assert_int_equal(((struct record_evidence *)g_ptr_array_index(near->evidence, 0))->tier, TIER_HINT);
}

/* The sharp s is two, in words and rules, phrases and patterns. */
static void
test_sharp_s(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nkeyword = massnahme; Straße\n[topic w.b]\npattern = /\\bgro(?:ß|b)er\\b/\n", NULL);

	assert_text_filed(ruleset, "Maßnahmen", "");
	assert_text_filed(ruleset, "die Maßnahme", "w w.a");
	assert_text_filed(ruleset, "die Massnahme", "w w.a");
	assert_text_filed(ruleset, "in der STRAẞE", "w w.a");
	assert_text_filed(ruleset, "in der Strasse", "w w.a");
	assert_text_filed(ruleset, "ein großer", "w w.b");
	assert_text_filed(ruleset, "ein grosser", "w w.b");
}

/* Two hints in the same words are one, wherever else one of them stands apart they are two. */
static void
test_hints_in_one_place(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nhint = root key; key; root key rollover; key rollover\nlikely = gamma\n", NULL);

	assert_text_filed(ruleset, "the root key", "");
	assert_text_filed(ruleset, "the root key, a key", "w? w.a?");
	assert_text_filed(ruleset, "keys and more keys", "");
	assert_text_filed(ruleset, "the root key rollover", "w? w.a?");
	assert_text_filed(ruleset, "a key", "");
}

/* Where text counts in full, a step less, or not at all. */
static void
test_places(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nkeyword = alpha\nlikely = gamma\nhint = delta\n", NULL);
	static const struct {
		enum record_passage_kind kind;
		const char *text, *filings;
	} cases[] = {
	    {PASSAGE_ATTACHMENT, "alpha", "w w.a"},
	    {PASSAGE_FILENAME, "my_alpha_2.pdf", "w w.a"},
	    {PASSAGE_FORWARDED, "alpha", "w? w.a?"},
	    {PASSAGE_FORWARDED, "alpha and delta", "w w.a"},
	    {PASSAGE_FORWARDED, "gamma", ""},
	    {PASSAGE_FORWARDED, "gamma delta", "w? w.a?"},
	    {PASSAGE_QUOTED, "alpha", ""},
	    {PASSAGE_SIGNATURE, "alpha", ""},
	    {PASSAGE_FOOTER, "alpha", ""},
	    {PASSAGE_ENCLOSED, "alpha", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Record) record = message_of("", "See");

		record->words = 40;
		add(record, cases[i].kind, cases[i].text);
		assert_filed(ruleset, record, cases[i].filings);
	}
}

/* A subject counts in full, but a reply's was chosen by somebody else: a step less, as threads drift. */
static void
test_reply_subject(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nkeyword = alpha\n", NULL);
	g_autoptr(Record) first = message_of("On alpha", "A point of mine."), reply = message_of("On alpha", "Another point of mine.");

	first->subject = g_strdup("On alpha");
	first->subject_base = g_strdup("On alpha");
	reply->subject = g_strdup("Re: On alpha");
	reply->subject_base = g_strdup("On alpha");
	g_ptr_array_add(reply->references, g_strdup("a@example.org"));
	assert_filed(ruleset, first, "w w.a");
	assert_filed(ruleset, reply, "w? w.a?");
}

/* "+1 to this" agrees and makes no point of its own: what it quotes is shown as near, and files nothing. */
static void
test_short_reply(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nkeyword = alpha\n[intent i]\nkeyword = alpha\n", NULL);
	g_autoptr(Record) record = message_of("", "+1 to this"), longer = message_of("", "one two three four five six seven eight nine ten eleven twelve");

	add(record, PASSAGE_QUOTED, "alpha");
	add(longer, PASSAGE_QUOTED, "alpha");
	assert_filed(ruleset, record, "");
	assert_int_equal(((struct record_evidence *)g_ptr_array_index(record->evidence, 0))->tier, TIER_HINT);
	assert_int_equal(longer->evidence->len, 0);
	assert_filed(ruleset, longer, "");
}

/* Evidence points at the sender's own bytes, in order, for every filing. */
static void
test_evidence(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "keyword = whole\n[topic w.a]\nkeyword = other;\n  security plan\n", NULL);
	g_autoptr(Record) record = message_of("Whole", "«é» in\u00adfo: Sécurity\u2011plans — security\n plan");
	g_autofree char *evidence = NULL;

	assert_filed(ruleset, record, "w w.a");
	evidence = evidence_of(record);
	assert_string_equal(evidence, "workstream w firm topic \"w.a\" one.rules:4 -1:0+0 []\n"
	                              "workstream w firm keyword \"whole\" one.rules:3 0:0+5 [Whole]\n"
	                              "topic w.a firm keyword \"security plan\" one.rules:6 1:15+17 [Sécurity\u2011plans]\n"
	                              "topic w.a firm keyword \"security plan\" one.rules:6 1:37+14 [security plan]\n");
}

/* `not` takes words away for its own section only, and says so; it never vetoes the message. */
static void
test_not(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING "[topic w.a]\nkeyword = certificate; ISO\nnot = SSL certificate*\n[topic w.b]\nkeyword = certificate\n", NULL);
	g_autoptr(Record) record = message_of("", "our SSL certificates");
	g_autofree char *evidence = NULL;

	assert_filed(ruleset, record, "w w.b");
	evidence = evidence_of(record);
	assert_non_null(strstr(evidence, "topic w.a masked not \"SSL certificate*\" one.rules:5 1:4+16 [SSL certificates]\n"));
	assert_text_filed(ruleset, "SSL certificate and ISO", "w w.a w.b");
	assert_text_filed(ruleset, "SSL certificate and a certificate", "w w.a w.b");
}

/* Masked text is matched by no workstream, topic or intent, and nothing joins across it. */
static void
test_mask(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[mask banner]\nkeyword = beware of phishing\npattern = /scanned for .{3,10}ware/\n"
	                                                "[topic w.a]\nkeyword = phishing; malware; left right\n[intent i]\nkeyword = beware\n",
	    NULL);
	g_autoptr(Record) record = message_of("", "Beware of phishing! Scanned for malware");
	g_autofree char *evidence = NULL;

	assert_filed(ruleset, record, "");
	evidence = evidence_of(record);
	assert_string_equal(evidence, "mask banner masked keyword \"beware of phishing\" one.rules:4 1:0+18 [Beware of phishing]\n"
	                              "mask banner masked pattern \"/scanned for .{3,10}ware/\" one.rules:5 1:20+19 [Scanned for malware]\n");
	assert_text_filed(ruleset, "left beware of phishing right", "");
	assert_text_filed(ruleset, "beware of phishing: this is phishing", "w w.a");
}

/* Lists, ranges, number words; what is out of range or part of another number fires nothing. */
static void
test_series(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING "[series w.r]\nrange = 1-28\nnumber.en = one; two; three; four; five; six; seven; eight; nine; ten\n"
	                       "number.fr = un; deux; trois\nnumber.zh = 一; 二; 三\nnumber.ja = 一\nnumber.ar = واحد\npattern = "
	                       "/rec(?:ommendation)?s?\\.?\\s*{list}/\npattern = /(?:建议|勧告|توصية)\\s*{list}/\nlikely.9 = certified office\n"
	                       "until = 2020-01-24\n[series w.r]\npattern = /measures? {list}/\nsince = 2020-01-24\n",
	        NULL);
	static const struct {
		const char *text, *filings;
	} cases[] = {
	    {"recs 9, 12 and 15-17", "w w.r9 w.r12 w.r15 w.r16 w.r17"},
	    {"Rec. #9 & 12", "w w.r9 w.r12"},
	    {"recommendations nine through\neleven", "w w.r9"},
	    {"recommendation ten or 2", "w w.r2 w.r10"},
	    {"recs 1 to 3", "w w.r1 w.r2 w.r3"},
	    {"recs un à trois", "w w.r1 w.r2 w.r3"},
	    {"recs 27-40", "w w.r27 w.r28"},
	    {"rec 31", ""},
	    {"rec 9.3", ""},
	    {"rec 2019", ""},
	    {"ISO 27001-9", ""},
	    {"rec 27001-9", ""},
	    {"record 9", ""},
	    {"recs 9, 10, and 11", "w w.r9 w.r10 w.r11"},
	    {"recs 9/10", "w w.r9 w.r10"},
	    {"recs 9; 10", "w w.r9 w.r10"},
	    {"recs nos. 9 and no. 10", "w w.r9 w.r10"},
	    {"rec 9, 2019", "w w.r9"},
	    {"rec 9,000", ""},
	    {"rec 9 and others", "w w.r9"},
	    {"a certified office", "w? w.r9?"},
	    {"建议二和三", "w w.r2 w.r3"},
	    {"measure 9", ""},
	    {"建议9和12项", "w w.r9 w.r12"},
	    {"建议3至5", "w w.r3 w.r4 w.r5"},
	    {"勧告25から27", "w w.r25 w.r26 w.r27"},
	    {"勧告2、4", "w w.r2 w.r4"},
	    {"توصية ٩", "w w.r9"},
	    {"توصية ٩ و١٢", "w w.r9 w.r12"},
	    {"توصية ٩، ١٢", "w w.r9 w.r12"},
	    {"توصية ٩ إلى ١١", "w w.r9 w.r10 w.r11"},
	    {"rec ९-१२", "w w.r9 w.r10 w.r11 w.r12"},
	    {"rec ९१", ""},
	    {"建议29和300", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_text_filed(ruleset, cases[i].text, cases[i].filings);
}

/* since is inclusive, until exclusive, by the effective date. */
static void
test_dates(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nkeyword = alpha\nsince = 2019-02-01\nuntil = 2019-02-12\n", NULL);
	static const struct {
		gint64 date;
		const char *filings;
	} cases[] = {
	    {1548979199, ""},
	    {1548979200, "w w.a"},
	    {1549929599, "w w.a"},
	    {1549929600, ""},
	    {1000, ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Record) record = message_of("", "alpha");

		record->has_date = TRUE;
		record->date = cases[i].date;
		assert_filed(ruleset, record, cases[i].filings);
	}
}

/* The followed taxonomy files up to its follower's since; mappings go to whatever files the message. */
static void
test_two_taxonomies(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of("[taxonomy old]\n[workstream a]\nkeyword = alpha\n[topic a.t]\nkeyword = tango\nmaps = w.t\n[workstream b]\n",
	    "[taxonomy new]\nfollows = old\nsince = 2018-01-01\n[workstream w]\nkeyword = alpha\nmaps = b\n[topic w.t]\n");
	g_autoptr(Record) record = message_of("", "alpha"), early = message_of("", "alpha"), tango = message_of("", "tango");
	g_autofree char *filings = NULL, *mapped = NULL;

	assert_filed(ruleset, record, "w");
	ruleset_classify(ruleset, early, 1400000000);
	filings = filings_of(early);
	assert_string_equal(filings, "w a b");
	ruleset_classify(ruleset, tango, 1400000000);
	mapped = filings_of(tango);
	assert_string_equal(mapped, "w? w.t? a a.t");
}

/* Conditions of intents: all must hold; alone they suggest. */
static void
test_intent_conditions(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[intent short]\nkeyword = alpha\nwords < 3\n[intent document]\nattachment = yes\nwords < 60\n"
	                                                "[intent document]\nfilename = comment*\n[intent named]\nsubject = hello\n[intent asks]\nkeyword = ?\n"
	                                                "[intent invite]\nfilename = text/calendar\n",
	    NULL);
	g_autoptr(Record) attached = message_of("", "here"), named = message_of("Hello", "one two three"), file = message_of("", "a b c");
	g_autoptr(Record) calendar = message_of("", "here"), logo = message_of("", "here");

	assert_text_filed(ruleset, "alpha two", "intent:short");
	assert_text_filed(ruleset, "alpha two three", "");
	assert_text_filed(ruleset, "is it?", "intent:asks");
	assert_text_filed(ruleset, "hello", "");
	assert_filed(ruleset, named, "intent:named");
	record_add_part(attached, "2", "application/pdf")->attachment = TRUE;
	assert_filed(ruleset, attached, "intent:document?");
	assert_int_equal(attached->evidence->len, 2);
	add(file, PASSAGE_FILENAME, "our_comments.odt");
	assert_filed(ruleset, file, "intent:document?");
	record_add_part(calendar, "2", "text/calendar")->attachment = TRUE;
	assert_filed(ruleset, calendar, "intent:invite?");
	record_add_part(logo, "2", "image/png")->attachment = TRUE;
	assert_filed(ruleset, logo, "");
}

/* A holding intent holds public input, with a reason that does not give the words away; not the team's mail, and not for ever. */
static void
test_hold(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING "[intent leak]\nhint = exploit; unpatched\nkeyword = proof of concept\nhold = yes\n[team]\ndomain = team.example\n", NULL);
	g_autoptr(Record) record = message_of("", "a proof of concept"), team = message_of("", "a proof of concept");

	assert_filed(ruleset, record, "intent:leak");
	assert_true(record->held);
	assert_string_equal(record->held_reason, "intent leak");
	team->author_address = g_strdup("x@sub.TEAM.example");
	assert_filed(ruleset, team, "");
	assert_false(team->held);
	((struct record_passage *)g_ptr_array_index(record->passages, 1))->text[0] = '_';
	assert_filed(ruleset, record, "intent:leak");
	assert_true(record->held);
}

/* For whom somebody speaks: names count after a voice phrase, in the signature, in the name; addresses always. */
static void
test_groups(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING "[voice]\nkeyword = on behalf of\n[group G]\nkeyword = SSAC\nnot = the SSAC report\naddress = *@ssac.example\n", NULL);
	g_autoptr(Record) signature = message_of("", "Hi"), name = message_of("", "Hi"), address = message_of("", "Hi"), quoted = message_of("", "Hi");

	assert_text_filed(ruleset, "the SSAC said", "");
	assert_text_filed(ruleset, "I write on behalf of the SSAC", "group:G");
	assert_text_filed(ruleset, "SSAC, on behalf of all", "group:G");
	assert_text_filed(ruleset, "SSAC one two three four, on behalf of all", "");
	assert_text_filed(ruleset, "on behalf of one two three four five six seven SSAC", "group:G");
	assert_text_filed(ruleset, "on behalf of one two three four five six seven eight SSAC", "");
	assert_text_filed(ruleset, "on behalf of those of the SSAC report", "");
	add(signature, PASSAGE_SIGNATURE, "A. Person\nSSAC");
	assert_filed(ruleset, signature, "group:G");
	name->author_name = g_strdup("A. Person (SSAC)");
	assert_filed(ruleset, name, "group:G");
	assert_int_equal(((struct record_evidence *)g_ptr_array_index(name->evidence, 0))->passage, -1);
	address->author_address = g_strdup("A@SSAC.example");
	assert_filed(ruleset, address, "group:G");
	quoted->words = 1;
	add(quoted, PASSAGE_QUOTED, "on behalf of the SSAC");
	assert_filed(ruleset, quoted, "");
}

static void
assert_kind(const struct ruleset *ruleset, struct record *record, enum record_kind kind, const char *reason)
{
	ruleset_classify(ruleset, record, NOW);
	assert_string_equal(record->kind_reason, reason);
	assert_int_equal(record->kind, kind);
}

#define KINDS                                                                                                                                                  \
	HEADING "keyword = alpha\n[kind announcement]\nkeyword = save the date\n[kind auto]\nsubject = out of office\nhint = away; return\n"                   \
	        "[kind spam]\nheader = X-Spam-Flag: yes\naddress = *@spam.example\n[kind admin]\nkeyword = unsubscribe\nwords < 4\n"                           \
	        "[intent i]\nkeyword = unsubscribe\n[team]\nname = Žarko Kecić\naddress = One@Example.org\npersonal = personal capacity\nsince = "           \
	        "2019-01-01\n[staff]\ndomain = staff.example\n"

/* Kinds by words, in their order, each with its reason; machines' mail is filed nowhere. */
static void
test_kinds(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(KINDS, NULL);
	g_autoptr(Record) plain = message_of("", "alpha"), away = message_of("Out of Office", "alpha"), hints = message_of("", "I am away and return"),
	                  spam = message_of("Out of office", "x"), admin = message_of("", "unsubscribe alpha"),
	                  longer = message_of("", "please unsubscribe me from alpha"), one = message_of("", "I am away");

	assert_kind(ruleset, plain, KIND_INPUT, "no sign of anything else");
	assert_kind(ruleset, away, KIND_AUTO, "auto: subject \"out of office\" (one.rules:7)");
	assert_int_equal(away->filings->len, 0);
	assert_kind(ruleset, hints, KIND_AUTO, "auto: hint \"return\" (one.rules:8)");
	assert_kind(ruleset, one, KIND_INPUT, "no sign of anything else");
	spam->author_address = g_strdup("a@spam.example");
	assert_kind(ruleset, spam, KIND_SPAM, "spam: address \"a@spam.example\" (one.rules:9)");
	assert_kind(ruleset, admin, KIND_ADMIN, "admin: keyword \"unsubscribe\" (one.rules:13)");
	assert_filed(ruleset, admin, "intent:i");
	assert_kind(ruleset, longer, KIND_INPUT, "no sign of anything else");
}

/* What the headers decided stays; what rules decided is asked anew, rules on headers too. */
static void
test_kind_again(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(KINDS, NULL);
	g_autoptr(Record) decided = message_of("", "alpha"), flagged = message_of("", "alpha"), away = message_of("Out of office", "alpha");
	g_autoptr(Ruleset) other = ruleset_of(HEADING "keyword = alpha\n", NULL);
	struct record_header *header = g_new0(struct record_header, 1);

	decided->kind = KIND_BOUNCE;
	decided->kind_reason = g_strdup("delivery report (RFC 3464)");
	assert_kind(ruleset, decided, KIND_BOUNCE, "delivery report (RFC 3464)");
	assert_int_equal(decided->filings->len, 0);
	header->name = g_strdup("x-spam-flag");
	header->value = g_strdup("certainly YES");
	g_ptr_array_add(flagged->headers, header);
	assert_kind(ruleset, flagged, KIND_SPAM, "spam: header \"X-Spam-Flag: yes\" (one.rules:10)");
	assert_kind(other, flagged, KIND_INPUT, "no sign of anything else");
	assert_kind(ruleset, flagged, KIND_SPAM, "spam: header \"X-Spam-Flag: yes\" (one.rules:10)");
	assert_kind(ruleset, away, KIND_AUTO, "auto: subject \"out of office\" (one.rules:7)");
	assert_kind(other, away, KIND_INPUT, "no sign of anything else");
	assert_kind(other, decided, KIND_BOUNCE, "delivery report (RFC 3464)");
}

/* Rosters: names without accents and in any order, addresses, domains and those under them, their time; personal views are input. */
static void
test_rosters(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(KINDS, NULL);
	static const struct {
		const char *name, *address, *text;
		enum record_kind kind;
		const char *reason;
	} cases[] = {
	    {"zarko  kecic", NULL, "alpha", KIND_TEAM, "team: name \"zarko  kecic\" (one.rules:17)"},
	    {"Kecić, Žarko", NULL, "alpha", KIND_TEAM, "team: name \"Kecić, Žarko\" (one.rules:17)"},
	    {NULL, "one@example.ORG", "alpha", KIND_TEAM, "team: address \"one@example.ORG\" (one.rules:17)"},
	    {NULL, "x@mail.staff.example", "alpha", KIND_TEAM, "staff: domain \"x@mail.staff.example\" (one.rules:22)"},
	    {NULL, "x@notstaff.example", "alpha", KIND_INPUT, "no sign of anything else"},
	    {NULL, "one@example.org", "In my personal capacity: alpha", KIND_INPUT, "input: personal \"personal capacity\" (one.rules:20)"},
	    {NULL, "one@example.org", "Save the date", KIND_ANNOUNCEMENT, "announcement: keyword \"save the date\" (one.rules:5)"},
	    {NULL, "one@example.org", "unsubscribe", KIND_TEAM, "team: address \"one@example.org\" (one.rules:17)"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Record) record = message_of("", cases[i].text);

		record->author_name = g_strdup(cases[i].name);
		record->author_address = g_strdup(cases[i].address);
		assert_kind(ruleset, record, cases[i].kind, cases[i].reason);
	}
	g_autoptr(Record) early = message_of("", "alpha");
	early->author_name = g_strdup("Žarko Kecić");
	ruleset_classify(ruleset, early, 1500000000);
	assert_int_equal(early->kind, KIND_INPUT);
}

/* Filing again leaves nothing of the time before. */
static void
test_repeatable(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(KINDS, NULL);
	g_autoptr(Record) record = message_of("", "alpha, alpha and alpha");
	g_autofree char *first = NULL, *second = NULL;

	record_add_remark(record, "rules cut short at x:1");
	record_add_remark(record, "a remark of the reader's");
	ruleset_classify(ruleset, record, NOW);
	first = evidence_of(record);
	ruleset_classify(ruleset, record, NOW);
	second = evidence_of(record);
	assert_string_equal(first, second);
	assert_int_equal(record->remarks->len, 1);
}

/* Limits leave a remark that names the rule, and never take the evidence from a filing. */
static void
test_limits(void **state)
{
	g_autoptr(GString) rules = g_string_new(HEADING), text = g_string_new(NULL);
	g_autoptr(Ruleset) ruleset = NULL, slow = ruleset_of(HEADING "[topic w.a]\npattern = /(x+)+$/\npattern = /a(/\nkeyword = alpha\n", NULL);
	g_autoptr(Record) record = NULL, stuck = message_of("", "alpha xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx a");
	guint last = 0;

	for (int i = 0; i < 150; i++) {
		g_string_append_printf(rules, "[topic w.t%d]\nkeyword = word%dx\n", i, i);
		g_string_append_printf(text, "word%dx word%dx word%dx word%dx word%dx word%dx\n", i, i, i, i, i, i);
	}
	ruleset = ruleset_of(rules->str, NULL);
	record = message_of("", text->str);
	ruleset_classify(ruleset, record, NOW);
	assert_int_equal(record->filings->len, 151);
	assert_true(record->evidence->len <= LIMIT_EVIDENCE && record->evidence->len >= 300);
	for (guint i = 0; i < record->evidence->len; i++)
		last = strcmp(((struct record_evidence *)g_ptr_array_index(record->evidence, i))->id, "w.t149") == 0 ? i : last;
	assert_true(last > 0);
	assert_int_equal(record->remarks->len, 1);
	assert_filed(slow, stuck, "w w.a");
	assert_int_equal(stuck->remarks->len, 2);
	assert_string_equal(g_ptr_array_index(stuck->remarks, 0), "rules gave up one.rules:4 on a text: the match limit was met");
	assert_string_equal(g_ptr_array_index(stuck->remarks, 1), "rules without one.rules:5: it is no valid pattern");
}

/* A person's words are never cut within a character, and white space in them is folded. */
static void
test_words_shown(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "pattern = /start.*/\npattern = /(?s:begin.*end)/\n", NULL);
	g_autoptr(GString) text = g_string_new("begin \n\t end\nstart");
	g_autoptr(Record) record = NULL;
	const struct record_evidence *piece;

	for (int i = 0; i < 100; i++)
		g_string_append(text, "信");
	record = message_of("", text->str);
	ruleset_classify(ruleset, record, NOW);
	piece = g_ptr_array_index(record->evidence, 0);
	assert_string_equal(piece->words, "begin end");
	piece = g_ptr_array_index(record->evidence, 1);
	assert_true(strlen(piece->words) <= 200 && strlen(piece->words) > 190);
	assert_true(g_str_has_prefix(piece->words, "start信信") && strstr(piece->words, "信 ... 信") != NULL && g_str_has_suffix(piece->words, "信"));
	assert_true(g_utf8_validate(piece->words, -1, NULL));
	assert_int_equal(piece->length, 305);
}

/* Evidence names a long phrase by the first alternatives of each side, and shows the words from the first of its parts to the last. */
static void
test_phrase_shown(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of("[taxonomy t]\n[words one]\nword = cat; dog\n[workstream w]\n"
	                                        "keyword = <one> | a rather long alternative | another that is as long | hen ~12 <one> | goat | "
	                                        "a third that is as long as those | sheep ~s fox\nnot = <one> ~2 <one>\n"
	                                        "likely = <one> ~3 ant\n",
	    NULL);
	g_autoptr(Record) record = message_of("", "The fox saw that a\n dog and the sheep ran away; no cat, no dog."),
	                  masked = message_of("", "An ant, but no cat, no dog.");
	g_autofree char *evidence = NULL, *gone = NULL;

	ruleset_classify(ruleset, record, NOW);
	evidence = evidence_of(record);
	assert_string_equal(evidence, "workstream w firm keyword \"<one> | a rather long alternative | ... ~12 <one> | goat | ... ~s fox\" one.rules:5 1:4+33 "
	                              "[fox saw that a dog and the sheep]\n");
	ruleset_classify(ruleset, masked, NOW);
	gone = evidence_of(masked);
	assert_string_equal(gone, "workstream w masked not \"<one> ~2 <one>\" one.rules:6 1:15+11 [cat, no dog]\n");
}

/* A phrase with alternatives files as one phrase, whichever of them stand in the text, and is found by the matcher as by brute force. */
static void
test_choice(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(HEADING "[topic w.a]\nlikely = camera* | door bell ~8 server | name\nhint = x* | yy; zz\n", NULL);

	assert_text_filed(ruleset, "The cameras ask for a name.", "w? w.a?");
	assert_text_filed(ruleset, "The server knows each door-bell.", "w? w.a?");
	assert_text_filed(ruleset, "A camera and a door bell.", "");
	assert_text_filed(ruleset, "yy and xenon", "");
	assert_text_filed(ruleset, "yy and zz", "w? w.a?");
}

/* A topic that is only touched upon steps back where another is spoken of, a step at a time; elsewhere in the text it holds its own. */
static void
test_outweighed(void **state)
{
	static const char rules[] =
	    HEADING "[topic w.a]\nlikely = one; two; three; four\n[topic w.b]\nlikely = passing; aside\n[topic w.c]\nkeyword = mention\n";
	g_autoptr(Ruleset) ruleset = ruleset_of(rules, NULL);
	g_autofree char *gap = g_strnfill(500, '.'), *apart = g_strconcat("One, two and three. ", gap, " And passing, aside.", NULL);
	g_autofree char *remark = g_strconcat("One, two and three. ", gap, " And passing.", NULL);
	g_autoptr(Record) record = message_of("", "One, two, three and passing.");
	g_autofree char *evidence = NULL;

	assert_text_filed(ruleset, "One and passing.", "w? w.a? w.b?");
	assert_text_filed(ruleset, "One, two, passing and aside.", "w? w.a? w.b?");
	assert_text_filed(ruleset, "One, one, one, one and passing.", "w? w.a? w.b?");
	/* one phrase alone is a remark, wherever it stands, where more speaks for another topic */
	assert_text_filed(ruleset, "One, two and passing.", "w? w.a?");
	assert_text_filed(ruleset, remark, "w? w.a?");
	assert_text_filed(ruleset, "Passing.", "w? w.b?");
	assert_text_filed(ruleset, "One, two, three and a mention.", "w? w.a? w.c?");
	assert_text_filed(ruleset, apart, "w? w.a? w.b?");
	assert_filed(ruleset, record, "w? w.a?");
	evidence = evidence_of(record);
	assert_non_null(strstr(evidence, "topic w.b hint likely \"passing\""));
	assert_non_null(strstr(evidence, "topic w.b hint outweighed by \"w.a\" one.rules:3"));
}

/* An announcement is about what will be said elsewhere: a step less. */
static void
test_announcement(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING "[topic w.a]\nkeyword = alpha\nlikely = gamma\n[intent i]\nkeyword = alpha\n[kind announcement]\nkeyword = newsletter\n", NULL);

	assert_text_filed(ruleset, "alpha", "w w.a intent:i");
	assert_text_filed(ruleset, "newsletter: alpha", "w? w.a?");
	assert_text_filed(ruleset, "newsletter: gamma", "");
}

/* Conditions on what else was found: the heading's, and other intents'. */
static void
test_late_intents(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of("[taxonomy t]\n[intent view]\nfiled = yes\nunless = question; thanks\n[intent thanks]\nfiled = no\nkeyword = thanks\n"
	               "[workstream w]\n[topic w.a]\nkeyword = alpha\n[intent question]\nkeyword = why\n",
	        NULL);

	assert_text_filed(ruleset, "alpha", "intent:view? w w.a");
	assert_text_filed(ruleset, "why alpha", "w w.a intent:question");
	assert_text_filed(ruleset, "thanks", "intent:thanks");
	assert_text_filed(ruleset, "thanks, alpha", "intent:view? w w.a");
	assert_text_filed(ruleset, "nothing", "");
}

/* Groups for those who are left over: by address or words before the one for everybody, and never beside a group that was found. */
static void
test_otherwise(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of("[taxonomy t]\n[group rest]\notherwise = yes\n[group private]\notherwise = yes\naddress = *@example.net\nkeyword = retired\n"
	               "[voice]\nkeyword = i am of\npattern = /i am(?= retired)/\n"
	               "[group club]\nkeyword = club\n[team]\naddress = team@example.org\n",
	        NULL);
	static const struct {
		const char *address, *text, *filed;
	} cases[] = {
	    {"a@example.net", "hello", "group:private?"},
	    {"a@example.com", "hello", "group:rest?"},
	    {"a@example.com", "I am retired", "group:private?"},
	    {"a@example.com", "the standard was retired", "group:rest?"},
	    {"a@example.com", "I am of the club, retired", "group:club"},
	    {"a@example.net", "I am of the club", "group:club"},
	    {"team@example.org", "hello", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Record) record = message_of("", cases[i].text);

		record->author_address = g_strdup(cases[i].address);
		assert_filed(ruleset, record, cases[i].filed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tiers),
	    cmocka_unit_test(test_hints_in_one_place),
	    cmocka_unit_test(test_sharp_s),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_short_reply),
	    cmocka_unit_test(test_evidence),
	    cmocka_unit_test(test_not),
	    cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_series),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_two_taxonomies),
	    cmocka_unit_test(test_intent_conditions),
	    cmocka_unit_test(test_hold),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_kind_again),
	    cmocka_unit_test(test_rosters),
	    cmocka_unit_test(test_repeatable),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_words_shown),
	    cmocka_unit_test(test_phrase_shown),
	    cmocka_unit_test(test_choice),
	    cmocka_unit_test(test_outweighed),
	    cmocka_unit_test(test_announcement),
	    cmocka_unit_test(test_late_intents),
	    cmocka_unit_test(test_otherwise),
	    cmocka_unit_test(test_reply_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
