#include "read_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int keep_package(void *ctx, const struct app_record *r, struct error *err)
{
	struct read_result *out = ctx;
	struct bytes version = r->version.n > 0 ? r->version : BYTES_LIT("-");
	if (buf_printf(&out->packages, err, "%s %.*s %.*s%s%s", pkg_type_name(r->type),
		       (int)r->name.n, (const char *)r->name.p, (int)version.n,
		       (const char *)version.p, r->dev ? " dev" : "",
		       r->direct ? " direct" : "") < 0)
		return -1;
	if (r->license.n > 0 && buf_printf(&out->packages, err, " (%.*s)", (int)r->license.n,
					   (const char *)r->license.p) < 0)
		return -1;
	if (r->line > 0 && buf_printf(&out->packages, err, " :%u", r->line) < 0)
		return -1;
	return buf_append_str(&out->packages, "\n", err);
}

static void keep_noted(void *ctx, uint32_t line, const char *what)
{
	struct read_result *out = ctx;
	(void)buf_printf(&out->skipped, NULL, "note %u: %s\n", line, what);
}

static void keep_skipped(void *ctx, const char *why)
{
	struct read_result *out = ctx;
	(void)buf_printf(&out->skipped, NULL, "%s\n", why);
}

static int read_memory(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct bytes text = *(const struct bytes *)ctx;
	if (at > text.n || n > text.n - at)
		return error_set(err, ERR_TRUNCATED, "read beyond the end");
	memcpy(p, text.p + at, n);
	return 0;
}

struct read_result read_text(const char *path, struct bytes text)
{
	struct read_result out = { .packages = buf_max(64 * MIB), .skipped = buf_max(MIB) };
	struct app_sink sink = {
		.package = keep_package, .skipped = keep_skipped, .ctx = &out, .noted = keep_noted
	};
	struct pkg_file file = { .size = text.n, .read_at = read_memory, .ctx = &text };
	enum app_kind kind = apps_classify(bytes_str(path), 0644, text.n == 0 ? 1 : text.n);
	if (kind == APP_NONE)
		fail_msg("%s is of no kind", path);
	struct error err = { 0 };
	if (apps_read(kind, bytes_str(path), &file, sink, &err) < 0)
		out.err = err;
	else if (err.code != ERR_NONE)
		fail_msg("%s: success with an error", path);
	return out;
}

void read_result_free(struct read_result *r)
{
	buf_free(&r->packages);
	buf_free(&r->skipped);
}

void check_rows(const struct read_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_read struct read_result r =
			read_text(rows[i].path, bytes_str(rows[i].text));
		if (r.err.code != ERR_NONE)
			fail_msg("%s (row %zu): %s", rows[i].path, i, r.err.text);
		if (r.skipped.n > 0)
			fail_msg("%s (row %zu): %s", rows[i].path, i, buf_cstr(&r.skipped, NULL));
		assert_string_equal(buf_cstr(&r.packages, NULL), rows[i].packages);
	}
}
