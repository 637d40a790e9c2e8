#include "report/print-moves.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "report/csv.h"

static gboolean
is_suggested(const char *tier)
{
	return strcmp(tier, tier_name(TIER_SUGGESTED)) == 0;
}

char *
move_print_text(const struct move *move)
{
	GString *out = g_string_new(NULL);
	g_autofree char *subject = text_escape(move->subject != NULL ? move->subject : "(no subject)", FALSE);

	g_string_append_printf(out, "%s ", move->public_id);
	for (guint i = 0; i < move->targets->len; i++) {
		const struct move_target *target = g_ptr_array_index(move->targets, i);

		if (target->to == NULL)
			g_string_append_printf(out, " -%s", target->id);
		else if (target->from == NULL)
			g_string_append_printf(out, " +%s%s", target->id, is_suggested(target->to) ? "*" : "");
		else
			g_string_append_printf(out, " %s:%s>%s", target->id, target->from, target->to);
	}
	if (move->kind_to != NULL)
		g_string_append_printf(out, " kind:%s>%s", move->kind_from, move->kind_to);
	g_string_append_printf(out, "  %s\n", subject);
	return g_string_free(out, FALSE);
}

static struct json *
change_to_json(const char *type, const char *id, const char *from, const char *to)
{
	struct json *change = json_new_object();

	json_put_text(change, "type", type);
	json_put_text(change, "id", id);
	json_put_text(change, "from", from);
	json_put_text(change, "to", to);
	return change;
}

char *
move_print_json(const struct move *move)
{
	g_autoptr(Json) json = json_new_object();
	struct json *changes = json_new_array();
	g_autofree char *line = NULL;

	json_put_text(json, "id", move->public_id);
	json_put_text(json, "subject", move->subject);
	for (guint i = 0; i < move->targets->len; i++) {
		const struct move_target *target = g_ptr_array_index(move->targets, i);

		json_add(changes, change_to_json(target_name(target->type), target->id, target->from, target->to));
	}
	if (move->kind_to != NULL)
		json_add(changes, change_to_json(target_name(TARGET_KIND), NULL, move->kind_from, move->kind_to));
	json_put(json, "changes", changes);
	line = json_print(json, FALSE);
	return g_strconcat(line, "\n", NULL);
}

static void
add_csv_line(GString *out, const struct move *move, const char *type, const char *id, const char *from, const char *to)
{
	const char *const cells[] = {move->public_id, move->subject, type, id, from, to};

	for (gsize i = 0; i < G_N_ELEMENTS(cells); i++)
		csv_cell(out, cells[i]);
	csv_end(out);
}

char *
move_print_csv(const struct move *move)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < move->targets->len; i++) {
		const struct move_target *target = g_ptr_array_index(move->targets, i);

		add_csv_line(out, move, target_name(target->type), target->id, target->from, target->to);
	}
	if (move->kind_to != NULL)
		add_csv_line(out, move, target_name(TARGET_KIND), NULL, move->kind_from, move->kind_to);
	return g_string_free(out, FALSE);
}

char *
moves_print_text(const struct moves *moves)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < moves->totals->len; i++) {
		const struct move_total *total = g_ptr_array_index(moves->totals, i);

		g_string_append_printf(out, "%-10s %-32s -%u +%u", target_name(total->type), total->id, total->gone, total->come);
		if (total->tier > 0)
			g_string_append_printf(out, ", %u firm or suggested otherwise", total->tier);
		g_string_append_c(out, '\n');
	}
	g_string_append_printf(out, "%u messages, %u would move", moves->messages, moves->moved);
	if (moves->unread > 0)
		g_string_append_printf(out, ", %u unread", moves->unread);
	if (moves->failed > 0)
		g_string_append_printf(out, ", of %u the rules could not be asked", moves->failed);
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

char *
moves_print_json(const struct moves *moves)
{
	g_autoptr(Json) json = json_new_object();
	struct json *targets = json_new_array();
	g_autofree char *line = NULL;

	json_put_number(json, "messages", moves->messages);
	json_put_number(json, "moved", moves->moved);
	json_put_number(json, "unread", moves->unread);
	json_put_number(json, "failed", moves->failed);
	for (guint i = 0; i < moves->totals->len; i++) {
		const struct move_total *total = g_ptr_array_index(moves->totals, i);
		struct json *target = json_new_object();

		json_put_text(target, "type", target_name(total->type));
		json_put_text(target, "id", total->id);
		json_put_number(target, "gone", total->gone);
		json_put_number(target, "come", total->come);
		json_put_number(target, "tier", total->tier);
		json_add(targets, target);
	}
	json_put(json, "targets", targets);
	line = json_print(json, FALSE);
	return g_strconcat(line, "\n", NULL);
}
