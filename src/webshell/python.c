/* What Python does in a way of its own. */
#include "webshell/machine.h"

/* parse_qs(urlparse(self.path).query): what a server's handler is asked for. */
bool python_url(struct machine *m, const struct call *c, struct value *ret)
{
	if (m->page != PAGE_PYTHON || c->count == 0)
		return false;
	*ret = value_origin(&c->args[0]);
	ret->path = c->args[0].path;
	if (ret->taint == 0 && bytes_equal(ret->path, BYTES_LIT("self.path"))) {
		ret->taint = TAINT_INPUT;
		ret->trace = trace_add(&m->e->arena, NULL, ret->path);
	}
	return true;
}

/* The line before the one that begins at `at`; empty before the first. */
static struct bytes line_before(struct bytes code, size_t at)
{
	size_t to = at == 0 ? 0 : at - 1, from = to;
	while (from > 0 && code.p[from - 1] != '\n')
		from--;
	return bytes_sub(code, from, to);
}

/* @app.route('/<x>'), @router.get('/'): what the function is given is the visitor's. */
bool python_serves(const struct machine *m, const struct function *f)
{
	static const char *const words[] = { ".route(", ".get(", ".post(", ".put(", ".websocket(" };
	struct bytes code = m->look->code;
	size_t at = f->at;
	while (at > 0 && code.p[at - 1] != '\n')
		at--;
	for (struct bytes line = line_before(code, at); line.n > 0;
	     line = line_before(code, (size_t)(line.p - code.p))) {
		struct bytes text = bytes_trim(line);
		if (text.n == 0 || text.p[0] != '@')
			return false;
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (bytes_find(text, bytes_str(words[i])) >= 0)
				return true;
	}
	return false;
}
