/* Small documents as a tree: TOML 1.0 and YAML 1.2 (the part that is JSON with
 * other clothes on), with the line of every value. For configuration, rules, lock
 * files, manifests: what is read whole and asked for by name.
 *
 * Nothing is believed: nodes, depth and bytes are limited, aliases of YAML are
 * nodes that point to the same children and count again wherever they are used,
 * tags are not followed (a scalar with one is a string), "<<" is a key like any
 * other, a key that is there twice is an error in TOML; in YAML the last one holds and
 * is marked (format/fields.h refuses it).
 * All strings are UTF-8 and lie in the arena with a NUL behind them. */
#ifndef CORTEN_FORMAT_TREE_H
#define CORTEN_FORMAT_TREE_H

#include "base/base.h"

enum node_kind {
	NODE_NULL,
	NODE_BOOL,
	NODE_NUMBER, /* text is the literal */
	NODE_STRING, /* also TOML's dates and times, as written */
	NODE_LIST,
	NODE_MAP
};

struct node {
	enum node_kind kind;
	bool again; /* a member of YAML: its key was there before, with another value */
	uint32_t line; /* from 1 */
	struct bytes key; /* of a map's member; else empty */
	struct bytes text; /* scalars: the value, decoded */
	const struct node *first; /* of a list's or map's members, in order */
	const struct node *next; /* its neighbour; NULL at the end */
	size_t count; /* members */
};

enum { TREE_NODE_LIMIT = 4000000, TREE_DEPTH_LIMIT = 100 };

/* ERR_MALFORMED with the line, ERR_LIMIT, ERR_MEMORY. */
int toml_parse(struct bytes text, struct arena *arena, const struct node **ret, struct error *err);
/* One document: what follows behind it, from its "---" on, is *ret_rest (may be
 * NULL: then more than one is ERR_MALFORMED). An empty document is NODE_NULL.
 * Lines count from the beginning of text. */
int yaml_parse(struct bytes text, struct arena *arena, const struct node **ret,
	       struct bytes *ret_rest, struct error *err);
/* All documents of text as the members of one NODE_LIST, with the lines of the
 * text as a whole. */
int yaml_parse_all(struct bytes text, struct arena *arena, const struct node **ret,
		   struct error *err);

/* The member of a map; NULL when it is not there or map is no map (or NULL). */
const struct node *node_get(const struct node *map, const char *key);
/* The text of a string or number member; empty when absent. */
struct bytes node_text(const struct node *map, const char *key);
/* A boolean: true, false; absent or something else: otherwise. A boolean's text is
 * "true" or "false". */
bool node_bool(const struct node *map, const char *key, bool otherwise);
/* A number without fraction, in decimal, 0x, 0o, 0b; false when it is none. */
bool node_i64(const struct node *map, const char *key, int64_t *ret);

#endif
