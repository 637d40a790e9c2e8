PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE follow (
one INTEGER PRIMARY KEY CHECK (one = 1),
uuid TEXT NOT NULL,
seq INTEGER NOT NULL,
link BLOB NOT NULL,
rules TEXT,
words_version INTEGER NOT NULL,
refiled INTEGER NOT NULL
) STRICT;
INSERT INTO follow VALUES(1,'7a3d8f35-af98-4449-a053-cf7bbfb6dc57',12,X'a7257499b610ef6b787c53e4cde7b02e','36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',3,0);
CREATE TABLE message (
message INTEGER PRIMARY KEY,
public_id TEXT NOT NULL UNIQUE,
first_seq INTEGER NOT NULL,
received INTEGER NOT NULL,
date_header INTEGER,
date_zone INTEGER,
date_effective INTEGER NOT NULL,
date_reason TEXT NOT NULL,
size INTEGER NOT NULL,
unread TEXT,
message_id TEXT,
replaces TEXT,
subject TEXT,
subject_base TEXT,
author_name TEXT,
author_address TEXT,
author_reason TEXT,
organization TEXT,
list_id TEXT,
lang TEXT,
words INTEGER NOT NULL DEFAULT 0,
gist TEXT,
kind TEXT NOT NULL DEFAULT 'input',
kind_reason TEXT,
kind_by TEXT NOT NULL DEFAULT 'rules' CHECK (kind_by IN ('rules', 'person')),
held TEXT,
answered INTEGER,
asks INTEGER NOT NULL DEFAULT 0,
attachments INTEGER NOT NULL DEFAULT 0,
rules TEXT,
variant_key BLOB,
thread INTEGER NOT NULL,
copy_of INTEGER,
copy_kind TEXT CHECK (copy_kind IN ('variant', 'truncated')),
remarks TEXT,
redacted TEXT,
hushed INTEGER NOT NULL DEFAULT 0,
change INTEGER NOT NULL,
listed INTEGER NOT NULL GENERATED ALWAYS AS
(held IS NULL AND unread IS NULL AND kind <> 'spam' AND kind <> 'bounce' AND kind <> 'auto' AND copy_of IS NULL AND redacted IS NOT 'whole' AND hushed = 0) VIRTUAL
) STRICT;
INSERT INTO message VALUES(1,'ksjx5hjj7kzvrqgs',2,1549972860,1549958460,0,1549958460,'Date',285,NULL,'letter-1@example.net',NULL,'The cranes','The cranes','Ada Example','ada@example.net','From',NULL,NULL,'en',8,'The gantry cranes are older than I am.','input','no sign of anything else','rules',NULL,NULL,0,0,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'0276bd3c58aaef5f2b14cd4703f8e027',1,NULL,NULL,NULL,NULL,0,1);
INSERT INTO message VALUES(2,'636aqui4jqpb6unv',3,1549972920,1549958520,0,1549958520,'Date',268,NULL,'letter-2@example.net',NULL,'Silt','Silt','Bo Example','bo@example.com','From',NULL,NULL,'en',5,'When does the dredging begin?','input','no sign of anything else','rules',NULL,NULL,0,0,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'cbe1960e0de02c7962748fb56edcb539',2,NULL,NULL,NULL,NULL,0,1);
INSERT INTO message VALUES(3,'43ttcyitgyxqi55x',4,1549972980,1549958580,0,1549958580,'Date',319,NULL,'letter-3@example.net',NULL,'Re: Silt','Silt','Cy Example','cy@example.org','From',NULL,NULL,'en',6,'Next week, with 淤积 and Verschlickung.','team','ours','person',NULL,NULL,0,0,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'28e9d2f961c91bba21c350550471c21a',2,NULL,NULL,NULL,NULL,0,1);
INSERT INTO message VALUES(4,'ygpejlsid5a3waix',5,1549973040,1549958640,0,1549958640,'Date',1425396,NULL,'letter-4@example.net',NULL,'A long one','A long one','Ada Example','ada@example.net','From',NULL,NULL,'en',11,'There is lifting gear on the quay wall, and a hook.','input','no sign of anything else','rules',NULL,NULL,0,1,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'707f2d9e8a14364df4e77a2a9e5533c6',4,NULL,NULL,NULL,NULL,0,1);
CREATE TABLE delivery (
seq INTEGER PRIMARY KEY,
message INTEGER NOT NULL,
received INTEGER NOT NULL,
source TEXT NOT NULL,
again INTEGER NOT NULL
) STRICT;
INSERT INTO delivery VALUES(2,1,1549972860,'deliver',0);
INSERT INTO delivery VALUES(3,2,1549972920,'deliver',0);
INSERT INTO delivery VALUES(4,3,1549972980,'deliver',0);
INSERT INTO delivery VALUES(5,4,1549973040,'deliver',0);
INSERT INTO delivery VALUES(6,1,1549973100,'deliver',1);
CREATE TABLE address (
message INTEGER NOT NULL,
n INTEGER NOT NULL,
role TEXT NOT NULL,
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
CREATE TABLE filing (
type TEXT NOT NULL,
id TEXT NOT NULL,
message INTEGER NOT NULL,
date INTEGER NOT NULL,
tier TEXT NOT NULL CHECK (tier IN ('firm', 'suggested')),
by TEXT NOT NULL CHECK (by = 'rules' OR by = 'person' OR by = 'thread'),
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
CREATE TABLE target (
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
CREATE TABLE letter (
message INTEGER PRIMARY KEY,
rank INTEGER NOT NULL,
leader INTEGER NOT NULL,
campaign INTEGER NOT NULL,
sketch BLOB NOT NULL
) STRICT;
INSERT INTO letter VALUES(1,3695578502525256025,1,1,X'467d6da59a9858db4e29369a9a7f17f7');
INSERT INTO letter VALUES(2,1082748925484610232,2,2,X'1a5785833c17581cf81e9b22cde5caf2');
INSERT INTO letter VALUES(3,729968220313939779,3,3,X'60cb3a3d91b33d543fdd753bf983a6b8');
CREATE TABLE decision (
seq INTEGER PRIMARY KEY,
at INTEGER NOT NULL,
message INTEGER,
who TEXT,
action TEXT NOT NULL,
value TEXT,
note TEXT,
undone INTEGER
) STRICT;
INSERT INTO decision VALUES(7,1549980000,1,'vera','unfile','quay.crane','not about cranes',NULL);
INSERT INTO decision VALUES(8,1549980060,2,'vera','file','quay.crane','',NULL);
INSERT INTO decision VALUES(9,1549980120,2,'otto','hold',NULL,'names a person',NULL);
INSERT INTO decision VALUES(10,1549980180,2,'vera','release',NULL,NULL,NULL);
INSERT INTO decision VALUES(11,1549980240,3,'otto','kind','team','ours',NULL);
INSERT INTO decision VALUES(12,1549980300,3,'otto','note','look again in March',NULL,NULL);
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
CREATE TABLE passages (
message INTEGER PRIMARY KEY,
members TEXT NOT NULL,
passages BLOB NOT NULL,
found BLOB NOT NULL
) STRICT;
INSERT INTO passages VALUES(1,'1 59 449 2 44 425 3 56 491 4 71 507',X'28b52ffd20e69d050082cb26289029e9efee725e11f8ffd8868cb657a2b6122566cb466989faec388ada87a235df5d78ad53462332f760d64aa343296c3c4109842e2f1e3587a4cc92bf4f48c129775d46ba940f1a4825cc92542e6cbfe0a3688a890b890a0b674b8d1dccdfb8453c81c040137a83912674bec7cf66f675ac4f068153aea9a40070c7885cc0e3018d60c56cde1fb5fc454fb629a281538e5d71173f218d3b462407005208e2c319c0ba9c212bc15332e2f432d61906',X'28b52ffd6050069d1200c65c633f506b930e1b101a3366965155554de8887158856044de8fecc635dbb665db0744db774b00df4751b04868e59a25b4ed1431bfd5674db10b81d0b719cd1ad9294f00540054001c99dc3dc2dd31d4a7b788d31933add221dcd32be9205bed56311b43041ef9a70c163a8470ff45d57648a2270ef8e6458f8680cb345af938d499fe667ac199268a21fca0a22c77735660f2ff4eba0d1814676dd4a19a72d3ba217178510138adf35a96406d381e1c896bae03e7f0a01814ef65ced49227601bc8e49acbc06b2772082164f020cc54308381cf4105ad8771c7b3aad780b7ce3b77e4905c73bd0477a701b4664fe31240927ebd0aebb2a46cf9c31f93c51271f78ef56103c8d6919cf868e365f88362a1b8eb555896e4ee97070eee175559b1890a61ea6c8248acf7c4309283e8f454493794e5cfa5d15264345f1b43f205b7603a338b8c918d1eba55ec617838648a2a6da3363bdb440a2e97e9d9fa7996db32055ae5ab74c19dab7001c323dbbe5473cb5aa175769433d3b488e09674f7cfdde794375277a380d0e07ea6f581024ba841c162e4242425052529ecb02209888c1d12c080682448b210042291c0080c42c2110c053371139085eda837fc328c5781b5b8e2c0e1d863ee8ef9fdc924581984af90e5474a29dc7d11d924f69f046af70a1101a988402d4d77753750177cc63e8e21182b6fc0275a129780dd9c53b686af3d89cef867919a95013f5b47de989a08e0bafbe4474ba8431baff0cdb6232455b3096fe34a64f24b62c68ce7f8cf99364c8fe8be50331e49fda14d79c50882bb5b4aa08cc829ea86a7ad31fbc45401');
CREATE TABLE tally (
type TEXT NOT NULL,
id TEXT NOT NULL,
hour INTEGER NOT NULL,
listed INTEGER NOT NULL,
letters INTEGER NOT NULL,
PRIMARY KEY (type, id, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO tally VALUES('','',430544,4,3);
INSERT INTO tally VALUES('topic','quay.crane',430544,2,2);
INSERT INTO tally VALUES('topic','water.silt',430544,2,1);
INSERT INTO tally VALUES('workstream','quay',430544,2,2);
INSERT INTO tally VALUES('workstream','water',430544,2,1);
CREATE TABLE overruled (
message INTEGER NOT NULL,
type TEXT NOT NULL,
id TEXT NOT NULL,
tier TEXT NOT NULL,
taxonomy TEXT,
PRIMARY KEY (message, type, id)
) STRICT, WITHOUT ROWID;
INSERT INTO overruled VALUES(1,'topic','quay.crane','firm','harbour-2018');
INSERT INTO overruled VALUES(1,'workstream','quay','firm','harbour-2018');
CREATE TABLE overruled_state (
message INTEGER PRIMARY KEY,
kind TEXT NOT NULL,
kind_reason TEXT,
held TEXT
) STRICT;
INSERT INTO overruled_state VALUES(2,'input','no sign of anything else',NULL);
INSERT INTO overruled_state VALUES(3,'input','no sign of anything else',NULL);
CREATE TABLE clause (
clause INTEGER PRIMARY KEY,
type TEXT NOT NULL,
id TEXT NOT NULL,
tier TEXT NOT NULL,
key TEXT NOT NULL,
rule TEXT NOT NULL,
file TEXT NOT NULL,
UNIQUE (rule, id, key, tier, type, file)
) STRICT;
INSERT INTO clause VALUES(1,'workstream','quay','firm','topic','quay.crane','harbour.rules');
INSERT INTO clause VALUES(2,'topic','quay.crane','firm','keyword','gantry crane','harbour.rules');
INSERT INTO clause VALUES(3,'workstream','water','firm','topic','water.silt','harbour.rules');
INSERT INTO clause VALUES(4,'topic','water.silt','firm','keyword','dredging','harbour.rules');
INSERT INTO clause VALUES(5,'topic','water.silt','firm','keyword','淤积','harbour.rules');
INSERT INTO clause VALUES(6,'topic','water.silt','firm','keyword','Verschlickung','harbour.rules');
INSERT INTO clause VALUES(7,'workstream','quay','suggested','topic','quay.crane','harbour.rules');
INSERT INTO clause VALUES(8,'workstream','quay','firm','keyword','quay wall','harbour.rules');
INSERT INTO clause VALUES(9,'topic','quay.crane','suggested','likely','lifting gear','harbour.rules');
INSERT INTO clause VALUES(10,'topic','quay.crane','hint','hint','hook','harbour.rules');
CREATE TABLE evidence (
message INTEGER NOT NULL,
n INTEGER NOT NULL,
clause INTEGER NOT NULL,
line INTEGER NOT NULL,
passage INTEGER NOT NULL,
"offset" INTEGER NOT NULL,
length INTEGER NOT NULL,
words TEXT,
PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO evidence VALUES(1,0,1,14,-1,0,0,NULL);
INSERT INTO evidence VALUES(1,1,2,16,1,4,13,'gantry cranes');
INSERT INTO evidence VALUES(2,0,3,23,-1,0,0,NULL);
INSERT INTO evidence VALUES(2,1,4,25,1,14,8,'dredging');
INSERT INTO evidence VALUES(3,0,3,23,-1,0,0,NULL);
INSERT INTO evidence VALUES(3,1,5,27,1,16,6,'淤积');
INSERT INTO evidence VALUES(3,2,6,26,1,27,13,'Verschlickung');
INSERT INTO evidence VALUES(4,0,7,14,-1,0,0,NULL);
INSERT INTO evidence VALUES(4,1,8,9,1,29,9,'quay wall');
INSERT INTO evidence VALUES(4,2,9,17,1,9,12,'lifting gear');
INSERT INTO evidence VALUES(4,3,10,18,1,46,4,'hook');
CREATE TABLE reference (
message INTEGER NOT NULL,
n INTEGER NOT NULL,
id INTEGER NOT NULL,
PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO reference VALUES(1,0,1);
INSERT INTO reference VALUES(2,0,2);
INSERT INTO reference VALUES(3,0,3);
INSERT INTO reference VALUES(3,1,2);
INSERT INTO reference VALUES(4,0,4);
CREATE TABLE thread_of (
id INTEGER PRIMARY KEY,
message_id TEXT NOT NULL UNIQUE,
thread INTEGER NOT NULL
) STRICT;
INSERT INTO thread_of VALUES(1,'letter-1@example.net',1);
INSERT INTO thread_of VALUES(2,'letter-2@example.net',2);
INSERT INTO thread_of VALUES(3,'letter-3@example.net',2);
INSERT INTO thread_of VALUES(4,'letter-4@example.net',4);
CREATE TABLE thread_topic (
thread INTEGER NOT NULL,
type TEXT NOT NULL,
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
CREATE TABLE paragraph (
message INTEGER NOT NULL,
n INTEGER NOT NULL,
hash INTEGER NOT NULL,
place TEXT NOT NULL CHECK (place IN ('head', 'foot')),
passage INTEGER NOT NULL,
"offset" INTEGER NOT NULL,
length INTEGER NOT NULL,
rest INTEGER NOT NULL,
signature INTEGER NOT NULL,
scope INTEGER NOT NULL,
PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
INSERT INTO paragraph VALUES(1,0,8878626639507286885,'foot',1,0,38,0,0,0);
CREATE TABLE standing (
hash INTEGER NOT NULL,
scope INTEGER NOT NULL,
author INTEGER NOT NULL,
rest INTEGER NOT NULL,
message INTEGER NOT NULL,
date INTEGER NOT NULL,
PRIMARY KEY (hash, scope, author, rest, message)
) STRICT, WITHOUT ROWID;
CREATE TABLE standing_count (
hash INTEGER NOT NULL,
scope INTEGER NOT NULL,
letters INTEGER NOT NULL,
writers INTEGER NOT NULL,
written INTEGER NOT NULL,
rests INTEGER NOT NULL,
PRIMARY KEY (hash, scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE standing_writer (
hash INTEGER NOT NULL,
scope INTEGER NOT NULL,
author INTEGER NOT NULL,
PRIMARY KEY (hash, scope, author)
) STRICT, WITHOUT ROWID;
CREATE TABLE scope (
scope INTEGER PRIMARY KEY,
letters INTEGER NOT NULL
) STRICT;
CREATE TABLE boilerplate (
hash INTEGER NOT NULL,
scope INTEGER NOT NULL,
kind TEXT NOT NULL CHECK (kind = 'author' OR kind = 'domain' OR kind = 'list' OR kind = 'all'),
name TEXT NOT NULL,
PRIMARY KEY (hash, scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE set_aside (
message INTEGER NOT NULL,
type TEXT NOT NULL,
id TEXT NOT NULL,
tier TEXT NOT NULL,
taxonomy TEXT,
PRIMARY KEY (message, type, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE set_aside_hold (
message INTEGER PRIMARY KEY,
held TEXT NOT NULL
) STRICT;
CREATE TABLE letter_key (
key INTEGER NOT NULL,
rank INTEGER NOT NULL,
message INTEGER NOT NULL,
PRIMARY KEY (key, rank, message)
) STRICT, WITHOUT ROWID;
INSERT INTO letter_key VALUES(95917416208154,1082748925484610232,2);
INSERT INTO letter_key VALUES(97421223624006,3695578502525256025,1);
INSERT INTO letter_key VALUES(127067634715488,729968220313939779,3);
CREATE TABLE issue (
seq INTEGER PRIMARY KEY,
at INTEGER NOT NULL,
subscription TEXT NOT NULL,
number INTEGER NOT NULL,
after INTEGER NOT NULL,
upto INTEGER NOT NULL,
due INTEGER NOT NULL,
message_id TEXT NOT NULL,
skipped INTEGER NOT NULL,
unread TEXT
) STRICT;
CREATE TABLE issue_step (
issue INTEGER NOT NULL,
recipient TEXT NOT NULL,
seq INTEGER NOT NULL,
at INTEGER NOT NULL,
state TEXT NOT NULL,
words TEXT NOT NULL,
tries INTEGER NOT NULL,
doubt INTEGER NOT NULL,
PRIMARY KEY (issue, recipient)
) STRICT, WITHOUT ROWID;
CREATE TABLE born (
one INTEGER PRIMARY KEY CHECK (one = 1),
name TEXT NOT NULL
) STRICT;
INSERT INTO born VALUES(1,'3c68a139a02fc2ec');
CREATE INDEX message_received ON message (received);
CREATE INDEX message_date ON message (date_effective);
CREATE INDEX message_thread ON message (thread, kind, date_effective);
CREATE INDEX message_message_id ON message (message_id, lower(author_address), variant_key, copy_kind) WHERE message_id IS NOT NULL;
CREATE INDEX message_copy ON message (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX message_change ON message (change);
CREATE INDEX message_author ON message (author_address);
CREATE INDEX message_held ON message (date_effective) WHERE held IS NOT NULL;
CREATE INDEX message_unread ON message (date_effective) WHERE unread IS NOT NULL;
CREATE INDEX message_awaiting ON message (date_effective, received, first_seq)
WHERE asks = 1 AND answered IS NULL AND kind = 'input' AND held IS NULL AND copy_of IS NULL;
CREATE INDEX delivery_received ON delivery (received);
CREATE INDEX delivery_message ON delivery (message);
CREATE INDEX filing_message ON filing (message, type, id);
CREATE INDEX filing_thread ON filing (message) WHERE by = 'thread';
CREATE INDEX letter_leader ON letter (leader) WHERE leader <> message;
CREATE INDEX letter_campaign ON letter (campaign) WHERE campaign <> message;
CREATE INDEX decision_message ON decision (message);
CREATE INDEX decision_at ON decision (at);
CREATE INDEX decision_entered ON decision (action, message) WHERE action IN ('section', 'position', 'on-behalf-of', 'initials', 'quote') AND undone IS NULL;
CREATE INDEX decision_supersedes ON decision (value) WHERE action = 'supersedes' AND undone IS NULL;
CREATE INDEX decision_redact ON decision (message) WHERE action = 'redact';
CREATE INDEX part_waiting ON part (message) WHERE read = 0 AND remark GLOB 'to be read*';
CREATE VIEW proof AS
SELECT message, n, type, id, tier, key, rule, file, line, passage, "offset", length, words FROM evidence CROSS JOIN clause USING (clause);
CREATE INDEX paragraph_hash ON paragraph (hash);
CREATE INDEX standing_date ON standing (hash, scope, date);
CREATE INDEX standing_rest ON standing (hash, scope, rest);
CREATE INDEX standing_count_scope ON standing_count (scope, writers) WHERE writers > 0;
CREATE INDEX boilerplate_scope ON boilerplate (scope);
CREATE INDEX issue_subscription ON issue (subscription, seq);
CREATE INDEX issue_step_open ON issue_step (issue) WHERE state IN ('waiting', 'again', 'sending', 'deferred', 'unknown');
CREATE VIEW public_message AS
SELECT * FROM message WHERE held IS NULL AND kind <> 'spam' AND kind <> 'bounce' AND kind <> 'auto' AND unread IS NULL AND hushed = 0;
CREATE VIEW staff_message AS SELECT * FROM message;
PRAGMA writable_schema=OFF;
COMMIT;
PRAGMA application_id = 1349481289;
PRAGMA user_version = 8;
