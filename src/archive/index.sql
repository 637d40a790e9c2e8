-- index.db: derived from mail.db, can be deleted and made again. Version 9.
-- Rows are named by public ids wherever something outside this file refers to them; message numbers are mail.db's content numbers.
-- For IN with three values or more SQLite makes a table of them each time a row is written: what is looked at for each letter is written with OR and AND.
-- What a count of messages asks stands first, up to table search: who only counts reads no more of this (archive/db-vfs-count.c).

CREATE TABLE follow (              -- how far the truth was followed
	one INTEGER PRIMARY KEY CHECK (one = 1),
	uuid TEXT NOT NULL,
	seq INTEGER NOT NULL,            -- the last entry followed, 0: none
	link BLOB NOT NULL,              -- its link
	rules TEXT,                      -- the ruleset in force at seq
	words_version INTEGER NOT NULL,  -- TEXT_INDEX_VERSION of the search rows
	refiled INTEGER NOT NULL         -- the entry after seq applies rules to all messages: done up to this one, 0: not begun
) STRICT;

CREATE TABLE message (
	message INTEGER PRIMARY KEY,     -- mail.db's content number
	public_id TEXT NOT NULL UNIQUE,
	first_seq INTEGER NOT NULL,      -- the delivery that brought it
	received INTEGER NOT NULL,       -- of its earliest delivery
	date_header INTEGER,             -- as the Date field says
	date_zone INTEGER,               -- its zone, minutes east
	date_effective INTEGER NOT NULL,
	date_reason TEXT NOT NULL,
	size INTEGER NOT NULL,
	unread TEXT,                     -- why it could not be read; everything below is then empty
	message_id TEXT,
	id_hash INTEGER,                 -- 48 bits of the SHA-256 of message_id, which an index finds it by
	replaces TEXT,                   -- the Message-ID that its header says it supersedes
	subject TEXT,
	base_from INTEGER,               -- the character of the subject from which on it is its base
	base_other TEXT,                 -- the base of one that does not end with it
	author_name TEXT,
	author_address TEXT,
	author_reason TEXT,
	organization TEXT,
	list_id TEXT,
	lang TEXT,
	words INTEGER NOT NULL DEFAULT 0,
	gist TEXT,                       -- first sentence of the new text
	kind TEXT NOT NULL DEFAULT 'input',
	kind_said TEXT,                  -- kind_reason; char(1) is what is said of nearly all
	kind_by TEXT NOT NULL DEFAULT 'rules' CHECK (kind_by IN ('rules', 'person')),
	held TEXT,                       -- why it is held; NULL when it is not, or was released
	answered INTEGER,                -- when, by decision or by a team message in the thread
	asks INTEGER NOT NULL DEFAULT 0, -- 1: filed under an intent that awaits an answer; archive/settle.c sees to it
	attachments INTEGER NOT NULL DEFAULT 0,
	rules INTEGER,                   -- the ruleset that classified it: table ruleset
	variant_key BLOB,                -- hash of Message-ID, author and folded new text: equal in copies of one message
	thread INTEGER NOT NULL,         -- the number of one of its messages
	copy_of INTEGER,                 -- the message this is a variant of, or that supersedes this truncated one
	copy_kind TEXT CHECK (copy_kind IN ('variant', 'truncated')),
	remarks TEXT,                    -- limits met and repairs made, a line each
	redacted TEXT,                   -- 'part' or 'whole': what was taken out; NULL: nothing
	hushed INTEGER NOT NULL DEFAULT 0, -- 1: a copy of it is held or spam and would be told by it, and nobody released it itself; archive/settle.c sees to it
	change INTEGER NOT NULL,         -- the number of the transaction that wrote last what a page shows of it
	subject_base TEXT GENERATED ALWAYS AS (coalesce(base_other, substr(subject, base_from))) VIRTUAL,
	kind_reason TEXT GENERATED ALWAYS AS (CASE kind_said WHEN char(1) THEN 'no sign of anything else' ELSE kind_said END) VIRTUAL,
	listed INTEGER NOT NULL GENERATED ALWAYS AS -- it stands in lists of letters: once each, nothing of machines, nothing that is held or gone
		(held IS NULL AND unread IS NULL AND kind <> 'spam' AND kind <> 'bounce' AND kind <> 'auto' AND copy_of IS NULL AND redacted IS NOT 'whole' AND hushed = 0) VIRTUAL
) STRICT;
CREATE INDEX message_received ON message (received);
CREATE INDEX message_date ON message (date_effective);
CREATE INDEX message_thread ON message (thread, kind, date_effective);
CREATE INDEX message_id_hash ON message (id_hash, lower(author_address), variant_key, copy_kind) WHERE id_hash IS NOT NULL;
CREATE INDEX message_copy ON message (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX message_change ON message (change);
CREATE INDEX message_author ON message (author_address);
CREATE INDEX message_held ON message (date_effective) WHERE held IS NOT NULL;
CREATE INDEX message_unread ON message (date_effective) WHERE unread IS NOT NULL;
CREATE INDEX message_awaiting ON message (date_effective, received, first_seq) -- what awaits an answer, however much was answered
	WHERE asks = 1 AND answered IS NULL AND kind = 'input' AND held IS NULL AND copy_of IS NULL;

CREATE TABLE delivery (            -- every delivery of mail.db, for the ledger
	seq INTEGER PRIMARY KEY,
	message INTEGER NOT NULL,
	received INTEGER NOT NULL,
	source TEXT NOT NULL,
	again INTEGER NOT NULL           -- 1: the same content had come before
) STRICT;
CREATE INDEX delivery_received ON delivery (received);
CREATE INDEX delivery_message ON delivery (message);

CREATE TABLE person (              -- who wrote, or was written to, numbered as they came, which says nothing
	person INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,           -- of the next two: they are found by it
	address TEXT NOT NULL,
	name TEXT
) STRICT;
CREATE INDEX person_hash ON person (hash);

CREATE TABLE addressed (           -- the people of a letter: a list of it has the same ones again and again
	message INTEGER PRIMARY KEY,
	people TEXT NOT NULL             -- JSON, [9,17]: of each 8 times its number, and its role: 0 from, 1 sender, 2 reply-to, 3 to, 4 cc, 5 failed
) STRICT;
CREATE VIEW address AS
	SELECT d.message AS message, a.key AS n,
	CASE a.value & 7 WHEN 0 THEN 'from' WHEN 1 THEN 'sender' WHEN 2 THEN 'reply-to' WHEN 3 THEN 'to' WHEN 4 THEN 'cc' ELSE 'failed' END AS role,
	p.name AS name, p.address AS address
	FROM addressed AS d CROSS JOIN json_each(d.people) AS a CROSS JOIN person AS p ON p.person = a.value >> 3;

CREATE TABLE ruleset (             -- rulesets, numbered as they came
	ruleset INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,           -- of the words: they are found by it
	words TEXT NOT NULL
) STRICT;
CREATE INDEX ruleset_hash ON ruleset (hash);

CREATE TABLE filing (              -- the filing in effect: a person's decision wins over a rule
	type TEXT NOT NULL,              -- workstream, topic, intent, group, region
	id TEXT NOT NULL,
	message INTEGER NOT NULL,
	date INTEGER NOT NULL,           -- the message's date_effective: answers "newest of a workstream" from this table alone
	tier TEXT NOT NULL CHECK (tier IN ('firm', 'suggested')),
	by TEXT NOT NULL CHECK (by = 'rules' OR by = 'person' OR by = 'thread'),
	taxonomy TEXT,
	PRIMARY KEY (type, id, date, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX filing_message ON filing (message, type, id);
CREATE INDEX filing_thread ON filing (message) WHERE by = 'thread';

CREATE TABLE target (              -- what rules can file under: names, never patterns; what older rules knew stays, not current
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	title TEXT NOT NULL,
	parent TEXT,
	taxonomy TEXT,
	current INTEGER NOT NULL,
	route TEXT,
	hold INTEGER NOT NULL,
	position INTEGER NOT NULL,
	PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE letter (              -- of each message with words of its own: which others it is like
	message INTEGER PRIMARY KEY,
	rank INTEGER NOT NULL,           -- its place in the order of public ids
	leader INTEGER NOT NULL,         -- the smallest letter that is first at one of its keys and is like it; its own number when there is none
	campaign INTEGER NOT NULL,       -- where the leaders lead: the campaign's smallest letter
	sketch BLOB NOT NULL             -- MinHash values of its words in runs of three, their number, a sum of its sentences (archive/sketch.h); of a short letter its words' hash
) STRICT;
CREATE INDEX letter_leader ON letter (leader) WHERE leader <> message;
CREATE INDEX letter_campaign ON letter (campaign) WHERE campaign <> message;

CREATE TABLE decision (            -- mail.db's decisions, newest last, for show and digest
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	message INTEGER,
	who TEXT,
	action TEXT NOT NULL,
	value TEXT,                      -- of 'undo': the seq of what it takes back
	note TEXT,
	undone INTEGER                   -- the seq of the decision 'undo' that took it back
) STRICT;
CREATE INDEX decision_message ON decision (message);
CREATE INDEX decision_at ON decision (at);
CREATE INDEX decision_entered ON decision (action, message) WHERE action IN ('section', 'position', 'on-behalf-of', 'initials', 'quote') AND undone IS NULL;
CREATE INDEX decision_supersedes ON decision (value) WHERE action = 'supersedes' AND undone IS NULL;
CREATE INDEX decision_redact ON decision (message) WHERE action = 'redact';

-- The words of text_search_words (so that splitting at ASCII is all that is left to do); contentless, so a delete needs the old words
-- again (made from the rows above). body: new, forwarded, attachment and signature text, never quoted text and footers. Of mail addresses these columns have
-- what the public is shown, a first letter and the domain; whole, with Sender and Reply-To, they stand in addresses, which only staff search.
CREATE VIRTUAL TABLE search USING fts5 (subject, body, people, files, addresses, content = '', columnsize = 0, detail = full,
	tokenize = 'ascii');
INSERT INTO search (search, rank) VALUES ('hashsize', 33554432); -- one segment a transaction, an import's too
INSERT INTO search (search, rank) VALUES ('automerge', 8);

CREATE TABLE part (
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,
	number TEXT NOT NULL,
	type TEXT NOT NULL,
	charset TEXT,
	charset_state TEXT NOT NULL,
	filename TEXT,
	size INTEGER NOT NULL,
	attachment INTEGER NOT NULL,
	read INTEGER NOT NULL,
	remark TEXT,
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_waiting ON part (message) WHERE read = 0 AND remark GLOB 'to be read*'; -- for a converter

CREATE TABLE passages (            -- the text, for show, explain, excerpts, reclassifying and index deletes: of several messages in a row (archive/texts.h)
	message INTEGER PRIMARY KEY,     -- the first of them; none of another row is between it and the last
	members TEXT NOT NULL,           -- of each its number and its bytes in the next two columns, as they were before they were compressed
	passages BLOB NOT NULL,          -- zstd frame of record_passages_to_bytes, one after the other
	found BLOB NOT NULL              -- zstd frame of record_found_to_bytes, likewise: the rest of what rules look at
) STRICT;

-- How many letters each place and hour has, so that no page counts them one by one: archive/settle.c.
CREATE TABLE tally (
	type TEXT NOT NULL,              -- as in filing; '' with the id '': everywhere
	id TEXT NOT NULL,
	hour INTEGER NOT NULL,           -- since 1970: of filing.date; everywhere of message.date_effective
	listed INTEGER NOT NULL,         -- messages that stand in lists
	letters INTEGER NOT NULL,        -- of these, of the kind input
	PRIMARY KEY (type, id, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE overruled (           -- the rules' filings that a person's decision replaced or took back, so that decisions can be applied anew
	message INTEGER NOT NULL,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	tier TEXT NOT NULL,
	taxonomy TEXT,
	PRIMARY KEY (message, type, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE overruled_state (     -- the rules' kind and hold of a message on whose kind or hold people decided
	message INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	kind_reason TEXT,
	held TEXT
) STRICT;

CREATE TABLE clause (              -- what the evidence of many messages has in common: numbered as it came, which says nothing
	clause INTEGER PRIMARY KEY,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	tier TEXT NOT NULL,              -- firm, suggested, hint (near), masked
	key TEXT NOT NULL,
	rule TEXT NOT NULL,
	file TEXT NOT NULL,
	UNIQUE (rule, id, key, tier, type, file)
) STRICT;

CREATE TABLE evidence (
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,
	clause INTEGER NOT NULL,
	line INTEGER NOT NULL,           -- of the clause's file
	passage INTEGER NOT NULL,        -- -1: not in a passage
	"offset" INTEGER NOT NULL,
	length INTEGER NOT NULL,
	words TEXT,
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
CREATE VIEW proof AS
	SELECT message, n, type, id, tier, key, rule, file, line, passage, "offset", length, words
	FROM evidence CROSS JOIN clause USING (clause);

CREATE TABLE reference (           -- which Message-IDs a message names (its own too): threads, and parents that come late
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,              -- 0: its own; 1...: References, oldest first; the last is the parent
	id INTEGER NOT NULL,             -- thread_of.id
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE thread_of (           -- every Message-ID ever seen, of messages that never came too -> its thread
	id INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,           -- 48 bits of the SHA-256 of message_id
	message_id TEXT NOT NULL,
	thread INTEGER NOT NULL
) STRICT;
CREATE INDEX thread_of_hash ON thread_of (hash);

CREATE TABLE thread_topic (        -- what a thread's messages are filed under firmly (firm 1) or hint at without being filed (0)
	thread INTEGER NOT NULL,
	type TEXT NOT NULL,              -- workstream or topic
	id TEXT NOT NULL,
	firm INTEGER NOT NULL,
	message INTEGER NOT NULL,
	PRIMARY KEY (thread, type, id, firm, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE paragraph (           -- first and last paragraphs of letters' new text: what may be boilerplate
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,
	hash INTEGER NOT NULL,           -- of its place and its folded text
	place TEXT NOT NULL CHECK (place IN ('head', 'foot')),
	passage INTEGER NOT NULL,
	"offset" INTEGER NOT NULL,
	length INTEGER NOT NULL,
	rest INTEGER NOT NULL,           -- of what else the letter says, equal in letters that say much the same; 0: too little, it teaches nothing
	signature INTEGER NOT NULL,      -- 1: short lines without sentences
	scope INTEGER NOT NULL,          -- in this letter it is boilerplate of that scope, and its words do not count; 0: they do
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX paragraph_hash ON paragraph (hash);

CREATE TABLE standing (            -- where a paragraph stands that two messages have: once for each scope of the letter (its author, his domain, its list, all mail)
	hash INTEGER NOT NULL,
	scope INTEGER NOT NULL,          -- hash of the scope's name
	author INTEGER NOT NULL,         -- hash of the address, its upper half of the domain
	rest INTEGER NOT NULL,
	message INTEGER NOT NULL,
	date INTEGER NOT NULL,
	PRIMARY KEY (hash, scope, author, rest, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_rest ON standing (hash, scope, rest);

CREATE TABLE standing_count (      -- counters over standing, so that no letter has the others counted again
	hash INTEGER NOT NULL,
	scope INTEGER NOT NULL,
	letters INTEGER NOT NULL,
	writers INTEGER NOT NULL,        -- authors of at least two letters that say different things besides
	written INTEGER NOT NULL,        -- letters of these
	rests INTEGER NOT NULL,          -- different things that are said besides
	oldest INTEGER NOT NULL,         -- dates
	newest INTEGER NOT NULL,
	PRIMARY KEY (hash, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_count_scope ON standing_count (scope, writers) WHERE writers > 0;

CREATE TABLE standing_writer (     -- these authors
	hash INTEGER NOT NULL,
	scope INTEGER NOT NULL,
	author INTEGER NOT NULL,
	PRIMARY KEY (hash, scope, author)
) STRICT, WITHOUT ROWID;

CREATE TABLE scope (               -- letters of each scope that have a last paragraph and something besides
	scope INTEGER PRIMARY KEY,
	letters INTEGER NOT NULL
) STRICT;

CREATE TABLE boilerplate (         -- paragraphs learned, each in its scope
	hash INTEGER NOT NULL,
	scope INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind = 'author' OR kind = 'domain' OR kind = 'list' OR kind = 'all'),
	name TEXT NOT NULL,              -- the author's address, the domain, the list; "" of all mail
	PRIMARY KEY (hash, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX boilerplate_scope ON boilerplate (scope);

CREATE TABLE set_aside (           -- the rules' filings that rest on boilerplate: gone or weaker, kept so that they come back
	message INTEGER NOT NULL,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	tier TEXT NOT NULL,
	taxonomy TEXT,
	PRIMARY KEY (message, type, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside_hold (      -- and their holds
	message INTEGER PRIMARY KEY,
	held TEXT NOT NULL
) STRICT;

CREATE TABLE letter_key (          -- letters that are alike share keys
	key INTEGER NOT NULL,
	rank INTEGER NOT NULL,
	message INTEGER NOT NULL,
	PRIMARY KEY (key, rank, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE issue (               -- digests that were made for a subscription
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	subscription TEXT NOT NULL,
	number INTEGER NOT NULL,         -- of the subscription's
	after INTEGER NOT NULL,          -- it covers the entries after this one
	upto INTEGER NOT NULL,           -- up to and with this one
	due INTEGER NOT NULL,
	message_id TEXT NOT NULL,
	skipped INTEGER NOT NULL,
	unread TEXT                      -- the messages that it told nobody could read: numbers with a comma between
) STRICT;
CREATE INDEX issue_subscription ON issue (subscription, seq);

CREATE TABLE issue_step (          -- how far an issue has come on its way to a recipient
	issue INTEGER NOT NULL,
	recipient TEXT NOT NULL,
	seq INTEGER NOT NULL,            -- of the last entry about it
	at INTEGER NOT NULL,
	state TEXT NOT NULL,
	words TEXT NOT NULL,             -- the mail server's
	tries INTEGER NOT NULL,
	doubt INTEGER NOT NULL,          -- earlier tries that may have arrived
	PRIMARY KEY (issue, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_step_open ON issue_step (issue) WHERE state IN ('waiting', 'again', 'sending', 'deferred', 'unknown');

-- message.change says what changed last, so that pages in files are made anew without reading the rest. The numbers are this file's own, and another file (made
-- anew) has another name.
CREATE TABLE born (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	name TEXT NOT NULL
) STRICT;
INSERT INTO born VALUES (1, lower(hex(randomblob(8))));

-- What the public may see: no held, spam or unread mail. Of what was redacted as a whole the row is all there is: when it came, and nothing of what it said.
CREATE VIEW public_message AS
	SELECT * FROM message WHERE held IS NULL AND kind <> 'spam' AND kind <> 'bounce' AND kind <> 'auto' AND unread IS NULL AND hushed = 0;
CREATE VIEW staff_message AS SELECT * FROM message;
