#include "format/xml.h"

#include <stdlib.h>

#include <expat.h>

enum {
	PIECE = 64 * 1024,
	/* Expat keeps a token until its end is there: more than this is no tag. */
	TOKEN_MAX = 4 * 1024 * 1024
};

struct xml_reader {
	XML_Parser expat;
	struct xml_sink sink;
	struct buf text; /* of the open elements, one behind the other */
	size_t starts[XML_DEPTH_MAX]; /* where each begins */
	size_t depth;
	uint64_t fed, heard; /* bytes; what was fed when the last event came */
	struct error err; /* code is set when it stopped */
};

const char *xml_attribute(const char *const *attrs, const char *name)
{
	for (; attrs[0] != NULL; attrs += 2)
		if (strcmp(attrs[0], name) == 0)
			return attrs[1];
	return NULL;
}

/* Nothing more is heard of this document. */
static void stop(struct xml_reader *x)
{
	if (x->err.code == ERR_NONE)
		(void)error_set(&x->err, ERR_INTERNAL, "a reader of XML stopped without a reason");
	(void)XML_StopParser(x->expat, XML_FALSE);
}

static unsigned long line_of(const struct xml_reader *x)
{
	return (unsigned long)XML_GetCurrentLineNumber(x->expat);
}

static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon == NULL ? name : colon + 1;
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attrs)
{
	struct xml_reader *x = ctx;
	x->heard = x->fed;
	if (x->err.code != ERR_NONE)
		return;
	if (x->depth == XML_DEPTH_MAX) {
		(void)error_set(&x->err, ERR_LIMIT, "line %lu: more than %d elements in each other",
				line_of(x), XML_DEPTH_MAX);
		stop(x);
		return;
	}
	x->starts[x->depth++] = x->text.n;
	if (x->sink.start != NULL &&
	    x->sink.start(x->sink.ctx, local_name(name), (const char *const *)attrs, &x->err) < 0)
		stop(x);
}

static void on_end(void *ctx, const XML_Char *name)
{
	struct xml_reader *x = ctx;
	x->heard = x->fed;
	if (x->err.code != ERR_NONE || x->depth == 0)
		return;
	size_t from = x->starts[--x->depth];
	struct bytes text = bytes_trim(bytes_sub(buf_view(&x->text), from, x->text.n));
	if (x->sink.end != NULL && x->sink.end(x->sink.ctx, local_name(name), text, &x->err) < 0)
		stop(x);
	x->text.n = from;
}

/* An element's own text lies in one piece even with children between its parts:
 * theirs is gone when they end. */
static void on_text(void *ctx, const XML_Char *p, int n)
{
	struct xml_reader *x = ctx;
	x->heard = x->fed;
	if (x->err.code != ERR_NONE || x->depth == 0 || n <= 0)
		return;
	size_t room = XML_TEXT_MAX - (x->text.n - x->starts[x->depth - 1]);
	size_t take = (size_t)n;
	if (take > room) /* not through a character */
		for (take = room; take > 0 && ((uint8_t)p[take] & 0xc0) == 0x80;)
			take--;
	if (buf_append(&x->text, p, take, &x->err) < 0)
		stop(x);
}

/* Entities of a document are how a few lines become gigabytes and how a parser
 * is made to open files; advisories and project files have no need of them. */
static void on_entity(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value,
		      int value_n, const XML_Char *base, const XML_Char *system,
		      const XML_Char *public, const XML_Char *notation)
{
	struct xml_reader *x = ctx;
	(void)name, (void)is_parameter, (void)value, (void)value_n, (void)base, (void)system;
	(void)public, (void)notation;
	if (x->err.code == ERR_NONE)
		(void)error_set(&x->err, ERR_UNSUPPORTED,
				"line %lu: entities of the document's own are not read",
				line_of(x));
	stop(x);
}

static void on_other(void *ctx, const XML_Char *p, int n)
{
	struct xml_reader *x = ctx;
	(void)p, (void)n;
	x->heard = x->fed;
}

struct xml_reader *xml_new(struct xml_sink sink)
{
	struct xml_reader *x = calloc(1, sizeof *x);
	if (x == NULL)
		return NULL;
	x->sink = sink;
	x->text = buf_max((size_t)XML_DEPTH_MAX * XML_TEXT_MAX);
	x->expat = XML_ParserCreate(NULL);
	if (x->expat == NULL) {
		free(x);
		return NULL;
	}
	XML_SetUserData(x->expat, x);
	XML_SetElementHandler(x->expat, on_start, on_end);
	XML_SetCharacterDataHandler(x->expat, on_text);
	XML_SetEntityDeclHandler(x->expat, on_entity);
	XML_SetDefaultHandlerExpand(x->expat, on_other);
	return x;
}

void xml_free(struct xml_reader *x)
{
	if (x == NULL)
		return;
	XML_ParserFree(x->expat);
	buf_free(&x->text);
	free(x);
}

static enum error_code code_of(enum XML_Error code, bool last)
{
	switch (code) {
	case XML_ERROR_NO_MEMORY:
		return ERR_MEMORY;
	case XML_ERROR_NO_ELEMENTS:
	case XML_ERROR_UNCLOSED_TOKEN:
	case XML_ERROR_PARTIAL_CHAR:
	case XML_ERROR_UNCLOSED_CDATA_SECTION:
		return last ? ERR_TRUNCATED : ERR_MALFORMED;
	default:
		return ERR_MALFORMED;
	}
}

/* The error of before stays: expat is not asked again. */
static int parse(struct xml_reader *x, struct bytes piece, bool last, struct error *err)
{
	if (x->err.code == ERR_NONE &&
	    XML_Parse(x->expat, (const char *)piece.p, (int)piece.n, last) == XML_STATUS_ERROR &&
	    x->err.code == ERR_NONE) {
		enum XML_Error code = XML_GetErrorCode(x->expat);
		(void)error_set(&x->err, code_of(code, last), "line %lu: not XML: %s", line_of(x),
				XML_ErrorString(code));
	}
	if (x->err.code == ERR_NONE && x->fed - x->heard > TOKEN_MAX)
		(void)error_set(&x->err, ERR_LIMIT, "line %lu: a tag of more than %d bytes",
				line_of(x), TOKEN_MAX);
	if (x->err.code == ERR_NONE)
		return 0;
	if (err != NULL)
		*err = x->err;
	return -1;
}

int xml_feed(struct xml_reader *x, struct bytes piece, struct error *err)
{
	while (piece.n > 0) {
		struct bytes part = bytes_sub(piece, 0, PIECE);
		x->fed += part.n;
		if (parse(x, part, false, err) < 0)
			return -1;
		piece = bytes_sub(piece, part.n, piece.n);
	}
	return 0;
}

int xml_finish(struct xml_reader *x, struct error *err)
{
	return parse(x, BYTES_LIT(""), true, err);
}
