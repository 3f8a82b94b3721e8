/* JSON that describes one installed package: package.json of npm (package.json(5))
 * and conda-meta of conda. */
#include "apps/internal.h"
#include "format/json.h"

struct manifest {
	struct bytes name, version, license;
};

static int keep_string(struct json_reader *json, struct arena *arena, struct bytes *ret,
		       struct error *err)
{
	struct bytes text;
	if (!json_get_string(json, &text) || text.n > LIMIT_PKG_FIELD)
		return 0;
	uint8_t *p = arena_alloc(arena, text.n + 1);
	if (p == NULL)
		return error_set(err, ERR_LIMIT, "the file has more text than is kept");
	memcpy(p, text.p, text.n);
	*ret = bytes_of(p, text.n);
	return 0;
}

/* The old form { "type": "MIT", "url": … }. */
static int keep_license(struct json_reader *json, struct arena *arena, struct bytes *ret,
			struct error *err)
{
	struct bytes key;
	if (json_peek(json) != JSON_OBJECT)
		return keep_string(json, arena, ret, err);
	if (!json_enter_object(json))
		return 0;
	while (json_next_key(json, &key)) {
		if (!bytes_equal(key, BYTES_LIT("type")))
			json_skip(json);
		else if (keep_string(json, arena, ret, err) < 0)
			return -1;
	}
	return 0;
}

static int keep_member(struct json_reader *json, struct arena *arena, struct bytes key,
		       struct manifest *m, struct error *err)
{
	if (bytes_equal(key, BYTES_LIT("name")))
		return keep_string(json, arena, &m->name, err);
	if (bytes_equal(key, BYTES_LIT("version")))
		return keep_string(json, arena, &m->version, err);
	if (bytes_equal(key, BYTES_LIT("license")))
		return keep_license(json, arena, &m->license, err);
	json_skip(json);
	return 0;
}

/* Only the top level is looked at: a document of any size costs a few names. */
static int read_manifest(struct json_reader *json, struct arena *arena, struct manifest *ret,
			 struct error *err)
{
	struct bytes key;
	(void)json_enter_object(json);
	while (json_next_key(json, &key))
		if (keep_member(json, arena, key, ret, err) < 0)
			return -1;
	return json_finish(json, err);
}

/* Without a name or a version it is no package: "private" applications, and files
 * that only say how a folder's modules are loaded. */
static int read_package(struct app_text *t, enum pkg_type type, struct error *err)
{
	struct manifest m = { 0 };
	struct json_reader *json = json_open_bytes(t->text);
	if (json == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read JSON");
	int result = read_manifest(json, &t->arena, &m, err);
	json_close(json);
	if (result < 0 || m.name.n == 0 || m.version.n == 0)
		return result;
	struct app_record r = {
		.type = type, .name = m.name, .version = m.version, .license = m.license
	};
	return app_add(t, &r, err);
}

int app_read_node_package(struct app_text *t, struct error *err)
{
	return read_package(t, PKG_NPM, err);
}

/* conda-meta/NAME.json: one installed package, with the list of its files (conda's
 * PrefixRecord). */
int app_read_conda_meta(struct app_text *t, struct error *err)
{
	if (read_package(t, PKG_CONDA, err) < 0)
		return -1;
	if (t->list.n == 0)
		return error_set(err, ERR_MALFORMED, "a record of conda without name and version");
	return 0;
}
