#include "mail/addresses.h"

#include <string.h>

/* Where a list says who wrote the message whose From it rewrote, best first. */
static const char *const original_fields[] = {"X-Original-From", "Original-From", "X-Mailman-Original-From", "X-Original-Sender"};

/* The list's own addresses: from List-Post, and from List-Id, whose first dot stands for the '@' where the list manager is Mailman. */
struct list {
	gboolean present;
	char *post;
	char *id; /* "name@host" */
};

static void
list_read(struct list *list, const struct header_block *block, const char *list_id)
{
	const struct header_field *post = headers_find(block, "List-Post");
	const char *dot = list_id != NULL ? strchr(list_id, '.') : NULL;

	*list = (struct list){.present = list_id != NULL || post != NULL || headers_find(block, "List-Unsubscribe") != NULL};
	if (post != NULL) {
		g_autofree char *name = NULL;

		addresses_first(post->value, post->length, &name, &list->post);
	}
	if (dot != NULL)
		list->id = g_strdup_printf("%.*s@%s", (int)(dot - list_id), list_id, dot + 1);
}

static void
list_clear(struct list *list)
{
	g_free(list->post);
	g_free(list->id);
}

static gboolean
is_list_address(const struct list *list, const char *address)
{
	return (list->post != NULL && g_ascii_strcasecmp(list->post, address) == 0) || (list->id != NULL && g_ascii_strcasecmp(list->id, address) == 0);
}

/* Where " via List" begins in NAME, or NULL. */
static const char *
find_via(const char *name)
{
	const char *via = name != NULL ? g_strrstr(name, " via ") : NULL;

	return via != NULL && via != name && via[5] != '\0' ? via : NULL;
}

/* The person's part of NAME: "Ann Lee via List" -> "Ann Lee". */
static char *
personal_name(const char *name)
{
	const char *via = find_via(name);
	char *own;

	if (name == NULL)
		return NULL;
	own = via != NULL ? g_strndup(name, (gsize)(via - name)) : g_strdup(name);
	g_strstrip(own);
	if (strlen(own) > 2 && own[0] == '\'' && own[strlen(own) - 1] == '\'') {
		own[strlen(own) - 1] = '\0';
		memmove(own, own + 1, strlen(own));
	}
	return own;
}

static const struct record_address *
first_of(const struct record *record, enum record_role role)
{
	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = record->addresses->pdata[i];

		if (address->role == role)
			return address;
	}
	return NULL;
}

static void
set_author(struct record *record, char *name, const char *address, const char *reason)
{
	record->author_name = name;
	record->author_address = address != NULL && *address != '\0' ? g_strdup(address) : NULL;
	record->author_reason = g_strdup(reason);
}

/* From a field that keeps the original sender; FALSE when none does. */
static gboolean
author_original(struct record *record, const struct header_block *block, const struct list *list, const char *from_name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(original_fields); i++) {
		const struct header_field *field = headers_find(block, original_fields[i]);
		g_autofree char *name = NULL, *address = NULL, *reason = NULL;

		if (field == NULL)
			continue;
		addresses_first(field->value, field->length, &name, &address);
		if (address == NULL || strchr(address, '@') == NULL || is_list_address(list, address))
			continue;
		reason = g_strdup_printf("%s: the From is the list's", original_fields[i]);
		set_author(record, name != NULL ? personal_name(name) : personal_name(from_name), address, reason);
		return TRUE;
	}
	return FALSE;
}

/* From the Reply-To, or the Cc that Mailman adds when replies go to the list; FALSE when neither names the person. */
static gboolean
author_reply_to(struct record *record, const struct list *list, const struct record_address *from)
{
	g_autofree char *own = personal_name(from->name);

	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = record->addresses->pdata[i];
		gboolean same_name = own != NULL && address->name != NULL && g_ascii_strcasecmp(own, address->name) == 0;

		if (strchr(address->address, '@') == NULL || is_list_address(list, address->address) ||
		    g_ascii_strcasecmp(address->address, from->address) == 0)
			continue;
		if (address->role != ROLE_REPLY_TO && !(address->role == ROLE_CC && same_name))
			continue;
		set_author(record, address->name != NULL && *address->name != '\0' ? personal_name(address->name) : g_steal_pointer(&own), address->address,
		    address->role == ROLE_CC ? "Cc: the From is the list's" : "Reply-To: the From is the list's");
		return TRUE;
	}
	return FALSE;
}

/* "user=40example.org@dmarc.host": a rewriting that keeps the address readable. */
static char *
unwrap_dmarc(const char *address)
{
	const char *at = strrchr(address, '@'), *mark = strstr(address, "=40");

	if (at == NULL || mark == NULL || mark > at || !g_str_has_prefix(at + 1, "dmarc."))
		return NULL;
	return g_strdup_printf("%.*s@%.*s", (int)(mark - address), address, (int)(at - mark - 3), mark + 3);
}

static gboolean
ends_word(char c)
{
	return c == ' ' || c == '<' || c == '>' || c == '(' || c == ')' || c == '"' || c == ',';
}

static void
replace_from(struct record *record, const char *name, const char *address)
{
	struct record_address *from = (struct record_address *)first_of(record, ROLE_FROM);

	if (from == NULL) {
		record_add_address(record, ROLE_FROM, name, address);
		return;
	}
	g_free(from->name);
	g_free(from->address);
	from->name = g_strdup(name);
	from->address = g_strdup(address);
}

/* "hal at example.com (Hal)": how archives on the web write From, so that nobody harvests the address. */
static gboolean
author_scrambled(struct record *record, const struct header_block *block)
{
	const struct header_field *field = headers_find(block, "From");
	g_autofree char *value = field != NULL ? g_strndup(field->value, field->length) : NULL;
	const char *at = value != NULL && strchr(value, '@') == NULL ? strstr(value, " at ") : NULL, *start = at, *end;
	g_autofree char *plain = NULL, *address = NULL;
	char *name = NULL;

	while (at != NULL && start > value && !ends_word(start[-1]))
		start--;
	if (at == NULL || start == at)
		return FALSE;
	for (end = at + 4; *end != '\0' && !ends_word(*end);)
		end++;
	if (memchr(at + 4, '.', end - at - 4) == NULL)
		return FALSE;
	plain = g_strdup_printf("%.*s@%s", (int)(at - value), value, at + 4);
	addresses_first(plain, strlen(plain), &name, &address);
	if (address == NULL || *address == '\0') {
		g_free(name);
		return FALSE;
	}
	replace_from(record, name, address);
	set_author(record, name, address, "From: written out by an archive");
	return TRUE;
}

static void
author_without_from(struct record *record, const struct header_block *block)
{
	static const char *const others[] = {"Sender", "Reply-To", "Return-Path", "X-Sender", "Resent-From"};

	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		const struct header_field *field = headers_find(block, others[i]);
		g_autofree char *address = NULL, *reason = NULL;
		char *name = NULL;

		if (field == NULL)
			continue;
		addresses_first(field->value, field->length, &name, &address);
		if (address != NULL && *address != '\0') {
			reason = g_strdup_printf("%s: no From", others[i]);
			set_author(record, name, address, reason);
			return;
		}
		g_free(name);
	}
}

void
author_find(struct record *record, const struct header_block *block)
{
	const struct record_address *from = first_of(record, ROLE_FROM);
	g_autofree char *unwrapped = NULL;
	struct list list;
	gboolean own, via;

	if ((from == NULL || strchr(from->address, '@') == NULL) && author_scrambled(record, block))
		return;
	if (from == NULL) {
		author_without_from(record, block);
		return;
	}
	unwrapped = unwrap_dmarc(from->address);
	if (unwrapped != NULL) {
		set_author(record, personal_name(from->name), unwrapped, "From: unwrapped from the list's rewriting");
		return;
	}
	list_read(&list, block, record->list_id);
	own = is_list_address(&list, from->address);
	via = list.present && find_via(from->name) != NULL;
	if (!own && !via)
		set_author(record, g_strdup(from->name), from->address, "From");
	else if (!author_original(record, block, &list, from->name) && !author_reply_to(record, &list, from))
		set_author(record, personal_name(from->name), from->address,
		    find_via(from->name) != NULL ? "From: rewritten by the list, which does not tell the author's address" : "From");
	list_clear(&list);
}
