/* WordPress, and its plugins and themes by the comment at the head of their main
 * file, of which WordPress reads the first 8 KiB ("Header Requirements" of its
 * plugin handbook, "Main Stylesheet" of its theme handbook). The slug, by which
 * advisories name them, is the folder's name. */
#include "apps/binary.h"

enum { HEAD = 8 * 1024 };

/* The value of "Name:" in a comment: behind blanks, '*', '/', '#' or '@'. */
static struct bytes header(struct bytes head, const char *name)
{
	struct app_lines lines = app_lines_of(head);
	struct bytes line, want = bytes_str(name);
	while (app_next_line(&lines, &line)) {
		size_t at = 0;
		while (at < line.n && line.p[at] != 0 && strchr(" \t*/#@", line.p[at]) != NULL)
			at++;
		line = bytes_sub(line, at, line.n);
		if (line.n <= want.n || line.p[want.n] != ':' || !bytes_starts_with(line, want))
			continue;
		struct bytes value = bytes_trim(bytes_sub(line, want.n + 1, line.n));
		ptrdiff_t end = app_find(value, BYTES_LIT("*/"));
		return end < 0 ? value : bytes_trim(bytes_sub(value, 0, (size_t)end));
	}
	return bytes_of(NULL, 0);
}

/* $wp_version = '6.4.1'; */
static struct bytes core_version(struct bytes head)
{
	struct app_lines lines = app_lines_of(head);
	struct bytes line, key, value, more;
	while (app_next_line(&lines, &line)) {
		if (!app_cut(line, '=', &key, &value) || !app_cut(value, ';', &value, &more))
			continue;
		if (bytes_equal(bytes_trim(key), BYTES_LIT("$wp_version")))
			return app_unquote(bytes_trim(value));
	}
	return bytes_of(NULL, 0);
}

/* plugins/NAME/FILE.php, plugins/NAME.php, themes/NAME/style.css */
static struct bytes slug(struct bytes path)
{
	struct bytes dir = path_base(path_dir(path)), base = path_base(path);
	if (!bytes_equal(dir, BYTES_LIT("plugins")))
		return dir;
	/* The one file that WordPress brings is called otherwise in the directory. */
	if (bytes_equal(base, BYTES_LIT("hello.php")))
		return BYTES_LIT("hello-dolly");
	return bytes_sub(base, 0, base.n - strlen(".php"));
}

/* Other files of a plugin have no such header; what has a name but no version is
 * told without one. */
static int tell_extension(const struct app_input *in, struct bytes head, const char *name,
			  struct error *err)
{
	struct app_record r = { .type = PKG_WORDPRESS,
				.name = slug(in->path),
				.version = header(head, "Version") };
	if (header(head, name).n == 0)
		return 0;
	if (r.version.n > 0 && !app_is_digit(r.version.p[0]))
		r.version = bytes_of(NULL, 0); /* "{{version}}", "trunk" */
	return app_tell(&in->sink, &r, err);
}

int app_read_wordpress(const struct app_input *in, struct error *err)
{
	cleanup_buf struct buf head = buf_max(HEAD);
	struct bytes base = path_base(in->path);
	if (app_read_some(in->file, 0, HEAD, &head, err) < 0)
		return -1;
	if (bytes_equal(base, BYTES_LIT("style.css")))
		return tell_extension(in, buf_view(&head), "Theme Name", err);
	if (!bytes_equal(base, BYTES_LIT("version.php")) ||
	    !bytes_equal(path_base(path_dir(in->path)), BYTES_LIT("wp-includes")))
		return bytes_ends_with(base, BYTES_LIT(".php"))
			       ? tell_extension(in, buf_view(&head), "Plugin Name", err)
			       : 0;
	struct app_record r = { .type = PKG_GENERIC,
				.name = BYTES_LIT("wordpress"),
				.version = core_version(buf_view(&head)) };
	return r.version.n == 0 ? 0 : app_tell(&in->sink, &r, err);
}
