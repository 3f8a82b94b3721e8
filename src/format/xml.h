/* XML 1.0 as a stream of elements, over expat, for documents of strangers: no
 * DTD entities, no external anything, depth and sizes limited. */
#ifndef CORTEN_FORMAT_XML_H
#define CORTEN_FORMAT_XML_H

#include "base/base.h"

struct xml_sink {
	/* name: without namespace prefix; attrs: name, value, … NULL. -1 stops. */
	int (*start)(void *ctx, const char *name, const char *const *attrs, struct error *err);
	/* text: all character data directly in the element, joined, trimmed, up to
	 * XML_TEXT_MAX bytes. */
	int (*end)(void *ctx, const char *name, struct bytes text, struct error *err);
	void *ctx;
};

enum { XML_DEPTH_MAX = 100, XML_TEXT_MAX = 64 * 1024 };

/* The value of an attribute; NULL when absent. */
const char *xml_attribute(const char *const *attrs, const char *name);

struct xml_reader;
struct xml_reader *xml_new(struct xml_sink sink);
void xml_free(struct xml_reader *x);
/* Pieces of any size, then finish. ERR_MALFORMED with the line, ERR_LIMIT,
 * ERR_TRUNCATED, or the sink's own error. */
int xml_feed(struct xml_reader *x, struct bytes piece, struct error *err);
int xml_finish(struct xml_reader *x, struct error *err);

#endif
