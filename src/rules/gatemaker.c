/* The ways through an expression -> tables of a step a character, for the characters that texts most likely hold. */
#include <stdlib.h>
#include <string.h>

#include "rules/gate-private.h"
#include "rules/gate.h"

#define STATES_MOST 1024  /* ways that lead further are let through: lists of number words in nine languages need a thousand */
#define WIDE_MOST 24      /* rows that are kept whole; others say in what they differ from one of them */
#define WORK_MOST 1000000 /* nodes looked at: ways found later are let through */

#define PLACES_MOST 16384 /* sets of nodes, of which some become states */
#define STARTS_KNOWN 3    /* characters that are right where a gate is asked: starts.h */

/* A set of nodes on the way, and what stood before. */
struct place {
	guint16 number; /* as a state; CLOSED: it is none yet */
	guint16 depth;  /* characters before it, at least */
	guint32 n, before;
	guint32 nodes[]; /* ascending */
};

/* Nodes that one class of characters leads to. A GArray's call for each of them took a third of the time. */
struct reached {
	guint32 *nodes;
	guint n, room;
};

struct maker {
	const GArray *nodes;
	guint8 classes[GATE_CODES + 1];
	guint n_classes;
	guint8 code_of[GATE_CODES + 1];         /* a code of each class */
	guint8 kind_of[GATE_CODES + 1];         /* of each class */
	guint32 *sets;                          /* by node: which of the different sets it has */
	GPtrArray *set_classes;                 /* by set: GByteArray, the classes in it */
	gboolean *asks;                         /* by node: whether what stood before matters */
	GPtrArray *places;                      /* of struct place */
	GArray *chances;                        /* of double, by place: how often texts lead there, roughly; below 0 when it is a state */
	GHashTable *known;                      /* struct place -> its index in places + FIRST */
	guint32 *mark, round;                   /* by node: the round in which it was seen last */
	GArray *stack;                          /* of guint32 */
	gboolean asked;                         /* the last way led past a question about the characters beside the place */
	struct reached reached[GATE_CODES + 1]; /* by class */
	struct reached sorted;
	double class_chances[GATE_CODES + 1]; /* how often texts have its characters */
	double all_chances;
	guint64 work;
};

static const struct gate_node *
node_at(const struct maker *maker, guint32 index)
{
	return &g_array_index(maker->nodes, struct gate_node, index);
}

static guint
place_hash(gconstpointer data)
{
	const struct place *place = data;
	guint hash = place->before;

	for (guint i = 0; i < place->n; i++)
		hash = (hash ^ place->nodes[i]) * 0x01000193u + (hash >> 15);
	return hash;
}

static gboolean
place_equal(gconstpointer a, gconstpointer b)
{
	const struct place *x = a, *y = b;

	return x->n == y->n && x->before == y->before && memcmp(x->nodes, y->nodes, x->n * sizeof *x->nodes) == 0;
}

static guint
set_hash(gconstpointer data)
{
	const struct gate_set *set = data;
	guint hash = 0;

	for (guint i = 0; i < G_N_ELEMENTS(set->bits); i++)
		hash = (hash ^ set->bits[i]) * 0x9e3779b1u;
	return hash ^ hash >> 16;
}

static gboolean
set_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct gate_set)) == 0;
}

/* How often a character of CODE stands in a text, in thousandths: what a gate's few states are spent on is what texts hold. */
static double
chance_of(guint8 code)
{
	static const guint8 letters[26] = {65, 12, 22, 34, 100, 18, 16, 48, 56, 1, 6, 33, 20, 56, 60, 15, 1, 48, 51, 75, 22, 8, 19, 1, 16, 1};

	if (code >= 'a' && code <= 'z')
		return letters[code - 'a'];
	return code == ' ' ? 170 : code == '\n' || code == '.' || code == ',' ? 10 : code < 0x80 ? 1 : 0.3;
}

/* Codes of one class that SET tells apart are two from here on; the number of classes. */
static guint
split_classes(guint *classes, const struct gate_set *set)
{
	guint split[2][GATE_CODES + 1], n = 0;

	memset(split, 0xff, sizeof split);
	for (guint code = 0; code < GATE_CODES; code++) {
		guint *place = &split[gate_set_has(set, code)][classes[code]];

		if (*place == G_MAXUINT)
			*place = n++;
		classes[code] = *place;
	}
	return n;
}

/* Codes that no set tells apart, and that are of one kind, are one class. */
static void
make_classes(struct maker *maker)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(set_hash, set_equal);
	g_autoptr(GPtrArray) sets = g_ptr_array_new();
	guint classes[GATE_CODES + 1];
	guint n = N_GATE_KINDS;

	for (guint code = 0; code < GATE_CODES; code++)
		classes[code] = gate_kind_of(code);
	for (guint i = 0; i < maker->nodes->len; i++) {
		const struct gate_node *node = node_at(maker, i);

		gpointer known;

		if (node->step != STEP_SET)
			continue;
		if (g_hash_table_lookup_extended(seen, &node->set, NULL, &known)) {
			maker->sets[i] = GPOINTER_TO_UINT(known);
			continue;
		}
		maker->sets[i] = sets->len;
		g_hash_table_insert(seen, (gpointer)&node->set, GUINT_TO_POINTER(sets->len));
		g_ptr_array_add(sets, (gpointer)&node->set);
		n = split_classes(classes, &node->set);
	}
	for (guint code = 0; code < GATE_CODES; code++) {
		maker->classes[code] = classes[code];
		maker->class_chances[classes[code]] += chance_of(code);
		maker->all_chances += chance_of(code);
		maker->code_of[classes[code]] = code;
		maker->kind_of[classes[code]] = gate_kind_of(code);
	}
	maker->classes[END_CODE] = n;
	maker->code_of[n] = END_CODE;
	maker->n_classes = n + 1;
	for (guint i = 0; i < sets->len; i++) {
		GByteArray *inside = g_byte_array_new();

		for (guint8 class = 0; class < n; class ++)
			if (gate_set_has(g_ptr_array_index(sets, i), maker->code_of[class]))
				g_byte_array_append(inside, &class, 1);
		g_ptr_array_add(maker->set_classes, inside);
	}
}

/* Which nodes lead to a question about the character before, without a character between. */
static void
find_asking(struct maker *maker)
{
	gboolean changed = TRUE;

	maker->asks = g_new0(gboolean, maker->nodes->len);
	while (changed) {
		changed = FALSE;
		for (guint i = 0; i < maker->nodes->len; i++) {
			const struct gate_node *node = node_at(maker, i);
			gboolean asks = node->step == STEP_EDGE || node->step == STEP_NO_EDGE || node->step == STEP_NO_BEHIND;

			if (node->step != STEP_SET && node->step != STEP_MATCH)
				asks = asks || maker->asks[node->next] || (node->step == STEP_FORK && maker->asks[node->other]);
			changed = changed || asks != maker->asks[i];
			maker->asks[i] = asks;
		}
	}
}

/* The place of NODES (sorted, each once) behind a character of kind BEFORE, as its index + FIRST; OPEN when there is no room for more. */
static guint16
state_of(struct maker *maker, const struct reached *reached, guint32 before)
{
	g_autofree struct place *place = g_malloc(sizeof *place + reached->n * sizeof *place->nodes);
	gpointer state;
	gboolean asks = FALSE;

	*place = (struct place){.n = 0};
	for (guint i = 0; i < reached->n; i++) {
		place->nodes[place->n++] = reached->nodes[i];
		asks = asks || maker->asks[reached->nodes[i]];
	}
	place->before = asks ? before : 0;
	if (place->n == 0)
		return CLOSED;
	if (g_hash_table_lookup_extended(maker->known, place, NULL, &state))
		return (guint16)GPOINTER_TO_UINT(state);
	if (maker->places->len >= PLACES_MOST)
		return OPEN;
	g_hash_table_insert(maker->known, place, GUINT_TO_POINTER(maker->places->len + FIRST));
	g_ptr_array_add(maker->places, g_steal_pointer(&place));
	g_array_set_size(maker->chances, maker->places->len);
	return maker->places->len - 1 + FIRST;
}

/* Whether the way leads through NODE, which looks at the characters before and behind the place. */
static gboolean
leads_on(const struct gate_node *node, guint before, guint kind, gboolean at_end)
{
	gboolean doubtful = before == KIND_DOUBTFUL || kind == KIND_DOUBTFUL;

	switch (node->step) {
	case STEP_EDGE:
		return doubtful || before != kind;
	case STEP_NO_EDGE:
		return doubtful || before == kind;
	case STEP_NO_WORD:
		return kind != KIND_WORD;
	case STEP_NO_BEHIND:
		return before != KIND_WORD;
	case STEP_END:
		return at_end;
	default:
		return TRUE;
	}
}

static void
push(struct maker *maker, guint32 index)
{
	if (maker->mark[index] == maker->round)
		return;
	maker->mark[index] = maker->round;
	g_array_append_val(maker->stack, index);
}

/* The sets that stand next on the way from PLACE are left in maker->stack. TRUE: a match can end here. */
static gboolean
spread(struct maker *maker, const struct place *place, guint kind, gboolean at_end)
{
	guint kept = 0;

	maker->round++;
	maker->asked = FALSE;
	g_array_set_size(maker->stack, 0);
	for (guint i = 0; i < place->n; i++)
		push(maker, place->nodes[i]);
	for (guint i = 0; i < maker->stack->len; i++) {
		guint32 index = g_array_index(maker->stack, guint32, i);
		const struct gate_node *node = node_at(maker, index);

		maker->work++;
		if (node->step == STEP_MATCH)
			return TRUE;
		if (node->step == STEP_SET) {
			g_array_index(maker->stack, guint32, kept++) = index;
			continue;
		}
		maker->asked = maker->asked || node->step != STEP_FORK;
		if (!leads_on(node, place->before, kind, at_end))
			continue;
		push(maker, node->next);
		if (node->step == STEP_FORK)
			push(maker, node->other);
	}
	g_array_set_size(maker->stack, kept);
	return FALSE;
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

	return x < y ? -1 : x > y;
}

static inline void
add_reached(struct reached *reached, guint32 node)
{
	if (reached->n == reached->room) {
		reached->room = 2 * reached->room + 16;
		reached->nodes = g_renew(guint32, reached->nodes, reached->room);
	}
	reached->nodes[reached->n++] = node;
}

/* A copy of REACHED, until the next call: ascending, each once. */
static const struct reached *
sorted(struct maker *maker, const struct reached *reached)
{
	struct reached *out = &maker->sorted;
	guint kept = 0;

	out->n = 0;
	for (guint i = 0; i < reached->n; i++)
		add_reached(out, reached->nodes[i]);
	if (out->n > 1)
		qsort(out->nodes, out->n, sizeof(guint32), compare_numbers);
	for (guint i = 0; i < out->n; i++)
		if (i == 0 || out->nodes[i] != out->nodes[kept - 1])
			out->nodes[kept++] = out->nodes[i];
	out->n = kept;
	return out;
}

/* A class before CLASS in SEEN that leads to the same nodes, found in the same order; G_MAXUINT: there is none. */
static guint
find_same(const struct maker *maker, guint class, const guint8 *seen, guint n)
{
	const struct reached *reached = &maker->reached[class];

	for (guint i = n; i-- > 0;) {
		const struct reached *other = &maker->reached[seen[i]];

		if (other->n == reached->n && maker->kind_of[seen[i]] == maker->kind_of[class] &&
		    (reached->n == 0 || memcmp(other->nodes, reached->nodes, reached->n * sizeof *reached->nodes) == 0))
			return seen[i];
	}
	return G_MAXUINT;
}

/* ROW gets where the sets in maker->stack lead with the classes of KIND (N_GATE_KINDS: any), or that a match can end here. */
static void
step_kind(struct maker *maker, gboolean matches, guint kind, guint16 *row)
{
	guint8 different[GATE_CODES + 1];
	guint n = 0;

	for (guint i = 0; i < maker->stack->len && !matches; i++) {
		guint32 index = g_array_index(maker->stack, guint32, i), next = node_at(maker, index)->next;
		const GByteArray *classes = g_ptr_array_index(maker->set_classes, maker->sets[index]);

		for (guint j = 0; j < classes->len; j++)
			if (kind == N_GATE_KINDS || maker->kind_of[classes->data[j]] == kind)
				add_reached(&maker->reached[classes->data[j]], next);
		maker->work += classes->len;
	}
	/* most classes lead where another does */
	for (guint class = 0; class + 1 < maker->n_classes; class ++) {
		guint same;

		if (kind != N_GATE_KINDS && maker->kind_of[class] != kind)
			continue;
		same = matches ? G_MAXUINT : find_same(maker, class, different, n);
		row[class] = matches ? OPEN : same != G_MAXUINT ? row[same] : state_of(maker, sorted(maker, &maker->reached[class]), maker->kind_of[class]);
		if (same == G_MAXUINT)
			different[n++] = class;
	}
	for (guint class = 0; class + 1 < maker->n_classes; class ++)
		maker->reached[class].n = 0;
}

static void
make_row(struct maker *maker, const struct place *place, guint16 *row)
{
	gboolean matches = spread(maker, place, KIND_NO_WORD, TRUE), asked = maker->asked;

	row[maker->n_classes - 1] = matches ? OPEN : CLOSED;
	if (!asked) {
		step_kind(maker, matches, N_GATE_KINDS, row);
		return;
	}
	for (guint kind = 0; kind < N_GATE_KINDS; kind++) {
		matches = spread(maker, place, kind, FALSE);
		step_kind(maker, matches, kind, row);
	}
}

/* MOST: that many are enough. */
static guint
count_differences(const guint16 *a, const guint16 *b, guint n, guint most)
{
	guint different = 0;

	for (guint i = 0; i < n && different < most; i++)
		different += a[i] != b[i];
	return different;
}

/* ROW is kept as what it differs in from the nearest wide row, or becomes one itself. */
static void
keep_row(const guint16 *row, guint n_classes, GArray *states, GArray *others, GArray *wide)
{
	struct state state = {.first = others->len};
	guint least = G_MAXUINT;

	for (guint i = 0; i * n_classes < wide->len; i++) {
		guint different = count_differences(row, &g_array_index(wide, guint16, i * n_classes), n_classes, least);

		if (different < least) {
			least = different;
			state.wide = i;
		}
	}
	if (least > 4 && wide->len / n_classes < WIDE_MOST) {
		state.wide = wide->len / n_classes;
		g_array_append_vals(wide, row, n_classes);
	}
	for (guint class = 0; class < n_classes; class ++)
		if (row[class] != g_array_index(wide, guint16, state.wide * n_classes + class)) {
			struct other other = {class, row[class]};

			g_array_append_val(others, other);
		}
	state.n = others->len - state.first;
	g_array_append_val(states, state);
}

static void
append_rounded(GByteArray *out, gconstpointer data, gsize length)
{
	static const guint8 zeros[8];

	g_byte_array_append(out, data, length);
	g_byte_array_append(out, zeros, rounded(length) - length);
}

static GBytes *
pack(struct gate *head, const GArray *states, const GArray *others, const GArray *wide)
{
	GByteArray *out = g_byte_array_new();

	G_STATIC_ASSERT(sizeof(struct gate) % 8 == 0);
	head->n_states = states->len;
	head->n_others = others->len;
	head->n_wide = wide->len / head->n_classes;
	g_byte_array_append(out, (const guint8 *)head, sizeof *head);
	append_rounded(out, states->data, states->len * sizeof(struct state));
	append_rounded(out, others->data, others->len * sizeof(struct other));
	append_rounded(out, wide->data, wide->len * sizeof(guint16));
	return g_byte_array_free_to_bytes(out);
}

static double *
chance_at(const struct maker *maker, guint place)
{
	return &g_array_index(maker->chances, double, place);
}

/* Of the places that are no states yet the one that texts lead to most often; G_MAXUINT: there is none. */
static guint
likeliest(const struct maker *maker)
{
	double most = -1;
	guint best = G_MAXUINT;

	for (guint i = 0; i < maker->chances->len; i++)
		if (*chance_at(maker, i) > most) {
			most = *chance_at(maker, i);
			best = i;
		}
	return best;
}

/* Adds FROM's chance to the places that ROW leads to. A gate is only asked where the first characters are right, so that of these all lead on. */
static void
share_chance(const struct maker *maker, const struct place *from, double chance, const guint16 *row)
{
	const double *chances = maker->class_chances;
	double all = from->depth >= STARTS_KNOWN ? maker->all_chances : 0;

	for (guint class = 0; class + 1 < maker->n_classes && from->depth < STARTS_KNOWN; class ++)
		all += row[class] != CLOSED ? chances[class] : 0;
	for (guint class = 0; class + 1 < maker->n_classes; class ++)
		if (row[class] >= FIRST) {
			struct place *to = g_ptr_array_index(maker->places, row[class] - FIRST);
			double *its = chance_at(maker, row[class] - FIRST);

			if (*its == 0)
				to->depth = from->depth + 1;
			if (*its >= 0)
				*its += chance * chances[class] / all;
		}
}

static guint16
state_at(const struct maker *maker, guint16 place)
{
	guint16 number = place >= FIRST ? ((const struct place *)g_ptr_array_index(maker->places, place - FIRST))->number : place;

	return place >= FIRST && number == CLOSED ? OPEN : number;
}

/* The rows of the states, one behind the other, by place; places get their numbers. */
static GArray *
make_rows(struct maker *maker)
{
	GArray *rows = g_array_new(FALSE, TRUE, sizeof(guint16));
	guint best;

	for (guint n = 0; n + FIRST < STATES_MOST && maker->work < WORK_MOST && (best = likeliest(maker)) != G_MAXUINT; n++) {
		struct place *place = g_ptr_array_index(maker->places, best);
		double chance = *chance_at(maker, best);
		guint16 *row;

		g_array_set_size(rows, (n + 1) * maker->n_classes);
		row = &g_array_index(rows, guint16, n * maker->n_classes);
		place->number = n + FIRST;
		make_row(maker, place, row);
		*chance_at(maker, best) = -1;
		share_chance(maker, place, chance, row);
	}
	return rows;
}

static GBytes *
make_gate(struct maker *maker, guint32 start)
{
	g_autoptr(GArray) states = g_array_new(FALSE, TRUE, sizeof(struct state)), others = g_array_new(FALSE, FALSE, sizeof(struct other));
	g_autoptr(GArray) wide = g_array_new(FALSE, TRUE, sizeof(guint16)), rows = NULL;
	const struct reached first = {.nodes = &start, .n = 1};
	struct gate head = {.n_classes = maker->n_classes};

	memcpy(head.classes, maker->classes, sizeof maker->classes);
	g_array_set_size(states, FIRST);
	g_array_set_size(wide, maker->n_classes); /* from which nothing leads on */
	for (guint kind = 0; kind < N_GATE_KINDS; kind++)
		head.starts[kind] = state_of(maker, &first, kind);
	for (guint i = 0; i < maker->places->len; i++)
		*chance_at(maker, i) = 1;
	rows = make_rows(maker);
	for (guint kind = 0; kind < N_GATE_KINDS; kind++)
		head.starts[kind] = state_at(maker, head.starts[kind]);
	for (guint i = 0; i < rows->len; i++)
		g_array_index(rows, guint16, i) = state_at(maker, g_array_index(rows, guint16, i));
	for (guint i = 0; i < rows->len; i += maker->n_classes)
		keep_row(&g_array_index(rows, guint16, i), maker->n_classes, states, others, wide);
	return pack(&head, states, others, wide);
}

GBytes *
gate_new(const char *expression)
{
	guint32 start = 0;
	g_autoptr(GArray) nodes = gate_read(expression, &start);
	struct maker maker = {.nodes = nodes};
	GBytes *bytes;

	if (nodes == NULL)
		return NULL;
	maker.sets = g_new0(guint32, nodes->len);
	maker.set_classes = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
	make_classes(&maker);
	find_asking(&maker);
	maker.places = g_ptr_array_new_with_free_func(g_free);
	maker.chances = g_array_new(FALSE, TRUE, sizeof(double));
	maker.known = g_hash_table_new(place_hash, place_equal);
	maker.mark = g_new0(guint32, nodes->len);
	maker.stack = g_array_new(FALSE, FALSE, sizeof(guint32));
	bytes = make_gate(&maker, start);
	for (guint i = 0; i < maker.n_classes; i++)
		g_free(maker.reached[i].nodes);
	g_free(maker.sorted.nodes);
	g_array_unref(maker.stack);
	g_ptr_array_unref(maker.set_classes);
	g_free(maker.sets);
	g_free(maker.mark);
	g_free(maker.asks);
	g_hash_table_unref(maker.known);
	g_ptr_array_unref(maker.places);
	g_array_unref(maker.chances);
	return bytes;
}
