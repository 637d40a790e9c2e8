PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE follow (              -- how far the truth was followed
	one INTEGER PRIMARY KEY CHECK (one = 1),
	uuid TEXT NOT NULL,
	seq INTEGER NOT NULL,            -- the last entry followed, 0: none
	link BLOB NOT NULL,              -- its link
	rules TEXT,                      -- the ruleset in force at seq
	words_version INTEGER NOT NULL,  -- TEXT_INDEX_VERSION of the search rows
	refiled INTEGER NOT NULL         -- the entry after seq applies rules to all messages: done up to this one, 0: not begun
) STRICT;
INSERT INTO follow VALUES(1,'7a3d8f35-af98-4449-a053-cf7bbfb6dc57',12,X'a7257499b610ef6b787c53e4cde7b02e','36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',3,0);
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
	replaces TEXT,                   -- the Message-ID that its header says it supersedes
	subject TEXT,
	subject_base TEXT,
	author_name TEXT,
	author_address TEXT,
	author_reason TEXT,
	organization TEXT,
	list_id TEXT,
	lang TEXT,
	words INTEGER NOT NULL DEFAULT 0,
	gist TEXT,                       -- first sentence of the new text
	kind TEXT NOT NULL DEFAULT 'input',
	kind_reason TEXT,
	kind_by TEXT NOT NULL DEFAULT 'rules' CHECK (kind_by IN ('rules', 'person')),
	held TEXT,                       -- why it is held; NULL when it is not, or was released
	answered INTEGER,                -- when, by decision or by a team message in the thread
	asks INTEGER NOT NULL DEFAULT 0, -- 1: filed under an intent that awaits an answer; triggers on filing see to it
	attachments INTEGER NOT NULL DEFAULT 0,
	rules TEXT,                      -- the ruleset that classified it
	variant_key BLOB,                -- hash of Message-ID, author and folded new text: equal in copies of one message
	thread INTEGER NOT NULL,         -- the number of one of its messages
	copy_of INTEGER,                 -- the message this is a variant of, or that supersedes this truncated one
	copy_kind TEXT CHECK (copy_kind IN ('variant', 'truncated')),
	remarks TEXT,                    -- limits met and repairs made, a line each
	redacted TEXT,                   -- 'part' or 'whole': what was taken out; NULL: nothing
	hushed INTEGER NOT NULL DEFAULT 0, -- 1: a copy of it is held or spam and would be told by it; triggers see to it
	listed INTEGER NOT NULL GENERATED ALWAYS AS -- it stands in lists of letters: once each, nothing of machines, nothing that is held or gone
		(held IS NULL AND unread IS NULL AND kind NOT IN ('spam', 'bounce', 'auto') AND copy_of IS NULL AND redacted IS NOT 'whole' AND hushed = 0) VIRTUAL
) STRICT;
INSERT INTO message VALUES(1,'ksjx5hjj7kzvrqgs',2,1549972860,1549958460,0,1549958460,'Date',285,NULL,'letter-1@example.net',NULL,'The cranes','The cranes','Ada Example','ada@example.net','From',NULL,NULL,'en',8,'The gantry cranes are older than I am.','input','no sign of anything else','rules',NULL,NULL,0,0,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'0276bd3c58aaef5f2b14cd4703f8e027',1,NULL,NULL,NULL,NULL,0);
INSERT INTO message VALUES(2,'636aqui4jqpb6unv',3,1549972920,1549958520,0,1549958520,'Date',268,NULL,'letter-2@example.net',NULL,'Silt','Silt','Bo Example','bo@example.com','From',NULL,NULL,'en',5,'When does the dredging begin?','input','no sign of anything else','rules',NULL,NULL,0,0,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'cbe1960e0de02c7962748fb56edcb539',2,NULL,NULL,NULL,NULL,0);
INSERT INTO message VALUES(3,'43ttcyitgyxqi55x',4,1549972980,1549958580,0,1549958580,'Date',319,NULL,'letter-3@example.net',NULL,'Re: Silt','Silt','Cy Example','cy@example.org','From',NULL,NULL,'en',6,'Next week, with 淤积 and Verschlickung.','team','ours','person',NULL,NULL,0,0,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'28e9d2f961c91bba21c350550471c21a',2,NULL,NULL,NULL,NULL,0);
INSERT INTO message VALUES(4,'ygpejlsid5a3waix',5,1549973040,1549958640,0,1549958640,'Date',1425396,NULL,'letter-4@example.net',NULL,'A long one','A long one','Ada Example','ada@example.net','From',NULL,NULL,'en',11,'There is lifting gear on the quay wall, and a hook.','input','no sign of anything else','rules',NULL,NULL,0,1,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'707f2d9e8a14364df4e77a2a9e5533c6',4,NULL,NULL,NULL,NULL,0);
CREATE TABLE delivery (            -- every delivery of mail.db, for the ledger
	seq INTEGER PRIMARY KEY,
	message INTEGER NOT NULL,
	received INTEGER NOT NULL,
	source TEXT NOT NULL,
	again INTEGER NOT NULL           -- 1: the same content had come before
) STRICT;
INSERT INTO delivery VALUES(2,1,1549972860,'deliver',0);
INSERT INTO delivery VALUES(3,2,1549972920,'deliver',0);
INSERT INTO delivery VALUES(4,3,1549972980,'deliver',0);
INSERT INTO delivery VALUES(5,4,1549973040,'deliver',0);
INSERT INTO delivery VALUES(6,1,1549973100,'deliver',1);
CREATE TABLE address (
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,
	role TEXT NOT NULL,              -- from, sender, reply-to, to, cc, failed
	name TEXT,
	address TEXT NOT NULL,
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO address VALUES(1,0,'from','Ada Example','ada@example.net');
INSERT INTO address VALUES(1,1,'to',NULL,'harbour@example.org');
INSERT INTO address VALUES(2,0,'from','Bo Example','bo@example.com');
INSERT INTO address VALUES(2,1,'to',NULL,'harbour@example.org');
INSERT INTO address VALUES(3,0,'from','Cy Example','cy@example.org');
INSERT INTO address VALUES(3,1,'to',NULL,'harbour@example.org');
INSERT INTO address VALUES(4,0,'from','Ada Example','ada@example.net');
INSERT INTO address VALUES(4,1,'to',NULL,'harbour@example.org');
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
INSERT INTO part VALUES(1,0,'1','text/plain','utf-8','declared',NULL,39,0,1,NULL);
INSERT INTO part VALUES(2,0,'1','text/plain','utf-8','declared',NULL,30,0,1,NULL);
INSERT INTO part VALUES(3,0,'1','text/plain','utf-8','declared',NULL,42,0,1,NULL);
INSERT INTO part VALUES(4,0,'1','text/plain','us-ascii','declared',NULL,51,0,1,NULL);
INSERT INTO part VALUES(4,1,'2','application/octet-stream',NULL,'none',NULL,1050000,1,0,'no converter for application/octet-stream');
CREATE TABLE passages (            -- the text, for show, explain, excerpts, reclassifying and index deletes
	message INTEGER PRIMARY KEY,
	passages BLOB NOT NULL,          -- zstd frame of record_passages_to_bytes
	found BLOB NOT NULL              -- zstd frame of record_found_to_bytes: the rest of what rules look at
) STRICT;
INSERT INTO passages VALUES(1,X'28b52ffd2046e50100f4020000546865206372616e65730000010067616e74727920617265206f6c646572207468616e204920616d2e0a00134404003eb36e5a000c35002c',X'28b52ffd6021015d0a0086d2423b604594c6100e9c33080100002180930a00705fd515d97b1b57959292978d4cca3809547c3f4ed99e30cd6cdc58aa89e86f35a8223dd52616453f053100330033009f3a0a9a633178a31dfdba8ccad21ff9043992ff81727471a552b1783b25d5e096b0af3b316b429d646a2dac8a6ead6b0a56ccc06c4130634189fdb0b74a8fe43b179c203cf79ffc504051588040682a52fd9e9c34a1266a6aebd61c1980eb219486cbe5757618948f18ebd9711edd8dea230a890ebe73ed0955bb49cf5bd1a46adb917d1a91ef5c7798e4638c3102c6b8b1e24613214567f60e70810d7c6004904f3081072ce08fb7337660f8ca659ab7c98d3a6d7e2aba246f4acaa9eb5159d260c5a23cb0aace0d1700cc8562baadc266b480359ec5a53fd41efe779314e85d3133396ed842196c8e778a30570d16979b3ab686767a75371f4d0df868ab46e32e8dcbe509');
INSERT INTO passages VALUES(2,X'28b52ffd2039b50100b402000053696c74010000005768656e20646f657320746865206472656467696e6720626567696e3f0a000d37030028215802190016',X'28b52ffd600101250a00a611413950a5281d144fc02440989919478c239ae160de227273db9d62345b89c817466fe0fab4afe00fc3de2dc21d1d27c59a2ea084f4371771365a0a300031003100158be53fd9fb79060abc74edfd2cbdd3f43f42f093dd2cfd3dd0726e5956a5e3447f73c570873acd143f60f1723777019a4cc2cc253148f903b10b2ef0373af7ec4826affcbffa258052600041c822a9bf576e7628864e71fffa04bd48fd907f12945f62ae57cb799725a227040a55ff468303ff467b0714b9343d8f4392deb8827ea2c8bfd16e47d52fa5940a504a0d2603bf7c3bc639de718f8f0308b0a191f14570120efee668f652e528ec563df132c9abf33a347b779a36d8c0288b51ecca5d2d441700cb8967ba81c066b4bc311e48545818d22610504b7fc8ba7e524b650bc5b539de29c25c35585ceed48d32b45eab60f0d4abaa42921a82bbba14650c');
INSERT INTO passages VALUES(3,X'28b52ffd2045290200000000000000000053696c740000000001000000000000004e657874207765656b2c207769746820e6b7a4e7a7af20616e64205665727363686c69636b756e672e0a000d43',X'28b52ffd604b010d0b00a693463d4049358d011096cd1dc5c19ccf0de9d8423a86ad0c74e8bdfeddbdd2c864fac9e40663622361e0d03563c6c6f1f9cae83bb84cf90306202c5e43876e293400360036000122913f79d4b3253e50d0d36866fa171297a8176edf89e1e61f029120f8da71a278d91005f675e7643bd4294bad8662d1ad75bb51ca0b455e2a325a2e89456d3d11bba264c1d15b334ec3f1dc1fe2010e8f898aaa40c52255f0c9651dea404d6dfdda8126a1c25ffd8edee6f172723d3deea3dbc0ea803e20c6673011fb769b4b97b4a188cf60e67cac2d65dfb7a0c6755b081a285a7c06b33762bc94521a086b8e3085319ce10d578d4ac01abeb085271ccee0051300f095d32a9726f7c0db66c7a24bfa664615d4fd6866da6282458523abcead331a00cd8962baadca66b490653c9028b330229600005d470b856de94f59384d6aa96ca1b836c73b4598ab068bcb888a4c86c06b150e3c6735584880474a191c1c26b32906');
INSERT INTO passages VALUES(4,X'28b52ffd205245020062840f1790452d06584ffa70dd1a423201df88a9ab859ba7c65a19866084b28bbe11bd87cc031cb86619d15a7775783e9a569272268d0ad1618119ea7e74f3c22c020060a8016001',X'28b52ffd606201b50b00c6954d3c50679c0eb012999999819d95423bab5d4a087790dcdc76b7989d3642edae9d955c8f69803774f857b4cba2751ffb0d30590a84b6c337e6b21688480a3b003c003d001f650a22fc13f53099fc9ebd9e67aa8473d7ded066771af8dff819e636ff4e9cdbe69148a4e26a23576d17377f73a570f77993c41716eb72377701877c01852191c4786d8178b92f23a8568bb67efa82838137f9366835b7662bd5d29e1aedbe6f1efb195483c33441a9064e0b0c5fe9ecbe4a93b87f059f10e4d760cef958cc4d10e4d0a3353e9085021abf06732b72fc524a1911a5bc58e48542c68a4b6231634fc4ae28c1a1e8dc93e3f83598f850f82bff01c70ebec11460024d0446d306e18183041c0882fa2baeb4ab32a53bb71ada2c5a6c4ca25ea5effc6877a177fe4a22ab2b77b500a85f52ae574bc1cb03ac4e281700512e44ef4b7fda3dfcb75652a077deccac76c3c18a10c2f571654c858d2885df2a726f65305c5aeaee1a5aefd5357c3435e0a3ad1a8dbb342e9727');
CREATE TABLE filing (              -- the filing in effect: a person's decision wins over a rule
	type TEXT NOT NULL,              -- workstream, topic, intent, group, region
	id TEXT NOT NULL,
	message INTEGER NOT NULL,
	date INTEGER NOT NULL,           -- the message's date_effective: answers "newest of a workstream" from this table alone
	tier TEXT NOT NULL CHECK (tier IN ('firm', 'suggested')),
	by TEXT NOT NULL CHECK (by IN ('rules', 'person', 'thread')),
	taxonomy TEXT,
	PRIMARY KEY (type, id, date, message)
) STRICT, WITHOUT ROWID;
INSERT INTO filing VALUES('topic','quay.crane',2,1549958520,'firm','person','harbour-2018');
INSERT INTO filing VALUES('topic','quay.crane',4,1549958640,'suggested','rules','harbour-2018');
INSERT INTO filing VALUES('topic','water.silt',2,1549958520,'firm','rules','harbour-2018');
INSERT INTO filing VALUES('topic','water.silt',3,1549958580,'firm','rules','harbour-2018');
INSERT INTO filing VALUES('workstream','quay',2,1549958520,'firm','person','harbour-2018');
INSERT INTO filing VALUES('workstream','quay',4,1549958640,'firm','rules','harbour-2018');
INSERT INTO filing VALUES('workstream','water',2,1549958520,'firm','rules','harbour-2018');
INSERT INTO filing VALUES('workstream','water',3,1549958580,'firm','rules','harbour-2018');
CREATE TABLE tally (
	type TEXT NOT NULL,              -- as in filing; '' with the id '': everywhere
	id TEXT NOT NULL,
	hour INTEGER NOT NULL,           -- since 1970: of filing.date; everywhere of message.date_effective
	listed INTEGER NOT NULL,         -- messages that stand in lists
	letters INTEGER NOT NULL,        -- of these, of the kind input
	PRIMARY KEY (type, id, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO tally VALUES('','',430544,4,3);
INSERT INTO tally VALUES('topic','quay.crane',430544,2,2);
INSERT INTO tally VALUES('topic','water.silt',430544,2,1);
INSERT INTO tally VALUES('workstream','quay',430544,2,2);
INSERT INTO tally VALUES('workstream','water',430544,2,1);
CREATE TABLE overruled (           -- the rules' filings that a person's decision replaced or took back, so that decisions can be applied anew
	message INTEGER NOT NULL,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	tier TEXT NOT NULL,
	taxonomy TEXT,
	PRIMARY KEY (message, type, id)
) STRICT, WITHOUT ROWID;
INSERT INTO overruled VALUES(1,'topic','quay.crane','firm','harbour-2018');
INSERT INTO overruled VALUES(1,'workstream','quay','firm','harbour-2018');
CREATE TABLE overruled_state (     -- the rules' kind and hold of a message on whose kind or hold people decided
	message INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	kind_reason TEXT,
	held TEXT
) STRICT;
INSERT INTO overruled_state VALUES(2,'input','no sign of anything else',NULL);
INSERT INTO overruled_state VALUES(3,'input','no sign of anything else',NULL);
CREATE TABLE evidence (
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	tier TEXT NOT NULL,              -- firm, suggested, hint (near), masked
	key TEXT NOT NULL,
	rule TEXT NOT NULL,
	file TEXT NOT NULL,
	line INTEGER NOT NULL,
	passage INTEGER NOT NULL,        -- -1: not in a passage
	"offset" INTEGER NOT NULL,
	length INTEGER NOT NULL,
	words TEXT,
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO evidence VALUES(1,0,'workstream','quay','firm','topic','quay.crane','harbour.rules',14,-1,0,0,NULL);
INSERT INTO evidence VALUES(1,1,'topic','quay.crane','firm','keyword','gantry crane','harbour.rules',16,1,4,13,'gantry cranes');
INSERT INTO evidence VALUES(2,0,'workstream','water','firm','topic','water.silt','harbour.rules',23,-1,0,0,NULL);
INSERT INTO evidence VALUES(2,1,'topic','water.silt','firm','keyword','dredging','harbour.rules',25,1,14,8,'dredging');
INSERT INTO evidence VALUES(3,0,'workstream','water','firm','topic','water.silt','harbour.rules',23,-1,0,0,NULL);
INSERT INTO evidence VALUES(3,1,'topic','water.silt','firm','keyword','淤积','harbour.rules',27,1,16,6,'淤积');
INSERT INTO evidence VALUES(3,2,'topic','water.silt','firm','keyword','Verschlickung','harbour.rules',26,1,27,13,'Verschlickung');
INSERT INTO evidence VALUES(4,0,'workstream','quay','suggested','topic','quay.crane','harbour.rules',14,-1,0,0,NULL);
INSERT INTO evidence VALUES(4,1,'workstream','quay','firm','keyword','quay wall','harbour.rules',9,1,29,9,'quay wall');
INSERT INTO evidence VALUES(4,2,'topic','quay.crane','suggested','likely','lifting gear','harbour.rules',17,1,9,12,'lifting gear');
INSERT INTO evidence VALUES(4,3,'topic','quay.crane','hint','hint','hook','harbour.rules',18,1,46,4,'hook');
CREATE TABLE reference (           -- which Message-IDs a message names (its own too): threads, and parents that come late
	message INTEGER NOT NULL,
	n INTEGER NOT NULL,              -- 0: its own; 1...: References, oldest first; the last is the parent
	id INTEGER NOT NULL,             -- thread_of.id
	PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO reference VALUES(1,0,1);
INSERT INTO reference VALUES(2,0,2);
INSERT INTO reference VALUES(3,0,3);
INSERT INTO reference VALUES(3,1,2);
INSERT INTO reference VALUES(4,0,4);
CREATE TABLE thread_of (           -- every Message-ID ever seen, of messages that never came too -> its thread
	id INTEGER PRIMARY KEY,
	message_id TEXT NOT NULL UNIQUE,
	thread INTEGER NOT NULL
) STRICT;
INSERT INTO thread_of VALUES(1,'letter-1@example.net',1);
INSERT INTO thread_of VALUES(2,'letter-2@example.net',2);
INSERT INTO thread_of VALUES(3,'letter-3@example.net',2);
INSERT INTO thread_of VALUES(4,'letter-4@example.net',4);
CREATE TABLE thread_topic (        -- what a thread's messages are filed under firmly (firm 1) or hint at without being filed (0)
	thread INTEGER NOT NULL,
	type TEXT NOT NULL,              -- workstream or topic
	id TEXT NOT NULL,
	firm INTEGER NOT NULL,
	message INTEGER NOT NULL,
	PRIMARY KEY (thread, type, id, firm, message)
) STRICT, WITHOUT ROWID;
INSERT INTO thread_topic VALUES(2,'topic','quay.crane',1,2);
INSERT INTO thread_topic VALUES(2,'topic','water.silt',1,2);
INSERT INTO thread_topic VALUES(2,'topic','water.silt',1,3);
INSERT INTO thread_topic VALUES(2,'workstream','quay',1,2);
INSERT INTO thread_topic VALUES(2,'workstream','water',1,2);
INSERT INTO thread_topic VALUES(2,'workstream','water',1,3);
INSERT INTO thread_topic VALUES(4,'workstream','quay',1,4);
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
INSERT INTO paragraph VALUES(1,0,8878626639507286885,'foot',1,0,38,0,0,0);
CREATE TABLE standing (            -- where a paragraph stands: once for each scope of the letter (its author, his domain, its list, all mail)
	hash INTEGER NOT NULL,
	scope INTEGER NOT NULL,          -- hash of the scope's name
	author INTEGER NOT NULL,         -- hash of the address, its upper half of the domain
	rest INTEGER NOT NULL,
	message INTEGER NOT NULL,
	date INTEGER NOT NULL,
	PRIMARY KEY (hash, scope, author, rest, message)
) STRICT, WITHOUT ROWID;
CREATE TABLE standing_count (      -- counters over standing, so that no letter has the others counted again
	hash INTEGER NOT NULL,
	scope INTEGER NOT NULL,
	letters INTEGER NOT NULL,
	writers INTEGER NOT NULL,        -- authors of at least two letters that say different things besides
	written INTEGER NOT NULL,        -- letters of these
	rests INTEGER NOT NULL,          -- different things that are said besides
	PRIMARY KEY (hash, scope)
) STRICT, WITHOUT ROWID;
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
	kind TEXT NOT NULL CHECK (kind IN ('author', 'domain', 'list', 'all')),
	name TEXT NOT NULL,              -- the author's address, the domain, the list; "" of all mail
	PRIMARY KEY (hash, scope)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE letter (              -- of each message with words of its own: which others it is like
	message INTEGER PRIMARY KEY,
	rank INTEGER NOT NULL,           -- its place in the order of public ids
	leader INTEGER NOT NULL,         -- the smallest letter that is first at one of its keys and is like it; its own number when there is none
	campaign INTEGER NOT NULL,       -- where the leaders lead: the campaign's smallest letter
	sketch BLOB NOT NULL             -- MinHash values of its words in runs of three, their number, a sum of its sentences (archive/sketch.h); of a short letter its words' hash
) STRICT;
INSERT INTO letter VALUES(1,3695578502525256025,1,1,X'467d6da59a9858db4e29369a9a7f17f7');
INSERT INTO letter VALUES(2,1082748925484610232,2,2,X'1a5785833c17581cf81e9b22cde5caf2');
INSERT INTO letter VALUES(3,729968220313939779,3,3,X'60cb3a3d91b33d543fdd753bf983a6b8');
CREATE TABLE letter_key (          -- letters that are alike share keys
	key INTEGER NOT NULL,
	rank INTEGER NOT NULL,
	message INTEGER NOT NULL,
	PRIMARY KEY (key, rank, message)
) STRICT, WITHOUT ROWID;
INSERT INTO letter_key VALUES(95917416208154,1082748925484610232,2);
INSERT INTO letter_key VALUES(97421223624006,3695578502525256025,1);
INSERT INTO letter_key VALUES(127067634715488,729968220313939779,3);
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
INSERT INTO decision VALUES(7,1549980000,1,'vera','unfile','quay.crane','not about cranes',NULL);
INSERT INTO decision VALUES(8,1549980060,2,'vera','file','quay.crane','',NULL);
INSERT INTO decision VALUES(9,1549980120,2,'otto','hold',NULL,'names a person',NULL);
INSERT INTO decision VALUES(10,1549980180,2,'vera','release',NULL,NULL,NULL);
INSERT INTO decision VALUES(11,1549980240,3,'otto','kind','team','ours',NULL);
INSERT INTO decision VALUES(12,1549980300,3,'otto','note','look again in March',NULL,NULL);
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
INSERT INTO target VALUES('group','PILOTS','Guild of Pilots',NULL,'harbour-2018',1,NULL,0,15);
INSERT INTO target VALUES('intent','danger','tells of a danger',NULL,'harbour-2018',1,'guard@example.org',1,14);
INSERT INTO target VALUES('intent','question','asks something',NULL,'harbour-2018',1,NULL,0,13);
INSERT INTO target VALUES('topic','quay.crane','Cranes','quay','harbour-2018',1,NULL,0,2);
INSERT INTO target VALUES('topic','quay.point1','Point 1 of the first report','quay','harbour-2018',1,NULL,0,4);
INSERT INTO target VALUES('topic','quay.point2','Point 2 of the first report','quay','harbour-2018',1,NULL,0,5);
INSERT INTO target VALUES('topic','quay.point3','The lighthouse','quay','harbour-2018',1,NULL,0,6);
INSERT INTO target VALUES('topic','quay.point4','Point 4 of the first report','quay','harbour-2018',1,NULL,0,7);
INSERT INTO target VALUES('topic','quay.point5','Point 5 of the first report','quay','harbour-2018',1,NULL,0,8);
INSERT INTO target VALUES('topic','quay.point6','Point 6 of the first report','quay','harbour-2018',1,NULL,0,9);
INSERT INTO target VALUES('topic','quay.point7','Point 7 of the first report','quay','harbour-2018',1,NULL,0,10);
INSERT INTO target VALUES('topic','quay.point8','Point 8 of the first report','quay','harbour-2018',1,NULL,0,11);
INSERT INTO target VALUES('topic','quay.point9','Point 9 of the first report','quay','harbour-2018',1,NULL,0,12);
INSERT INTO target VALUES('topic','water.silt','Silt','water','harbour-2018',1,NULL,0,3);
INSERT INTO target VALUES('workstream','quay','Quays and cranes',NULL,'harbour-2018',1,'quay@example.org',0,0);
INSERT INTO target VALUES('workstream','water','The water and what lies in it',NULL,'harbour-2018',1,NULL,0,1);
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','search','search',0,'CREATE VIRTUAL TABLE search USING fts5 (subject, body, people, files, addresses, content = '''', columnsize = 0, detail = full,
	tokenize = ''ascii'')');
CREATE TABLE IF NOT EXISTS 'search_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_data VALUES(1,X'04081f340024');
INSERT INTO search_data VALUES(10,X'000000020101010001010101');
INSERT INTO search_data VALUES(137438953473,X'0000027102306101080102040703100201010b0102040702026461011001020207010402050310010202070104020502016d010601010902026e640306010107010601010a02027265010601010501016202080102040702046567696e020601010602016f0210010202070104020501016303080102040702026f6d02100102060701040405020572616e6573010803010104020179031001020207010402050104646f65730206010103020772656467696e67020601010501076578616d706c650118010203040504050104030505011801020304050405010403050501180102030405040501040305050118010203040504050104030505010667616e747279010601010302036561720406010105010168010601020c010601020c010601020c010601020c02066172626f7572010601040801060104080106010408010601040802036f6f6b040601010c0101690106010108020173040601010301076c696674696e67040601010402036f6e6704020301036e6574011001020607010404050310010206070104040503027874030601010201056f6c646572010601010602016e040601010603016504020402027267010c01020e01040a010c01020e01040a011401020607050104040505010c01020e01040a010471756179040601010801027265030202010473696c7402020201020301047468616e010601010703016501080201010201060101040206010107040272650406010102010d7665727363686c69636b756e670306010108010477616c6c0406010109020365656b0306010103020368656e0206010102020369746803060101040106e6b7a4e7a7af03060101050103e7a7af0306010106041318080e09090b0d090e0d0d0b0e410d0a171c0a08080e0819090c0806280b070c0b1309140b0a0a0a0d');
CREATE TABLE IF NOT EXISTS 'search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO search_idx VALUES(1,X'',2);
CREATE TABLE IF NOT EXISTS 'search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO search_config VALUES('automerge',8);
INSERT INTO search_config VALUES('hashsize',33554432);
INSERT INTO search_config VALUES('version',4);
CREATE TABLE born (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	name TEXT NOT NULL
) STRICT;
INSERT INTO born VALUES(1,'7d31a3c19adb5c26');
CREATE TABLE changed (
	n INTEGER PRIMARY KEY AUTOINCREMENT,
	message INTEGER NOT NULL UNIQUE
) STRICT;
INSERT INTO changed VALUES(13,4);
INSERT INTO changed VALUES(16,1);
INSERT INTO changed VALUES(33,2);
INSERT INTO changed VALUES(38,3);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('changed',38);
CREATE INDEX message_received ON message (received);
CREATE INDEX message_date ON message (date_effective);
CREATE INDEX message_thread ON message (thread, kind, date_effective);
CREATE INDEX message_variant ON message (variant_key) WHERE variant_key IS NOT NULL;
CREATE INDEX message_message_id ON message (message_id, lower(author_address), variant_key, copy_kind) WHERE message_id IS NOT NULL;
CREATE INDEX message_copy ON message (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX message_author ON message (author_address);
CREATE INDEX message_held ON message (date_effective) WHERE held IS NOT NULL;
CREATE INDEX message_unread ON message (date_effective) WHERE unread IS NOT NULL;
CREATE INDEX message_awaiting ON message (date_effective, received, first_seq) -- what awaits an answer, however much was answered
	WHERE asks = 1 AND answered IS NULL AND kind = 'input' AND held IS NULL AND copy_of IS NULL
;
CREATE INDEX delivery_received ON delivery (received);
CREATE INDEX delivery_message ON delivery (message);
CREATE INDEX part_waiting ON part (message) WHERE read = 0 AND remark GLOB 'to be read*';
CREATE INDEX filing_message ON filing (message, type, id);
CREATE INDEX filing_thread ON filing (message) WHERE by = 'thread';
CREATE TRIGGER filing_asks AFTER INSERT ON filing WHEN NEW.type = 'intent' AND NEW.id IN ('question', 'consultation') BEGIN
	UPDATE message SET asks = 1 WHERE message = NEW.message AND asks = 0;
END;
CREATE TRIGGER filing_asks_not AFTER DELETE ON filing WHEN OLD.type = 'intent' AND OLD.id IN ('question', 'consultation') BEGIN
	UPDATE message SET asks = 0 WHERE message = OLD.message AND NOT EXISTS (SELECT 1 FROM filing WHERE message = OLD.message
		AND type = 'intent' AND id IN ('question', 'consultation'));
END;
CREATE TRIGGER tally_none AFTER UPDATE ON tally WHEN new.listed = 0
	BEGIN DELETE FROM tally WHERE type = new.type AND id = new.id AND hour = new.hour; END;
CREATE VIEW tally_add AS SELECT type, id, hour * 3600 AS date, listed, letters FROM tally;
CREATE TRIGGER tally_added INSTEAD OF INSERT ON tally_add BEGIN
	INSERT INTO tally VALUES (new.type, new.id, (new.date - (new.date % 3600 + 3600) % 3600) / 3600, new.listed, new.letters)
		ON CONFLICT DO UPDATE SET listed = listed + excluded.listed, letters = letters + excluded.letters;
END;
CREATE TRIGGER tally_message AFTER INSERT ON message WHEN new.listed BEGIN
	INSERT INTO tally_add VALUES ('', '', new.date_effective, 1, new.kind = 'input');
	INSERT INTO tally_add SELECT type, id, date, 1, new.kind = 'input' FROM filing WHERE message = new.message;
END;
CREATE TRIGGER tally_message_gone AFTER DELETE ON message WHEN old.listed BEGIN
	INSERT INTO tally_add VALUES ('', '', old.date_effective, -1, -(old.kind = 'input'));
	INSERT INTO tally_add SELECT type, id, date, -1, -(old.kind = 'input') FROM filing WHERE message = old.message;
END;
CREATE TRIGGER tally_message_moved AFTER UPDATE OF date_effective ON message WHEN old.listed AND new.date_effective <> old.date_effective BEGIN
	INSERT INTO tally_add VALUES ('', '', old.date_effective, -1, -(old.kind = 'input'));
	INSERT INTO tally_add VALUES ('', '', new.date_effective, 1, old.kind = 'input');
END;
CREATE TRIGGER tally_message_listed AFTER UPDATE OF held, unread, kind, copy_of, redacted, hushed ON message
	WHEN new.listed <> old.listed OR (new.listed AND (new.kind = 'input') <> (old.kind = 'input')) BEGIN
	INSERT INTO tally_add VALUES ('', '', new.date_effective, new.listed - old.listed,
		(new.listed AND new.kind = 'input') - (old.listed AND old.kind = 'input'));
	INSERT INTO tally_add SELECT type, id, date, new.listed - old.listed, (new.listed AND new.kind = 'input') - (old.listed AND old.kind = 'input')
		FROM filing WHERE message = new.message;
END;
CREATE TRIGGER tally_filing BEFORE INSERT ON filing WHEN NOT EXISTS -- before: a row that takes another's place is not one more
	(SELECT 1 FROM filing WHERE type = new.type AND id = new.id AND date = new.date AND message = new.message) BEGIN
	INSERT INTO tally_add SELECT new.type, new.id, new.date, 1, kind = 'input' FROM message WHERE message = new.message AND listed;
END
;
CREATE TRIGGER tally_filing_gone AFTER DELETE ON filing
	BEGIN INSERT INTO tally_add SELECT old.type, old.id, old.date, -1, -(kind = 'input') FROM message WHERE message = old.message AND listed; END;
CREATE TRIGGER tally_filing_moved AFTER UPDATE OF date ON filing WHEN new.date <> old.date BEGIN
	INSERT INTO tally_add SELECT old.type, old.id, old.date, -1, -(kind = 'input') FROM message WHERE message = old.message AND listed;
	INSERT INTO tally_add SELECT new.type, new.id, new.date, 1, kind = 'input' FROM message WHERE message = new.message AND listed;
END;
CREATE INDEX paragraph_hash ON paragraph (hash);
CREATE INDEX standing_date ON standing (hash, scope, date);
CREATE INDEX standing_rest ON standing (hash, scope, rest);
CREATE INDEX standing_count_scope ON standing_count (scope, writers) WHERE writers > 0;
CREATE INDEX boilerplate_scope ON boilerplate (scope);
CREATE INDEX letter_leader ON letter (leader) WHERE leader <> message;
CREATE INDEX letter_campaign ON letter (campaign) WHERE campaign <> message;
CREATE INDEX decision_message ON decision (message);
CREATE INDEX decision_at ON decision (at);
CREATE INDEX decision_entered ON decision (action, message) WHERE action IN ('section', 'position', 'on-behalf-of', 'initials', 'quote') AND undone IS NULL;
CREATE INDEX decision_supersedes ON decision (value) WHERE action = 'supersedes' AND undone IS NULL;
CREATE INDEX decision_redact ON decision (message) WHERE action = 'redact';
CREATE VIEW hush AS SELECT m.message, EXISTS (SELECT 1 FROM message AS o WHERE o.copy_of = m.message
		AND (o.held IS NOT NULL OR o.kind = 'spam' OR o.redacted IS 'whole'))
	AND NOT EXISTS (SELECT 1 FROM decision AS d WHERE d.message = m.message AND d.action = 'release' AND d.undone IS NULL) AS hushed FROM message AS m;
CREATE TRIGGER hushed AFTER UPDATE OF held, kind, copy_of, redacted ON message WHEN old.copy_of IS NOT NULL OR new.copy_of IS NOT NULL BEGIN
	UPDATE message SET hushed = NOT hushed WHERE message IN (old.copy_of, new.copy_of) AND hushed <> (SELECT h.hushed FROM hush AS h WHERE h.message = message.message); END;
CREATE TRIGGER hushed_come AFTER INSERT ON message BEGIN
	UPDATE message SET hushed = NOT hushed WHERE message IN (new.message, new.copy_of) AND hushed <> (SELECT h.hushed FROM hush AS h WHERE h.message = message.message); END;
CREATE TRIGGER hushed_gone AFTER DELETE ON message WHEN old.copy_of IS NOT NULL BEGIN
	UPDATE message SET hushed = NOT hushed WHERE message IN (old.copy_of) AND hushed <> (SELECT h.hushed FROM hush AS h WHERE h.message = message.message); END;
CREATE TRIGGER hushed_released AFTER INSERT ON decision WHEN new.action = 'release' BEGIN
	UPDATE message SET hushed = NOT hushed WHERE message IN (new.message) AND hushed <> (SELECT h.hushed FROM hush AS h WHERE h.message = message.message); END;
CREATE TRIGGER hushed_undone AFTER UPDATE OF undone ON decision WHEN new.action = 'release' BEGIN
	UPDATE message SET hushed = NOT hushed WHERE message IN (new.message) AND hushed <> (SELECT h.hushed FROM hush AS h WHERE h.message = message.message); END;
CREATE INDEX issue_subscription ON issue (subscription, seq);
CREATE INDEX issue_step_open ON issue_step (issue) WHERE state IN ('waiting', 'again', 'sending', 'deferred', 'unknown');
CREATE TRIGGER changed_message AFTER INSERT ON message
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_row AFTER UPDATE ON message
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_filed AFTER INSERT ON filing
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_filing AFTER UPDATE ON filing
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_unfiled AFTER DELETE ON filing
	BEGIN DELETE FROM changed WHERE message = old.message; INSERT INTO changed (message) VALUES (old.message); END;
CREATE TRIGGER changed_part AFTER UPDATE ON part
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_text AFTER UPDATE ON passages
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_scope AFTER UPDATE OF scope ON paragraph
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_campaign AFTER UPDATE OF campaign ON letter
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_letter AFTER DELETE ON letter
	BEGIN DELETE FROM changed WHERE message = old.message; INSERT INTO changed (message) VALUES (old.message); END;
CREATE TRIGGER changed_decision AFTER INSERT ON decision WHEN new.message IS NOT NULL
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE TRIGGER changed_undone AFTER UPDATE ON decision WHEN new.message IS NOT NULL
	BEGIN DELETE FROM changed WHERE message = new.message; INSERT INTO changed (message) VALUES (new.message); END;
CREATE VIEW public_message AS
	SELECT * FROM message WHERE held IS NULL AND kind NOT IN ('spam', 'bounce', 'auto') AND unread IS NULL AND hushed = 0;
CREATE VIEW staff_message AS SELECT * FROM message;
PRAGMA writable_schema=OFF;
COMMIT;
PRAGMA application_id = 1349481289;
PRAGMA user_version = 6;
