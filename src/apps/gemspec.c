/* specifications/NAME-VERSION.gemspec: what RubyGems writes of an installed gem. It is
 * Ruby, which nobody runs here; the file has one shape (Gem::Specification#to_ruby):
 *
 *	# -*- encoding: utf-8 -*-
 *	# stub: rack 2.2.4 ruby lib
 *
 *	Gem::Specification.new do |s|
 *	  s.name = "rack".freeze
 *	  s.version = "2.2.4"
 *
 * Distributions also put the authors' own files there, where a version may be an
 * expression; the file's name has it, too. */
#include "apps/internal.h"

struct gemspec {
	struct bytes name, version, license;
	struct buf licenses; /* joined, where there are more */
};

enum { LICENSES_MAX = 4096 };

/* The text of a string literal at the start of b ("…" or '…' without escapes);
 * empty when there is none. */
static struct bytes literal(struct bytes b)
{
	struct bytes text = { 0 }, behind;
	b = bytes_trim(b);
	if (b.n == 0 || (b.p[0] != '"' && b.p[0] != '\''))
		return text;
	if (!app_cut(bytes_sub(b, 1, b.n), b.p[0], &text, &behind) ||
	    bytes_index(text, '\\') >= 0 || app_find(text, BYTES_LIT("#{")) >= 0)
		return bytes_of(NULL, 0);
	return text;
}

/* The value of a line `VARIABLE.field = …`. */
static bool assigned(struct bytes line, const char *field, struct bytes *ret)
{
	struct bytes left, right, variable, name;
	if (!app_cut(line, '=', &left, &right) || !app_cut(left, '.', &variable, &name) ||
	    !bytes_equal(bytes_trim(name), bytes_str(field)))
		return false;
	*ret = bytes_trim(right);
	return true;
}

/* ["Ruby".freeze, "BSD-2-Clause".freeze]: any of them. */
static void take_licenses(struct gemspec *g, struct bytes list)
{
	struct bytes item;
	(void)app_cut(list, ']', &list, &item);
	g->licenses.n = 0;
	while (bytes_next_field(&list, ',', &item)) {
		item = literal(item);
		if (item.n == 0 || buf_reserve(&g->licenses, item.n + 4, NULL) < 0)
			continue;
		if (g->licenses.n > 0)
			(void)buf_append_str(&g->licenses, " OR ", NULL);
		(void)buf_append(&g->licenses, item.p, item.n, NULL);
	}
	g->license = buf_view(&g->licenses);
}

static void take_line(struct gemspec *g, struct bytes line)
{
	struct bytes value;
	line = bytes_trim(line);
	if (assigned(line, "name", &value) && g->name.n == 0) {
		g->name = literal(value);
	} else if (assigned(line, "version", &value) && g->version.n == 0) {
		/* Gem::Version.new("1.0") of old writers */
		if (bytes_starts_with(value, BYTES_LIT("Gem::Version.new(")))
			value = bytes_sub(value, 17, value.n);
		g->version = literal(value);
	} else if (assigned(line, "licenses", &value) && value.n > 0 && value.p[0] == '[') {
		take_licenses(g, bytes_sub(value, 1, value.n));
	} else if (assigned(line, "license", &value)) {
		g->license = literal(value);
	}
}

/* "# stub: NAME VERSION PLATFORM PATHS": what RubyGems itself reads first. */
static bool take_stub(struct gemspec *g, struct bytes line)
{
	static const char mark[] = "# stub: ";
	if (!bytes_starts_with(line, BYTES_LIT(mark)))
		return false;
	line = bytes_sub(line, sizeof mark - 1, line.n);
	return bytes_next_field(&line, ' ', &g->name) && bytes_next_field(&line, ' ', &g->version);
}

/* NAME-VERSION.gemspec, NAME-VERSION-PLATFORM.gemspec: a version begins with a digit
 * behind a '-'; the last that does, for "a-2d-1.0". */
static void take_file_name(struct gemspec *g, struct bytes base)
{
	struct bytes stem = bytes_sub(base, 0, base.n - (sizeof ".gemspec" - 1)), rest;
	for (size_t i = stem.n; i-- > 1;)
		if (stem.p[i - 1] == '-' && stem.p[i] >= '0' && stem.p[i] <= '9') {
			if (g->name.n == 0)
				g->name = bytes_sub(stem, 0, i - 1);
			g->version = bytes_sub(stem, i, stem.n);
			(void)app_cut(g->version, '-', &g->version, &rest);
			return;
		}
}

static int read_gemspec(struct app_text *t, struct gemspec *g, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct bytes line;
	while (app_next_line(&lines, &line))
		if (take_stub(g, line))
			break;
	lines = app_lines_of(t->text);
	while (app_next_line(&lines, &line))
		take_line(g, line);
	if (g->version.n == 0 && bytes_ends_with(t->base, BYTES_LIT(".gemspec")))
		take_file_name(g, t->base);
	if (g->name.n == 0 || g->version.n == 0)
		return error_set(err, ERR_MALFORMED,
				 "a gem's specification that tells no name and version");
	struct app_record r = {
		.type = PKG_GEM, .name = g->name, .version = g->version, .license = g->license
	};
	return app_add(t, &r, err);
}

int app_read_gemspec(struct app_text *t, struct error *err)
{
	struct gemspec g = { .licenses = buf_max(LICENSES_MAX) };
	int result = read_gemspec(t, &g, err);
	buf_free(&g.licenses);
	return result;
}
