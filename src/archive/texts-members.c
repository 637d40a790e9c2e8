#include "archive/texts-private.h"

#include "base/limits.h"

GArray *
texts_parse_members(const char *text)
{
	g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(struct member));
	gsize at[N_HALVES] = {0, 0};

	for (const char *p = text != NULL ? text : ""; *p != '\0';) {
		struct member member;
		guint64 numbers[1 + N_HALVES];

		for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
			char *end = NULL;

			numbers[i] = g_ascii_isdigit(*p) ? g_ascii_strtoull(p, &end, 10) : G_MAXUINT64;
			if (numbers[i] > (i == 0 ? (guint64)G_MAXINT64 : LIMIT_RECORD_BYTES) || end == NULL || (*end != ' ' && *end != '\0'))
				return NULL;
			p = *end == ' ' ? end + 1 : end;
		}
		member.message = (gint64)numbers[0];
		if (members->len > 0 && g_array_index(members, struct member, members->len - 1).message >= member.message)
			return NULL;
		for (int i = 0; i < N_HALVES; i++) {
			member.size[i] = numbers[1 + i];
			member.at[i] = at[i];
			at[i] += member.size[i];
		}
		g_array_append_val(members, member);
	}
	return members->len > 0 ? g_steal_pointer(&members) : NULL;
}

const struct member *
texts_find_member(const GArray *members, gint64 message)
{
	for (guint i = 0; i < members->len; i++)
		if (g_array_index(members, struct member, i).message == message)
			return &g_array_index(members, struct member, i);
	return NULL;
}

void
texts_append_member(GString *members, gint64 message, gsize passages, gsize found)
{
	g_string_append_printf(members, "%s%" G_GINT64_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT, members->len > 0 ? " " : "", message, passages, found);
}

gsize
halves_most(const struct halves *halves)
{
	return MAX(halves->bytes[PASSAGES], halves->bytes[FOUND]);
}

gboolean
halves_add(struct halves *to, const struct halves *more, gsize most)
{
	const struct halves sum = {{to->bytes[PASSAGES] + more->bytes[PASSAGES], to->bytes[FOUND] + more->bytes[FOUND]}};

	if (halves_most(&sum) > most)
		return FALSE;
	*to = sum;
	return TRUE;
}

struct halves
members_halves(const GArray *members)
{
	const struct member *last = &g_array_index(members, struct member, members->len - 1);

	return (struct halves){{last->at[PASSAGES] + last->size[PASSAGES], last->at[FOUND] + last->size[FOUND]}};
}
