#include <string.h>

#include "cmd/app.h"

const struct command commands[] = {
    {"init", "[FOLDER]", "make an archive", cmd_init},
    {"deliver", "", "take one message from standard input: the mail server's filter", cmd_deliver},
    {"classify", "[FILE...]", "file messages by the rules without an archive", cmd_classify},
    {"import", "[FILE|FOLDER...]", "take in mbox files, Maildirs and folders of messages", cmd_import},
    {"query", "[QUERY]", "list the messages that match", cmd_query},
    {"show", "ID", "show one message", cmd_show},
    {"explain", "ID", "show why a message is filed where it is", cmd_explain},
    {"assign", "ID... [+TOPIC] [-TOPIC] [kind:KIND]", "file messages by hand", cmd_assign},
    {"hold", "ID... --note WHY", "hold messages back", cmd_decide},
    {"release", "ID...", "release messages that are held", cmd_decide},
    {"answered", "ID...", "mark questions as answered", cmd_decide},
    {"reopen", "ID...", "mark questions as not answered", cmd_decide},
    {"note", "ID... --note TEXT", "note something on messages", cmd_decide},
    {"comment", "ID...", "say of comments what the tables of a report tell", cmd_comment},
    {"supersedes", "ID OLD|none", "say which letter a correction takes the place of", cmd_supersedes},
    {"undo", "ID...", "take back the last decision on messages", cmd_decide},
    {"redact", "ID --note WHY --text WORDS|--part N|--all...", "remove words, a part or a message for good", cmd_redact},
    {"history", "[ID]", "list what people decided", cmd_history},
    {"digest", "", "report what came in", cmd_digest},
    {"report", "comments|weekly|activity|milestones", "tables for a report on what came in", cmd_report},
    {"rules", "check|test|diff|eval|suggest|boilerplate [ARGUMENT...]", "check rule files, compare and measure them", cmd_rules},
    {"reclassify", "", "file what came before by the rules of now", cmd_reclassify},
    {"sweep", "", "take in spool and failures, bring the index up", cmd_sweep},
    {"lmtp", "[--listen ADDRESS]", "take messages by LMTP: runs postbag-lmtpd", cmd_server},
    {"web", "[--listen ADDRESS] [--view VIEW]", "serve the archive's pages: runs postbag-web", cmd_server},
    {"publish", "FOLDER", "write the public pages as files", cmd_publish},
    {"rebuild", "", "make the index anew from the messages", cmd_rebuild},
    {"pack", "", "put older messages into blocks that take less room", cmd_pack},
    {"backup", "FOLDER", "copy the archive and its spool while mail comes in", cmd_backup},
    {"restore", "FOLDER", "put a backup back", cmd_restore},
    {"upgrade", "", "bring an archive to this version's form", cmd_upgrade},
    {"status", "", "say how the archive is", cmd_status},
    {"check", "", "look whether everything is whole and in its place", cmd_check},
    {"help", "[COMMAND]", "explain a command", cmd_help},
    {NULL, NULL, NULL, NULL},
};

const struct command *
command_find(const char *name)
{
	for (const struct command *command = commands; command->name != NULL; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}
