#include "cli/columns.h"

enum { COLUMNS_BYTES = 64 << 20, CELL_WIDTH_MOST = 60 };

struct columns columns_of(size_t count)
{
	return (struct columns){ .count = count, .cells = buf_max(COLUMNS_BYTES) };
}

void columns_free(struct columns *c)
{
	buf_free(&c->cells);
}

int columns_add(struct columns *c, const struct bytes *cells, struct error *err)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t at = c->cells.n;
		if (text_escape(&c->cells, cells[i], err) != 0)
			return -1;
		/* An empty first cell has no memory to point into. */
		struct bytes told = { 0 };
		if (c->cells.n > at)
			told = bytes_of(c->cells.p + at, c->cells.n - at);
		size_t wide = text_columns(told);
		if (wide > c->width[i])
			c->width[i] = wide < CELL_WIDTH_MOST ? wide : CELL_WIDTH_MOST;
		if (buf_append(&c->cells, "", 1, err) != 0)
			return -1;
	}
	c->rows++;
	return 0;
}

void columns_print(const struct columns *c, FILE *out)
{
	const char *cell = (const char *)c->cells.p;
	for (size_t row = 0; row < c->rows; row++) {
		for (size_t i = 0; i < c->count; i++, cell += strlen(cell) + 1) {
			size_t wide = text_columns(bytes_str(cell));
			size_t pad = wide < c->width[i] ? c->width[i] - wide : 0;
			bool last = i + 1 == c->count;
			(void)fprintf(out, "%s%*s", cell, last ? 0 : (int)pad + 2, "");
		}
		(void)fputc('\n', out);
	}
}
