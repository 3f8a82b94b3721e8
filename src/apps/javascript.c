#include "apps/javascript.h"

enum { LOOKED_AT = 256 * 1024, TOLD_MAX = 32 };

struct search {
	const struct app_input *in;
	const char *told[TOLD_MAX]; /* packages; the first version of each counts */
	size_t n;
};

static bool was_told(const struct search *s, const char *package)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->told[i], package) == 0)
			return true;
	return s->n == TOLD_MAX;
}

static int tell(struct search *s, const char *package, struct bytes version, struct error *err)
{
	struct app_record r = { .type = PKG_NPM, .name = bytes_str(package), .version = version };
	if (was_told(s, package))
		return 0;
	s->told[s->n++] = package;
	return app_tell(&s->in->sink, &r, err);
}

/* Lines end in CR LF in some releases; the rows have LF. */
static bool begins(struct bytes behind, struct bytes want)
{
	if (want.n > 0 && want.p[0] == '\n' && behind.n > 0 && behind.p[0] == '\r')
		behind = bytes_sub(behind, 1, behind.n);
	if (want.n > 0)
		return bytes_starts_with(behind, want);
	uint8_t next = behind.n > 0 ? behind.p[0] : 0;
	return !app_is_letter(next) && !app_is_digit(next) && next != '_';
}

static int take_hit(void *ctx, const struct app_version_hit *hit, struct error *err)
{
	struct search *s = ctx;
	size_t suffix = app_version_suffix(hit->behind);
	struct bytes behind = bytes_sub(hit->behind, suffix, hit->behind.n);
	/* number and behind are neighbours in one piece of memory */
	struct bytes version = bytes_of(hit->number.p, hit->number.n + suffix);
	for (const struct javascript_row *r = javascript_rows; r->package != NULL; r++)
		if (bytes_ends_with(hit->before, r->before) && begins(behind, r->behind) &&
		    (r->near.n == 0 || app_find(behind, r->near) >= 0))
			return tell(s, r->package, version, err);
	return 0;
}

/* jquery-3.6.0.min.js, where the content tells nothing of jquery. */
static int by_name(struct search *s, struct error *err)
{
	struct bytes base = path_base(s->in->path);
	static const char *const endings[] = { ".js", ".min", ".slim" };
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (bytes_ends_with(base, bytes_str(endings[i])))
			base.n -= strlen(endings[i]);
	for (const struct javascript_file *f = javascript_files; f->package != NULL; f++) {
		struct bytes prefix = bytes_str(f->prefix);
		struct bytes version = bytes_sub(base, prefix.n, base.n);
		if (bytes_starts_with(base, prefix) && app_is_version(version))
			return tell(s, f->package, version, err);
	}
	return 0;
}

int app_read_javascript(const struct app_input *in, struct error *err)
{
	struct search s = { .in = in };
	cleanup_buf struct buf text = buf_max(LOOKED_AT);
	if (app_read_some(in->file, 0, LOOKED_AT, &text, err) < 0 ||
	    app_version_scan_bytes(buf_view(&text), take_hit, &s, err) < 0)
		return -1;
	return by_name(&s, err);
}
