#include "image/document.h"

#include <stdlib.h>

#include "format/json.h"

/* One document being read. Strings of a record are copied to an arena, since
 * the reader's text lives only until its next call. */
struct parse {
	struct json_reader *json;
	struct arena arena;
	doc_record_fn *emit;
	void *ctx;
	struct error *err;
	size_t entries, layers, diff_ids, history;
};

enum { HISTORY_MAX = 65536, SETTINGS_MAX = 65536 };
#define DOC_MEMORY (8 * LIMIT_MANIFEST_BYTES)

static int emit(struct parse *p, const struct doc_record *r)
{
	return p->emit(p->ctx, r, p->err);
}

static struct bytes keep(struct parse *p, struct bytes text)
{
	uint8_t *copy = arena_alloc(&p->arena, text.n + 1);
	if (copy == NULL)
		return bytes_of(NULL, 0);
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	return bytes_of(copy, text.n);
}

/* An ASCII letter's lower case; also of the two other characters that Go folds
 * into ASCII: U+017F to s, U+212A to k. 0 at the end. */
static uint8_t next_folded(struct bytes *key)
{
	static const struct {
		struct bytes from;
		uint8_t to;
	} others[] = { { { (const uint8_t *)"\xc5\xbf", 2 }, 's' },
		       { { (const uint8_t *)"\xe2\x84\xaa", 3 }, 'k' } };
	if (key->n == 0)
		return 0;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (bytes_starts_with(*key, others[i].from)) {
			*key = bytes_sub(*key, others[i].from.n, key->n);
			return others[i].to;
		}
	}
	uint8_t c = key->p[0];
	*key = bytes_sub(*key, 1, key->n);
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool equal_folded(struct bytes a, struct bytes b)
{
	uint8_t x, y;
	do {
		x = next_folded(&a);
		y = next_folded(&b);
	} while (x == y && x != 0);
	return x == y && a.n == 0 && b.n == 0;
}

/* Runtimes read these documents with Go's encoding/json, which takes a key in
 * any case and of two the later one. So that what is scanned is what will run,
 * a key that counts stands there once and in its own case, or the document is
 * refused. */
static int check_key(struct parse *p, struct bytes key, const char *const *names, unsigned *seen)
{
	for (unsigned i = 0; names[i] != NULL; i++) {
		struct bytes name = bytes_str(names[i]);
		if (!equal_folded(key, name))
			continue;
		if (!bytes_equal(key, name))
			return error_set(p->err, ERR_MALFORMED,
					 "a key that some readers take for \"%s\"", names[i]);
		if (*seen & 1u << i)
			return error_set(p->err, ERR_MALFORMED, "\"%s\" is there twice", names[i]);
		*seen |= 1u << i;
	}
	return 0;
}

/* A string value, or nothing where it is of another kind. */
static struct bytes get_text(struct parse *p)
{
	struct bytes text;
	return json_get_string(p->json, &text) ? keep(p, text) : bytes_of(NULL, 0);
}

static int get_digest(struct parse *p, const char *what, struct digest *ret)
{
	struct bytes text = get_text(p);
	if (digest_parse(text, ret))
		return 0;
	ptrdiff_t colon = bytes_index(text, ':');
	bool other = colon > 0 && !bytes_starts_with(text, BYTES_LIT("sha256:"));
	return error_set(p->err, other ? ERR_UNSUPPORTED : ERR_MALFORMED,
			 "%s: \"%.*s\" is no sha256 digest", what,
			 (int)(text.n < 100 ? text.n : 100), (const char *)text.p);
}

static int get_platform(struct parse *p, struct doc_record *r)
{
	static const char *const names[] = { "os", "architecture", "variant", NULL };
	struct bytes key;
	unsigned seen = 0;
	if (!json_enter_object(p->json))
		return 0;
	while (json_next_key(p->json, &key)) {
		if (check_key(p, key, names, &seen) < 0)
			return -1;
		if (bytes_equal(key, BYTES_LIT("os")))
			r->os = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("architecture")))
			r->arch = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("variant")))
			r->variant = get_text(p);
		else
			json_skip(p->json);
	}
	return 0;
}

/* The names under which tools look for an image in a layout. */
static void get_annotations(struct parse *p, struct doc_record *r)
{
	struct bytes key;
	if (!json_enter_object(p->json))
		return;
	while (json_next_key(p->json, &key)) {
		if (bytes_equal(key, BYTES_LIT("org.opencontainers.image.ref.name")))
			r->name = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("io.containerd.image.name")) ||
			 bytes_equal(key, BYTES_LIT("containerd.io/distribution.source.ref")))
			r->text = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("vnd.docker.reference.type")))
			r->flag = get_text(p).n > 0; /* an attestation, no image */
		else
			json_skip(p->json);
	}
}

/* OCI image-spec 1.1, descriptor.md. */
static int get_descriptor(struct parse *p, enum doc_record_kind kind, const char *what)
{
	static const char *const names[] = { "mediaType", "digest",      "size",
					     "platform",  "annotations", NULL };
	struct doc_record r = { .kind = kind };
	struct bytes key;
	unsigned seen = 0;
	bool has_digest = false;
	if (!json_enter_object(p->json))
		return error_set(p->err, ERR_MALFORMED, "%s: not a descriptor", what);
	while (json_next_key(p->json, &key)) {
		int64_t size;
		if (check_key(p, key, names, &seen) < 0)
			return -1;
		if (bytes_equal(key, BYTES_LIT("mediaType"))) {
			r.media_type = get_text(p);
		} else if (bytes_equal(key, BYTES_LIT("digest"))) {
			if (get_digest(p, what, &r.digest) < 0)
				return -1;
			has_digest = true;
		} else if (bytes_equal(key, BYTES_LIT("size"))) {
			if (!json_get_i64(p->json, &size) || size < 0)
				return error_set(p->err, ERR_MALFORMED, "%s: no valid size", what);
			r.size = (uint64_t)size;
		} else if (bytes_equal(key, BYTES_LIT("platform"))) {
			if (get_platform(p, &r) < 0)
				return -1;
		} else if (bytes_equal(key, BYTES_LIT("annotations"))) {
			get_annotations(p, &r);
		} else {
			json_skip(p->json);
		}
	}
	if (json_failed(p->json))
		return 0; /* json_finish tells */
	if (!has_digest)
		return error_set(p->err, ERR_MALFORMED, "%s: no digest", what);
	return emit(p, &r);
}

static int get_descriptors(struct parse *p, enum doc_record_kind kind, const char *what,
			   size_t *count, size_t max)
{
	if (!json_enter_array(p->json))
		return error_set(p->err, ERR_MALFORMED, "%s: not a list", what);
	while (json_next_item(p->json)) {
		if (++*count > max)
			return error_set(p->err, ERR_LIMIT, "%s: more than %zu", what, max);
		if (get_descriptor(p, kind, what) < 0)
			return -1;
	}
	return 0;
}

static int parse_manifest(struct parse *p)
{
	static const char *const names[] = { "schemaVersion", "manifests", "config", "layers",
					     NULL };
	struct bytes key;
	unsigned seen = 0;
	int64_t version = 2;
	bool is_index = false, is_manifest = false;
	if (!json_enter_object(p->json))
		return error_set(p->err, ERR_MALFORMED, "the manifest is no JSON object");
	while (json_next_key(p->json, &key)) {
		int r = check_key(p, key, names, &seen);
		if (r < 0)
			return -1;
		if (bytes_equal(key, BYTES_LIT("schemaVersion"))) {
			(void)json_get_i64(p->json, &version);
		} else if (bytes_equal(key, BYTES_LIT("manifests"))) {
			r = get_descriptors(p, REC_INDEX_ENTRY, "manifests", &p->entries,
					    LIMIT_INDEX_ENTRIES);
			is_index = true;
		} else if (bytes_equal(key, BYTES_LIT("config"))) {
			r = get_descriptor(p, REC_CONFIG, "config");
			is_manifest = true;
		} else if (bytes_equal(key, BYTES_LIT("layers"))) {
			r = get_descriptors(p, REC_LAYER, "layers", &p->layers, LIMIT_LAYERS);
			is_manifest = true;
		} else {
			json_skip(p->json);
		}
		if (r < 0)
			return -1;
	}
	if (json_failed(p->json))
		return 0;
	if (version != 2)
		return error_set(p->err, ERR_UNSUPPORTED,
				 "a manifest of schema version %lld; push the image again with a "
				 "current tool",
				 (long long)version);
	if (!is_index && !is_manifest)
		return error_set(p->err, ERR_MALFORMED, "neither a manifest nor an index");
	if (is_index && is_manifest) /* readers would differ: CVE-2021-41190 */
		return error_set(p->err, ERR_MALFORMED, "a manifest and an index at once");
	return 0;
}

static int parse_rootfs(struct parse *p)
{
	static const char *const names[] = { "diff_ids", NULL };
	struct bytes key;
	unsigned seen = 0;
	if (!json_enter_object(p->json))
		return 0;
	while (json_next_key(p->json, &key)) {
		if (check_key(p, key, names, &seen) < 0)
			return -1;
		if (!bytes_equal(key, BYTES_LIT("diff_ids")) || !json_enter_array(p->json)) {
			if (!bytes_equal(key, BYTES_LIT("diff_ids")))
				json_skip(p->json);
			continue;
		}
		while (json_next_item(p->json)) {
			struct doc_record r = { .kind = REC_DIFF_ID };
			if (++p->diff_ids > LIMIT_LAYERS)
				return error_set(p->err, ERR_LIMIT, "more than %d layers",
						 LIMIT_LAYERS);
			if (get_digest(p, "diff_ids", &r.digest) < 0 || emit(p, &r) < 0)
				return -1;
		}
	}
	return 0;
}

static int parse_history_item(struct parse *p)
{
	struct doc_record r = { .kind = REC_HISTORY };
	struct bytes key;
	if (++p->history > HISTORY_MAX)
		return error_set(p->err, ERR_LIMIT, "more than %d lines of history", HISTORY_MAX);
	if (!json_enter_object(p->json))
		return 0;
	while (json_next_key(p->json, &key)) {
		if (bytes_equal(key, BYTES_LIT("created_by")))
			r.text = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("created")))
			r.name = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("empty_layer")))
			(void)json_get_bool(p->json, &r.flag);
		else
			json_skip(p->json);
	}
	return emit(p, &r);
}

static int emit_texts(struct parse *p, enum doc_record_kind kind, size_t *count)
{
	if (!json_enter_array(p->json))
		return 0;
	while (json_next_item(p->json)) {
		struct doc_record r = { .kind = kind, .text = get_text(p) };
		if (++*count > SETTINGS_MAX)
			return error_set(p->err, ERR_LIMIT,
					 "more than %d variables, labels and arguments",
					 SETTINGS_MAX);
		if (emit(p, &r) < 0)
			return -1;
	}
	return 0;
}

static int emit_labels(struct parse *p, size_t *count)
{
	struct bytes key;
	if (!json_enter_object(p->json))
		return 0;
	while (json_next_key(p->json, &key)) {
		struct doc_record r = { .kind = REC_LABEL, .name = keep(p, key) };
		r.text = get_text(p);
		if (++*count > SETTINGS_MAX)
			return error_set(p->err, ERR_LIMIT,
					 "more than %d variables, labels and arguments",
					 SETTINGS_MAX);
		if (emit(p, &r) < 0)
			return -1;
	}
	return 0;
}

/* The names of a map are what is told: ExposedPorts, Volumes. */
static int emit_keys(struct parse *p, enum doc_record_kind kind, size_t *count)
{
	struct bytes key;
	if (!json_enter_object(p->json))
		return 0;
	while (json_next_key(p->json, &key)) {
		struct doc_record r = { .kind = kind, .text = keep(p, key) };
		json_skip(p->json);
		if (++*count > SETTINGS_MAX)
			return error_set(p->err, ERR_LIMIT, "more than %d settings", SETTINGS_MAX);
		if (emit(p, &r) < 0)
			return -1;
	}
	return 0;
}

/* Docker image specification 1.2, "Healthcheck": {"Test": ["CMD", …]}. */
static int emit_healthcheck(struct parse *p)
{
	struct doc_record r = { .kind = REC_HEALTHCHECK };
	struct bytes key;
	if (!json_enter_object(p->json))
		return 0;
	while (json_next_key(p->json, &key)) {
		bool is_test = bytes_equal(key, BYTES_LIT("Test"));
		if (!is_test || !json_enter_array(p->json)) {
			if (!is_test)
				json_skip(p->json);
			continue;
		}
		while (json_next_item(p->json)) {
			struct bytes word = get_text(p);
			r.text = r.text.n == 0 ? word : r.text;
		}
	}
	return r.text.n == 0 ? 0 : emit(p, &r);
}

/* config.md, "config": what a container of the image starts with. */
static int parse_settings(struct parse *p)
{
	struct bytes key;
	size_t count = 0;
	int r = 0;
	if (!json_enter_object(p->json))
		return 0;
	while (r == 0 && json_next_key(p->json, &key)) {
		if (bytes_equal(key, BYTES_LIT("User"))) {
			struct doc_record user = { .kind = REC_USER, .text = get_text(p) };
			r = emit(p, &user);
		} else if (bytes_equal(key, BYTES_LIT("Env"))) {
			r = emit_texts(p, REC_ENV, &count);
		} else if (bytes_equal(key, BYTES_LIT("Entrypoint")) ||
			   bytes_equal(key, BYTES_LIT("Cmd"))) {
			r = emit_texts(p, REC_ARGUMENT, &count);
		} else if (bytes_equal(key, BYTES_LIT("Labels"))) {
			r = emit_labels(p, &count);
		} else if (bytes_equal(key, BYTES_LIT("ExposedPorts"))) {
			r = emit_keys(p, REC_PORT, &count);
		} else if (bytes_equal(key, BYTES_LIT("Volumes"))) {
			r = emit_keys(p, REC_VOLUME, &count);
		} else if (bytes_equal(key, BYTES_LIT("Healthcheck"))) {
			r = emit_healthcheck(p);
		} else if (bytes_equal(key, BYTES_LIT("StopSignal"))) {
			struct doc_record stop = { .kind = REC_STOPSIGNAL, .text = get_text(p) };
			r = emit(p, &stop);
		} else {
			json_skip(p->json);
		}
	}
	return r;
}

static int parse_config(struct parse *p)
{
	static const char *const names[] = { "os", "architecture", "variant", "rootfs", NULL };
	struct doc_record image = { .kind = REC_IMAGE };
	struct bytes key;
	unsigned seen = 0;
	if (!json_enter_object(p->json))
		return error_set(p->err, ERR_MALFORMED, "the image config is no JSON object");
	while (json_next_key(p->json, &key)) {
		int r = check_key(p, key, names, &seen);
		if (r < 0)
			return -1;
		if (bytes_equal(key, BYTES_LIT("os")))
			image.os = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("architecture")))
			image.arch = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("variant")))
			image.variant = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("created")))
			image.text = get_text(p);
		else if (bytes_equal(key, BYTES_LIT("rootfs")))
			r = parse_rootfs(p);
		else if (bytes_equal(key, BYTES_LIT("config")))
			r = parse_settings(p);
		else if (bytes_equal(key, BYTES_LIT("history")) && json_enter_array(p->json))
			while (r == 0 && json_next_item(p->json))
				r = parse_history_item(p);
		else if (!bytes_equal(key, BYTES_LIT("history")))
			json_skip(p->json);
		if (r < 0)
			return -1;
	}
	return emit(p, &image);
}

static int emit_names(struct parse *p, enum doc_record_kind kind, size_t max)
{
	size_t n = 0;
	if (!json_enter_array(p->json))
		return 0;
	while (json_next_item(p->json)) {
		struct doc_record r = { .kind = kind, .name = get_text(p) };
		if (++n > max)
			return error_set(p->err, ERR_LIMIT, "more than %zu layers or tags", max);
		if (emit(p, &r) < 0)
			return -1;
	}
	return 0;
}

static int parse_saved_image(struct parse *p)
{
	static const char *const names[] = { "Config", "RepoTags", "Layers", NULL };
	struct bytes key;
	unsigned seen = 0;
	struct doc_record config = { .kind = REC_SAVED_IMAGE };
	if (!json_enter_object(p->json))
		return error_set(p->err, ERR_MALFORMED, "manifest.json: an image is no object");
	/* Members come in any order: an image begins with a record without a name,
	 * and everything up to the next such belongs to it. */
	if (emit(p, &config) < 0)
		return -1;
	while (json_next_key(p->json, &key)) {
		int r = check_key(p, key, names, &seen);
		if (r < 0)
			return -1;
		if (bytes_equal(key, BYTES_LIT("Config"))) {
			config.name = get_text(p);
			r = emit(p, &config);
		} else if (bytes_equal(key, BYTES_LIT("RepoTags"))) {
			r = emit_names(p, REC_SAVED_TAG, LIMIT_LAYERS);
		} else if (bytes_equal(key, BYTES_LIT("Layers"))) {
			r = emit_names(p, REC_SAVED_LAYER, LIMIT_LAYERS);
		} else {
			json_skip(p->json);
		}
		if (r < 0)
			return -1;
	}
	return 0;
}

static int parse_docker_save(struct parse *p)
{
	if (!json_enter_array(p->json))
		return error_set(p->err, ERR_MALFORMED, "manifest.json is no list of images");
	while (json_next_item(p->json)) {
		if (++p->entries > LIMIT_INDEX_ENTRIES)
			return error_set(p->err, ERR_LIMIT, "more than %d images",
					 LIMIT_INDEX_ENTRIES);
		if (parse_saved_image(p) < 0)
			return -1;
	}
	return 0;
}

int image_document_parse(enum image_document kind, struct bytes json, doc_record_fn *emit_fn,
			 void *ctx, struct error *err)
{
	static int (*const parsers[DOC_KINDS])(struct parse *) = {
		[DOC_MANIFEST] = parse_manifest,
		[DOC_CONFIG] = parse_config,
		[DOC_DOCKER_SAVE] = parse_docker_save,
	};
	struct parse p = { .json = json_open_bytes(json),
			   .arena = arena_max(DOC_MEMORY),
			   .emit = emit_fn,
			   .ctx = ctx,
			   .err = err };
	if (p.json == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read JSON");
	int r = parsers[kind](&p);
	if (r == 0)
		r = json_finish(p.json, err);
	json_close(p.json);
	arena_free(&p.arena);
	return r;
}
