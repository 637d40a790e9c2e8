-- mail.db: truth and decisions. Everything else can be made again from this file. Version 2.
-- Times are seconds since 1970 UTC. Nothing is ever updated but by redaction, and by packing, which keeps every byte; the sequence only grows.

CREATE TABLE archive (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	uuid TEXT NOT NULL,            -- of this archive; a restored copy keeps it, another archive has another
	created INTEGER NOT NULL,
	canonical INTEGER NOT NULL     -- version of the canonical form that content ids are computed over
) STRICT;

CREATE TABLE content (             -- the bytes of a message, once however often it was delivered
	content INTEGER PRIMARY KEY,
	content_id BLOB NOT NULL UNIQUE, -- SHA-256 of the canonical form, 32 bytes
	public_id TEXT NOT NULL UNIQUE,  -- first 16 characters of its base32 form; longer where that was taken
	raw_hash BLOB NOT NULL,          -- SHA-256 of the bytes as first delivered
	size INTEGER NOT NULL,           -- bytes as first delivered
	chunks INTEGER NOT NULL,         -- 1, or more for a long message: the rest in chunk
	raw BLOB,                        -- zstd frame of the first chunk; NULL when it is in a block, or redacted
	block INTEGER REFERENCES block,  -- the block that holds its bytes, SIZE of them; NULL when it is not packed
	"offset" INTEGER                 -- where they begin there
) STRICT;
CREATE INDEX content_block ON content (block) WHERE block IS NOT NULL;

CREATE TABLE chunk (
	content INTEGER NOT NULL REFERENCES content,
	n INTEGER NOT NULL,              -- from 1; number 0 stands in content.raw
	raw BLOB NOT NULL,               -- zstd frame of up to 1 MiB
	PRIMARY KEY (content, n)
) STRICT;

CREATE TABLE block (               -- messages one behind the other, of imports and by postbag pack: compressed together they take half the room
	block INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out again, so that whoever has unpacked one knows it by its number
	size INTEGER NOT NULL,           -- bytes unpacked: the sizes of its messages together, at most 2 MiB
	raw BLOB NOT NULL                -- zstd frame
) STRICT;

CREATE TABLE entry (               -- the one growing sequence: deliveries, rule files in force, decisions, digests issued
	seq INTEGER PRIMARY KEY,
	type TEXT NOT NULL CHECK (type IN ('delivery', 'rules', 'decision', 'issue')),
	at INTEGER NOT NULL,             -- when it was entered
	link BLOB NOT NULL,              -- 16 bytes: hash over the previous link and this entry; tells one history from another
	content INTEGER REFERENCES content, -- delivery: what was delivered; decision: on which message
	received INTEGER,                -- delivery: when this archive, or for an import the list server, got it
	source TEXT,                     -- delivery: 'deliver', 'import', 'sweep', ...; decision: who decided
	sender TEXT,                     -- delivery: envelope sender, where the mail server told it
	recipient TEXT,                  -- delivery: envelope recipient; issue: whom this step is about
	header BLOB,                     -- delivery: zstd frame of this copy's header where it differs from content.raw's; issue: of its message
	rules TEXT REFERENCES rules,     -- rules: the ruleset in force from here on
	action TEXT,                     -- rules: 'reclassify' applies them to what came before; decision: 'file', 'unfile', 'kind', 'hold', 'release', 'answered', 'reopened', 'note', 'section', ...
	value TEXT,                      -- decision: a topic, a kind, ...; issue: the subscription
	note TEXT                        -- decision: why; issue: what it covers, or which issue and what the server said
) STRICT;
CREATE INDEX entry_content ON entry (content);
CREATE INDEX entry_received ON entry (received) WHERE type = 'delivery';
CREATE INDEX entry_rules ON entry (seq) WHERE type = 'rules'; -- the newest is asked for by every delivery

CREATE TABLE rules (               -- every rule file that was ever in force
	rules TEXT PRIMARY KEY,          -- the set's hash, hex
	files BLOB NOT NULL              -- zstd frame of the serialised (name, text) pairs
) STRICT, WITHOUT ROWID;
