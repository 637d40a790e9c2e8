#include "rules/target.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define TARGETS_TYPE "a(ussmssbmsb)" /* type id title parent taxonomy current route hold, in the order of their positions */
#define TARGETS_MOST 10000

void
rule_target_free(gpointer data)
{
	struct rule_target *target = data;

	if (target == NULL)
		return;
	g_free(target->id);
	g_free(target->title);
	g_free(target->parent);
	g_free(target->taxonomy);
	g_free(target->route);
	g_free(target);
}

void
rule_milestone_free(gpointer data)
{
	struct rule_milestone *milestone = data;

	g_free(milestone->id);
	g_free(milestone->title);
	g_free(milestone);
}

void
rule_document_free(gpointer data)
{
	struct rule_document *document = data;

	g_free(document->id);
	g_free(document->title);
	g_ptr_array_unref(document->sections);
	g_clear_pointer(&document->refer, g_ptr_array_unref);
	g_free(document);
}

GBytes *
rule_targets_to_bytes(const struct ruleset *ruleset)
{
	const GPtrArray *targets = ruleset_targets(ruleset);
	GVariantBuilder builder;
	g_autoptr(GVariant) variant = NULL;

	g_variant_builder_init(&builder, G_VARIANT_TYPE(TARGETS_TYPE));
	for (guint i = 0; i < targets->len; i++) {
		const struct rule_target *target = g_ptr_array_index(targets, i);

		g_variant_builder_add(&builder, "(ussmssbmsb)", (guint32)target->type, target->id, target->title, target->parent, target->taxonomy,
		    target->current, target->route, target->hold);
	}
	variant = g_variant_ref_sink(g_variant_builder_end(&builder));
	return g_variant_get_data_as_bytes(variant);
}

static gboolean
is_shown(const char *text)
{
	g_autofree char *escaped = text != NULL ? text_escape(text, FALSE) : NULL;

	return text == NULL || strcmp(escaped, text) == 0;
}

static gboolean
is_sound(const struct rule_target *target)
{
	if (target->type > TARGET_REGION || *target->id == '\0' || *target->taxonomy == '\0')
		return FALSE;
	return is_shown(target->id) && is_shown(target->title) && is_shown(target->parent) && is_shown(target->taxonomy) && is_shown(target->route);
}

GPtrArray *
rule_targets_from_bytes(GBytes *bytes, GError **error)
{
	g_autoptr(GPtrArray) targets = g_ptr_array_new_with_free_func(rule_target_free);
	g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(TARGETS_TYPE), bytes, FALSE));
	gboolean good = g_variant_is_normal_form(variant) && g_variant_n_children(variant) <= TARGETS_MOST;

	for (gsize i = 0; good && i < g_variant_n_children(variant); i++) {
		struct rule_target *target = g_new0(struct rule_target, 1);
		guint32 type;

		g_ptr_array_add(targets, target);
		g_variant_get_child(variant, i, "(ussmssbmsb)", &type, &target->id, &target->title, &target->parent, &target->taxonomy, &target->current,
		    &target->route, &target->hold);
		target->type = MIN(type, N_TARGETS);
		target->position = i;
		good = is_sound(target);
	}
	if (good)
		return g_steal_pointer(&targets);
	g_set_error_literal(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the list of targets is damaged; the reader that sent it is not to be trusted");
	return NULL;
}
