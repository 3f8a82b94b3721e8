/* Erlang's terms as old configurations of RabbitMQ and CouchDB have them:
 * [{rabbit, [{loopback_users, []}]}]. is "rabbit.loopback_users" without a value. */
#include "baseline/internal.h"

enum { DEPTH_MAX = 32 };

struct frame {
	bool is_tuple;
	size_t members;
	struct bytes path;
	struct bytes value, at; /* a tuple's second member, when it is no list or tuple */
	uint32_t line;
};

struct terms {
	struct settings *s;
	size_t at;
	uint32_t line;
	struct frame open[DEPTH_MAX];
	size_t depth, lost;
};

static void add(struct terms *t, struct bytes key, struct bytes value, struct bytes at,
		uint32_t line)
{
	struct setting one = {
		.key = key, .value = value, .at = at, .line = line, .last = t->line
	};
	if (key.n > 0)
		(void)settings_add(t->s, &one);
}

static void open_frame(struct terms *t, bool is_tuple)
{
	struct bytes path = { 0 };
	if (t->depth > 0) {
		struct frame *above = &t->open[t->depth - 1];
		path = above->path;
		above->members++;
	}
	if (t->depth == DEPTH_MAX)
		t->lost++;
	else
		t->open[t->depth++] = (struct frame){ is_tuple, 0, path, { 0 }, { 0 }, t->line };
}

static void close_frame(struct terms *t)
{
	if (t->lost > 0 || t->depth == 0) {
		t->lost -= t->lost > 0;
		return;
	}
	struct frame f = t->open[--t->depth];
	if (!f.is_tuple && f.members == 0)
		add(t, f.path, bytes_of(NULL, 0), bytes_of(NULL, 0), f.line);
	if (f.is_tuple && f.members == 2 && f.value.p != NULL)
		add(t, f.path, f.value, f.at, f.line);
}

static void scalar(struct terms *t, struct bytes value)
{
	if (t->depth == 0)
		return;
	struct frame *f = &t->open[t->depth - 1];
	if (f->is_tuple && f->members == 0)
		f->path = settings_join(t->s, f->path, value, ".");
	else if (f->is_tuple && f->members == 1)
		f->value = f->at = value;
	else if (!f->is_tuple)
		add(t, f->path, value, value, t->line);
	f->members++;
}

static bool is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '@' || c == '-' || c == '.';
}

static void quoted(struct terms *t)
{
	struct bytes rest = bytes_sub(t->s->text, t->at + 1, t->s->text.n);
	ptrdiff_t end = bytes_index(rest, t->s->text.p[t->at]);
	size_t n = end < 0 ? rest.n : (size_t)end;
	for (size_t i = 0; i < n; i++)
		t->line += rest.p[i] == '\n';
	scalar(t, bytes_sub(rest, 0, n));
	t->at += n + (end < 0 ? 1 : 2);
}

static void word(struct terms *t)
{
	size_t n = 0;
	struct bytes rest = bytes_sub(t->s->text, t->at, t->s->text.n);
	while (n < rest.n && is_word(rest.p[n]))
		n++;
	t->at += n;
	scalar(t, bytes_sub(rest, 0, n));
}

static void comment(struct terms *t)
{
	while (t->at < t->s->text.n && t->s->text.p[t->at] != '\n')
		t->at++;
}

static void other(struct terms *t, uint8_t c)
{
	t->line += c == '\n';
	t->at++;
	if (c == '{' || c == '[')
		open_frame(t, c == '{');
	else if (c == '}' || c == ']')
		close_frame(t);
}

bool read_erlang(const struct form *f, struct settings *s, const char **ret_why)
{
	struct terms t = { .s = s, .line = 1 };
	(void)f;
	(void)ret_why;
	while (t.at < s->text.n && !s->cut) {
		uint8_t c = s->text.p[t.at];
		if (c == '%')
			comment(&t);
		else if (c == '"' || c == '\'')
			quoted(&t);
		else if (is_word(c) && c != '.')
			word(&t);
		else
			other(&t, c);
	}
	return true;
}
