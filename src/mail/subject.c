#include "mail/headers.h"

#include "base/limits.h"

#include <string.h>

enum prefix { PREFIX_REPLY, PREFIX_FORWARD };

/* What mail programs put before a subject, by language; compared without regard to case, a colon (or its full-width form) must follow. */
static const struct {
	const char *word;
	enum prefix type;
} prefixes[] = {
    {"re", PREFIX_REPLY},
    {"aw", PREFIX_REPLY},
    {"sv", PREFIX_REPLY},
    {"antw", PREFIX_REPLY},
    {"antwort", PREFIX_REPLY},
    {"res", PREFIX_REPLY},
    {"rif", PREFIX_REPLY},
    {"rép", PREFIX_REPLY},
    {"ref", PREFIX_REPLY},
    {"odp", PREFIX_REPLY},
    {"ynt", PREFIX_REPLY},
    {"vs", PREFIX_REPLY},
    {"bls", PREFIX_REPLY},
    {"atb", PREFIX_REPLY},
    {"отв", PREFIX_REPLY},
    {"ответ", PREFIX_REPLY},
    {"ha", PREFIX_REPLY},
    {"на", PREFIX_REPLY},
    {"απ", PREFIX_REPLY},
    {"σχετ", PREFIX_REPLY},
    {"回复", PREFIX_REPLY},
    {"回覆", PREFIX_REPLY},
    {"答复", PREFIX_REPLY},
    {"答覆", PREFIX_REPLY},
    {"返信", PREFIX_REPLY},
    {"답장", PREFIX_REPLY},
    {"회신", PREFIX_REPLY},
    {"رد", PREFIX_REPLY},
    {"پاسخ", PREFIX_REPLY},
    {"השב", PREFIX_REPLY},
    {"תגובה", PREFIX_REPLY},
    {"trả lời", PREFIX_REPLY},
    {"ответ на", PREFIX_REPLY},
    {"відп", PREFIX_REPLY},
    {"yan", PREFIX_REPLY},
    {"fwd", PREFIX_FORWARD},
    {"fw", PREFIX_FORWARD},
    {"wg", PREFIX_FORWARD},
    {"tr", PREFIX_FORWARD},
    {"rv", PREFIX_FORWARD},
    {"vb", PREFIX_FORWARD},
    {"enc", PREFIX_FORWARD},
    {"i", PREFIX_FORWARD},
    {"doorst", PREFIX_FORWARD},
    {"pd", PREFIX_FORWARD},
    {"vl", PREFIX_FORWARD},
    {"ilt", PREFIX_FORWARD},
    {"пересл", PREFIX_FORWARD},
    {"fwd.", PREFIX_FORWARD},
    {"转发", PREFIX_FORWARD},
    {"轉寄", PREFIX_FORWARD},
    {"転送", PREFIX_FORWARD},
    {"전달", PREFIX_FORWARD},
    {"إعادة توجيه", PREFIX_FORWARD},
    {"ارسال", PREFIX_FORWARD},
    {"прослед", PREFIX_FORWARD},
    {"reenv", PREFIX_FORWARD},
    {"fs", PREFIX_FORWARD},
    {"προθ", PREFIX_FORWARD},
};

/* What gateways put there. */
static const char *const gateway_tags[] = {"external", "ext", "extern", "external email", "external sender", "external mail", "suspicious", "caution",
    "warning", "externe", "externo", "esterno", "marketing", "bulk", "ext mail", "not virus scanned", "secure", "encrypted", "sec=unofficial", "sec=official"};

static const char *
skip_blank(const char *at)
{
	while (*at == ' ' || g_str_has_prefix(at, "\xc2\xa0"))
		at += *at == ' ' ? 1 : 2;
	return at;
}

/* After a colon, plain or full-width, else NULL. */
static const char *
after_colon(const char *at)
{
	at = skip_blank(at);
	if (*at == ':')
		return at + 1;
	return g_str_has_prefix(at, "：") ? at + 3 : NULL;
}

/* After "Re:", "Re[2]:", "AW (3):", or NULL. FOLD is AT case-folded for non-ASCII words: prefixes are compared on both. */
static const char *
after_prefix(const char *at, gboolean *reply, gboolean *forward)
{
	g_autofree char *start = g_utf8_substring(at, 0, MIN(g_utf8_strlen(at, 64), 16));
	g_autofree char *lower = g_utf8_strdown(start, -1);

	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		glong characters = g_utf8_strlen(prefixes[i].word, -1);
		const char *rest;

		if (!g_str_has_prefix(lower, prefixes[i].word))
			continue;
		rest = g_utf8_offset_to_pointer(at, characters);
		if (*rest == '.' && rest[1] == ':')
			rest++;
		if (*rest == '[' || *rest == '(' || *rest == '^' || (*rest >= '0' && *rest <= '9')) {
			gsize digits = strspn(rest, "[(^0123456789])*");

			rest += digits < 6 ? digits : 0;
		}
		if ((rest = after_colon(rest)) == NULL)
			continue;
		if (reply != NULL && prefixes[i].type == PREFIX_REPLY)
			*reply = TRUE;
		if (forward != NULL && prefixes[i].type == PREFIX_FORWARD)
			*forward = TRUE;
		return rest;
	}
	return NULL;
}

/* After a tag in square or round brackets at AT, or NULL; *GATEWAY tells whether a gateway put it there. */
static const char *
after_tag(const char *at, gboolean *gateway)
{
	const char *close = *at == '[' ? strchr(at, ']') : *at == '(' ? strchr(at, ')') : NULL;
	g_autofree char *tag = NULL;

	if (close == NULL || close == at + 1 || close - at > 60)
		return NULL;
	tag = g_strstrip(g_strndup(at + 1, (gsize)(close - at - 1)));
	*gateway = FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(gateway_tags); i++)
		*gateway = *gateway || g_ascii_strcasecmp(tag, gateway_tags[i]) == 0;
	if (!*gateway && (*at == '(' || strspn(tag, "0123456789/ ") == strlen(tag)))
		return NULL;
	close++;
	return *gateway && *close == ':' ? close + 1 : close;
}

/* After a gateway's word without brackets ("EXTERNAL:", "***SPAM***"), or NULL. */
static const char *
after_stars(const char *at)
{
	static const char *const words[] = {"EXTERNAL:", "EXT:", "***SPAM***", "*****SPAM*****", "**SPAM**", "{Spam?}", "{Disarmed}", "*EXT*", "**EXTERNAL**"};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(at, words[i]))
			return at + strlen(words[i]);
	return NULL;
}

char *
subject_strip(const char *subject, gboolean *reply, gboolean *forward)
{
	const char *at, *next = subject;
	gboolean list = FALSE, gateway;

	if (reply != NULL)
		*reply = FALSE;
	if (forward != NULL)
		*forward = FALSE;
	do {
		at = skip_blank(next);
		next = after_prefix(at, reply, forward);
		if (next == NULL)
			next = after_stars(at);
		if (next == NULL && (next = after_tag(at, &gateway)) != NULL && !gateway) {
			if (list || *skip_blank(next) == '\0')
				next = NULL;
			list = TRUE;
		}
	} while (next != NULL);
	return g_strchomp(g_strdup(at));
}
