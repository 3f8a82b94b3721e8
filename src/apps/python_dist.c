/* What pip and its kind install: dist-info/METADATA, egg-info and egg-info/PKG-INFO
 * (Core metadata, packaging.python.org): header fields as in mail, then a blank line
 * and the description. */
#include "apps/internal.h"

/* The value of a field "NAME: value" in any case; false for another line. */
static bool field(struct bytes line, const char *name, struct bytes *ret)
{
	struct bytes key, value;
	size_t n = strlen(name);
	if (!app_cut(line, ':', &key, &value) || key.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((key.p[i] | 0x20) != ((uint8_t)name[i] | 0x20))
			return false;
	*ret = bytes_trim(value);
	return true;
}

enum { LICENSE_LINE_MAX = 128 }; /* longer ones are the licence's text */

struct dist {
	struct bytes name, version, expression, license, classifier;
};

static void take_line(struct dist *d, struct bytes line)
{
	static const char classifier[] = "License :: ";
	struct bytes value, rest;
	if (field(line, "Name", &value) && d->name.n == 0)
		d->name = value;
	else if (field(line, "Version", &value) && d->version.n == 0)
		d->version = value;
	else if (field(line, "License-Expression", &value))
		d->expression = value;
	else if (field(line, "License", &value) && value.n <= LICENSE_LINE_MAX)
		d->license = value;
	else if (field(line, "Classifier", &value) && d->classifier.n == 0 &&
		 bytes_starts_with(value, BYTES_LIT(classifier)) &&
		 app_cut_last(value, ':', &rest, &value))
		d->classifier = bytes_trim(value);
}

static struct bytes best_license(const struct dist *d)
{
	if (d->expression.n > 0)
		return d->expression;
	/* What setup.py writes where nothing was said. */
	if (d->license.n > 0 && !bytes_equal(d->license, BYTES_LIT("UNKNOWN")))
		return d->license;
	return d->classifier;
}

int app_read_python_dist(struct app_text *t, struct error *err)
{
	struct app_lines lines = app_lines_of(t->text);
	struct dist d = { 0 };
	struct bytes line;
	while (app_next_line(&lines, &line) && line.n > 0)
		if (line.p[0] != ' ' && line.p[0] != '\t') /* goes on with the last field */
			take_line(&d, line);
	if (d.name.n == 0)
		return error_set(err, ERR_MALFORMED, "metadata of a Python package without Name");
	struct app_record r = {
		.type = PKG_PYPI, .name = d.name, .version = d.version, .license = best_license(&d)
	};
	return app_add(t, &r, err);
}
