PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE archive (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	uuid TEXT NOT NULL,            -- of this archive; a restored copy keeps it, another archive has another
	created INTEGER NOT NULL,
	canonical INTEGER NOT NULL     -- version of the canonical form that content ids are computed over
) STRICT;
INSERT INTO archive VALUES(1,'7a3d8f35-af98-4449-a053-cf7bbfb6dc57',1549972800,1);
CREATE TABLE content (             -- the bytes of a message, once however often it was delivered
	content INTEGER PRIMARY KEY,
	content_id BLOB NOT NULL UNIQUE, -- SHA-256 of the canonical form, 32 bytes
	public_id TEXT NOT NULL UNIQUE,  -- first 16 characters of its base32 form; longer where that was taken
	raw_hash BLOB NOT NULL,          -- SHA-256 of the bytes as first delivered
	size INTEGER NOT NULL,           -- bytes as first delivered
	chunks INTEGER NOT NULL,         -- 1, or more for a long message: the rest in chunk
	raw BLOB                         -- zstd frame of the first chunk; NULL when redacted
) STRICT;
INSERT INTO content VALUES(1,X'54937e9d29fab358c0d2520e78cb2e1476a3285e59ced54d36b7491389ec7e0d','ksjx5hjj7kzvrqgs',X'54937e9d29fab358c0d2520e78cb2e1476a3285e59ced54d36b7491389ec7e0d',285,1,X'28b52ffd601d008d0600b20e2e2240699d0371504aeba971461bd9825b019e98a30a8633e36e13bf7912f3a9e834810becb0f2cc37a73e6b54c12be71bdc9b12634d3dc99fb45404a15d1aab226e72d2147d15b446ce093ac152592d049aa1fda78b86d37ab517223077207f0ba9c8aad096866990c6daad95f287609a4a19a3362cea2643d7c9f96b48179e2b811d24867cc1877352fea0c39c730ee0ce3dc4bdc47d0071863f9ab80179805ece9f7622d8a1750f35c828956bb5b092b13ca3833f0b7222070013cb02c3d8914b77f5d096b56a8d43281b18261e');
INSERT INTO content VALUES(2,X'f6fc08511c4c1e1f51b520f618341fd27992841268232fba94ef744a7cd11e4a','636aqui4jqpb6unv',X'f6fc08511c4c1e1f51b520f618341fd27992841268232fba94ef744a7cd11e4a',268,1,X'28b52ffd600c00650600a2ce2e233069aa0ee8901c4431b1b1950f80aac7b7d2ce4f99159a13cc3f711b07392840402901cb80653cdcc83242a7d03eeaad9fd0f2a385b55ac2645d6409cd871946cfa8fc68c2185d15f42b7dd1b3042c9f440974e3bdee5483c39adf3c13563b1ceb78ca4aafc09846d1ac659acf84ca323b11d64d9326d6d26784d1775f52d62114ecf1d5fa66b52417ebfa3903ac166b89741e2e51d36bfc805613d21729eba6b35a6b0d605b73487349db81a3210b9f58e4d88057cebaf743040400bed486451522e7a8232d5414');
INSERT INTO content VALUES(3,X'e6e7316113362f0477b7ea25fcf66f6be4607b2a142ec2b6773a000adf4abbe4','43ttcyitgyxqi55x',X'e6e7316113362f0477b7ea25fcf66f6be4607b2a142ec2b6773a000adf4abbe4',319,1,X'28b52ffd603f00950700c2cf352e70b7cd01a9aaaa080909045415fe359b5c355a3454b266f9c46d94cd3790449b143e4c97be375bb54d1efee73d166da9682691f3b224476864868507850607b67a263042f22770536ed05acfc96158d119a99242ce9eba345ac7519d11f4af8d96e4013ae3850534e5cdf05845724ddfb42eda5b1886b4ce6b7fe0a0c81155e4c31057160c27d5369a7b496f4ffdd1147d9a70f6ddbf1e860c877b15ef7dd4fa9a10867f306c79842983344565ebf20b9b44ca0b6c56271bad876195da7bef01f07b30f1a0f35880790d4f6f70c330e299c4f01d1901080043870073e9421f2d204113ae0604f2320ad6136b2a0a');
INSERT INTO content VALUES(4,X'c19e44ae481f41bb011745662037912a9c5040fe8d0140b9684f57145a0efc4a','ygpejlsid5a3waix',X'c19e44ae481f41bb011745662037912a9c5040fe8d0140b9684f57145a0efc4a',1425396,2,X'28b52ffda000001000b4080086533d2420cb36070fb4749915f1ca1b8bd236059d9c49a2acb15fbfe610039e1369354008058701340033003100ecc4bc38eeb859adb506f0d65ca33981f6814563dcd1c9198b23b46aeeb433b21ead9b508384d27185939418c91382dc491c27013a651ad6abbd7cb05a6271b7fca8a8094c52a1541a2c6ab742c75d84c2344a8ad2cad2e547cbf090bb7e54c1a910d6238a1cabcb8fa9d1a37d6d79f0d4bb46bd346bed4b38291aa3adfb20636b1d741f3c146462425bb1730248314f5274cce935aca4bb90b51a014aa57317ed83f859098b6aa136a3941a9b62adfdb062f9753e0f4e532616982fcf439b4740980dcf64c570bdf403090042fe5ce560e267f0078c1f0bca46b476e8a1056bd505875036304c3c4c000008410100fcff3910024c000008410100fcff3910024c000008410100fcff3910024c000008410100fcff3910024c000008410100fcff3910024c000008410100fcff3910024d000008410100fcff391002');
CREATE TABLE chunk (
	content INTEGER NOT NULL REFERENCES content,
	n INTEGER NOT NULL,              -- from 1; number 0 stands in content.raw
	raw BLOB NOT NULL,               -- zstd frame of up to 1 MiB
	PRIMARY KEY (content, n)
) STRICT;
INSERT INTO chunk VALUES(4,1,X'28b52ffda0f4bf05008c00002041410a4103009cff5ce580e0c41f80054c000008410100fcff39100295000050412d2d6c696e652d2d0a0100e7bf391002');
CREATE TABLE entry (               -- the one growing sequence: deliveries, rule files in force, decisions, digests issued
	seq INTEGER PRIMARY KEY,
	type TEXT NOT NULL CHECK (type IN ('delivery', 'rules', 'decision', 'issue')),
	at INTEGER NOT NULL,             -- when it was entered
	link BLOB NOT NULL,              -- 16 bytes: hash over the previous link and this entry; tells one history from another
	content INTEGER REFERENCES content, -- delivery: what was delivered; decision: on which message
	received INTEGER,                -- delivery: when this archive, or for an import the list server, got it
	source TEXT,                     -- delivery: 'deliver', 'import', 'sweep', ...; decision: who decided
	sender TEXT,                     -- delivery: envelope sender, where the mail server told it
	recipient TEXT,                  -- delivery: envelope recipient
	header BLOB,                     -- delivery: zstd frame of this copy's header where it differs from content.raw's
	rules TEXT REFERENCES rules,     -- rules: the ruleset in force from here on
	action TEXT,                     -- decision: 'file', 'unfile', 'kind', 'hold', 'release', 'answered', 'reopened', 'note', ...
	value TEXT,                      -- decision: a topic, a kind, ...; issue: the subscription
	note TEXT                        -- decision: why; issue: its window and state
) STRICT;
INSERT INTO entry VALUES(1,'rules',1549972800,X'f808d594660af7e1b272162f29d742a4',NULL,NULL,NULL,NULL,NULL,NULL,'36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',NULL,NULL,NULL);
INSERT INTO entry VALUES(2,'delivery',1549972860,X'b693a821d0edd0ab70efe231da268f45',1,1549972860,'deliver','s1@example.net','harbour@example.org',NULL,NULL,NULL,NULL,NULL);
INSERT INTO entry VALUES(3,'delivery',1549972920,X'3779d5d8bf354898b9a6cc5dc7e409ae',2,1549972920,'deliver','s2@example.net','harbour@example.org',NULL,NULL,NULL,NULL,NULL);
INSERT INTO entry VALUES(4,'delivery',1549972980,X'2fe0ce68d4247c8fa95d9bb92709b820',3,1549972980,'deliver','s3@example.net','harbour@example.org',NULL,NULL,NULL,NULL,NULL);
INSERT INTO entry VALUES(5,'delivery',1549973040,X'81eb412a0c4ad25cb3fd1874d7d3ef35',4,1549973040,'deliver','s4@example.net','harbour@example.org',NULL,NULL,NULL,NULL,NULL);
INSERT INTO entry VALUES(6,'delivery',1549973100,X'a1c47d6c8b7212aebfcecf05c921ce50',1,1549973100,'deliver',NULL,NULL,X'28b52ffd604d00150700924f3123308b38071833590697edb236cd524b3a2a524a2a963daa41b4b46dbdc3536960400fe2ab2567d185a2f44818178cff98f1f1c21e5d15f427bf082a224a6f820874e4ad7bc843c33abea344582d71ba514a93bfc0168e86c3317ef7274657d16087de9c77acf9f818eaa346b7e1199c4a612520965c49875fc4e8cac6b55ddabe9f6225fad1e03d8fd185bee7409792cc58adb506a0aded405bc529816b8a3a67a8e234e055a308886584d207472909934f10ea459e9c1f397c4e574af243f7798374f8840900b974410f2d58ab2e432814b6d784ef472005b41a5055cc32',NULL,NULL,NULL,NULL);
INSERT INTO entry VALUES(7,'decision',1549980000,X'6b47de95ea4281370d8df30a07133251',1,NULL,'vera',NULL,NULL,NULL,NULL,'unfile','quay.crane','not about cranes');
INSERT INTO entry VALUES(8,'decision',1549980060,X'af492f5ad6cdcb68cb5a4b9d91e077e3',2,NULL,'vera',NULL,NULL,NULL,NULL,'file','quay.crane','');
INSERT INTO entry VALUES(9,'decision',1549980120,X'4a5b2d16fe1348d37723047b9a0f3c43',2,NULL,'otto',NULL,NULL,NULL,NULL,'hold',NULL,'names a person');
INSERT INTO entry VALUES(10,'decision',1549980180,X'5f94f8b34009c55a01ebd480e15cb0d6',2,NULL,'vera',NULL,NULL,NULL,NULL,'release',NULL,NULL);
INSERT INTO entry VALUES(11,'decision',1549980240,X'4ced0bf061c255e7d2cbb8db180fb9b0',3,NULL,'otto',NULL,NULL,NULL,NULL,'kind','team','ours');
INSERT INTO entry VALUES(12,'decision',1549980300,X'a7257499b610ef6b787c53e4cde7b02e',3,NULL,'otto',NULL,NULL,NULL,NULL,'note','look again in March',NULL);
CREATE TABLE rules (               -- every rule file that was ever in force
	rules TEXT PRIMARY KEY,          -- the set's hash, hex
	files BLOB NOT NULL              -- zstd frame of the serialised (name, text) pairs
) STRICT, WITHOUT ROWID;
INSERT INTO rules VALUES('36c4219af2845ed11c22b365ebc52bbd1b13f5aef432f4eaf1f5f2377cfb13f6',X'28b52ffd601c04451600d6aa7c34706bd201a9aa6a04b1170000f48fbb49932953db496e6d9de4de494a5c3608a16a091d5f09b2ad2dbcfa666d6a08b155b3798e0d6f00680075009f6ca24ca3f573d25a4e70354f227552d3ac68839efc508b05fbe9374350767275d90a974bf4281f84285f073ea9fdee344f2229494440262220caada789ae873636c005b5fd7ee24020116100123decf8233f9250d9e33f96247aebbf3664181bb76d191cf0e0da5e2bfd58d2c902151af71cb58d296f8db014e861e316291ab7cdd25edf36e3dbbaa2b8f5c70a137dd1712b534a413b294fe205ba648fadab316a273aa44ae53ed96c33bba44d920a9bea3b5238cc0c177cb72c756af3cc365c306aea6c4b51bfcb4681a216e28fa4f48b6ed1751b06ece88ea7e37dd7d781eff4dd4652728d3041936d01e44928033201975496389e845c2dc3b0e479e2e07f89cbad134949fd317bd66c3ba03cfa9b202ebc6fb350c0372a5cb201810bba84d20444a271d92969e37b2f73c159400cb70c29ad1e49a9c26da31274e5854e99040d193a60d8c00117640100043c047848cd0c2e752e95a337e9ae0ffab2773c9f484ad1af4a281546cf822d1d7b2bb4f9f052869169c954828e39542d7b289005015cd05d7bad7c6e8bb1da3e06191a0f1c5c6020f4b89b485a9daff9c7dd98256d7e9f30844b1dc5cdbdf4d6f4d762f4e082cb5e9f58a8c19c3186224366866664246d1b2082a6dc9907105834344394c6a348d840d7794391960bd75de3e9f5d1482e86ce02d8aaf9a20d480b8119faa90b25834a1e32d5de5f704e63d2db4379d4e21bcdd866b46284183263ac48d2c7f028cf8318d6c38120bd931da63ebedc0403438400d5208188cc2448aff344ae34bb0778083ef0ac0681c5f3c87e4a7362c5b34ac24cbcbac525d2e8ce2419b8f836461ca63560789a2b9d0c6358aa8a1c5bb5a68f9574f415031bfe483069c214c546850ac2f9de0325006314d38f965e5e2d9cef842a');
CREATE INDEX entry_content ON entry (content);
CREATE INDEX entry_received ON entry (received) WHERE type = 'delivery';
CREATE INDEX entry_rules ON entry (seq) WHERE type = 'rules';
COMMIT;
PRAGMA application_id = 1349481332;
PRAGMA user_version = 1;
