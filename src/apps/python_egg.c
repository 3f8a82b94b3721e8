/* Eggs and wheels that lie about as zip files: EGG-INFO/PKG-INFO, and
 * NAME-VERSION.dist-info/METADATA (PEP 427), with the fields Name and Version of
 * "Core metadata specifications". */
#include "apps/binary.h"
#include "format/zip.h"

enum { METADATA_MAX = 64 * 1024 }; /* of its beginning: the fields come first */

static bool is_metadata(struct bytes name)
{
	if (bytes_equal(name, BYTES_LIT("EGG-INFO/PKG-INFO")))
		return true;
	struct bytes dir = path_dir(name);
	return bytes_equal(path_base(name), BYTES_LIT("METADATA")) && bytes_index(dir, '/') < 0 &&
	       bytes_ends_with(dir, BYTES_LIT(".dist-info"));
}

static int load(struct zip *z, const struct zip_entry *e, struct buf *out, struct error *err)
{
	if (zip_member_open(z, e, err) < 0 || buf_reserve(out, METADATA_MAX, err) < 0)
		return -1;
	while (out->n < METADATA_MAX) {
		ssize_t got = zip_member_read(z, out->p + out->n, METADATA_MAX - out->n, err);
		if (got <= 0)
			return (int)got;
		out->n += (size_t)got;
	}
	return 0;
}

static int tell(const struct app_input *in, struct bytes text, struct error *err)
{
	struct app_record r = { .type = PKG_PYPI };
	struct app_lines lines = app_lines_of(text);
	struct bytes line, key, value;
	/* A blank line ends the fields. */
	while (app_next_line(&lines, &line) && line.n > 0) {
		if (!app_cut(line, ':', &key, &value))
			continue;
		value = bytes_trim(value);
		if (bytes_equal(key, BYTES_LIT("Name")))
			r.name = value;
		else if (bytes_equal(key, BYTES_LIT("Version")))
			r.version = value;
		else if (bytes_equal(key, BYTES_LIT("License-Expression")))
			r.license = value;
	}
	return app_tell(&in->sink, &r, err);
}

static int walk(const struct app_input *in, struct zip *z, struct error *err)
{
	struct zip_entry e;
	int more;
	while ((more = zip_next(z, &e, err)) > 0) {
		cleanup_buf struct buf text = buf_max(METADATA_MAX);
		if (!is_metadata(e.name))
			continue;
		if (load(z, &e, &text, err) < 0 || tell(in, buf_view(&text), err) < 0)
			return -1;
		return 0;
	}
	return more;
}

int app_read_python_egg(const struct app_input *in, struct error *err)
{
	struct zip_source source = { in->file->size, in->file->read_at, in->file->ctx };
	struct zip *z;
	if (zip_open(&source, &z, err) < 0)
		return -1;
	int rc = walk(in, z, err);
	zip_close(z);
	return rc;
}
