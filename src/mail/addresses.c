#include "mail/addresses.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* A reader of one address list; the strings hold raw bytes until an address is complete. */
struct reader {
	const char *at, *end;
	GString *words; /* display name or bare address */
	GString *comment;
	GString *angle;
	gboolean has_angle;
	gboolean quoted; /* WORDS holds a quoted string */
};

static void
reset(struct reader *reader)
{
	g_string_truncate(reader->words, 0);
	g_string_truncate(reader->comment, 0);
	g_string_truncate(reader->angle, 0);
	reader->has_angle = reader->quoted = FALSE;
}

static void
read_quoted(struct reader *reader)
{
	for (reader->at++; reader->at < reader->end && *reader->at != '"'; reader->at++) {
		if (*reader->at == '\\' && reader->at + 1 < reader->end)
			reader->at++;
		g_string_append_c(reader->words, *reader->at);
	}
	reader->at += reader->at < reader->end;
	reader->quoted = TRUE;
}

static void
read_comment(struct reader *reader)
{
	guint depth = 1;

	if (reader->comment->len > 0)
		g_string_append_c(reader->comment, ' ');
	for (reader->at++; reader->at < reader->end && depth > 0; reader->at++) {
		char c = *reader->at;

		if (c == '\\' && reader->at + 1 < reader->end)
			c = *++reader->at;
		else
			depth = c == '(' ? depth + 1 : c == ')' ? depth - 1 : depth;
		if (depth > 0)
			g_string_append_c(reader->comment, c);
	}
}

static void
read_angle(struct reader *reader)
{
	reader->has_angle = TRUE;
	g_string_truncate(reader->angle, 0);
	for (reader->at++; reader->at < reader->end && *reader->at != '>' && *reader->at != '<'; reader->at++) {
		if (*reader->at == ':' && reader->angle->len > 0 && reader->angle->str[0] == '@')
			g_string_truncate(reader->angle, 0); /* a source route */
		else
			g_string_append_c(reader->angle, *reader->at);
	}
	reader->at += reader->at < reader->end && *reader->at == '>';
}

/* An encoded word is one atom: commas and brackets in it mean nothing. */
static gboolean
read_encoded_word(struct reader *reader)
{
	const char *stop = reader->at + 2, *end = reader->at + MIN(reader->end - reader->at, LIMIT_ENCODED_WORD);
	guint marks = 0;

	if (end - reader->at < 8 || reader->at[1] != '?')
		return FALSE;
	for (; stop < end && *stop != '\n' && !(marks >= 2 && stop[0] == '?' && stop + 1 < end && stop[1] == '='); stop++)
		marks += *stop == '?';
	if (stop >= end || *stop == '\n')
		return FALSE;
	g_string_append_len(reader->words, reader->at, stop + 2 - reader->at);
	reader->at = stop + 2;
	return TRUE;
}

/* ADDRESS as it is recorded: no white space or control characters, lower-case domain. */
static char *
clean_address(const GString *raw)
{
	char *address = header_decode(raw->str, raw->len), *to = address, *at;

	if (g_str_has_prefix(address, "mailto:"))
		memmove(address, address + 7, strlen(address + 7) + 1);
	for (char *c = address; *c != '\0'; c++) {
		if (*c != ' ')
			*to++ = *c;
		else if (to > address + 1 && to[-1] != '@' && memchr(address, '@', (gsize)(to - address)) != NULL && c[1] != '.' && c[1] != '@')
			break; /* what follows a whole address is none of it */
	}
	*to = '\0';
	at = strrchr(address, '@');
	for (char *c = at != NULL ? at : to; *c != '\0'; c++)
		*c = g_ascii_tolower(*c);
	return address;
}

static char *
clean_name(const GString *raw, const char *address)
{
	g_autofree char *name = header_decode(raw->str, raw->len);
	gsize length = strlen(name);

	while (length > 0 && (name[length - 1] == ',' || name[length - 1] == ' '))
		name[--length] = '\0';
	if (length > 2 && ((name[0] == '\'' && name[length - 1] == '\'') || (name[0] == '"' && name[length - 1] == '"'))) {
		memmove(name, name + 1, length - 2);
		name[length - 2] = '\0';
	}
	if (g_utf8_strlen(name, -1) > LIMIT_SUBJECT)
		*g_utf8_offset_to_pointer(name, LIMIT_SUBJECT) = '\0';
	return *name == '\0' || g_ascii_strcasecmp(name, address) == 0 ? NULL : g_steal_pointer(&name);
}

/* Completes what was read so far; FALSE when it is nothing. */
static gboolean
finish(struct reader *reader, char **name, char **address)
{
	gboolean bare = !reader->has_angle;
	gboolean is_address = bare && (memchr(reader->words->str, '@', reader->words->len) != NULL);

	if (bare && reader->words->len == 0 && reader->comment->len == 0)
		return FALSE;
	if (bare && !is_address) { /* a local name or free text */
		g_autofree char *words = header_decode(reader->words->str, reader->words->len);

		*address = *words != '\0' && strchr(words, ' ') == NULL && !reader->quoted ? g_strdup(words) : g_strdup("");
		*name = **address == '\0' ? clean_name(reader->words->len > 0 ? reader->words : reader->comment, "") : NULL;
	} else {
		*address = clean_address(bare ? reader->words : reader->angle);
		*name = clean_name(!bare && reader->words->len > 0 ? reader->words : reader->comment, *address);
	}
	reset(reader);
	if (*name == NULL && **address == '\0') {
		g_clear_pointer(address, g_free);
		return FALSE;
	}
	return TRUE;
}

/* TRUE when a ',' ends an address here: "Doe, John <john@...>" without quotes is one person. */
static gboolean
ends_address(const struct reader *reader)
{
	return reader->has_angle || memchr(reader->words->str, '@', reader->words->len) != NULL;
}

static gboolean
next_address(struct reader *reader, char **name, char **address)
{
	while (reader->at < reader->end) {
		char c = *reader->at;

		if (c == '"') {
			read_quoted(reader);
		} else if (c == '(') {
			read_comment(reader);
		} else if (c == '<') {
			if (reader->has_angle && finish(reader, name, address))
				return TRUE;
			read_angle(reader);
		} else if (c == '=' && read_encoded_word(reader)) {
			continue;
		} else if ((c == ',' && ends_address(reader)) || c == ';') {
			reader->at++;
			if (finish(reader, name, address))
				return TRUE;
		} else if (c == ':' && !reader->quoted && !ends_address(reader)) { /* a group's name, or mailto: */
			reader->at++;
			reset(reader);
		} else {
			if (!reader->has_angle && !(c == ' ' && reader->words->len == 0))
				g_string_append_c(reader->words, c);
			reader->at++;
		}
	}
	return finish(reader, name, address);
}

static void
reader_init(struct reader *reader, const char *value, gsize length)
{
	*reader = (struct reader){
	    .at = value, .end = value + length, .words = g_string_sized_new(64), .comment = g_string_new(NULL), .angle = g_string_sized_new(64)};
}

static void
reader_clear(struct reader *reader)
{
	g_string_free(reader->words, TRUE);
	g_string_free(reader->comment, TRUE);
	g_string_free(reader->angle, TRUE);
}

void
addresses_add(struct record *record, enum record_role role, const char *value, gsize length)
{
	struct reader reader;
	char *name = NULL, *address = NULL;
	gboolean full = FALSE;

	reader_init(&reader, value, length);
	while (!full && next_address(&reader, &name, &address)) {
		full = record->addresses->len >= LIMIT_ADDRESSES;
		if (full)
			record_add_remark(record, "more than %d addresses: the rest were not recorded", LIMIT_ADDRESSES);
		else
			record_add_address(record, role, name, address);
		g_clear_pointer(&name, g_free);
		g_clear_pointer(&address, g_free);
	}
	reader_clear(&reader);
}

void
addresses_first(const char *value, gsize length, char **name, char **address)
{
	struct reader reader;

	*name = *address = NULL;
	reader_init(&reader, value, length);
	next_address(&reader, name, address);
	reader_clear(&reader);
}
