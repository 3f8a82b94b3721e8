/* A bill of materials as a scan wants it. */
#include <stdlib.h>

#include "sbom/client.h"

enum { PROBLEMS_MAX = 1000, LAYERS_MAX = LIMIT_LAYERS };

struct collecting {
	struct arena *arena;
	struct intern strings;
	struct sbom bom;
	struct {
		struct digest layer;
		bool has_layer;
	} * places; /* of each package */
	size_t capacity;
	struct buf purl;
	const char *purl_os, *purl_os_version; /* the first that a package's purl tells */
};

static const char *keep(struct collecting *c, struct bytes b)
{
	const char *text = intern_bytes(&c->strings, b);
	return text == NULL ? "" : text;
}

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for the bill of materials");
}

/* --- what the worker says -------------------------------------------------------- */

static int hear_about(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct bytes format = msg_get_bytes(m), name = msg_get_bytes(m), digest = msg_get_bytes(m);
	struct digest parsed;
	if (msg_finish(m, err) < 0)
		return -1;
	if (sbom_text_valid(format) && format.n > 0)
		c->bom.format = keep(c, format);
	if (sbom_text_valid(name) && name.n > 0)
		c->bom.name = keep(c, name);
	if (digest_parse(digest, &parsed))
		c->bom.digest_text = keep(c, digest);
	return 0;
}

static int hear_os(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct bytes id = msg_get_bytes(m), version = msg_get_bytes(m), name = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (id.n == 0 || !sbom_text_valid(id) || !sbom_text_valid(version) ||
	    !sbom_text_valid(name))
		return 0;
	c->bom.has_os = true;
	c->bom.os = (struct os_identity){ .id = keep(c, id),
					  .version = keep(c, version),
					  .name = keep(c, name.n > 0 ? name : id),
					  .codename = "",
					  .extended = "" };
	return 0;
}

static int hear_layer(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct digest d;
	struct bytes text = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (c->bom.layers == NULL)
		c->bom.layers = arena_array(c->arena, LAYERS_MAX, sizeof *c->bom.layers);
	if (c->bom.layers == NULL)
		return no_memory(err);
	if (digest_parse(text, &d) && c->bom.layer_count < LAYERS_MAX)
		c->bom.layers[c->bom.layer_count++] = d;
	return 0;
}

static int hear_skipped(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct bytes what = msg_get_bytes(m), why = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (c->bom.problems == NULL)
		c->bom.problems = arena_array(c->arena, PROBLEMS_MAX, sizeof *c->bom.problems);
	if (c->bom.problems == NULL)
		return no_memory(err);
	if (c->bom.problem_count < PROBLEMS_MAX)
		c->bom.problems[c->bom.problem_count++] = (struct sbom_problem){
			sbom_text_valid(what) && what.n > 0 ? keep(c, what) : "a component",
			sbom_text_valid(why) ? keep(c, why) : "it cannot be read",
		};
	return 0;
}

/* --- packages ------------------------------------------------------------------------ */

static int make_room(struct collecting *c, struct error *err)
{
	size_t n = c->bom.package_count;
	if (n < c->capacity)
		return 0;
	if (n >= SBOM_PACKAGES_MAX)
		return error_set(err, ERR_LIMIT, "more than %d packages", SBOM_PACKAGES_MAX);
	size_t capacity = n == 0 ? 256 : 2 * n;
	struct package *packages = arena_array(c->arena, capacity, sizeof *packages);
	void *places = reallocarray(c->places, capacity, sizeof *c->places);
	if (places != NULL)
		c->places = places;
	if (packages == NULL || places == NULL)
		return no_memory(err);
	if (n > 0)
		memcpy(packages, c->bom.packages, n * sizeof *packages);
	c->bom.packages = packages;
	c->capacity = capacity;
	return 0;
}

/* Debian's control files and rpm's headers name a source only when it is another. */
static void complete_source(struct package *p)
{
	if (pkg_type_is_app(p->type))
		return;
	if (p->source_name[0] == '\0')
		p->source_name = p->name;
	if (p->source_version[0] == '\0')
		p->source_version = p->version;
}

static int hear_package(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct sbom_record r;
	if (sbom_get_package(m, &r, err) < 0 || make_room(c, err) < 0)
		return -1;
	size_t i = c->bom.package_count++;
	c->bom.packages[i] = (struct package){
		.type = r.type,
		.purl = keep(c, r.purl),
		.name = keep(c, r.name),
		.version = keep(c, r.version),
		.arch = keep(c, r.arch),
		.source_name = keep(c, r.source_name),
		.source_version = keep(c, r.source_version),
		.vendor = keep(c, r.vendor),
		.modularity = keep(c, r.modularity),
		.license = keep(c, r.license),
		.path = keep(c, r.path),
		.layer = LAYER_NONE,
		.line = r.line,
		.dev = r.dev,
		.direct = r.direct,
	};
	complete_source(&c->bom.packages[i]);
	c->places[i].has_layer = digest_parse(r.layer, &c->places[i].layer);
	if (c->purl_os == NULL && r.os_id.n > 0 && r.os_version.n > 0) {
		c->purl_os = keep(c, r.os_id);
		c->purl_os_version = keep(c, r.os_version);
	}
	return 0;
}

static int hear(void *ctx, struct msg_reader *m, struct error *err)
{
	struct collecting *c = ctx;
	switch (m->type) {
	case SBOM_MSG_ABOUT:
		return hear_about(c, m, err);
	case SBOM_MSG_OS:
		return hear_os(c, m, err);
	case SBOM_MSG_LAYER:
		return hear_layer(c, m, err);
	case SBOM_MSG_PACKAGE:
		return hear_package(c, m, err);
	case SBOM_MSG_SKIPPED:
		return hear_skipped(c, m, err);
	case SBOM_MSG_DONE:
		(void)msg_get_u32(m);
		(void)msg_get_u32(m);
		return msg_finish(m, err);
	default:
		return error_set(err, ERR_PROTOCOL, "the worker sent message %u", m->type);
	}
}

/* --- the whole --------------------------------------------------------------------------- */

static void find_layers(struct collecting *c)
{
	for (size_t i = 0; i < c->bom.package_count; i++)
		for (size_t k = 0; c->places[i].has_layer && k < c->bom.layer_count; k++)
			if (digest_equal(&c->places[i].layer, &c->bom.layers[k]))
				c->bom.packages[i].layer = (uint32_t)k;
}

/* Documents without an operating system still tell it with every package. */
static void find_os(struct collecting *c)
{
	if (c->bom.has_os || c->purl_os == NULL)
		return;
	c->bom.has_os = true;
	c->bom.os = (struct os_identity){ .id = c->purl_os,
					  .version = c->purl_os_version,
					  .name = c->purl_os,
					  .codename = "",
					  .extended = "" };
}

/* System packages get the URL that a scan would give them. */
static int write_purls(struct collecting *c, struct error *err)
{
	for (size_t i = 0; i < c->bom.package_count; i++) {
		struct package *p = &c->bom.packages[i];
		if (pkg_type_is_app(p->type))
			continue;
		struct purl_parts parts = { .type = p->type,
					    .name = p->name,
					    .version = p->version,
					    .arch = p->arch,
					    .source_name = p->source_name,
					    .source_version = p->source_version,
					    .modularity = p->modularity,
					    .os_id = c->bom.has_os ? c->bom.os.id : NULL,
					    .os_version =
						    c->bom.has_os ? c->bom.os.version : NULL };
		c->purl.n = 0;
		if (purl_write(&parts, &c->purl, err) < 0)
			return -1;
		p->purl = keep(c, buf_view(&c->purl));
	}
	return 0;
}

static int finish(struct collecting *c, struct error *err)
{
	find_layers(c);
	find_os(c);
	if (write_purls(c, err) < 0)
		return -1;
	if (c->bom.package_count > 0)
		qsort(c->bom.packages, c->bom.package_count, sizeof *c->bom.packages,
		      package_compare);
	return 0;
}

int sbom_read(int fd, const char *name, struct arena *arena, struct sbom *ret, struct error *err)
{
	struct collecting c = { .arena = arena,
				.bom = { .format = "", .name = "", .digest_text = "" },
				.purl = buf_max(4 * SBOM_STRING_MAX * (size_t)8) };
	intern_init(&c.strings, arena);
	int r = sbom_hear_document("sbom", fd, name, hear, &c, err);
	if (r == 0)
		r = finish(&c, err);
	intern_free(&c.strings);
	free(c.places);
	buf_free(&c.purl);
	if (r == 0)
		*ret = c.bom;
	return r;
}
