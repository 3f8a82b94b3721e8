/* Documents of real shape are read; what lies is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/document.h"

#define D1 "sha256:0000000000000000000000000000000000000000000000000000000000000001"
#define D2 "sha256:0000000000000000000000000000000000000000000000000000000000000002"

static int collect(void *ctx, const struct doc_record *r, struct error *err)
{
	static const char *const kinds[REC_KINDS] = {
		"entry",    "config", "layer",  "image",  "diff", "history", "user", "env", "label",
		"argument", "port",   "volume", "health", "stop", "saved",   "tag",  "file"
	};
	struct buf *out = ctx;
	return buf_printf(out, err, "%s(%u %llu %.*s %.*s %.*s%s) ", kinds[r->kind],
			  r->digest.sha256[31], (unsigned long long)r->size, (int)r->arch.n,
			  (const char *)r->arch.p, (int)r->name.n, (const char *)r->name.p,
			  (int)r->text.n, (const char *)r->text.p, r->flag ? " !" : "");
}

static void check(enum image_document kind, const char *json, enum error_code code,
		  const char *records)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	(void)image_document_parse(kind, bytes_str(json), collect, &out, &err);
	assert_int_equal(err.code, code);
	if (records != NULL)
		assert_string_equal(buf_cstr(&out, NULL), records);
}

static void a_manifest_gives_its_config_and_layers_in_order(void **state)
{
	(void)state;
	check(DOC_MANIFEST,
	      "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"c\",\"digest\":\"" D1
	      "\",\"size\":5},\"layers\":[{\"digest\":\"" D2 "\",\"size\":7}],\"x\":[1,{}]}",
	      ERR_NONE, "config(1 5   ) layer(2 7   ) ");
}

static void an_index_gives_platforms_and_names(void **state)
{
	(void)state;
	check(DOC_MANIFEST,
	      "{\"manifests\":[{\"digest\":\"" D1
	      "\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"},"
	      "\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"}},"
	      "{\"digest\":\"" D2
	      "\",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}}]}",
	      ERR_NONE, "entry(1 1 arm64 v1 ) entry(2 0    !) ");
}

static void a_config_gives_diff_ids_and_history(void **state)
{
	(void)state;
	check(DOC_CONFIG,
	      "{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2026\",\"rootfs\":{"
	      "\"type\":"
	      "\"layers\",\"diff_ids\":[\"" D1 "\"]},\"history\":[{\"created_by\":\"RUN x\"},"
	      "{\"created_by\":\"CMD\",\"empty_layer\":true}]}",
	      ERR_NONE,
	      "diff(1 0   ) history(0 0   RUN x) history(0 0   CMD !) image(0 0 amd64  2026) ");
}

static void docker_save_gives_images_with_tags_and_layers(void **state)
{
	(void)state;
	check(DOC_DOCKER_SAVE,
	      "[{\"Config\":\"c.json\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"l/layer.tar\"]}]",
	      ERR_NONE,
	      "saved(0 0   ) saved(0 0  c.json ) tag(0 0  a:1 ) file(0 0  l/layer.tar ) ");
	check(DOC_DOCKER_SAVE, "[{\"Config\":\"c\",\"RepoTags\":null,\"Layers\":null}]", ERR_NONE,
	      "saved(0 0   ) saved(0 0  c ) ");
}

static void what_lies_is_refused_by_name(void **state)
{
	(void)state;
	check(DOC_MANIFEST, "{}", ERR_MALFORMED, NULL);
	check(DOC_MANIFEST, "[]", ERR_MALFORMED, NULL);
	check(DOC_MANIFEST, "{\"config\":", ERR_MALFORMED, NULL);
	check(DOC_MANIFEST, "{\"config\":{\"digest\":\"" D1 "\"}", ERR_TRUNCATED, NULL);
	check(DOC_MANIFEST, "{\"config\":{\"digest\":\"" D1 "\"}} junk", ERR_MALFORMED, NULL);
	check(DOC_MANIFEST, "{\"config\":{\"digest\":\"sha512:00\"}}", ERR_UNSUPPORTED, NULL);
	check(DOC_MANIFEST, "{\"config\":{\"digest\":\"../../etc\"}}", ERR_MALFORMED, NULL);
	check(DOC_MANIFEST, "{\"config\":{\"digest\":\"" D1 "\",\"size\":-1}}", ERR_MALFORMED,
	      NULL);
	check(DOC_MANIFEST, "{\"schemaVersion\":1,\"fsLayers\":[]}", ERR_UNSUPPORTED, NULL);
	check(DOC_CONFIG, "null", ERR_MALFORMED, NULL);
	check(DOC_DOCKER_SAVE, "{}", ERR_MALFORMED, NULL);
}

static void ten_thousand_layers_are_over_the_limit(void **state)
{
	(void)state;
	cleanup_buf struct buf json = buf_max(16 * MIB);
	assert_int_equal(buf_append_str(&json, "{\"layers\":[", NULL), 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_append_str(&json,
						i == 0 ? "{\"digest\":\"" D1 "\"}"
						       : ",{\"digest\":\"" D1 "\"}",
						NULL),
				 0);
	assert_int_equal(buf_append_str(&json, "]}", NULL), 0);
	check(DOC_MANIFEST, buf_cstr(&json, NULL), ERR_LIMIT, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_gives_its_config_and_layers_in_order),
		cmocka_unit_test(an_index_gives_platforms_and_names),
		cmocka_unit_test(a_config_gives_diff_ids_and_history),
		cmocka_unit_test(docker_save_gives_images_with_tags_and_layers),
		cmocka_unit_test(what_lies_is_refused_by_name),
		cmocka_unit_test(ten_thousand_layers_are_over_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
