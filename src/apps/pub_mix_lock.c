/* pubspec.lock of Dart and mix.lock of Elixir. */
#include "apps/internal.h"

/* --- pubspec.lock ---------------------------------------------------------------------------- */

/* Sources are "hosted", "git", "path" (own) and "sdk" (parts of Flutter, which have
 * no version of their own). "dependency" is "direct main", "direct dev",
 * "direct overridden" or "transitive". */
int app_read_pub_lock(struct app_text *t, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	const struct node *root, *packages;
	if (yaml_parse(t->text, &t->arena, &root, NULL, err) < 0)
		return -1;
	if (root->kind != NODE_MAP)
		return error_set(err, ERR_MALFORMED, "a pubspec.lock that is no map");
	packages = node_get(root, "packages");
	if (packages == NULL || packages->kind != NODE_MAP)
		return 0;
	for (const struct node *p = packages->first; p != NULL; p = p->next) {
		struct app_record r = {
			.type = PKG_PUB,
			.name = p->key,
			.version = node_text(p, "version"),
			.line = app_key_line(&lines, p),
			.dev = app_text_is(p, "dependency", "direct dev"),
			.direct =
				bytes_starts_with(node_text(p, "dependency"), BYTES_LIT("direct")),
		};
		if (!app_text_is(p, "source", "path") && !app_text_is(p, "source", "sdk") &&
		    app_add(t, &r, err) < 0)
			return -1;
	}
	return 0;
}

/* --- mix.lock ------------------------------------------------------------------------------- */

/* The content of the next string literal; names and versions have no escapes. */
static bool next_string(struct bytes *rest, struct bytes *ret)
{
	struct bytes before;
	return app_cut(*rest, '"', &before, rest) && app_cut(*rest, '"', ret, rest);
}

/* An Elixir map, one dependency a line (Mix.Dep.Lock):
 *
 *	"jason": {:hex, :jason, "1.4.0", "e855…", [:mix], [], "hexpm", "79a3…"},
 *	"local": {:git, "https://…", "1a2b…", []},
 *
 * The package may have another name than the application. */
static int mix_line(struct app_text *t, struct bytes line, uint32_t number, struct error *err)
{
	struct app_record r = { .type = PKG_HEX, .line = number };
	struct bytes rest = line, before, package;
	if (!next_string(&rest, &r.name) || !app_cut(rest, '{', &before, &rest))
		return 0; /* the map's braces */
	rest = bytes_trim(rest);
	if (bytes_starts_with(rest, BYTES_LIT(":hex,"))) {
		if (!app_cut(rest, ',', &before, &rest) || !app_cut(rest, ',', &package, &rest) ||
		    !next_string(&rest, &r.version)) {
			app_skip(t, "line %u: a package of hex without a version", number);
			return 0;
		}
		package = bytes_trim(package);
		if (package.n > 1 && package.p[0] == ':')
			r.name = app_unquote(bytes_sub(package, 1, package.n));
	} else if (bytes_starts_with(rest, BYTES_LIT(":path,"))) {
		return 0;
	}
	return app_add(t, &r, err);
}

int app_read_mix_lock(struct app_text *t, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct bytes line;
	while (app_next_line(&lines, &line)) {
		line = bytes_trim(line);
		if (line.n > 0 && line.p[0] != '#' && mix_line(t, line, lines.number, err) < 0)
			return -1;
	}
	return 0;
}
