/*
 * schema.h - every word of the policy files, from lua/schema.lua: its type, range, default, places
 * and meaning. What files say is read and refused by it, and the reference manual is written from
 * it.
 */
#ifndef RBF_SCRIPT_SCHEMA_H
#define RBF_SCRIPT_SCHEMA_H
#include "policy/policy.h"
#include "script/sandbox.h"

typedef enum {
	RBF_TYPE_TIME, /* value.s */
	RBF_TYPE_LASTS, /* value.s, 0: for ever */
	RBF_TYPE_RATE, /* value.number, a minute */
	RBF_TYPE_NUMBER, /* value.number */
	RBF_TYPE_COUNT, /* value.count */
	RBF_TYPE_FLAG, /* value.flag */
	RBF_TYPE_STEPS, /* value.steps */
	RBF_TYPE_CHOICE, /* value.choice */
	RBF_TYPE_TEXT,
	RBF_TYPE_NAMES,
	RBF_TYPE_HOOK,
	RBF_TYPE_PHRASE,
	RBF_TYPE_N
} rbf_type;

/* Where a word may stand, as bits. */
enum { RBF_AT_DEFAULT = 1, RBF_AT_PROVIDER = 2, RBF_AT_STREAM = 4, RBF_AT_SOURCE = 8 };

typedef union {
	int64_t s;
	double number;
	uint32_t count;
	bool flag;
	int choice;
	struct {
		int64_t s[RBF_LADDER_STEPS];
		uint32_t n;
	} steps;
} rbf_value;

enum { RBF_CHOICES = 24, RBF_WORDS_MAX = 160 };

typedef struct {
	const char *key; /* "retry.first" */
	rbf_type type;
	unsigned where;
	bool has_default;
	double min, max; /* seconds, a minute, or as they are; of texts the most bytes */
	const char *of[RBF_CHOICES]; /* of a choice */
	size_t of_n;
	rbf_value value; /* the default */
	const char *shown; /* the default as a file would say it, "" for none */
	const char *low, *high; /* the range likewise */
	const char *text;
	const char *elsewhere; /* why it cannot be said in other places, "" */
	char origin[32]; /* "schema.lua:12" */
} rbf_word;

typedef struct rbf_schema {
	rbf_word word[RBF_WORDS_MAX];
	size_t n;
	char *pool; /* the texts */
	size_t pool_n;
} rbf_schema;

/* Take the list on top of the stack (what schema.lua returned; `source` is its text) and pop it.
 * Raises "schema.lua: ..." for a list that is not of the form described there. May longjmp. */
void rbf_schema_take(lua_State *L, rebuff_span source, rbf_schema *schema);
void rbf_schema_free(rbf_schema *schema);
/* A word by its key, NULL when there is none. */
const rbf_word *rbf_schema_word(const rbf_schema *schema, const char *key);
/* The words of a group without the group's name ("first", "steps" ... of "retry"), for which
 * `where` has a bit (0: all). Returns how many; names and, unless NULL, words are filled. */
size_t rbf_schema_group(const rbf_schema *schema, const char *group, unsigned where,
	const char *names[RBF_WORDS_MAX], const rbf_word *words[RBF_WORDS_MAX]);
/* Why the words of a group cannot be said in other places, as its first word that tells has it; "".
 */
const char *rbf_schema_elsewhere(const rbf_schema *schema, const char *group);
const char *rbf_type_name(rbf_type type);

/* The value on top of the stack as the word has it; `what` is its name in messages. Texts, names,
 * hooks and phrases are not for this. May longjmp. */
rbf_value rbf_schema_read(lua_State *L, const rbf_word *word, const char *what);
/* A value as a file would say it. */
void rbf_value_show(const rbf_word *word, const rbf_value *value, char *out, size_t cap);
/* A time in the largest unit that it is a whole number of. */
void rbf_time_show(int64_t s, char *out, size_t cap);
#endif
