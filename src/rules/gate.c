#include "rules/gate.h"

#include "base/sixteen.h"

#include "rules/gate-private.h"

#define STEPS_MOST 400 /* characters looked at; what goes on for longer is let through */

/* What follows the head. */
struct tables {
	const struct gate *gate;
	const struct state *states;
	const struct other *others;
	const guint16 *wide;
};

static struct tables
tables_of(gconstpointer data)
{
	const struct gate *gate = data;
	const guint8 *at = (const guint8 *)(gate + 1);
	struct tables tables = {.gate = gate};

	tables.states = (const struct state *)at;
	at += rounded(gate->n_states * sizeof(struct state));
	tables.others = (const struct other *)at;
	at += rounded(gate->n_others * sizeof(struct other));
	tables.wide = (const guint16 *)at;
	return tables;
}

gboolean
gate_is_sound(gconstpointer data, gsize length)
{
	const struct gate *gate = data;
	gsize room = length - sizeof *gate;
	struct tables tables;

	if (length < sizeof *gate || (guintptr)data % 8 != 0 || gate->n_states < FIRST || gate->n_classes == 0 || gate->n_wide == 0)
		return FALSE;
	if (gate->n_others > length || rounded(gate->n_states * sizeof(struct state)) + rounded(gate->n_others * sizeof(struct other)) +
	                                       rounded((gsize)gate->n_wide * gate->n_classes * sizeof(guint16)) >
	                                   room)
		return FALSE;
	tables = tables_of(data);
	for (guint i = 0; i < gate->n_states; i++)
		if (tables.states[i].wide >= gate->n_wide || tables.states[i].first > gate->n_others ||
		    tables.states[i].n > gate->n_others - tables.states[i].first)
			return FALSE;
	for (guint i = 0; i < gate->n_others; i++)
		if (tables.others[i].target >= gate->n_states)
			return FALSE;
	for (guint i = 0; i < (guint)gate->n_wide * gate->n_classes; i++)
		if (tables.wide[i] >= gate->n_states)
			return FALSE;
	for (guint i = 0; i <= GATE_CODES; i++)
		if (gate->classes[i] >= gate->n_classes)
			return FALSE;
	for (guint i = 0; i < N_GATE_KINDS; i++)
		if (gate->starts[i] >= gate->n_states)
			return FALSE;
	return TRUE;
}

guint8 *
gate_codes(const char *text, gsize length)
{
	guint8 *codes = g_malloc(length + 1);

	for (gsize at = 0; at < length;) {
		guchar c = text[at];

		if (at + SIXTEEN <= length && !sixteen_any(sixteen_load(text + at) & 0x80)) {
			sixteen_store(codes + at, sixteen_lower(sixteen_load(text + at)));
			at += SIXTEEN;
			continue;
		}
		if (c < 0x80) {
			codes[at++] = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
			continue;
		}
		codes[at] = gate_code(g_utf8_get_char(text + at));
		for (at++; at < length && ((guchar)text[at] & 0xc0) == 0x80; at++)
			codes[at] = GATE_INSIDE;
	}
	return codes;
}

static enum gate_kind
kind_before(const guint8 *codes, gsize at)
{
	while (at > 0 && codes[at - 1] == GATE_INSIDE)
		at--;
	return at > 0 ? gate_kind_of(codes[at - 1]) : KIND_NO_WORD;
}

/* Where CLASS leads from STATE. */
static inline guint
follow(const struct tables *tables, guint n_classes, guint from, guint class)
{
	const struct state *state = &tables->states[from];

	for (const struct other *other = tables->others + state->first, *end = other + state->n; other < end; other++)
		if (other->class == class)
			return other->target;
	return tables->wide[state->wide * n_classes + class];
}

gboolean
gate_admits(gconstpointer data, const guint8 *codes, gsize length, gsize at)
{
	const struct tables tables = tables_of(data);
	const guint8 *classes = tables.gate->classes;
	guint state = tables.gate->starts[kind_before(codes, at)], n_classes = tables.gate->n_classes;
	gsize stop = length - at > STEPS_MOST ? at + STEPS_MOST : length;

	for (; at < stop && state > OPEN; at++)
		if (codes[at] != GATE_INSIDE)
			state = follow(&tables, n_classes, state, classes[codes[at]]);
	if (state > OPEN && at == length)
		state = follow(&tables, n_classes, state, classes[END_CODE]);
	return state != CLOSED;
}
