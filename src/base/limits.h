/* Every limit of Postbag, each with its reason. Nothing here is about what is kept: a message of any size is kept; limits apply to reading it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* keeping */
#define LIMIT_RAW_IN_MEMORY (8 * 1024 * 1024)     /* a longer message is spilled to an unnamed file while it streams in */
#define LIMIT_RAW_CHUNK (1024 * 1024)             /* bytes compressed at a time: bounds the memory of keeping a message of any size */
#define LIMIT_RAW_SIZE G_GINT64_CONSTANT(1 << 30) /* a single message, as a bound for archives read back: 1 GiB */
#define LIMIT_HEADER_CANONICAL (1024 * 1024)      /* header bytes looked at for trace fields; beyond it everything counts as content */

/* answering the mail server */
#define LIMIT_DELIVER_MS 7000    /* from the end of the message to the answer: Sieve gives a filter 10 s, and a rescue needs some of them */
#define LIMIT_DELIVER_RATE 10000 /* bytes a millisecond: what is longer than LIMIT_RAW_IN_MEMORY gets so much more time, lest it never be kept */
#define LIMIT_QUEUE_MS 4000      /* of these for a busy mail.db; then the spool has its turn */
#define LIMIT_AFTER_MS 2000      /* after the commit, for the index and at most a few neighbours; the answer is certain and only waits for this */
#define LIMIT_RESCUE_MS 2000     /* for a delivery that starts anew after a fault, with the spool alone */
#define LIMIT_ROOM                                                                                                                                             \
	(1024 * 1024) /* free bytes that an archive's file system must have beyond the message: without them SQLite's shared memory faults (SIGBUS) */
#define LIMIT_FAULT_STACK (64 * 1024) /* for signal handlers, since the fault may be that the stack is at its end */
#define LIMIT_DESCRIPTORS 256         /* a delivery needs some 20 */
#define LIMIT_TURNS 8                 /* deliveries that read and index at the same time, and no more than processors: the others only keep */

/* mail that goes out */
#define LIMIT_CARRIER_SECONDS 120               /* for one message to one recipient: RFC 5321 section 4.5.3.2 allows more for each step */
#define LIMIT_RETRY_FIRST 300                   /* seconds to the second try; then twice as long each time */
#define LIMIT_RETRY_MOST (4 * 3600)             /* between two tries: RFC 5321 section 4.5.4.1 */
#define LIMIT_RETRY_TRIES 36                    /* after which an issue is given up, and said so: five days, however clocks go */
#define LIMIT_RETRY_DOUBTS 2                    /* tries whose end nobody knows, before one more such is the last: a letter four times is no help */
#define LIMIT_RETRY_ORPHAN (5 * 24 * 3600)      /* seconds that an issue waits for its subscription to come back into the configuration */
#define LIMIT_CARRIER_HANGS 2                   /* tries in a row that took all their time, after which a run leaves the rest to the next one */
#define LIMIT_CARRIER_GRACE 30                  /* seconds beyond its own limit of time in which the carrier ends, before it is ended */
#define LIMIT_OUTGOING_BYTES (32 * 1024 * 1024) /* of a message that goes out; few servers take more */
#define LIMIT_PASSWORD_BYTES 4096
#define LIMIT_ISSUE_HTML (96 * 1024)           /* of an issue's HTML part: Gmail cuts what is longer than 102 KB */
#define LIMIT_ISSUE_TEXT (1024 * 1024)         /* of its text, that an issue after a hundred thousand letters were imported goes out at all */
#define LIMIT_ENCLOSED 200                     /* messages in a MIME digest; the others are named */
#define LIMIT_ENCLOSED_BYTES (4 * 1024 * 1024) /* of all of them: many mail servers take 10 MB a message */
#define LIMIT_ENCLOSED_TEXT (128 * 1024)       /* of the text of one, so that one letter does not drive out all others */
#define LIMIT_ENCLOSED_ADDRESSES 20            /* in To and Cc of one */
#define LIMIT_ENCLOSED_NAMED 500               /* lines about messages that are not enclosed */
#define LIMIT_ISSUE_UNREAD 20000               /* messages of which an issue remembers that nobody could read them: 140 kB of numbers */

/* reading (mail) */
#define LIMIT_READ_BYTES (64 * 1024 * 1024)       /* of one message handed to the reader; a public comment is never larger */
#define LIMIT_HANDED_BYTES (LIMIT_READ_BYTES + 1) /* handed over of a longer one, so that the reader can tell that it is longer */
#define LIMIT_HEADER_BYTES (256 * 1024)           /* of one header block: GMime needs 243 MB for 50 MB of header */
#define LIMIT_HEADER_LINE (64 * 1024)             /* of one header field, unfolded: 60,000 nested groups in From crash GMime 3.2.13 */
#define LIMIT_HEADER_FIELDS 1000                  /* fields in one header block */
#define LIMIT_ADDRESS_NESTING 16                  /* ':' in an address header before it is taken as text: groups recurse in GMime */
#define LIMIT_ADDRESSES 500                       /* addresses recorded of one message */
#define LIMIT_REFERENCES 100                      /* the newest References kept; a thread is found by the nearest ancestors */
#define LIMIT_MESSAGE_ID 512                      /* characters of a Message-ID; RFC 5322 lines end at 998 */
#define LIMIT_PARAMETER_NAME 64                   /* of a MIME parameter: 70 to 72 characters loop for ever in GMime 3.2.13 */
#define LIMIT_PARTS 500                           /* MIME parts: 200k of them need 259 MB */
#define LIMIT_NESTING 50                          /* depth of multiparts and of enclosed messages */
#define LIMIT_SUBJECT 4096                        /* characters of a decoded subject or name shown */
#define LIMIT_TEXT_BYTES (2 * 1024 * 1024)        /* text recorded and matched of one message */
#define LIMIT_HTML_BYTES (4 * 1024 * 1024)        /* of one HTML part handed to the parser */
#define LIMIT_HTML_DEPTH 256                      /* nesting of elements; the parser's own limit as well */
#define LIMIT_PASSAGES 2000                       /* passages of one message: interleaved answers beyond it are joined */
#define LIMIT_GROUPS_IN_TEXT                                                                                                                                   \
	1000                  /* ':' in a line of text that only looks like an address header: far below what crashes GMime, far above what people write       \
	                       */
#define LIMIT_PARAMETERS 200  /* of one MIME field: GMime compares each continued parameter with all before it */
#define LIMIT_BOUNDARIES 1024 /* declared in one message: each line that begins with "--" is compared with them */
#define LIMIT_BOUNDARY_COMPARISONS 20000000   /* of such lines in one message: a tenth of a second */
#define LIMIT_ENCODED_WORD 4096               /* bytes of an encoded word looked at; RFC 2047 allows 75 */
#define LIMIT_CHARSETS 200                    /* names of charsets looked up before a message is read */
#define LIMIT_PREPARE_BYTES (256 * 1024)      /* looked at for what a message may need to have opened; what is needed beyond costs a second reading */
#define LIMIT_HTML_ATTRIBUTES 500             /* in one tag: libxml2 compares each with all before it */
#define LIMIT_HTML_LINK 512                   /* bytes of a link's address kept in text: longer ones only track */
#define LIMIT_HTML_QUOTES 30                  /* quote marks written before a line */
#define LIMIT_REMARKS 1000                    /* on one message: two for each part that may have some */
#define LIMIT_RECORD_BYTES (16 * 1024 * 1024) /* a serialised record: text, evidence and headers together */

/* attachments (mail/document, intake/convert) */
#define LIMIT_DOCUMENT_UNPACKED (64 * 1024 * 1024) /* of one compressed document: its text fills LIMIT_TEXT_BYTES long before, a bomb's does not */
#define LIMIT_DOCUMENT_RATIO 200                   /* unpacked bytes for each packed one: text has 5 to 30, a bomb 1,000 */
#define LIMIT_DOCUMENT_FREE (8 * 1024 * 1024)      /* unpacked before that ratio is looked at: an empty table packs as well as a bomb */
#define LIMIT_MANIFEST_BYTES (256 * 1024)          /* of a document's list of its entries */
#define LIMIT_ARCHIVE_ENTRIES 10000                /* of one compressed document: a long report with pictures has hundreds */
#define LIMIT_RTF_DEPTH 500                        /* groups in one another; word processors write a tenth */
#define LIMIT_DOCUMENTS 50                         /* converted of one message, so that one cannot hold up all others */
#define LIMIT_CONVERTER_SECONDS 20                 /* wall clock and processor for one PDF; 300 pages take one */
#define LIMIT_CONVERTER_MEMORY (G_GUINT64_CONSTANT(512) * 1024 * 1024) /* address space of that program */
#define LIMIT_CONVERTER_SAYS 4096                                      /* bytes kept of what it says went wrong */
#define LIMIT_STANDBY_FORKS 250  /* documents of one program that stands by: another one has its memory elsewhere, and begins with no time used up */
#define LIMIT_STANDBY_SECONDS 10 /* in which it forks, which takes a millisecond: then it is given up */
#define LIMIT_DESK_BYTES (64 * 1024 * 1024) /* of messages that are converted beside an import, and of their texts: what is beyond waits until its end */
#define LIMIT_DESK_MS 1000                  /* waited for such texts in one transaction, because deliveries wait for it: then they come in afterwards */
#define LIMIT_RELAY_BYTES (8 * 1024 * 1024) /* kept by an import and not handed to the reader: enough that keeping goes on while a batch is indexed */
#define LIMIT_RELAY_MESSAGES 2048           /* and so many messages: small ones cost more than their bytes */
#define LIMIT_DESK_AHEAD_MS 10000 /* waited for texts of documents before a batch of an import, with nothing locked: what comes late is indexed twice */

/* the configuration */
#define LIMIT_CONF_BYTES (1024 * 1024) /* a configuration is a few lines; anything longer is another file named by mistake */

/* the reader process */
#define LIMIT_READER_SECONDS 10                                     /* wall clock for one message; an ordinary one takes a millisecond */
#define LIMIT_READER_CPU_SECONDS 600                                /* of one reader's life: an import replaces it long before */
#define LIMIT_READER_MEMORY (G_GUINT64_CONSTANT(768) * 1024 * 1024) /* address space beyond the start's */
#define LIMIT_READER_BATCH 2000                                     /* messages one reader serves in an import before it is replaced */

/* rules */
#define LIMIT_RULE_FILE_BYTES (4 * 1024 * 1024) /* one rule file; the shipped ones have a hundredth of that */
#define LIMIT_RULES_BYTES (64 * 1024 * 1024)    /* all rule files of a set, as kept in mail.db */
#define LIMIT_SECTIONS_LINE 16384               /* characters of a value in a rule file or configuration, continuation lines joined */
#define LIMIT_PATTERN_MATCH 200000              /* pcre2 match limit of one try: a slow pattern is flagged, never waited for */
#define LIMIT_PATTERN_DEPTH 20000               /* pcre2 depth limit */
#define LIMIT_PATTERN_HEAP (16 * 1024)          /* pcre2 heap limit, KiB */
#define LIMIT_NEAR_STEPS 200000                 /* pairs of places looked at for one phrase with "~" in one text: a hostile text makes it give up */
#define LIMIT_NEAR_PLACES 1000000               /* places of words noted in one text, 20 bytes each; past it phrases with "~" give up */
#define LIMIT_EVIDENCE 400                      /* pieces of evidence recorded of one message */
#define LIMIT_EVIDENCE_PER_RULE 5               /* matches of one phrase recorded in one passage */
#define LIMIT_MATCH_MILLISECONDS 2000           /* rules on one message; past it the message is marked "rules cut short" */

#define LIMIT_RULE_HEADERS 8192 /* bytes of header fields that rules see and the index stores: mailing lists' mail has 2,000 to 4,000 */

/* finding */
#define LIMIT_QUERY_BYTES 4096      /* of a query's text */
#define LIMIT_QUERY_TERMS 64        /* terms in a query: a 100 kB phrase took FTS5 18 s */
#define LIMIT_QUERY_DEPTH 32        /* nested brackets, and saved queries in saved queries */
#define LIMIT_MEMBER_PROBE 500      /* matches looked at to tell whether words are common: fewer are looked up one by one */
#define LIMIT_QUERY_ROWS 1000000000 /* that "limit:" takes: more than any archive has, and a number that every machine can count to */

/* what letters of a campaign differ in */
#define LIMIT_CAMPAIGN_SENTENCES 20000 /* told apart: some 20 MB at the most */
#define LIMIT_SENTENCE_BYTES 600       /* of a sentence; a longer one is compared by its beginning */

/* archive */
#define LIMIT_BLOCK_BYTES (2 * 1024 * 1024) /* of messages packed together: reading one unpacks all; 1 MiB would take up to a tenth more room */
#define LIMIT_BLOCK_LEAST (1024 * 1024)     /* fewer stay as they are until there are more */
#define LIMIT_GATHERED_BYTES (256 * 1024)   /* of messages that an import puts into a block: reading one unpacks all, in a fifth of a millisecond */
#define LIMIT_GATHERED_MESSAGE (64 * 1024)  /* longer ones are alone: nearly all of them is an attachment, which neighbours make no shorter */
#define LIMIT_VARIANT_TEXTS 64              /* different texts under one Message-ID and author that are compared with one another */
#define LIMIT_CAMPAIGN_BYTES (128 * 1024)   /* of a letter's words that are compared with others' letters: more is a book, and its beginning tells */

/* what people decide */
#define LIMIT_NAME 100                   /* characters of a person's name */
#define LIMIT_RETENTION 500              /* messages that a sweep lets go: it ends before the next one */
#define LIMIT_RETENTION_WAIT (7 * 86400) /* seconds after a reclassify in which no mail goes: a rule that was wrong is seen and mended first */
#define LIMIT_REDACT_WORDS 20000         /* bytes of what is to be removed at once: ten pages */
#define LIMIT_NOTE 2000                  /* characters of a note: a page; what is longer belongs into a document */
#define LIMIT_POSITION 100               /* characters of a position that staff enter: a word or a line; reasons go into the note */
#define LIMIT_SECTIONS 200               /* characters of the sections that staff enter for one comment: some thirty numbers */
#define LIMIT_DECIDED 10000              /* messages of one command: one transaction, for which deliveries wait */
#define LIMIT_DECIDE_MS 5000             /* for the index behind a decision that is kept; then sweep has it */

/* the LMTP server */
#define LIMIT_LMTP_CONNECTIONS 128                /* at once, unless configured: six times what Postfix opens by itself */
#define LIMIT_LMTP_CONNECTIONS_MOST 4096          /* that can be configured: each is looked at on every turn of the loop */
#define LIMIT_LMTP_LINE 4096                      /* of a command, line end included: RFC 5321 wants 512, and its extensions more */
#define LIMIT_LMTP_ADDRESS 1024                   /* bytes of an envelope address: RFC 5321 allows 256, RFC 6531 as many in UTF-8 */
#define LIMIT_LMTP_RECIPIENTS 1000                /* of one message: RFC 5321 wants 100, mail servers split at 50 to 1,000 */
#define LIMIT_LMTP_COMMANDS 2000                  /* without a message: a mail server that holds a connection sends a few */
#define LIMIT_LMTP_ERRORS 20                      /* commands that are none, before the connection is closed */
#define LIMIT_LMTP_SECONDS 300                    /* of silence: RFC 5321 section 4.5.3.2.7 */
#define LIMIT_LMTP_GOODBYE_SECONDS 3              /* for the last reply to be read: longer on the same machine means that nobody reads */
#define LIMIT_LMTP_OUTPUT (16 * 1024)             /* replies not yet sent, beyond which no more commands are looked at */
#define LIMIT_LMTP_INPUT (64 * 1024)              /* bytes read at a time: bounds what a client sends ahead of its reply */
#define LIMIT_LMTP_MEMORY (64 * 1024 * 1024)      /* of messages in memory over all connections; beyond it they go to unnamed files */
#define LIMIT_LMTP_BATCH 256                      /* messages a transaction: the sync is long paid for, and deliveries wait meanwhile */
#define LIMIT_LMTP_BATCH_BYTES (32 * 1024 * 1024) /* of them: a tenth of a second of compression */
#define LIMIT_LMTP_WAIT_MS 5000                   /* for a busy archive before the spool takes a message: as in a delivery, and far below ten minutes */
#define LIMIT_LMTP_TURN_MS 100                    /* of writing on end before other writers are let in: flock(2) gives no turn by itself */
#define LIMIT_LMTP_PAUSE_MS 2                     /* to let them in: long enough for a process that is woken */
#define LIMIT_LMTP_INDEX_MS 1000                  /* a slice of indexing: a clean stop waits for one */
#define LIMIT_LMTP_INDEX_ENTRIES 64               /* of one slice, so that no delivery waits long for the index */
#define LIMIT_FINDINGS 20                         /* lines of one kind of fault; a person reads no more, and the rest is counted */

/* the archive's pages */
#define LIMIT_WEB_CONNECTIONS 512           /* at once, unless configured: two hundred readers, each with the two or three that a browser opens */
#define LIMIT_WEB_CONNECTIONS_MOST 16384    /* that can be configured */
#define LIMIT_WEB_WORKERS 32                /* threads that make pages, each with the index open */
#define LIMIT_WEB_SECONDS 20                /* of silence on a connection */
#define LIMIT_WEB_REQUEST_SECONDS 60        /* for a request and its answer: whoever sends a header letter by letter is not silent */
#define LIMIT_WEB_DOWNLOAD_SECONDS 900      /* for an attachment over a slow line */
#define LIMIT_WEB_QUEUE 64                  /* requests that wait for slow pages; more are told to come again */
#define LIMIT_WEB_QUEUE_SECONDS 10          /* in which a page is still worth making: its reader has gone after that */
#define LIMIT_WEB_REQUEST_BYTES (48 * 1024) /* of a request's head, and MHD's own memory of a connection: LIMIT_PAGE_TARGET twice, and ordinary headers */
#define LIMIT_PAGE_QUOTED 64                /* letters of a thread in which quoted text is looked for, where one of them is not public */
#define LIMIT_PAGE_QUOTABLE (256 * 1024)    /* bytes of their words; whoever quotes what lies further back finds it left out */
#define LIMIT_PAGE_QUOTE_LINES 500          /* lines of one quotation that are looked for: each is compared with all these words */
#define LIMIT_PAGE_TARGET 16384             /* bytes of a request's path and query: LIMIT_QUERY_BYTES, each of which a browser writes as %XX */
#define LIMIT_PAGE_MONTH 100                /* letters on one page of a month */
#define LIMIT_SITEMAPS 50000                /* that one index of sitemaps may name: sitemaps.org */
#define LIMIT_PAGE_THREAD 200               /* letters of a thread that are shown: nobody reads more, and a page must not read a hundred thousand */
#define LIMIT_PAGE_CAMPAIGN 500             /* letters of a campaign that are listed */
#define LIMIT_PAGE_COMPARED 200             /* and compared sentence by sentence: some 20 ms */
#define LIMIT_PAGE_WORDS 200000             /* of them: letters may be books */
#define LIMIT_PAGE_EXCERPT 32768            /* bytes of a letter in which the place of an excerpt is looked for: a millisecond */
#define LIMIT_PAGE_COUNTED 1000000          /* letters counted for a number on a page */
#define LIMIT_PAGE_FOUND 2000               /* of one search: whoever wants more asks for a time */
#define LIMIT_PAGE_PART (32 * 1024 * 1024)  /* bytes of an attachment that is offered */
#define LIMIT_PAGE_REMEMBERED 1000          /* places whose counts are remembered */
#define LIMIT_PAGE_MS 3000                  /* of statements for one page: a reader has gone by then */

#endif
