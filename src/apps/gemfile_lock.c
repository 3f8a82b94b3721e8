/* Gemfile.lock (Bundler's lockfile_parser): sections by their margin.
 *
 *	GEM
 *	  remote: https://rubygems.org/
 *	  specs:
 *	    rails (7.0.4)              a gem, and below it
 *	      actionpack (= 7.0.4)     what it needs
 *	DEPENDENCIES
 *	  rails (~> 7.0)               what the Gemfile asks for
 *
 * PATH sections are the project's own. Groups are not told. */
#include "apps/internal.h"

enum section { OTHER, SPECS, ASKED };

/* "NAME (VERSION)" or "NAME"; a '!' behind a name says: from elsewhere. */
static void split_spec(struct bytes line, struct bytes *ret_name, struct bytes *ret_version)
{
	struct bytes rest;
	line = bytes_trim(line);
	*ret_name = line;
	*ret_version = bytes_of(NULL, 0);
	if (app_cut(line, '(', ret_name, ret_version))
		(void)app_cut(*ret_version, ')', ret_version, &rest);
	*ret_name = bytes_trim(*ret_name);
	if (bytes_ends_with(*ret_name, BYTES_LIT("!")))
		ret_name->n--;
}

static enum section section_of(struct bytes line)
{
	if (bytes_equal(line, BYTES_LIT("DEPENDENCIES")))
		return ASKED;
	return bytes_equal(line, BYTES_LIT("GEM")) || bytes_equal(line, BYTES_LIT("GIT")) ||
			       bytes_equal(line, BYTES_LIT("PLUGIN SOURCE"))
		       ? SPECS
		       : OTHER;
}

/* What is asked for stands behind the gems: a pass of its own. */
static int index_asked(struct app_text *t, struct map *asked, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct bytes line, name, version;
	enum section section = OTHER;
	while (app_next_line(&lines, &line)) {
		if (line.n > 0 && line.p[0] != ' ')
			section = section_of(line);
		if (section != ASKED || app_indent(line) != 2)
			continue;
		split_spec(line, &name, &version);
		if (map_put(asked, name, NULL) == NULL)
			return error_set(err, ERR_MEMORY, "no memory for an index");
	}
	return 0;
}

/* "1.13.0-x86_64-linux": a gem's version has no '-', so what follows is the platform. */
static int add_spec(struct app_text *t, struct bytes line, uint32_t number, const struct map *asked,
		    struct error *err)
{
	struct app_record r = { .type = PKG_GEM, .line = number };
	struct bytes platform;
	split_spec(line, &r.name, &r.version);
	(void)app_cut(r.version, '-', &r.version, &platform);
	r.direct = map_get(asked, r.name) != NULL;
	return app_add(t, &r, err);
}

static int read_specs(struct app_text *t, const struct map *asked, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	enum section section = OTHER;
	struct bytes line;
	while (app_next_line(&lines, &line)) {
		if (line.n > 0 && line.p[0] != ' ')
			section = section_of(line);
		if (section == SPECS && app_indent(line) == 4 && line.n > 4 &&
		    add_spec(t, line, lines.number, asked, err) < 0)
			return -1;
	}
	return 0;
}

int app_read_gemfile_lock(struct app_text *t, struct error *err)
{
	struct map asked;
	map_init(&asked);
	int result = index_asked(t, &asked, err);
	if (result == 0)
		result = read_specs(t, &asked, err);
	map_free(&asked);
	return result;
}
