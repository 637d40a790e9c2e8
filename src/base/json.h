/* JSON values to print: the only room that knows jansson. Text of any kind goes in; what comes out is valid UTF-8 and valid JSON (RFC 8259). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <glib.h>

struct json;

struct json *json_new_object(void); /* members keep the order in which they were put */
struct json *json_new_array(void);
void json_free(struct json *json);
typedef struct json Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_free)

/* Into an object; KEY is a constant of the program. VALUE NULL puts null. json_put takes over CHILD. */
void json_put_text(struct json *object, const char *key, const char *value);
void json_put_number(struct json *object, const char *key, gint64 value);
void json_put_boolean(struct json *object, const char *key, gboolean value);
void json_put(struct json *object, const char *key, struct json *child);

/* Onto an array; json_add takes over CHILD. */
void json_add_text(struct json *array, const char *value);
void json_add_number(struct json *array, gint64 value);
void json_add(struct json *array, struct json *child);

/* One line without a line end, or indented lines with one; nothing that a terminal acts on but line feeds. Caller frees. */
char *json_print(const struct json *json, gboolean indented);

#endif
