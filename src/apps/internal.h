/* What the readers of application packages share. One file an ecosystem or a form:
 *
 *   - binaries and archives get the file itself (struct app_input) and call the
 *     sink as they go;
 *   - text gets the whole file in memory (struct app_text) and puts what it finds
 *     into a list, which is told when the reader is done, each package once. */
#ifndef CORTEN_APPS_INTERNAL_H
#define CORTEN_APPS_INTERNAL_H

#include "apps/apps.h"
#include "format/tree.h"

struct app_input {
	enum app_kind kind;
	struct bytes path;
	const struct pkg_file *file;
	struct app_sink sink;
};

/* --- binaries and archives ----------------------------------------------------- */

typedef int app_file_fn(const struct app_input *in, struct error *err);

app_file_fn app_read_elf;
app_file_fn app_read_java_archive;
app_file_fn app_read_javascript;
app_file_fn app_read_product;
app_file_fn app_read_python_egg;
app_file_fn app_read_wordpress;

/* --- text ---------------------------------------------------------------------- */

enum {
	APP_MANIFEST_MAX = 16 * 1024 * 1024, /* one package's own description */
	APP_LOCK_MAX = 64 * 1024 * 1024, /* a lock file: all packages of a project */
	APP_TEXT_MEMORY = 512 * 1024 * 1024, /* what a reader may take beside the text */
};

/* Packages in the order of the file, each name and version once. */
struct app_list {
	struct app_record *records;
	size_t n, cap;
	struct map index; /* "name NUL version" -> place in records + 1 */
};

struct app_text {
	struct bytes path;
	struct bytes base; /* the path's last name */
	struct bytes text;
	struct app_sink sink;
	struct arena arena; /* lives as long as the list */
	struct app_list list;
};

typedef int app_text_fn(struct app_text *t, struct error *err);

/* The whole file into out; ERR_LIMIT when it is larger than out may be. */
int app_load(const struct app_input *in, struct buf *out, struct error *err);

/* Takes a copy of r. A second record of the same name and version becomes one with
 * the first: only for development when both are, direct when either is. One without
 * a name, or with a name or version that is not text, is told as skipped. */
int app_add(struct app_text *t, const struct app_record *r, struct error *err);
void app_skip(const struct app_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void app_note(const struct app_text *t, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

app_text_fn app_read_bun_lock;
app_text_fn app_read_cargo_lock;
app_text_fn app_read_composer_installed;
app_text_fn app_read_composer_lock;
app_text_fn app_read_conan_lock;
app_text_fn app_read_conda_environment;
app_text_fn app_read_conda_meta;
app_text_fn app_read_gemfile_lock;
app_text_fn app_read_gemspec;
app_text_fn app_read_go_mod;
app_text_fn app_read_gradle_lock;
app_text_fn app_read_mix_lock;
app_text_fn app_read_node_package;
app_text_fn app_read_npm_lock;
app_text_fn app_read_nuget_deps;
app_text_fn app_read_nuget_lock;
app_text_fn app_read_pipfile_lock;
app_text_fn app_read_pnpm_lock;
app_text_fn app_read_poetry_lock;
app_text_fn app_read_pom;
app_text_fn app_read_pub_lock;
app_text_fn app_read_pylock;
app_text_fn app_read_python_dist;
app_text_fn app_read_r_description;
app_text_fn app_read_renv_lock;
app_text_fn app_read_requirements;
app_text_fn app_read_sbt_lock;
app_text_fn app_read_swift_resolved;
app_text_fn app_read_uv_lock;
app_text_fn app_read_yarn_lock;

/* --- lines ---------------------------------------------------------------------- */

struct app_lines {
	struct bytes rest, line;
	uint32_t number; /* of the line that was last given, from 1 */
};

static inline struct app_lines app_lines_of(struct bytes text)
{
	return (struct app_lines){ .rest = text };
}

/* The next line without its end (LF or CRLF); false behind the last. */
bool app_next_line(struct app_lines *l, struct bytes *ret);
/* The line of a member's key in YAML, whose node tells that of its value: in a block
 * the value begins on the next. Members must come in their order. */
uint32_t app_key_line(struct app_lines *l, const struct node *member);
/* Blanks at the line's start. */
size_t app_indent(struct bytes line);
/* Without a pair of quotes (' or ") around it. */
struct bytes app_unquote(struct bytes b);
/* Cuts b at the first (or last) c: true when there is one. Either ret may be &b. */
bool app_cut(struct bytes b, uint8_t c, struct bytes *ret_before, struct bytes *ret_behind);
bool app_cut_last(struct bytes b, uint8_t c, struct bytes *ret_before, struct bytes *ret_behind);
/* The place of needle in b, or -1. */
ptrdiff_t app_find(struct bytes b, struct bytes needle);
/* a, mark and b in scratch, whose content goes; empty without room. */
struct bytes app_join(struct buf *scratch, struct bytes a, char mark, struct bytes b);

/* A requirement of PEP 508 as pip's files have it, without its comment. */
enum app_pin {
	APP_PIN_OTHER, /* no name: a path, an address */
	APP_PIN_LOOSE, /* not one exact version; only the name is set */
	APP_PIN_EXACT
};
enum app_pin app_requirement(struct bytes text, struct bytes *ret_name, struct bytes *ret_version);

/* --- documents ------------------------------------------------------------------ */

/* JSON as a tree (format/tree.h), within its limits; the line of a member is that
 * of its key. */
int app_json_tree(struct bytes text, struct arena *arena, const struct node **ret,
		  struct error *err);

/* Small XML: an element is a map of its attributes and elements by name (a name may
 * be there more than once), or, with none of either, its text. */
int app_xml_tree(struct bytes text, struct arena *arena, const struct node **ret,
		 struct error *err);

/* A member with a string of this value in the list. */
bool app_list_has(const struct node *list, struct bytes text);
bool app_text_is(const struct node *map, const char *key, const char *value);
/* A licence field: a string, a map with "type", or a list of those, joined with
 * " OR " in the arena; empty when there is none. */
struct bytes app_license(struct arena *arena, const struct node *license);

/* The value of a name in the same file; false when it is not told there. */
typedef bool app_value_fn(const void *ctx, struct bytes name, struct bytes *ret);

/* text with its references "${name}" (open '{') or "$(name)" (open '(') replaced;
 * *ret is text itself or in scratch. False when one has no value, or they are too
 * many or go round. */
bool app_expand(struct bytes text, char open, app_value_fn *value, const void *ctx,
		struct buf *scratch, struct bytes *ret);

/* --- what follows from what ------------------------------------------------------- */

/* Some lock files do not mark what is only for development, but say what needs
 * what. Nodes of the document that are reached from what the project needs. */
struct app_reach {
	struct map seen; /* by the node's address */
	const struct node **queue;
	size_t n, cap, done;
	struct arena *arena;
};

void app_reach_init(struct app_reach *r, struct arena *arena);
void app_reach_free(struct app_reach *r);
/* NULL is nothing. */
int app_reach_push(struct app_reach *r, const struct node *node, struct error *err);
/* The next one whose own needs are to be pushed; NULL at the end. */
const struct node *app_reach_next(struct app_reach *r);
bool app_reached(const struct app_reach *r, const struct node *node);

/* A map's members by their keys. */
int app_index(struct map *index, const struct node *map, struct error *err);
const struct node *app_indexed(const struct map *index, struct bytes key);

#endif
