#include "feed/document.h"

enum { TREE_MEMORY = 256 << 20 };

void document_free(struct document *d)
{
	buf_free(&d->text);
	arena_free(&d->arena);
}

bool document_read(struct import *im, struct feed_input *in, struct document *ret)
{
	enum { PIECE = 64 * 1024 };
	ssize_t got;
	ret->text = buf_max(LIMIT_FILE_MEMORY);
	ret->arena = arena_max(TREE_MEMORY);
	do {
		if (buf_reserve(&ret->text, PIECE, im->err) < 0)
			return !(im->failed = true);
		got = feed_input_read(in, ret->text.p + ret->text.n, PIECE, im->err);
		if (got < 0)
			return !(im->failed = true);
		ret->text.n += (size_t)got;
	} while (got > 0);
	return true;
}

bool document_yaml(struct import *im, struct feed_input *in, struct document *ret)
{
	if (!document_read(im, in, ret))
		return false;
	im->failed = yaml_parse(buf_view(&ret->text), &ret->arena, &ret->root, NULL, im->err) < 0;
	return !im->failed;
}

bool document_toml(struct import *im, struct document *d, struct bytes text)
{
	im->failed = toml_parse(text, &d->arena, &d->root, im->err) < 0;
	return !im->failed;
}
