/* XML of configuration files, with the place of every value: elements, attributes and
 * texts; no entities and no DTD, which such files do without. */
#include "baseline/internal.h"

enum { DEPTH_MAX = 64, NAME_BYTES = 256 };

struct element {
	struct bytes name, scope;
	uint32_t block, line;
	size_t first; /* of its attributes */
	size_t text; /* where the text in it begins */
};

struct markup {
	struct settings *s;
	size_t at;
	uint32_t line;
	struct element open[DEPTH_MAX];
	size_t depth, lost;
};

static struct bytes rest_of(const struct markup *m)
{
	return bytes_sub(m->s->text, m->at, m->s->text.n);
}

static void go_to(struct markup *m, size_t at)
{
	for (; m->at < at; m->at++)
		m->line += m->s->text.p[m->at] == '\n';
}

/* Behind the next occurrence, or at the end. */
static void skip_past(struct markup *m, const char *what)
{
	ptrdiff_t hit = bytes_find(rest_of(m), bytes_str(what));
	go_to(m, hit < 0 ? m->s->text.n : m->at + (size_t)hit + strlen(what));
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes take_name(struct markup *m)
{
	struct bytes rest = rest_of(m);
	size_t n = 0;
	while (n < rest.n && !is_space(rest.p[n]) && rest.p[n] != '>' && rest.p[n] != '/' &&
	       rest.p[n] != '=')
		n++;
	go_to(m, m->at + n);
	return bytes_sub(rest, 0, n < NAME_BYTES ? n : NAME_BYTES);
}

static void skip_space(struct markup *m)
{
	struct bytes rest = rest_of(m);
	size_t n = 0;
	while (n < rest.n && is_space(rest.p[n]))
		n++;
	go_to(m, m->at + n);
}

/* The value behind '='; without quotes where it has none. */
static struct bytes take_value(struct markup *m)
{
	struct bytes rest = rest_of(m);
	if (rest.n == 0 || (rest.p[0] != '"' && rest.p[0] != '\''))
		return take_name(m);
	ptrdiff_t end = bytes_index(bytes_sub(rest, 1, rest.n), rest.p[0]);
	size_t n = end < 0 ? rest.n - 1 : (size_t)end;
	go_to(m, m->at + n + (end < 0 ? 1 : 2));
	return bytes_sub(rest, 1, 1 + n);
}

static void take_attribute(struct markup *m, const struct element *e)
{
	struct bytes name = take_name(m);
	struct setting one = { .scope = e->scope,
			       .key = settings_join(m->s, BYTES_LIT("@"), name, ""),
			       .line = m->line,
			       .block = e->block };
	skip_space(m);
	if (bytes_starts_with(rest_of(m), BYTES_LIT("="))) {
		go_to(m, m->at + 1);
		skip_space(m);
		one.value = one.at = take_value(m);
	}
	one.last = m->line;
	(void)settings_add(m->s, &one);
}

/* Attributes tell the lines of their whole element. */
static void close_element(struct markup *m, const struct element *e)
{
	struct settings *s = m->s;
	for (size_t i = e->first; i < s->n && s->list[i].block == e->block; i++) {
		if (!s->list[i].opens && s->list[i].key.n > 0 && s->list[i].key.p[0] != '@')
			break;
		s->list[i].last = m->line;
	}
}

static void open_element(struct markup *m)
{
	struct settings *s = m->s;
	struct element e = { .line = m->line, .block = ++s->blocks };
	struct bytes above = m->depth == 0 ? bytes_of(NULL, 0) : m->open[m->depth - 1].scope;
	go_to(m, m->at + 1);
	e.name = take_name(m);
	e.scope = settings_join(s, above, e.name, "/");
	e.first = s->n + 1;
	struct setting head = { .scope = e.scope,
				.key = e.name,
				.line = e.line,
				.last = e.line,
				.block = e.block,
				.opens = true };
	(void)settings_add(s, &head);
	size_t head_at = s->n - 1;
	for (skip_space(m); m->at < s->text.n && !s->cut; skip_space(m)) {
		struct bytes rest = rest_of(m);
		if (rest.p[0] == '>' || bytes_starts_with(rest, BYTES_LIT("/>")))
			break;
		size_t before = m->at;
		take_attribute(m, &e);
		if (m->at == before)
			go_to(m, m->at + 1);
	}
	bool is_empty = bytes_starts_with(rest_of(m), BYTES_LIT("/>"));
	skip_past(m, ">");
	if (head_at < s->n)
		s->list[head_at].last = m->line;
	e.text = m->at;
	if (is_empty)
		close_element(m, &e);
	else if (m->depth == DEPTH_MAX)
		m->lost++;
	else
		m->open[m->depth++] = e;
}

/* The text of an element without others in it is a setting of the element around. */
static void add_text(struct markup *m, const struct element *e, size_t end)
{
	struct settings *s = m->s;
	struct bytes text = bytes_trim(bytes_sub(s->text, e->text, end));
	const struct element *above = m->depth == 0 ? NULL : &m->open[m->depth - 1];
	struct setting one = { .scope = above == NULL ? bytes_of(NULL, 0) : above->scope,
			       .key = e->name,
			       .value = text,
			       .at = text,
			       .line = e->line,
			       .last = m->line,
			       .block = above == NULL ? 0 : above->block };
	if (bytes_index(text, '<') < 0)
		(void)settings_add(s, &one);
}

static void end_element(struct markup *m)
{
	size_t end = m->at;
	skip_past(m, ">");
	if (m->lost > 0) {
		m->lost--;
		return;
	}
	if (m->depth == 0)
		return;
	struct element e = m->open[--m->depth];
	close_element(m, &e);
	add_text(m, &e, end);
}

bool read_xml(const struct form *f, struct settings *s, const char **ret_why)
{
	struct markup m = { .s = s, .line = 1 };
	(void)f;
	(void)ret_why;
	while (m.at < s->text.n && !s->cut) {
		ptrdiff_t next = bytes_index(rest_of(&m), '<');
		if (next < 0)
			break;
		go_to(&m, m.at + (size_t)next);
		struct bytes rest = rest_of(&m);
		if (bytes_starts_with(rest, BYTES_LIT("<!--")))
			skip_past(&m, "-->");
		else if (bytes_starts_with(rest, BYTES_LIT("<![CDATA[")))
			skip_past(&m, "]]>");
		else if (bytes_starts_with(rest, BYTES_LIT("<!")) ||
			 bytes_starts_with(rest, BYTES_LIT("<?")))
			skip_past(&m, ">");
		else if (bytes_starts_with(rest, BYTES_LIT("</")))
			end_element(&m);
		else
			open_element(&m);
	}
	return true;
}

/* Hadoop's "<property><name>k</name><value>v</value></property>" as k = v. */
bool read_hadoop(const struct form *f, struct settings *s, const char **ret_why)
{
	if (!read_xml(f, s, ret_why))
		return false;
	size_t n = s->n;
	const struct setting *name = NULL, *value = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct setting *one = &s->list[i];
		if (one->opens || !bytes_ends_with(one->scope, BYTES_LIT("property")))
			continue;
		if (bytes_equal(one->key, BYTES_LIT("name")))
			name = one;
		else if (bytes_equal(one->key, BYTES_LIT("value")))
			value = one;
		if (name == NULL || value == NULL || name->block != value->block)
			continue;
		struct setting both = *value;
		both.scope = bytes_of(NULL, 0);
		both.key = name->value;
		name = value = NULL;
		if (!settings_add(s, &both))
			break;
	}
	return true;
}
